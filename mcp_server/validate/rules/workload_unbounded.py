"""The gateway's container runs without limits, probes or as root.

What: a LiteLLM container without resources, without readinessProbe, or without runAsNonRoot.
Why: without requests and limits one busy gateway takes the memory of its node and is killed first; without a
    readinessProbe it gets traffic before its models are loaded; as root a break-in has more to work with.
Fix: add resources, a readinessProbe on /health/readiness and securityContext: {runAsNonRoot: true} (with the image
    litellm-non_root).

Bad:
    apiVersion: v1
    kind: Pod
    metadata: {name: litellm}
    spec:
      containers:
        - name: litellm
          image: ghcr.io/berriai/litellm:v1.106.2

Good:
    apiVersion: v1
    kind: Pod
    metadata: {name: litellm}
    spec:
      securityContext: {runAsNonRoot: true}
      containers:
        - name: litellm
          image: ghcr.io/berriai/litellm-non_root:v1.106.2
          resources: {requests: {cpu: "1", memory: 2Gi}, limits: {memory: 4Gi}}
          readinessProbe: {httpGet: {path: /health/readiness, port: 4000}}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mapping, is_empty, scalar
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.kubernetes import cluster
from mcp_server.validate.problem import Problem

ID = "workload-unbounded"
KINDS: tuple[Kind, ...] = ("kubernetes",)
SEVERITY: Severity = "info"


def check(document: Document, context: Context) -> Iterator[Problem]:
    for item, path, pod, containers in cluster(document).groups:
        for container in containers:
            if not container.is_gateway or not container.path.startswith(f"{path}.containers["):
                continue
            mark = container.image.mark if container.image else container.entry
            if is_empty(container.node.get("resources")):
                yield Problem(
                    "the container has no resources",
                    "it may take all memory of its node, and is the first to be killed when memory runs out",
                    "add requests for cpu and memory and a memory limit; LiteLLM needs some GiB",
                    mark,
                    f"{container.path}.resources",
                )
            if is_empty(container.node.get("readinessProbe")) and item.kind not in ("Job", "CronJob"):
                yield Problem(
                    "the container has no readinessProbe",
                    "it gets requests before its models are loaded, and while its database is away",
                    "add readinessProbe: {httpGet: {path: /health/readiness, port: 4000}}",
                    mark,
                    f"{container.path}.readinessProbe",
                )
            if not any(_unprivileged(n.get("securityContext")) for n in (pod, container.node)):
                yield Problem(
                    "nothing says that the container must not run as root",
                    "the standard image of LiteLLM runs as root",
                    "use the image litellm-non_root with securityContext: {runAsNonRoot: true}",
                    mark,
                    f"{container.path}.securityContext",
                    confidence="medium",
                )


def _unprivileged(node: object) -> bool:
    if not isinstance(node, Mapping):
        return False
    user = scalar(node.get("runAsUser"))
    return scalar(node.get("runAsNonRoot")) is True or (isinstance(user, int) and user > 0)
