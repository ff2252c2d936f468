"""A reference to a ConfigMap or Secret names a key that the object in this file does not have.

What: secretKeyRef or configMapKeyRef, items of a volume, or subPath of a mount with a key that is missing in the object
    of the same file. Objects that are only in the cluster are not judged.
Why: the pod does not start (CreateContainerConfigError, or it waits for the volume); with subPath an empty folder
    appears in place of the file.
Fix: use a key that the object has, or add it there.

Bad:
    apiVersion: v1
    kind: Secret
    metadata: {name: keys}
    stringData: {anthropic: placeholder}
    ---
    apiVersion: v1
    kind: Pod
    metadata: {name: litellm}
    spec:
      containers:
        - name: litellm
          image: ghcr.io/berriai/litellm:v1.106.2
          env:
            - {name: ANTHROPIC_API_KEY, valueFrom: {secretKeyRef: {name: keys, key: anthropic-key}}}

Good:
    apiVersion: v1
    kind: Secret
    metadata: {name: keys}
    stringData: {anthropic: placeholder}
    ---
    apiVersion: v1
    kind: Pod
    metadata: {name: litellm}
    spec:
      containers:
        - name: litellm
          image: ghcr.io/berriai/litellm:v1.106.2
          env:
            - {name: ANTHROPIC_API_KEY, valueFrom: {secretKeyRef: {name: keys, key: anthropic}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mapping, Node, Sequence, scalar, text
from mcp_server.errors import nearest
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.kubernetes import ClusterView, cluster, volumes
from mcp_server.validate.problem import Problem

ID = "object-key-undefined"
KINDS: tuple[Kind, ...] = ("kubernetes",)
SEVERITY: Severity = "error"
REFERENCES = (("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap"))


def check(document: Document, context: Context) -> Iterator[Problem]:
    view = cluster(document)
    for container in view.containers:
        for index, item in enumerate(_items(container.node.get("env"))):
            origin = item.get("valueFrom")
            for name, kind in REFERENCES:
                node = origin.get(name) if isinstance(origin, Mapping) else None
                if isinstance(node, Mapping) and scalar(node.get("optional")) is not True:
                    yield from _missing(
                        view,
                        kind,
                        text(node.get("name")),
                        node.get("key"),
                        f"{container.path}.env[{index}].valueFrom.{name}.key",
                        "the container does not start (CreateContainerConfigError)",
                    )
    for _, path, pod, containers in view.groups:
        known = dict(volumes(pod))
        for name, volume in known.items():
            for item in _items(volume.node.get("items")):
                if scalar(volume.node.get("optional")) is not True:
                    why = "the volume cannot be mounted, so the pod does not start"
                    yield from _missing(
                        view, volume.kind, volume.object, item.get("key"), f"{path}.volumes.{name}", why
                    )
        for container in containers:
            for mount in _items(container.node.get("volumeMounts")):
                source = known.get(text(mount.get("name")) or "")
                if source is not None and source.items is None:
                    yield from _missing(
                        view,
                        source.kind,
                        source.object,
                        mount.get("subPath"),
                        f"{container.path}.volumeMounts",
                        "an empty folder appears in place of the file, and the program cannot read it",
                    )


def _items(node: Node | None) -> Iterator[Mapping]:
    yield from (i for i in (node.items if isinstance(node, Sequence) else ()) if isinstance(i, Mapping))


def _missing(
    view: ClusterView, kind: str, name: str | None, key: Node | None, path: str, why: str
) -> Iterator[Problem]:
    wanted, found = text(key), view.object(kind, name or "")
    if key is None or not wanted or found is None or "{{" in wanted:
        return
    names = [entry.name for block in ("data", "stringData", "binaryData") for entry in found.entries(block)]
    if wanted not in names:
        close = nearest(wanted, names)
        has = f"it has {', '.join(names[:6])}" if names else "it has no keys"
        yield Problem(
            f"{kind} {name} in this file has no key {wanted}",
            why,
            f"did you mean {close}?" if close else f"use a key of the object ({has}), or add {wanted} there",
            key.mark,
            path,
        )
