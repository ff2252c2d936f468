"""Deployments of claude gateway, nginx and Envoy: judged as LiteLLM's are; where none makes sense, that is said."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from deployment_judges import (
    compose_complaints,
    kubernetes_complaints,
    kustomized,
    shell_complaints,
    systemd_complaints,
)
from gateway_bench import content, findings, made

from mcp_server.answer import Answer
from mcp_server.errors import UsageError
from mcp_server.generate.deployments.registry import DEPLOYMENTS
from mcp_server.operations.validate_config import run

URL = "https://claude.example.com"
GATEWAYS: dict[str, dict[str, Any]] = {
    "claude gateway": {
        "gateway": "claude-apps-gateway",
        "providers": ["anthropic", "bedrock", "vertex"],
        "goal": "budgets, telemetry, @example.com",
    },
    "claude gateway, full": {
        "gateway": "claude-apps-gateway",
        "goal": "five instances",
        "proxy_url": "http://${PROXY_LOGIN}@proxy.example.com:3128",
        "ca_bundle": "/etc/ssl/corp ca.pem",
    },
    "nginx": {"gateway": "custom", "goal": "nginx"},
    "nginx, bedrock": {"gateway": "custom", "goal": "nginx", "providers": ["bedrock"], "ca_bundle": "/etc/corp ca.pem"},
    "envoy": {"gateway": "custom", "goal": "envoy"},
    "envoy, vertex": {"gateway": "custom", "goal": "envoy", "providers": ["vertex"], "vertex_project": "my-project-1"},
}
NAMES = {"claude gateway": "claude-gateway", "nginx": "claude-nginx", "envoy": "claude-envoy"}


def answer(name: str, deployment: str, **more: Any) -> Answer:
    return made(**{"gateway_url": URL, **GATEWAYS[name], "deployment": deployment, **more})


def files(one: Answer) -> dict[str, str]:
    return {file.path: file.content for file in one.config}


def compose(name: str, **more: Any) -> dict[str, Any]:
    data = yaml.safe_load(content(answer(name, "docker", **more), "compose.yaml"))
    (service,) = data["services"].values()
    return dict(service)


def objects(name: str, **more: Any) -> dict[str, Any]:
    text = files(answer(name, "kubernetes", **more))["gateway.yaml"]
    return {o["kind"]: o for o in yaml.safe_load_all(text)}


def pod(name: str, **more: Any) -> dict[str, Any]:
    return dict(objects(name, **more)["Deployment"]["spec"]["template"]["spec"]["containers"][0])


@pytest.mark.e2e
def test_every_compose_file_fits_the_compose_specification() -> None:
    texts = {name: content(answer(name, "docker"), "compose.yaml") for name in GATEWAYS}
    assert {name: compose_complaints(text) for name, text in texts.items() if compose_complaints(text)} == {}


@pytest.mark.e2e
def test_every_kubernetes_object_fits_the_schemas_of_kubernetes_before_and_after_kustomize(tmp_path: Path) -> None:
    assert kubernetes_complaints([files(answer(name, "kubernetes"))["gateway.yaml"] for name in GATEWAYS]) == []
    for number, name in enumerate(GATEWAYS):
        folder = tmp_path / str(number)
        folder.mkdir()
        written = {p: t for p, t in files(answer(name, "kubernetes")).items() if "/" not in p and ":" not in p}
        found = kustomized(folder, {**written, "ca-bundle.pem": "-\n"})
        assert kubernetes_complaints([json.dumps(o) for o in found]) == []
        (deployment,) = (o for o in found if o["kind"] == "Deployment")
        (image,) = (c["image"] for c in deployment["spec"]["template"]["spec"]["containers"])
        assert image.startswith("registry.example.com/claude-gateway:2.") == ("claude gateway" in name)


@pytest.mark.e2e
def test_systemd_takes_every_unit(tmp_path: Path) -> None:
    for number, name in enumerate(GATEWAYS):
        folder = tmp_path / str(number)
        folder.mkdir()
        ((path, unit),) = ((p, t) for p, t in files(answer(name, "systemd")).items() if p.endswith(".service"))
        assert systemd_complaints(folder, unit, Path(path).name) == []


@pytest.mark.parametrize("deployment", DEPLOYMENTS)
@pytest.mark.parametrize("name", GATEWAYS)
def test_our_own_checks_and_bash_are_content(name: str, deployment: str, tmp_path: Path) -> None:
    one = answer(name, deployment)
    assert findings(one, tmp_path) == []
    assert {shell_complaints(f.content) for f in one.config if f.language == "shell"} == {""}
    kinds: dict[str, Any] = {"compose.yaml": "docker-compose", "gateway.yaml": "kubernetes"}
    for path, text in files(one).items():
        if path in kinds:
            told = run(content=text, kind=kinds[path], environment="ignore").findings
            assert [(f.id, f.problem) for f in told if f.severity != "info"] == []
    assert one.verdict == "unknown"


@pytest.mark.parametrize("name", GATEWAYS)
def test_containers_have_no_root_nothing_to_write_on_limits_and_health_checks(name: str) -> None:
    docker, kubernetes = compose(name), pod(name)
    assert (docker["read_only"], docker["cap_drop"]) == (True, ["ALL"])
    assert docker["user"] == "${LLM_GATEWAY_USER:-65534:65534}"
    assert docker["deploy"]["resources"]["limits"]
    assert "/healthz" in docker["healthcheck"]["test"][-1]
    assert kubernetes["securityContext"]["readOnlyRootFilesystem"] is True
    assert kubernetes["resources"]["limits"]
    inner = int(kubernetes["ports"][0]["containerPort"])
    assert inner > 1024, "a user without rights cannot open it"
    ports = {port["name"] for port in kubernetes["ports"]}
    assert all(
        kubernetes[f"{probe}Probe"]["httpGet"]["port"] in ports for probe in ("startup", "liveness", "readiness")
    )


def test_every_variable_that_the_gateways_file_refers_to_is_handed_to_it() -> None:
    for deployment in DEPLOYMENTS:
        by_path = files(answer("claude gateway", deployment))
        named = set(re.findall(r"\$\{(\w+)\}", by_path["claude-gateway.yaml"].split("\nlisten:")[1]))
        script = by_path["shell: start the gateway"]
        if deployment == "docker":
            given = set(yaml.safe_load(by_path["compose.yaml"])["services"]["claude-gateway"]["environment"])
        elif deployment == "kubernetes":
            ((names),) = re.findall(r"grep -E '\^\(([\w|]+)\)='", script)
            given = set(names.split("|"))
            assert named <= set(re.findall(r"\$\{(\w+):\?\}", script))
        else:
            given = set(re.findall(r"(?m)^(\w+)=", by_path["/etc/llm-gateway/claude-gateway.env"]))
        assert named <= given
        # Handed on where it is set: a host with a role of its own needs none.
        optional = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
        assert optional <= given or deployment == "systemd"
        assert {"GATEWAY_POSTGRES_URL", "GATEWAY_JWT_SECRET"} <= named


def test_several_instances_of_claude_gateway_under_systemd_take_their_ports_from_systemd() -> None:
    by_path = files(answer("claude gateway, full", "systemd"))
    listen = yaml.safe_load(by_path["claude-gateway.yaml"])["listen"]
    unit = by_path["/etc/systemd/system/claude-gateway@.service"]
    assert (listen["port"], listen["host"]) == ("${PORT}", "127.0.0.1")
    assert 'Environment="PORT=%i"' in unit.splitlines()
    assert "claude-gateway@8084" in by_path["shell: start the gateway"]


def test_in_a_container_the_front_end_is_named_and_ends_tls() -> None:
    for deployment in ("docker", "kubernetes"):
        listen = yaml.safe_load(content(answer("claude gateway", deployment), "claude-gateway.yaml"))["listen"]
        assert (listen["host"], listen["trusted_proxies"]) == ("0.0.0.0", ["${TRUSTED_PROXY}"])
        assert "tls" not in listen
    assert compose("claude gateway")["ports"] == ["127.0.0.1:8080:8080"]
    assert pod("claude gateway")["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "http"}


def test_the_image_of_claude_gateway_is_made_of_the_pinned_release_and_runs_without_root() -> None:
    from mcp_server.run.programs import newest_claude_code

    by_path, version = files(answer("claude gateway", "docker")), newest_claude_code()
    assert f"@anthropic-ai/claude-code@{version} " in by_path["Dockerfile"]
    assert "USER 65534:65534" in by_path["Dockerfile"].splitlines()
    service = compose("claude gateway")
    assert (service["image"], service["build"]) == (f"claude-gateway:{version}", ".")
    assert 'docker push "$REGISTRY/claude-gateway:' in content(
        answer("claude gateway", "kubernetes"), "start the gateway"
    )


@pytest.mark.parametrize("name", ["nginx", "envoy"])
def test_keys_and_certificate_of_a_proxy_come_from_outside(name: str) -> None:
    service, kinds = compose(name), objects(name)
    assert {"tls.crt", "tls.key"} < {secret["target"] for secret in service["secrets"]}
    assert service["ports"] == ["443:8443"], "it ends TLS and knows its people: open to the network"
    assert compose(name, gateway_url="http://127.0.0.1:9000")["ports"] == ["127.0.0.1:9000:8080"]
    assert kinds["Service"]["spec"]["ports"] == [{"name": "https", "port": 443, "targetPort": "https"}]
    assert "envFrom" not in pod(name)
    unit = content(answer(name, "systemd"), ".service")
    assert "LoadCredential=tls.key:/etc/llm-gateway/tls.key" in unit
    assert "AmbientCapabilities=CAP_NET_BIND_SERVICE" in unit
    assert "EnvironmentFile" not in unit


@pytest.mark.parametrize("deployment", DEPLOYMENTS)
def test_tls_older_than_1_2_is_not_offered(deployment: str) -> None:
    text = content(answer("nginx", deployment), "claude-gateway.conf")
    assert re.findall(r"ssl_protocols (.*);", text) == ["TLSv1.2 TLSv1.3"]
    data = yaml.safe_load(content(answer("envoy", deployment), "claude-envoy.yaml"))
    tls = data["static_resources"]["listeners"][0]["filter_chains"][0]["transport_socket"]["typed_config"]
    assert tls["common_tls_context"]["tls_params"] == {"tls_minimum_protocol_version": "TLSv1_2"}


def test_a_proxy_before_litellm_finds_it_in_its_namespace_and_on_its_host() -> None:
    inside = made(gateway="custom", goal="nginx before LiteLLM", gateway_url=URL, deployment="kubernetes")
    assert "server litellm:4000;" in content(inside, "claude-gateway.conf")
    policy = next(o for o in yaml.safe_load_all(files(inside)["gateway.yaml"]) if o["kind"] == "NetworkPolicy")
    assert policy["spec"]["egress"][1]["ports"] == [{"port": 4000, "protocol": "TCP"}]
    host = made(gateway="custom", goal="nginx before LiteLLM", gateway_url=URL, deployment="systemd")
    assert "server 127.0.0.1:4000;" in content(host, "claude-gateway.conf")


@pytest.mark.parametrize(
    "arguments",
    [
        {"gateway": "openrouter"},
        {"gateway": "zuplo"},
        {"gateway": "truefoundry", "gateway_url": "https://llm.example.com/api/llm"},
        {"gateway": "direct"},
        {"gateway": "proxy-only", "proxy_url": "http://proxy.example.com:3128"},
        {"gateway": "pass-through", "providers": ["bedrock"], "gateway_url": "https://llm.example.com/bedrock"},
        {"gateway": "custom", "gateway_url": URL},
    ],
)
@pytest.mark.parametrize("deployment", DEPLOYMENTS)
def test_where_nothing_is_deployed_the_wish_is_refused_by_name(arguments: dict[str, Any], deployment: str) -> None:
    with pytest.raises(UsageError) as caught:
        made(**arguments, deployment=deployment)
    assert "deployment" in f"{caught.value.problem} {caught.value.fix}"
