"""Kubernetes manifests: the containers with their variables, and the files that ConfigMaps and Secrets carry."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from mcp_server.document.document import Document, Language
from mcp_server.document.nodes import Entry, Mapping, Node, Scalar, Sequence, scalar, text
from mcp_server.validate.context import Kind
from mcp_server.validate.embedded import embedded
from mcp_server.validate.kinds import claude_settings, env
from mcp_server.validate.kinds.containers import Container, Mount, Setting
from mcp_server.validate.kinds.kind import MAX_PARTS, KindModule, Part

ID: Kind = "kubernetes"
TITLE = "Kubernetes manifest"
LANGUAGE: Language = "yaml"
READER = "Kubernetes"
DOCUMENTS = True
NOT_CHECKED = (
    "Not checked here: objects that are only in the cluster, admission rules, images, and whether the pods become "
    "ready. kubectl apply --dry-run=server asks the cluster."
)
NEXT = "kubectl apply --dry-run=server -f FILE"
EXPECT = "every object configured or created"

_VERSION = re.compile(r"(?m)^[\"']?apiVersion[\"']?\s*:\s*\S")
_KIND = re.compile(r"(?m)^[\"']?kind[\"']?\s*:\s*\S")
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
_SETTINGS_FILE = re.compile(r"(^|[/._-])settings(\.local)?\.json$")
#: ``$(NAME)`` refers to another variable of the container; ``$$`` writes a dollar sign.
_DEPENDENT = re.compile(r"(?<!\$)\$\(([A-Za-z_][\w.-]*)\)")
#: Path of the pod's specification by kind of workload.
_PODS = {
    "Pod": ("spec",),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
    **dict.fromkeys(
        ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "ReplicationController"),
        ("spec", "template", "spec"),
    ),
}


def claims(name: str, text: str) -> bool:
    return _VERSION.search(text) is not None and _KIND.search(text) is not None


@dataclass(frozen=True)
class Object:
    """One object of the file. ``path`` is ``Kind/name``."""

    kind: str
    name: str
    node: Mapping

    @property
    def path(self) -> str:
        return f"{self.kind}/{self.name}" if self.name else self.kind

    def data(self) -> Iterator[tuple[str, Entry]]:
        """The entries of a ConfigMap or Secret with the path of their block (``data``, ``stringData``)."""
        for block in ("data", "stringData"):
            for entry in self.entries(block):
                yield block, entry

    def entries(self, block: str) -> Iterator[Entry]:
        node = self.node.get(block)
        yield from node if isinstance(node, Mapping) else ()

    def encoded(self, block: str) -> bool:
        return self.kind == "Secret" and block == "data"


@dataclass(frozen=True)
class Volume:
    """A volume that a ConfigMap or Secret fills; ``items`` maps keys to file names when they are listed."""

    kind: str
    object: str
    node: Mapping
    items: dict[str, str] | None


class ClusterView:
    """Lazy view of all objects of a file. Tolerates wrong types: other rules report those."""

    def __init__(self, document: Document) -> None:
        self.document = document

    @cached_property
    def objects(self) -> list[Object]:
        return list(_objects(self.document.roots))

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], Object]:
        return {(o.kind, o.name): o for o in reversed(self.objects)}

    def object(self, kind: str, name: str) -> Object | None:
        return self._by_name.get((kind, name))

    @cached_property
    def pods(self) -> list[tuple[Object, str, Mapping]]:
        """Every pod specification: its workload, its path and its node."""
        result = []
        for item in self.objects:
            steps = _PODS.get(item.kind)
            node: Node | None = item.node
            for step in steps or ():
                node = node.get(step) if isinstance(node, Mapping) else None
            if steps and isinstance(node, Mapping):
                result.append((item, f"{item.path}.{'.'.join(steps)}", node))
        return result

    @cached_property
    def containers(self) -> list[Container]:
        return [c for _, _, _, group in self.groups for c in group]

    @cached_property
    def groups(self) -> list[tuple[Object, str, Mapping, list[Container]]]:
        """As ``pods``, with the containers of each."""
        return [(item, path, pod, list(self._pod(path, pod))) for item, path, pod in self.pods]

    def _pod(self, path: str, pod: Mapping) -> Iterator[Container]:
        known = dict(volumes(pod))
        mains = pod.get("containers")
        several = isinstance(mains, Sequence) and len(mains.items) > 1
        alone = not several and scalar(pod.get("hostNetwork")) is not True
        for block in ("initContainers", "containers"):
            items = pod.get(block)
            for index, node in enumerate(items.items if isinstance(items, Sequence) else ()):
                if isinstance(node, Mapping):
                    yield self._container(f"{path}.{block}[{index}]", node, known, alone)

    @cached_property
    def users(self) -> dict[str, list[Container]]:
        """Path of a ConfigMap or Secret to the containers that mount it or take all their variables from it."""
        found: dict[str, list[Container]] = {}
        for container in self.containers:
            names = {m.config for m in container.mounts} | {
                ".".join(s.path.split(".")[:-2]) for s in container.settings
            }
            for name in names - {None, ""}:
                found.setdefault(str(name), []).append(container)
        return found

    def _container(self, path: str, node: Mapping, volumes: dict[str, Volume], alone: bool) -> Container:
        settings = list(_settings(node.get("env"), f"{path}.env"))
        complete = True
        sources = node.get("envFrom")
        for source in sources.items if isinstance(sources, Sequence) else ():
            more = self._from(source)
            complete = complete and more is not None
            settings = [*(more or ()), *settings]
        return Container(
            ID,
            text(node.get("name")) or "",
            path,
            node,
            node.mark,
            settings,
            complete,
            list(_mounts(node, volumes)),
            alone,
        )

    def _from(self, source: Node) -> list[Setting] | None:
        """The variables of an ``envFrom`` entry, ``None`` when its object is not in this file."""
        if not isinstance(source, Mapping):
            return None
        prefix = text(source.get("prefix")) or ""
        for key, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
            reference = source.get(key)
            found = self.object(kind, text(reference.get("name")) or "") if isinstance(reference, Mapping) else None
            if found is not None:
                return [
                    Setting(
                        prefix + e.name,
                        f"{found.path}.{block}.{e.name}",
                        e.key.mark,
                        e.value,
                        decoded(found, block, e.value),
                    )
                    for block, e in found.data()
                ]
        return None


def cluster(document: Document) -> ClusterView:
    """The view of ``document``, built once and shared by all rules."""
    view = document.views.get("cluster")
    if not isinstance(view, ClusterView):
        view = document.views["cluster"] = ClusterView(document)
    return view


def decoded(item: Object, block: str, node: Node) -> str | None:
    """The text of an entry of a ConfigMap or Secret, ``None`` when it has none (wrong type, no base64, binary)."""
    said = text(node)
    if said is None or not item.encoded(block):
        return said
    import base64

    try:
        return base64.b64decode("".join(said.split("\n")), validate=True).decode("utf-8")
    except ValueError:
        return None


def parts(document: Document) -> Iterable[Part]:
    """The variables of every container, and the files in ConfigMaps and Secrets that another kind reads."""
    found = document.views.get("parts")
    if not isinstance(found, tuple):
        found = document.views["parts"] = tuple(islice(_parts(document), MAX_PARTS + 1))
    return found


def _parts(document: Document) -> Iterator[Part]:
    view = cluster(document)
    for container in view.containers:
        own = [s for s in container.settings if s.path.startswith(container.path)]
        if own:
            entries = [e for e, s in zip(container.entries(), container.settings, strict=True) if s in own]
            inner = env.inner(document, entries, ID, gateway=container.is_gateway, complete=container.complete)
            yield Part("env", inner, f"{container.path}.env")
    for item in view.objects:
        if item.kind in ("ConfigMap", "Secret"):
            yield from _data_parts(view, item)


def _data_parts(view: ClusterView, item: Object) -> Iterator[Part]:
    variables = []
    users = view.users.get(item.path, [])
    for block, entry in item.data():
        value = decoded(item, block, entry.value)
        if value is None or not isinstance(entry.value, Scalar):
            continue
        encoded = item.encoded(block)
        kind, module = _kind_of(entry.name, value)
        if module is not None and kind is not None:
            inner = embedded(
                view.document,
                entry.value,
                module.LANGUAGE,
                module.READER,
                value if encoded else None,
                exact=not encoded,
            )
            environment = users[0].environment if len(users) == 1 else None
            yield Part(kind, inner, f"{item.path}.{block}.{entry.name}", environment)
        elif _VARIABLE.fullmatch(entry.name):
            key = Scalar.of(entry.name, entry.name, entry.key.mark)
            variables.append((block, Entry(entry.name, key, Scalar.of(value, value, entry.value.mark))))
    for block in ("data", "stringData"):
        entries = [e for where, e in variables if where == block]
        if entries:
            gateway = any(c.is_gateway for c in users)
            yield Part(
                "env", env.inner(view.document, entries, ID, gateway=gateway, complete=False), f"{item.path}.{block}"
            )


def _kind_of(name: str, value: str) -> tuple[Kind, KindModule] | tuple[None, None]:
    """The kind that reads a file of this name and content, if any does."""
    from mcp_server.validate import kinds

    lower, start = name.lower(), value.lstrip("\ufeff \t\r\n")
    if lower.endswith(".env") and env.claims(lower, start):
        return "env", env
    if _SETTINGS_FILE.search(lower) and start.startswith("{") and claude_settings.claims(lower, start):
        return "claude-settings", claude_settings
    for module in kinds.KINDS:
        if module.ID in ("litellm", "claude-gateway") and module.claims(lower, start):
            return module.ID, module
    return None, None


def _objects(roots: list[Node]) -> Iterator[Object]:
    for root in roots:
        if not isinstance(root, Mapping):
            continue
        kind = text(root.get("kind")) or ""
        items = root.get("items")
        if kind == "List" and isinstance(items, Sequence):
            yield from _objects(items.items)
        elif kind:
            metadata = root.get("metadata")
            name = text(metadata.get("name")) if isinstance(metadata, Mapping) else None
            yield Object(kind, name or "", root)


def _settings(node: Node | None, path: str) -> Iterator[Setting]:
    for index, item in enumerate(node.items if isinstance(node, Sequence) else ()):
        name = item.get("name") if isinstance(item, Mapping) else None
        said = text(name)
        if not isinstance(item, Mapping) or name is None or not said:
            continue
        value = item.get("value")
        if value is None:
            source = item.get("valueFrom") or item
            yield Setting(said, f"{path}[{index}]", name.mark, source, None if "valueFrom" in item else "")
        elif isinstance(value, Scalar):
            shown = "" if value.is_null else value.text
            dependent = _DEPENDENT.search(shown) is not None
            yield Setting(said, f"{path}[{index}]", name.mark, value, None if dependent else shown.replace("$$", "$"))


def volumes(pod: Mapping) -> Iterator[tuple[str, Volume]]:
    """The volumes of a pod that ConfigMaps and Secrets fill, by name."""
    node = pod.get("volumes")
    for item in node.items if isinstance(node, Sequence) else ():
        name = text(item.get("name")) if isinstance(item, Mapping) else None
        if not isinstance(item, Mapping) or not name:
            continue
        for key, kind, field in (("configMap", "ConfigMap", "name"), ("secret", "Secret", "secretName")):
            source = item.get(key)
            if isinstance(source, Mapping):
                listed = source.get("items")
                items = None
                if isinstance(listed, Sequence):
                    pairs = ((text(i.get("key")), text(i.get("path"))) for i in listed.items if isinstance(i, Mapping))
                    items = {k: p for k, p in pairs if k and p}
                yield name, Volume(kind, text(source.get(field)) or "", source, items)


def _mounts(container: Mapping, volumes: dict[str, Volume]) -> Iterator[Mount]:
    node = container.get("volumeMounts")
    for item in node.items if isinstance(node, Sequence) else ():
        target = text(item.get("mountPath")) if isinstance(item, Mapping) else None
        if isinstance(item, Mapping) and target:
            volume = volumes.get(text(item.get("name")) or "")
            source = text(item.get("subPath")) or ""
            yield Mount(target, source, item.mark, f"{volume.kind}/{volume.object}" if volume else None)
