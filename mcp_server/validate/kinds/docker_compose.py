"""A Docker Compose file: the services, their variables, and LiteLLM configurations written into it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from mcp_server.document.document import Document, Language
from mcp_server.document.env_reader import REFERENCE, expand
from mcp_server.document.nodes import Entry, Mapping, Mark, Node, Scalar, Sequence, is_empty, scalar, text
from mcp_server.validate.context import Kind
from mcp_server.validate.embedded import FILLED, embedded
from mcp_server.validate.kinds import env, litellm
from mcp_server.validate.kinds.containers import Container, Mount, Setting
from mcp_server.validate.kinds.kind import MAX_PARTS, Part

ID: Kind = "docker-compose"
TITLE = "Docker Compose file"
LANGUAGE: Language = "yaml"
READER = "Docker Compose"
DOCUMENTS = False
NOT_CHECKED = (
    "Not checked here: variables of the shell and of .env that Compose fills in, override files, images, and whether "
    "the containers start and answer. docker compose config shows the file as Compose reads it."
)
NEXT = "docker compose config --quiet && docker compose up -d"
EXPECT = "no message, and every container stays up"

_NAME = re.compile(r"(^|[-_.])(docker-)?compose([-_.][\w.-]+)?\.ya?ml$")
_SERVICES = re.compile(r"(?m)^services\s*:\s*(?:#.*)?(?:\{|$|\n)")
_SERVICE_KEY = re.compile(r"(?m)^\s+(image|build|command|environment|env_file|ports)\s*:|[{,]\s*image\s*:")
#: Hosts of a URL that lead back into the container itself.
_NETWORK_OF_OTHERS = ("host", "service:", "container:")


def claims(name: str, text: str) -> bool:
    base = name.rpartition("/")[2]
    if _SERVICES.search(text) is not None and _SERVICE_KEY.search(text) is not None:
        return re.search(r"(?m)^apiVersion\s*:", text) is None
    return (
        _NAME.search(base) is not None
        and re.search(r"(?m)^(configs|x-[\w-]+|include|volumes|networks)\s*:", text) is not None
    )


def parts(document: Document) -> Iterable[Part]:
    """The variables of every service, and every inline config that is a LiteLLM file."""
    found = document.views.get("parts")
    if not isinstance(found, tuple):
        found = document.views["parts"] = tuple(islice(_parts(document), MAX_PARTS + 1))
    return found


def _parts(document: Document) -> Iterator[Part]:
    view = compose(document)
    for container in view.containers:
        if container.settings:
            inner = env.inner(
                document, container.entries(), ID, gateway=container.is_gateway, complete=container.complete
            )
            yield Part("env", inner, f"{container.path}.environment")
    for name, node in view.inline_configs:
        readers = [c for c in view.containers if any(m.config == name for m in c.mounts)]
        if any(c.is_gateway for c in readers) or litellm.claims("", node.text):
            written = node.text if "$" not in node.text else _unescaped(node.text)
            part = embedded(document, node, litellm.LANGUAGE, litellm.READER, written if written != node.text else None)
            environment = readers[0].environment if len(readers) == 1 else None
            yield Part("litellm", part, f"configs.{name}.content", environment)


def interpolate(value: str) -> tuple[str, bool]:
    """What Compose makes of a value when none of its variables is set elsewhere, and whether that is all of it."""
    done, known = [], True
    for piece in value.split("$$"):
        filled, complete = expand(piece, {})
        done.append(filled)
        known = known and complete
    return "$".join(done), known


def _unescaped(value: str) -> str:
    """``$$`` as ``$``; the dollar sign of references, which Compose fills in, as ``FILLED``."""
    return "$".join(REFERENCE.sub(lambda m: FILLED + m[0][1:], piece) for piece in value.split("$$"))


class ComposeView:
    """Lazy view of one Compose file. Tolerates wrong types: other rules report those."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.root = document.root if isinstance(document.root, Mapping) else Mapping(Mark(1, 1))

    @cached_property
    def services(self) -> list[tuple[Entry, Mapping]]:
        node = self.root.get("services")
        entries = node if isinstance(node, Mapping) else ()
        return [(e, e.value) for e in entries if isinstance(e.value, Mapping)]

    @cached_property
    def containers(self) -> list[Container]:
        return [self._container(entry, node) for entry, node in self.services]

    @cached_property
    def inline_configs(self) -> list[tuple[str, Scalar]]:
        node = self.root.get("configs")
        found = (
            ((e.name, e.value.get("content")) for e in node if isinstance(e.value, Mapping))
            if isinstance(node, Mapping)
            else ()
        )
        return [(name, content) for name, content in found if isinstance(content, Scalar) and text(content)]

    def _container(self, entry: Entry, node: Mapping) -> Container:
        path = f"services.{entry.name}"
        network = text(node.get("network_mode")) or ""
        return Container(
            ID,
            entry.name,
            path,
            node,
            entry.key.mark,
            list(_settings(node.get("environment"), f"{path}.environment")),
            complete=is_empty(node.get("env_file")) and is_empty(node.get("extends")),
            mounts=[
                *_volumes(node.get("volumes")),
                *_configs(node.get("configs")),
                *_configs(node.get("secrets"), "/run/secrets/"),
            ],
            alone=not network.startswith(_NETWORK_OF_OTHERS),
        )


def compose(document: Document) -> ComposeView:
    """The view of ``document``, built once and shared by all rules."""
    view = document.views.get("compose")
    if not isinstance(view, ComposeView):
        view = document.views["compose"] = ComposeView(document)
    return view


def canonical(node: Scalar) -> str:
    """The text that Compose makes of a plain value: 1.50 becomes 1.5, 010 becomes 8, 1e3 becomes 1000 (measured)."""
    said = node.text
    if not node.plain or not re.fullmatch(r"[-+.0-9][\w.+-]*", said):
        return said.lower() if is_truth_value(node) else said
    try:
        if re.fullmatch(r"[-+]?(0[xX][0-9a-fA-F_]+|0o?[0-7_]+|0b[01_]+|[1-9][0-9_]*|0)", said):
            digits = re.sub(r"^([-+]?)0(?=[0-7_]+$)", r"\g<1>0o", said)
            return str(int(digits, 0))
        if re.fullmatch(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", said):
            return f"{float(said):.15g}"
    except ValueError:
        return said
    return said


def is_truth_value(node: Scalar) -> bool:
    """A truth value for Compose: true and false only; yes, no, on and off are text (measured, YAML 1.2)."""
    return node.plain and node.text in ("true", "True", "TRUE", "false", "False", "FALSE")


def _settings(node: Node | None, path: str) -> Iterator[Setting]:
    if isinstance(node, Mapping):
        for entry in node:
            value = entry.value
            if isinstance(value, Scalar):
                yield Setting(entry.name, f"{path}.{entry.name}", entry.key.mark, value, _value(value))
    elif isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            if isinstance(item, Scalar) and text(item):
                yield _listed(item, f"{path}[{index}]")


def _listed(item: Scalar, path: str) -> Setting:
    """A list item ``NAME=value``; ``NAME`` alone takes the value of the machine."""
    name, equals, said = item.text.partition("=")
    place = item.mark
    if equals and item.end.line == item.mark.line:
        place = Mark(place.line, place.column + len(name) + (1 if item.plain else 2))
    filled, known = interpolate(said)
    return Setting(name, path, item.mark, Scalar.of(said, said, place), filled if known and equals else None)


def _value(node: Scalar) -> str | None:
    if node.is_null:
        return None
    filled, known = interpolate(canonical(node))
    return filled if known else None


def _volumes(node: Node | None) -> Iterator[Mount]:
    for item in node.items if isinstance(node, Sequence) else ():
        if isinstance(item, Mapping):
            target = text(item.get("target"))
            if target:
                yield Mount(target, text(item.get("source")) or "", item.mark)
        elif isinstance(item, Scalar) and item.is_text:
            pieces = re.split(r":(?![\\])", re.sub(r"\$\{[^}]*\}", "$", item.text))
            if len(pieces) > 1:
                yield Mount(pieces[1], pieces[0], item.mark)


def _configs(node: Node | None, folder: str = "/") -> Iterator[Mount]:
    for item in node.items if isinstance(node, Sequence) else ():
        name = (
            text(item) if isinstance(item, Scalar) else text(item.get("source")) if isinstance(item, Mapping) else None
        )
        if not name:
            continue
        target = scalar(item.get("target")) if isinstance(item, Mapping) else None
        place = target if isinstance(target, str) and target else name
        yield Mount(place if place.startswith("/") else folder + place, name, item.mark, name)


@dataclass(frozen=True)
class Port:
    """One entry of ``ports``; ``host`` and ``address`` are empty when they are left out."""

    target: str
    host: str
    address: str
    mark: Mark
    path: str


def published(container: Container) -> list[Port]:
    """The published ports that can be read; those with references are left out."""
    node = container.node.get("ports")
    found = []
    for index, item in enumerate(node.items if isinstance(node, Sequence) else ()):
        path = f"{container.path}.ports[{index}]"
        if isinstance(item, Mapping):
            values = [scalar(item.get(name)) for name in ("target", "published", "host_ip")]
            target, host, address = ("" if v is None else str(v) for v in values)
        elif isinstance(item, Scalar):
            said, _ = interpolate(item.text)
            head, _, target = said.partition("/")[0].rpartition(":")
            address, _, host = head.rpartition(":")
        else:
            continue
        if target.isdigit():
            found.append(Port(target, host, address, item.mark, path))
    return found
