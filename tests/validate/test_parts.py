"""Configurations inside Compose files and Kubernetes manifests: which are found, and where their findings point."""

from __future__ import annotations

import base64

from mcp_server.answer import Finding
from mcp_server.document.document import parse
from mcp_server.document.nodes import Mapping, Scalar
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.engine import report, validate
from mcp_server.validate.kinds import get
from mcp_server.validate.kinds.docker_compose import canonical, compose, interpolate
from mcp_server.validate.kinds.kubernetes import cluster

IMAGE = "ghcr.io/berriai/litellm:v1.106.2"


def found(text: str, kind: Kind, rule: str) -> list[Finding]:
    module = get(kind)
    document = parse(text, module.LANGUAGE, "f", reader=module.READER, documents=module.DOCUMENTS)
    return [f for f in validate(document, Context(kind, {})) if f.id == rule]


def places(findings: list[Finding]) -> list[tuple[int | None, int | None, str | None]]:
    return [(f.where.line, f.where.column, f.where.key) for f in findings if f.where]


def test_compose_mapping_and_list_give_the_place_of_the_value() -> None:
    text = f"""\
services:
  a:
    image: node
    environment:
      ANTHROPIC_BASE_URL: "https://g.example.com/v1"
  b:
    image: node
    environment:
      - ANTHROPIC_BASE_URL=https://g.example.com/v1
      - "ANTHROPIC_FOUNDRY_BASE_URL=https://g.example.com/v1"
  c:
    image: {IMAGE}
    environment: [ANTHROPIC_BASE_URL=https://g.example.com/v1]
"""
    assert places(found(text, "docker-compose", "base-url-has-v1-suffix")) == [
        (5, 27, "services.a.environment.ANTHROPIC_BASE_URL"),
        (9, 28, "services.b.environment.ANTHROPIC_BASE_URL"),
        (10, 37, "services.b.environment.ANTHROPIC_FOUNDRY_BASE_URL"),
    ]


def test_compose_reads_merged_variables_once_per_service() -> None:
    text = "x: &x {HTTPS_PROXY: socks5://p:1}\nservices:\n  a:\n    image: i\n    environment: {<<: *x, B: c}\n"
    assert places(found(text, "docker-compose", "proxy-url-scheme")) == [(1, 21, "services.a.environment.HTTPS_PROXY")]


def test_compose_fills_in_references_before_the_program_sees_them() -> None:
    assert interpolate("$$a ${N:-b} ${N-c}") == ("$a b c", True)
    assert interpolate("${N:?e}")[1] is False
    text = "services:\n  a:\n    image: i\n    environment: {HTTPS_PROXY: '${P}', HTTP_PROXY: '${P:-socks5://p:1}'}\n"
    assert [f.where.key for f in found(text, "docker-compose", "proxy-url-scheme") if f.where] == [
        "services.a.environment.HTTP_PROXY"
    ]


def test_compose_writes_plain_values_as_measured() -> None:
    root = parse("{a: 1.50, b: 0x10, c: 1e3, d: 010, e: yes, f: True, g: '010', h: 12:30, i: v1}", "yaml").root
    assert isinstance(root, Mapping)
    values = [canonical(e.value) for e in root if isinstance(e.value, Scalar)]
    assert values == ["1.5", "16", "1000", "8", "yes", "true", "010", "12:30", "v1"]


def test_inline_configuration_points_into_the_outer_file() -> None:
    text = f"""\
services:
  litellm:
    image: {IMAGE}
    configs: [c]
    environment: [A]
configs:
  c:
    content: |

      # comment
      model_list:
        - model_name: "$$x"
          litellm_params: {{model: "$$$$y", rpmm: 1}}
"""
    assert places(found(text, "docker-compose", "unknown-key")) == [
        (13, 44, "configs.c.content.model_list[0].litellm_params.rpmm")
    ]


def test_value_that_compose_fills_in_is_not_judged() -> None:
    text = f"""\
services:
  litellm: {{image: "{IMAGE}", configs: [c]}}
configs:
  c:
    content: |
      model_list:
        - model_name: a
          litellm_params: {{model: anthropic/claude-sonnet-4-6, api_key: "${{KEY}}", rpm: "${{RPM}}"}}
"""
    assert found(text, "docker-compose", "environment-reference") == []
    assert found(text, "docker-compose", "number-expected") == []


def test_variables_of_the_service_are_the_environment_of_its_configuration() -> None:
    text = f"""\
services:
  litellm:
    image: {IMAGE}
    configs: [c]
    environment: [A_KEY]
    ENV_FILE
configs:
  c:
    content: |
      model_list:
        - {{model_name: a, litellm_params: {{model: anthropic/claude-sonnet-4-6, api_key: os.environ/A_KEY}}}}
        - {{model_name: b, litellm_params: {{model: anthropic/claude-sonnet-4-6, api_key: os.environ/B_KEY}}}}
"""
    known = text.replace("ENV_FILE", "restart: always")
    assert [f.where.line for f in found(known, "docker-compose", "environment-reference") if f.where] == [12]
    assert found(text.replace("ENV_FILE", "env_file: .env"), "docker-compose", "environment-reference") == []


def test_configmap_block_folded_and_quoted_texts_are_checked() -> None:
    text = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: cfg}
data:
  a.yaml: |-
      model_list: []
      litellm_setings: {}
  b.yaml: '{"model_list": [], "litellm_setings": {}}'
  settings.json: |
    {
      "env": {"ANTHROPIC_BASE_URL": "https://g.example.com/v1"}
    }
"""
    assert places(found(text, "kubernetes", "unknown-key")) == [
        (7, 7, "ConfigMap/cfg.data.a.yaml.litellm_setings"),
        (8, 31, "ConfigMap/cfg.data.b.yaml.litellm_setings"),
    ]
    assert places(found(text, "kubernetes", "base-url-has-v1-suffix")) == [
        (11, 37, "ConfigMap/cfg.data.settings.json.env.ANTHROPIC_BASE_URL")
    ]


def test_base64_of_a_secret_is_checked_at_its_place_and_never_shown() -> None:
    inner = "model_list: []\ngeneral_settings: {master_key: sk-1234}\n"
    encoded = base64.b64encode(inner.encode()).decode()
    text = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\ndata:\n  config.yaml: {encoded}\n"
    result = found(text, "kubernetes", "master-key")
    assert places(result) == [(5, 16, "Secret/s.data.config.yaml.general_settings.master_key")]
    assert "sk-1234" not in repr(result)
    assert encoded not in repr(result)


def test_syntax_error_inside_is_reported_inside() -> None:
    text = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  config.yaml: |\n    model_list:\n    - a: [\n"
    )
    result = found(text, "kubernetes", "yaml-syntax")
    assert [f.where.key for f in result if f.where] == ["ConfigMap/c.data.config.yaml"]
    assert "LiteLLM" in result[0].why


def test_list_and_several_documents_are_read() -> None:
    text = """\
apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: b}
spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: x, image: y}]}}}}}
"""
    view = cluster(parse(text, "yaml", documents=True))
    assert [o.path for o in view.objects] == ["ConfigMap/a", "CronJob/b"]
    assert [c.path for c in view.containers] == ["CronJob/b.spec.jobTemplate.spec.template.spec.containers[0]"]


def test_env_from_of_an_object_in_the_file_completes_the_variables() -> None:
    text = f"""\
apiVersion: v1
kind: Secret
metadata: {{name: keys}}
stringData: {{LITELLM_MASTER_KEY: sk-5f1d0c7e9b3a4d2f8e6c1b0a9d8e7f60}}
---
apiVersion: v1
kind: Pod
metadata: {{name: p}}
spec: {{containers: [{{name: litellm, image: "{IMAGE}", envFrom: [{{secretRef: {{name: keys}}}}]}}]}}
"""
    container = cluster(parse(text, "yaml", documents=True)).containers[0]
    assert container.complete
    assert [s.name for s in container.settings] == ["LITELLM_MASTER_KEY"]
    assert found(text, "kubernetes", "gateway-without-master-key") == []


def test_command_in_every_form_tells_port_and_configuration() -> None:
    text = """\
services:
  a: {image: berriai/litellm, command: ["--config", "/c.yaml", "--port", "8000"]}
  b: {image: python, command: sh -c "litellm --config=/c.yaml --port=8000"}
  c: {image: berriai/litellm, environment: {PORT: 8000}, command: "--config /c.yaml"}
"""
    containers = compose(parse(text, "yaml")).containers
    assert [c.is_gateway for c in containers] == [True, True, True]
    assert [c.port for c in containers] == [8000, 8000, 8000]
    assert [(c.option("--config") or ("",))[0] for c in containers] == ["/c.yaml"] * 3


def test_parts_that_are_no_literal_block_offer_no_edits() -> None:
    text = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: c}
data: {c.yaml: '{"model_list": [], "litellm_setings": {}}'}
"""
    result = report(parse(text, "yaml", documents=True), Context("kubernetes", {}))
    assert any(f.id == "unknown-key" for f in result.findings)
    assert [c for c in result.changes if c is not None] == []


def test_wrong_types_everywhere_are_no_crash() -> None:
    texts = (
        "services: [a]\nconfigs: 5\n",
        "services: {a: 1, b: [x], c: {environment: {x: {}}, command: {a: b}, ports: {a: b}, volumes: x, configs: y}}\n",
        "services: {a: {image: 5, healthcheck: [x], deploy: 3, network_mode: []}}\nconfigs: {a: 1, b: {content: {}}}\n",
    )
    for text in texts:
        validate(parse(text, "yaml"), Context("docker-compose", {}))
    for spec in (
        "5",
        "[x]",
        "{containers: {a: b}}",
        "{containers: [1, {env: 5, envFrom: 3, volumeMounts: x, ports: 1}]}",
    ):
        text = f"apiVersion: v1\nkind: Pod\nmetadata: [x]\nspec: {spec}\n---\n5\n---\nkind: Secret\ndata: [x]\n"
        validate(parse(text, "yaml", documents=True), Context("kubernetes", {}))
