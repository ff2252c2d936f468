"""Compose, Kubernetes, systemd and Prometheus files, each judged by the program or schema that reads it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from deployment_judges import (
    compose_complaints,
    kubernetes_complaints,
    kustomized,
    prometheus_complaints,
    shell_complaints,
    systemd_complaints,
)
from litellm_set_ups import set_ups

from mcp_server.answer import Answer
from mcp_server.generate.build import generate
from mcp_server.generate.deployments.registry import DEPLOYMENTS
from mcp_server.generate.spec import DEPLOYMENTS as ARGUMENT
from mcp_server.generate.spec import parse_request
from mcp_server.operations.validate_config import run

TODAY = date(2026, 11, 25)
FULL: dict[str, Any] = {
    "gateway": "litellm",
    "providers": ["vertex", "bedrock", "anthropic"],
    "goal": "virtual keys for a team of 30, three instances, prometheus, slack alerts",
    "ca_bundle": "/etc/ssl/corporate ca.pem",
    "proxy_url": "http://${PROXY_LOGIN}@proxy.example.com:3128",
}


def made(**arguments: Any) -> Answer:
    return generate(parse_request(arguments), TODAY)


def files(answer: Answer) -> dict[str, str]:
    return {file.path: file.content for file in answer.config}


def all_of(deployment: str) -> list[dict[str, str]]:
    """The files of every set-up of the matrix with this deployment, and of the fullest one."""
    wanted = [a for a in set_ups() if a["deployment"] == deployment]
    return [files(made(**arguments)) for arguments in (*wanted, {**FULL, "deployment": deployment})]


def test_every_deployment_but_the_terminal_has_a_module() -> None:
    assert set(ARGUMENT) == {"local", *DEPLOYMENTS}


@pytest.mark.e2e
def test_every_compose_file_fits_the_compose_specification() -> None:
    texts = {made["compose.yaml"] for made in all_of("docker")}
    assert len(texts) > 20
    assert {c for text in texts for c in compose_complaints(text)} == set()
    wrong = next(iter(texts)).replace("read_only: true", "readonly: true", 1)
    assert any("readonly" in c for c in compose_complaints(wrong))


@pytest.mark.e2e
def test_every_kubernetes_object_fits_the_schemas_of_kubernetes() -> None:
    texts = list({made["gateway.yaml"] for made in all_of("kubernetes")})
    assert len(texts) > 10
    assert kubernetes_complaints(texts) == []
    wrong = texts[0].replace("readOnlyRootFilesystem", "readOnlyRootFileSystem")
    assert "readOnlyRootFileSystem" in " ".join(kubernetes_complaints([wrong]))


@pytest.mark.e2e
def test_kustomize_joins_the_base_and_names_the_config_after_its_content(tmp_path: Path) -> None:
    by_path = files(made(**FULL, deployment="kubernetes"))
    written = {path: text for path, text in by_path.items() if path.endswith(".yaml")}
    objects = kustomized(tmp_path, {**written, "ca-bundle.pem": "-\n"})
    by_kind = {o["kind"]: o for o in objects}
    assert {o["metadata"]["namespace"] for o in objects} == {"llm-gateway"}
    volumes = by_kind["Deployment"]["spec"]["template"]["spec"]["volumes"]
    name = by_kind["ConfigMap"]["metadata"]["name"]
    assert name.startswith("litellm-config-")
    assert [v["configMap"]["name"] for v in volumes if "configMap" in v] == [name]
    assert by_kind["ConfigMap"]["data"]["litellm-config.yaml"] == by_path["litellm-config.yaml"]
    assert kubernetes_complaints([json.dumps(o) for o in objects]) == []


@pytest.mark.e2e
def test_systemd_takes_every_unit(tmp_path: Path) -> None:
    units = {(p, t) for made in all_of("systemd") for p, t in made.items() if p.endswith(".service")}
    assert {Path(path).name for path, _ in units} == {"litellm.service", "litellm@.service"}
    for number, (path, text) in enumerate(sorted(units)):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert systemd_complaints(folder, text, Path(path).name) == []
    path, text = min(units)
    wrong = text.replace("Restart=on-failure", "Restart=on-failur")
    assert systemd_complaints(tmp_path, wrong, Path(path).name) != []


@pytest.mark.e2e
def test_prometheus_takes_scrape_configuration_and_rules(tmp_path: Path) -> None:
    for deployment in DEPLOYMENTS:
        by_path = files(made(**FULL, deployment=deployment))
        two = {name: by_path[name] for name in ("prometheus.yml", "prometheus-rules.yml")}
        assert prometheus_complaints(tmp_path, two) == ""
    two["prometheus-rules.yml"] = two["prometheus-rules.yml"].replace("sum(rate(", "sum(rate", 1)
    assert "could not parse expression" in prometheus_complaints(tmp_path, two)


def test_every_shell_text_is_read_by_bash() -> None:
    answers = [made(**arguments) for arguments in (*set_ups()[:60], *({**FULL, "deployment": d} for d in DEPLOYMENTS))]
    texts = {file.content for answer in answers for file in answer.config if file.language == "shell"}
    assert {text: shell_complaints(text) for text in texts if shell_complaints(text)} == {}


@pytest.mark.parametrize(
    ("deployment", "name", "kind"),
    [
        ("docker", "compose.yaml", "docker-compose"),
        ("kubernetes", "gateway.yaml", "kubernetes"),
    ],
)
def test_our_own_validator_finds_nothing(deployment: str, name: str, kind: Any) -> None:
    for by_path in all_of(deployment)[-8:]:
        found = run(content=by_path[name], kind=kind, environment="ignore").findings
        assert [(f.id, f.problem) for f in found if f.severity != "info"] == []


def container(deployment: str, **more: Any) -> dict[str, Any]:
    by_path = files(made(**{**FULL, **more}, deployment=deployment))
    if deployment == "docker":
        return dict(yaml.safe_load(by_path["compose.yaml"])["services"]["litellm"])
    objects = {o["kind"]: o for o in yaml.safe_load_all(by_path["gateway.yaml"])}
    return dict(objects["Deployment"]["spec"]["template"]["spec"]["containers"][0])


def test_containers_have_no_root_nothing_to_write_on_limits_and_a_health_check() -> None:
    docker, pod = container("docker"), container("kubernetes")
    assert docker["read_only"] is True
    assert docker["cap_drop"] == ["ALL"]
    assert docker["user"] == "${LLM_GATEWAY_USER:-65534:65534}"
    assert docker["deploy"]["resources"]["limits"]
    assert "/health/liveliness" in docker["healthcheck"]["test"][-1]
    assert docker["ports"] == ["127.0.0.1:4000-4002:4000"]
    assert pod["securityContext"]["readOnlyRootFilesystem"] is True
    assert pod["resources"]["limits"]
    assert pod["readinessProbe"]["httpGet"]["path"] == "/health/readiness"
    assert docker["image"] == pod["image"]
    assert docker["image"].endswith(":1.106.2")


def test_compose_refuses_to_start_without_what_is_required_and_hands_on_the_rest() -> None:
    environment = container("docker")["environment"]
    assert environment["LITELLM_MASTER_KEY"] == "${LITELLM_MASTER_KEY:?LITELLM_MASTER_KEY is not set}"
    assert environment["AWS_ACCESS_KEY_ID"] is None
    assert environment["GOOGLE_APPLICATION_CREDENTIALS"] == "/run/secrets/google-credentials.json"
    assert environment["REDIS_HOST"] == "redis"


def test_several_pods_need_either_no_counters_or_redis() -> None:
    def kinds(**more: Any) -> set[str]:
        by_path = files(made(gateway="litellm", providers=["anthropic"], deployment="kubernetes", **more))
        return {o["kind"] for o in yaml.safe_load_all(by_path["gateway.yaml"])}

    several = {"HorizontalPodAutoscaler", "PodDisruptionBudget"}
    assert several <= kinds()
    assert several <= kinds(goal="virtual keys, redis")
    assert not several & kinds(goal="virtual keys")


def test_systemd_keeps_values_in_a_file_of_root_and_rights_away_from_the_service() -> None:
    by_path = files(made(**FULL, deployment="systemd"))
    unit, environment = by_path["/etc/systemd/system/litellm@.service"], by_path["/etc/llm-gateway/litellm.env"]
    assert "--port %i" in unit
    for line in ("DynamicUser=yes", "NoNewPrivileges=yes", "ProtectSystem=strict", "MemoryMax=4096M"):
        assert line in unit.splitlines()
    assert "LITELLM_MASTER_KEY=" in environment.splitlines()
    assert "#AWS_ACCESS_KEY_ID=" in environment.splitlines()
    assert "LoadCredential=google-credentials.json:/etc/llm-gateway/google-credentials.json" in unit
