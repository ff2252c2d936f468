"""Values for LiteLLM's own Helm chart, instead of a base of ours. Its keys are in ``catalogue/litellm_helm.yaml``."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from mcp_server.answer import Check, ConfigFile
from mcp_server.catalogue.load import read_yaml
from mcp_server.generate.deployments import kubernetes, prometheus
from mcp_server.generate.deployments.kubernetes_words import NAMESPACE, pods_ready, secret_commands
from mcp_server.generate.deployments.service import SCRATCH, SECRET_FOLDER
from mcp_server.generate.document import yaml_text
from mcp_server.generate.gateways.litellm.version import CONFIG_FILE

if TYPE_CHECKING:
    from mcp_server.generate.deployments.service import Service

VALUES_FILE = "values.yaml"
_CONFIG_MAP = "litellm-config"
#: Where the chart mounts nothing of its own.
_EXTRA = "/etc/llm-gateway"


def files(service: Service) -> list[ConfigFile]:
    """The values, the scrape configuration, and the commands."""
    return [
        ConfigFile(
            path=VALUES_FILE,
            language="yaml",
            content=yaml_text(values(service), (f"{service.title} with its own Helm chart. Written by llm-gateway.",)),
            why="What differs from the chart's defaults: no root, limits, checks, no database of the chart's own. "
            "Holds no secret: it names the Secrets that you make.",
        ),
        *prometheus.files(service, [f"{service.name}.{NAMESPACE}.svc:{service.port}"]),
        ConfigFile(
            path="shell: start the gateway",
            language="shell",
            content=_commands(service),
            why="In the folder of the files above, with kubectl and helm pointing at the cluster.",
        ),
    ]


def values(service: Service) -> dict[str, Any]:
    """The content of the values file."""
    repository, _, tag = service.image.rpartition(":")
    template = kubernetes.pod(service)
    (container,) = template["containers"]
    several = service.instances > 1
    volumes, mounts = _mounted(service)
    data: dict[str, Any] = {
        "fullnameOverride": service.name,
        "replicaCount": service.instances,
        "image": {"repository": repository, "tag": tag, "pullPolicy": "IfNotPresent"},
        "serviceAccount": {"create": True, "automount": False},
        "service": {"type": "ClusterIP", "port": service.port},
        # The chart would write its own copy of the file, sorted anew; this is the file that was checked.
        "proxyConfigMap": {"create": False, "name": _CONFIG_MAP, "key": CONFIG_FILE},
        "podAnnotations": {"llm-gateway/config": _digest(service)},
        "environmentSecrets": [f"{service.name}-secrets"],
        "masterkeySecretName": f"{service.name}-secrets",
        "masterkeySecretKey": "LITELLM_MASTER_KEY",
        "envVars": {v["name"]: v["value"] for v in container["env"]},
        # The chart's database is for trials, and its migration job has no place to write under a read-only root:
        # LiteLLM migrates by itself when it starts.
        "db": {"deployStandalone": False, "useExisting": False},
        "redis": {"enabled": False},
        "migrationJob": {"enabled": False},
        "podSecurityContext": template["securityContext"],
        "securityContext": container["securityContext"],
        "resources": container["resources"],
        "lifecycle": container["lifecycle"],
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
        "terminationGracePeriodSeconds": template["terminationGracePeriodSeconds"],
        "autoscaling": {
            "enabled": several,
            "minReplicas": service.instances,
            "maxReplicas": service.instances * kubernetes.GROWTH,
            "targetCPUUtilizationPercentage": 70,
        },
        "pdb": {"enabled": several, "maxUnavailable": 1},
    }
    if several:
        data["topologySpreadConstraints"] = template["topologySpreadConstraints"]
    if volumes:
        data |= {"volumes": volumes, "volumeMounts": mounts}
    return data


def _digest(service: Service) -> str:
    """Changes with the file, so that a change restarts the pods."""
    return hashlib.sha256(service.files[CONFIG_FILE].encode()).hexdigest()[:16] if service.files else ""


def _mounted(service: Service) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Key files and a CA bundle; the chart itself mounts the configuration and what can be written to."""
    volumes, mounts = list[dict[str, Any]](), list[dict[str, Any]]()
    if service.secret_files:
        volumes.append({"name": "files", "secret": {"secretName": f"{service.name}-files", "defaultMode": 0o440}})
        mounts.append({"name": "files", "mountPath": SECRET_FOLDER, "readOnly": True})
    if service.made:
        volumes.append({"name": "made", "configMap": {"name": _CONFIG_MAP}})
        mounts.append({"name": "made", "mountPath": _EXTRA, "readOnly": True})
    return volumes, mounts


def _commands(service: Service) -> str:
    chart = read_yaml("litellm_helm.yaml")["chart"]
    given = " ".join(f"--from-file={name}" for name in (*service.files, *service.made))
    apply = "--dry-run=client -o yaml | kubectl apply -f -"
    lines = [
        *service.made.values(),
        *service.key_lines,
        *service.asked(),
        f"kubectl create namespace {NAMESPACE} {apply}",
        *secret_commands(service),
        f"kubectl -n {NAMESPACE} create configmap {_CONFIG_MAP} {given} {apply}",
        f"helm show chart {chart}   # its version; name it below with --version, so that it stays",
        f"helm template {service.name} {chart} -n {NAMESPACE} -f {VALUES_FILE} | kubectl apply --dry-run=server -f -",
        f"helm upgrade --install {service.name} {chart} -n {NAMESPACE} -f {VALUES_FILE} --wait --timeout 10m",
        f"kubectl -n {NAMESPACE} port-forward service/{service.name} {service.port}:{service.port}",
        "# a new version: change image.tag, then the helm upgrade line again (rolling); back:",
        f"#   helm history {service.name} -n {NAMESPACE} && helm rollback {service.name} -n {NAMESPACE} --wait",
    ]
    return "\n".join(lines) + "\n"


def checks(service: Service) -> list[Check]:
    """Whether the chart takes the values and the cluster its objects, and the pods become ready."""
    chart = read_yaml("litellm_helm.yaml")["chart"]
    return [
        Check(
            title="chart and cluster accept the values",
            status="todo",
            detail="Renders the chart; the API server reads the objects and changes nothing.",
            command=f"helm template {service.name} {chart} -n {NAMESPACE} -f {VALUES_FILE}"
            " | kubectl apply --dry-run=server -f -",
            expect="(server dry run) behind every object",
            if_not="a chart of another version may name a key differently: helm show values tells",
        ),
        pods_ready(service),
    ]


def notes(service: Service) -> list[str]:
    """What was checked of these values and what was not, and what is left to the reader."""
    facts = read_yaml("litellm_helm.yaml")
    found = [
        f"Helm: keys and types of the values were compared with the chart's own values file "
        f"(litellm-helm {facts['chart_version']}, read on {facts['checked_on']}). The chart was not pulled and not "
        "rendered here: the first check does that. LiteLLM calls the chart community-maintained.",
        f"The Secrets {service.name}-secrets"
        + (f" and {service.name}-files" if service.secret_files else "")
        + f" and the ConfigMap {_CONFIG_MAP} are made by the commands; after a change of the file run them again.",
        f"The chart mounts {SCRATCH} in memory under a read-only root. It brings no NetworkPolicy; the kustomize base "
        "(without the word helm) does.",
    ]
    if service.database or service.redis:
        both = " and ".join(n for n, on in (("PostgreSQL", service.database), ("Redis", service.redis)) if on)
        found.append(f"{both}: use the cloud's managed service or an operator; the chart's own are switched off.")
    return found
