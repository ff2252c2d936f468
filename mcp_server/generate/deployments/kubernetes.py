"""Kubernetes: a kustomize base that ``kubectl apply -k`` takes; secrets by reference only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_server.answer import ConfigFile
from mcp_server.generate.deployments import prometheus
from mcp_server.generate.deployments.docker import dockerfile
from mcp_server.generate.deployments.kubernetes_words import NAMESPACE, REGISTRY, checks, commands, notes
from mcp_server.generate.deployments.service import CONFIG_FOLDER, NOBODY, SCRATCH, SECRET_FOLDER
from mcp_server.generate.document import yaml_documents, yaml_text

if TYPE_CHECKING:
    from mcp_server.generate.deployments.service import Service

__all__ = ["checks", "files", "notes"]

OBJECTS, KUSTOMIZATION = "gateway.yaml", "kustomization.yaml"
#: Instances that the autoscaler may add, for each one that runs always.
GROWTH = 3


def files(service: Service) -> list[ConfigFile]:
    """The kustomization, the objects, the scrape configuration, and the commands."""
    return [
        ConfigFile(
            path=KUSTOMIZATION,
            language="yaml",
            content=yaml_text(kustomization(service), ("Written by llm-gateway.",)),
            why="Puts the configuration file into a ConfigMap whose name changes with it, so that a change restarts.",
        ),
        ConfigFile(
            path=OBJECTS,
            language="yaml",
            content=yaml_documents(objects(service), (f"{service.title} on Kubernetes. Written by llm-gateway.",)),
            why="Deployment, Service and NetworkPolicy"
            + (", HorizontalPodAutoscaler and PodDisruptionBudget. " if service.instances > 1 else ". ")
            + "Holds no secret: it names the Secrets that you make.",
        ),
        *dockerfile(service),
        *prometheus.files(service, [f"{service.name}.{NAMESPACE}.svc:{service.port}"]),
        ConfigFile(
            path="shell: start the gateway",
            language="shell",
            content=commands(service),
            why="In the folder of the files above, with kubectl pointing at the cluster.",
        ),
    ]


def kustomization(service: Service) -> dict[str, Any]:
    """The content of ``kustomization.yaml``."""
    name, _, tag = service.image.rpartition(":")
    image = {"name": name, "newName": f"{REGISTRY}/{name}", "newTag": tag}
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": NAMESPACE,
        "resources": [OBJECTS],
        **({"images": [image]} if service.build else {}),
        "configMapGenerator": [{"name": f"{service.name}-config", "files": [*service.files, *service.made]}],
    }


def objects(service: Service) -> list[dict[str, Any]]:
    """Every object but the ConfigMap."""
    found = [_account(service), _deployment(service), _service(service), _network_policy(service)]
    if service.instances > 1:
        found += [_autoscaler(service), _disruptions(service)]
    return found


def _meta(service: Service, name: str = "") -> dict[str, Any]:
    return {"name": name or service.name, "labels": _labels(service)}


def _labels(service: Service) -> dict[str, str]:
    return {"app.kubernetes.io/name": service.name, "app.kubernetes.io/managed-by": "llm-gateway"}


def _selector(service: Service) -> dict[str, str]:
    return {"app.kubernetes.io/name": service.name}


def _account(service: Service) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": _meta(service),
        "automountServiceAccountToken": False,
    }


def pod(service: Service) -> dict[str, Any]:
    """The specification of a pod."""
    spec: dict[str, Any] = {
        "serviceAccountName": service.name,
        "automountServiceAccountToken": False,
        # Long answers are allowed to end.
        "terminationGracePeriodSeconds": 120,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": NOBODY,
            "runAsGroup": NOBODY,
            "fsGroup": NOBODY,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(service)],
        "volumes": _volumes(service),
    }
    if service.instances > 1:
        spec["topologySpreadConstraints"] = [
            {
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": _selector(service)},
            }
        ]
    return spec


def _deployment(service: Service) -> dict[str, Any]:
    labels = _labels(service)
    annotations = (
        {
            "prometheus.io/scrape": "true",
            "prometheus.io/path": service.metrics,
            "prometheus.io/port": str(service.port),
        }
        if service.metrics
        else {}
    )
    replicas = {} if service.instances > 1 else {"replicas": 1}  # else the autoscaler's business
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _meta(service),
        "spec": {
            **replicas,
            "revisionHistoryLimit": 5,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            "selector": {"matchLabels": _selector(service)},
            "template": {
                "metadata": {"labels": labels, **({"annotations": annotations} if annotations else {})},
                "spec": pod(service),
            },
        },
    }


def _container(service: Service) -> dict[str, Any]:
    environment = {**service.settings, **{v.name: f"{SECRET_FOLDER}/{v.file}" for v in service.secret_files}}
    mounts = [
        {"name": "config", "mountPath": CONFIG_FOLDER, "readOnly": True},
        {"name": "tmp", "mountPath": SCRATCH},
    ]
    if service.secret_files:
        mounts.append({"name": "files", "mountPath": SECRET_FOLDER, "readOnly": True})
    return {
        "name": service.name,
        "image": service.image,
        "args": [text.replace("$(", "$$(") for text in service.arguments],
        "ports": [{"name": name, "containerPort": port} for name, port in _ports(service).items()],
        "env": [{"name": name, "value": value.replace("$(", "$$(")} for name, value in environment.items()],
        **({"envFrom": [{"secretRef": {"name": f"{service.name}-secrets"}}]} if service.plain else {}),
        "startupProbe": {**_probe(service, service.live), "periodSeconds": 5, "failureThreshold": 36},
        "livenessProbe": {
            **_probe(service, service.live),
            "periodSeconds": 15,
            "timeoutSeconds": 5,
            "failureThreshold": 4,
        },
        "readinessProbe": {
            **_probe(service, service.ready),
            "periodSeconds": 10,
            "timeoutSeconds": 5,
            "failureThreshold": 3,
        },
        # The endpoint is taken out of rotation before the process is told to end.
        "lifecycle": {"preStop": {"sleep": {"seconds": 10}}},
        "resources": {
            "requests": {"cpu": f"{int(service.cpus * 250)}m", "memory": f"{service.memory // 2}Mi"},
            "limits": {"cpu": f"{int(service.cpus * 1000)}m", "memory": f"{service.memory}Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": mounts,
    }


def _ports(service: Service) -> dict[str, int]:
    named = {"https" if service.ends_tls else "http": service.port}
    return {**named, "health": service.health_port} if service.health_port else named


def _probe(service: Service, path: str) -> dict[str, Any]:
    return {"httpGet": {"path": path, "port": list(_ports(service))[-1]}}


def _volumes(service: Service) -> list[dict[str, Any]]:
    volumes: list[dict[str, Any]] = [
        {"name": "config", "configMap": {"name": f"{service.name}-config"}},
        {"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}},
    ]
    if service.secret_files:
        # 0440: the group of the pod reads it, nobody else.
        volumes.append({"name": "files", "secret": {"secretName": f"{service.name}-files", "defaultMode": 0o440}})
    return volumes


def _service(service: Service) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _meta(service),
        "spec": {
            "type": "ClusterIP",
            "selector": _selector(service),
            "ports": [
                {"name": name, "port": service.public_port, "targetPort": name} for name in list(_ports(service))[:1]
            ],
        },
    }


def _network_policy(service: Service) -> dict[str, Any]:
    """In: the gateway's port. Out: names, and the ports it needs; where to is the business of a proxy or a firewall."""
    ports = [*service.egress, *([5432] if service.database else []), *([6379] if service.redis else [])]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": _meta(service),
        "spec": {
            "podSelector": {"matchLabels": _selector(service)},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [{"ports": [{"port": port, "protocol": "TCP"} for port in _ports(service).values()]}],
            "egress": [
                {"ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]},
                {"ports": [{"port": port, "protocol": "TCP"} for port in dict.fromkeys(ports)]},
            ],
        },
    }


def _autoscaler(service: Service) -> dict[str, Any]:
    metric = {
        "type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}},
    }
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": _meta(service),
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": service.name},
            "minReplicas": service.instances,
            "maxReplicas": service.instances * GROWTH,
            "metrics": [metric],
            # A pod that goes takes its open answers with it, so it goes late.
            "behavior": {"scaleDown": {"stabilizationWindowSeconds": 600}},
        },
    }


def _disruptions(service: Service) -> dict[str, Any]:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": _meta(service),
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": _selector(service)}},
    }
