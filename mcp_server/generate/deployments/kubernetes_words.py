"""Kubernetes: the commands that start, update and roll back, what proves it, and what a reader must know."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mcp_server.answer import Check

if TYPE_CHECKING:
    from mcp_server.generate.deployments.service import Service

NAMESPACE = "llm-gateway"
#: Stands in the kustomization for the registry that takes an image of your own.
REGISTRY = "registry.example.com"


def commands(service: Service) -> str:
    """Secrets through a pipe, then the base, then how to reach it and how to go back."""
    name = service.name
    lines = [*_image(service), *service.made.values(), *service.key_lines, *service.asked()]
    lines.append(f"kubectl create namespace {NAMESPACE} --dry-run=client -o yaml | kubectl apply -f -")
    lines += secret_commands(service)
    lines += [
        "kubectl apply -k . --dry-run=server",
        "kubectl apply -k .",
        f"kubectl -n {NAMESPACE} rollout status deployment/{name} --timeout=5m",
        "# Claude Code on this machine reaches it through:",
        f"kubectl -n {NAMESPACE} port-forward service/{name} {service.port}:{service.public_port}",
        f"# a new version: change {'it in the Dockerfile and in newTag' if service.build else 'the tag'} of the image, "
        "kubectl apply -k ., rollout status; back:",
        f"#   kubectl -n {NAMESPACE} rollout undo deployment/{name}",
    ]
    return "\n".join(lines) + "\n"


def _image(service: Service) -> list[str]:
    """Builds the image and tells the kustomization where it lies."""
    if not service.build:
        return []
    return [
        "# the registry from which the cluster takes images, like ghcr.io/example:",
        ': "${REGISTRY:?}"',
        f'docker build --pull -t "$REGISTRY/{service.image}" . && docker push "$REGISTRY/{service.image}"',
        f'sed -i "s|{REGISTRY}|$REGISTRY|" kustomization.yaml',
    ]


def secret_commands(service: Service) -> list[str]:
    """Shell lines that make the Secrets of ``service`` from variables and files."""
    name, lines = service.name, list[str]()
    if service.plain:
        lines += [
            "# the variables as a Secret, through a pipe and not on a command line (where every user could read them):",
            f"printenv | grep -E '^({'|'.join(v.name for v in service.plain)})=' \\",
            f"  | kubectl -n {NAMESPACE} create secret generic {name}-secrets --from-env-file=/dev/stdin"
            " --dry-run=client -o yaml | kubectl apply -f -",
        ]
    if service.secret_files:
        given = " ".join(f'--from-file={v.file}="${v.name}"' for v in service.secret_files)
        lines.append(
            f"kubectl -n {NAMESPACE} create secret generic {name}-files {given} --dry-run=client -o yaml"
            " | kubectl apply -f -"
        )
    return lines


def checks(service: Service) -> list[Check]:
    """Whether the cluster takes the objects, and the pods become ready."""
    return [
        Check(
            title="the cluster accepts the objects",
            status="todo",
            detail="The API server reads them and changes nothing.",
            command="kubectl apply -k . --dry-run=server",
            expect="(server dry run) behind every object",
            if_not="the line names the object and the field",
        ),
        pods_ready(service),
    ]


def pods_ready(service: Service) -> Check:
    """Whether the deployment came up."""
    return Check(
        title="the pods are ready",
        status="todo",
        detail="",
        command=f"kubectl -n {NAMESPACE} rollout status deployment/{service.name} --timeout=5m",
        expect="successfully rolled out",
        if_not=f"kubectl -n {NAMESPACE} logs deployment/{service.name} --tail=50 shows the reason",
    )


def helm_note(goal: str) -> list[str]:
    """For a gateway without a chart, when one is asked for."""
    if not re.search(r"\bhelm\b", goal, re.I):
        return []
    return ["Helm: nobody publishes a chart for this gateway, so none is named: the kustomize base is the whole."]


def notes(service: Service) -> list[str]:
    """What this base leaves to the reader."""
    kinds = [kind for kind, on in (("secrets", service.plain), ("files", service.secret_files)) if on]
    named = " and ".join(f"{service.name}-{kind}" for kind in kinds)
    found = [
        f"Kubernetes: what is secret ({named}) is referred to, never written; an "
        "external secrets operator may make it as well. On a cloud with workload identity bind the ServiceAccount "
        "instead of a key file and remove the file's variable and volume.",
        "NetworkPolicy: anyone in the cluster may reach the port, and the gateway may reach only the ports it needs. "
        "An Ingress must not buffer answers and must wait at least 10 minutes for one.",
        "The preStop sleep needs Kubernetes 1.30 or newer.",
    ]
    if service.ends_tls:
        found.append(
            "For people outside the cluster: type LoadBalancer in the Service, or an Ingress that passes TLS through."
        )
    if service.database or service.redis:
        both = " and ".join(n for n, on in (("PostgreSQL", service.database), ("Redis", service.redis)) if on)
        found.append(f"{both}: use the cloud's managed service or an operator; the base does not run databases.")
    if service.instances > 1:
        found.append(
            "The autoscaler needs metrics-server in the cluster; without it the number of pods stays as it is."
        )
    return found
