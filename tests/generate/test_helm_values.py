"""Values for LiteLLM's own Helm chart: every key is one of the chart's, of its type, and nothing secret is in it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from deployment_judges import shell_complaints
from gateway_bench import content, made
from litellm_set_ups import set_ups

from mcp_server.answer import Answer
from mcp_server.catalogue.load import read_yaml
from mcp_server.errors import UsageError

TYPES: dict[str, tuple[type, ...]] = {"text": (str,), "number": (int, float), "switch": (bool,), "list": (list,)}
FULL: dict[str, Any] = {
    "providers": ["vertex", "bedrock"],
    "goal": "helm, virtual keys, redis, three instances, prometheus",
    "ca_bundle": "/etc/ssl/corporate ca.pem",
    "proxy_url": "http://${PROXY_LOGIN}@proxy.example.com:3128",
}


def helm(**arguments: Any) -> Answer:
    return made(**{"gateway": "litellm", "goal": "helm", **arguments})


def values(answer: Answer) -> dict[str, Any]:
    return dict(yaml.safe_load(content(answer, "values.yaml")))


def complaints(data: dict[str, Any], path: str = "") -> list[str]:
    """Keys that the chart does not have, and values of another type than it reads."""
    known, found = read_yaml("litellm_helm.yaml")["keys"], []
    for key, value in data.items():
        place = f"{path}{key}"
        kind = known.get(place)
        if kind == "free":
            found += [] if isinstance(value, dict) else [f"{place} is no map"]
        elif kind:
            right = isinstance(value, TYPES[kind]) and (kind == "switch" or not isinstance(value, bool))
            found += [] if right else [f"{place} is no {kind}"]
        elif isinstance(value, dict) and any(name.startswith(f"{place}.") for name in known):
            found += complaints(value, f"{place}.")
        else:
            found.append(f"{place} is not a key of the chart")
    return found


def test_every_key_is_one_of_the_charts_and_of_its_type() -> None:
    wanted = [a for a in set_ups() if a["deployment"] == "kubernetes"]
    asked = [{**a, "goal": f"{a.get('goal', '')} helm"} for a in wanted]
    assert len(asked) > 10
    assert {c for arguments in (*asked, FULL) for c in complaints(values(helm(**arguments)))} == set()
    wrong = {**values(helm()), "replicas": 2, "replicaCount": "2", "image": {"name": "x"}}
    assert complaints(wrong) == [
        "replicaCount is no number",
        "image.name is not a key of the chart",
        "replicas is not a key of the chart",
    ]


def test_the_chart_gets_the_checked_file_and_names_of_secrets_only() -> None:
    answer = helm(**FULL)
    data, script = values(answer), content(answer, "start the gateway")
    assert data["proxyConfigMap"] == {"create": False, "name": "litellm-config", "key": "litellm-config.yaml"}
    assert "create configmap litellm-config --from-file=litellm-config.yaml --from-file=ca-bundle.pem" in script
    assert (data["environmentSecrets"], data["masterkeySecretName"]) == (["litellm-secrets"], "litellm-secrets")
    assert "proxy_config" not in data
    assert data["envVars"]["GOOGLE_APPLICATION_CREDENTIALS"] == "/run/secrets/google-credentials.json"
    assert [v["name"] for v in data["volumes"]] == ["files", "made"]
    assert shell_complaints(script) == ""
    assert answer.config[0].path == "litellm-config.yaml"


def test_another_file_restarts_the_pods_and_the_same_does_not() -> None:
    first, same, other = (values(helm(providers=p))["podAnnotations"] for p in (["vertex"], ["vertex"], ["bedrock"]))
    assert first == same != other


def test_pods_have_no_root_limits_and_a_rolling_update_with_a_way_back() -> None:
    answer = helm(**FULL)
    data, script = values(answer), content(answer, "start the gateway")
    assert data["podSecurityContext"]["runAsNonRoot"] is True
    assert data["securityContext"]["readOnlyRootFilesystem"] is True
    assert data["resources"]["limits"]
    assert data["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert (data["autoscaling"]["minReplicas"], data["pdb"]["enabled"]) == (3, True)
    assert "helm upgrade --install" in script
    assert "helm rollback" in script
    assert data["db"] == {"deployStandalone": False, "useExisting": False}


def test_the_word_decides_and_what_was_not_checked_is_said() -> None:
    def paths(**arguments: Any) -> set[str]:
        return {f.path for f in made(gateway="litellm", **arguments).config}

    assert "values.yaml" in paths(goal="helm", deployment="kubernetes")
    assert "values.yaml" not in paths(goal="without helm", deployment="kubernetes")
    assert "kustomization.yaml" in paths(deployment="kubernetes")
    assert any("not rendered here" in note for note in helm().context)
    with pytest.raises(UsageError, match="contradict"):
        helm(deployment="docker")
    other = made(gateway="custom", goal="nginx with helm", deployment="kubernetes", gateway_url="https://c.example.com")
    assert any("nobody publishes a chart" in note for note in other.context)
