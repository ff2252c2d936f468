"""What Compose services and Kubernetes containers have in common, as far as a gateway is concerned."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from mcp_server.document.document import Document
from mcp_server.document.env_reader import Unknown
from mcp_server.document.nodes import Entry, Mapping, Mark, Node, Scalar, Sequence, text
from mcp_server.validate.context import Context, Kind

#: Where LiteLLM listens when nothing else is said (``--port``, ``PORT``).
DEFAULT_PORT = 4000
_REPOSITORY = re.compile(r"(^|[/_-])litellm([_-][\w.-]*)?$")
_OFFICIAL = re.compile(r"(^|/)(berriai|litellm)/litellm([_-][\w-]+)?$")


@dataclass(frozen=True)
class Setting:
    """One variable of a container. ``value`` is ``None`` when it is known only where the program runs."""

    name: str
    path: str
    key: Mark
    node: Node
    value: str | None


@dataclass(frozen=True)
class Mount:
    """A file or folder that appears in the container at ``target``."""

    target: str
    source: str
    mark: Mark
    config: str | None = None
    """Name of the config, ConfigMap or Secret it comes from."""


@dataclass
class Container:
    """One Compose service or one container of a pod."""

    kind: Kind
    name: str
    path: str
    node: Mapping
    entry: Mark
    """Where it begins."""
    settings: list[Setting] = field(default_factory=list)
    complete: bool = True
    """No further variables come from files or objects that are not read here."""
    mounts: list[Mount] = field(default_factory=list)
    alone: bool = True
    """Nothing else answers on its loopback address: no host network, no second container in the pod."""

    @property
    def word(self) -> str:
        return "service" if self.kind == "docker-compose" else "container"

    @property
    def image(self) -> Scalar | None:
        node = self.node.get("image")
        return node if isinstance(node, Scalar) and isinstance(node.value, str) else None

    @cached_property
    def repository(self) -> str:
        """The image without registry tag and digest, empty when unknown."""
        name = text(self.image) or ""
        head = name.partition("@")[0]
        return head[: head.rfind(":")] if head.rfind(":") > head.rfind("/") else head

    @cached_property
    def is_gateway(self) -> bool:
        """Whether LiteLLM runs here: by the image, the command, or (image built or not known) the name."""
        if _REPOSITORY.search(self.repository.lower()):
            return True
        if any(word.rpartition("/")[2] in ("litellm", "litellm-proxy") for word, _ in self.words):
            return True
        unknown = not self.repository or "$" in self.repository or "{{" in self.repository
        return unknown and "litellm" in self.name.lower()

    @property
    def is_official(self) -> bool:
        return _OFFICIAL.search(self.repository.lower()) is not None

    @cached_property
    def words(self) -> list[tuple[str, Node]]:
        """The words of entry point and command, each with the value it stands in."""
        names = ("entrypoint", "command") if self.kind == "docker-compose" else ("command", "args")
        return [pair for name in names for pair in _words(self.node.get(name))]

    def option(self, *names: str) -> tuple[str, Node] | None:
        """The value of a command line option (``--config x`` or ``--config=x``), the last one given."""
        found = None
        for index, (word, node) in enumerate(self.words):
            head, equals, value = word.partition("=")
            if head in names and equals:
                found = value, node
            elif word in names and index + 1 < len(self.words):
                found = self.words[index + 1]
        return found

    def setting(self, name: str) -> Setting | None:
        return next((s for s in reversed(self.settings) if s.name == name), None)

    def value(self, name: str) -> str | None:
        found = self.setting(name)
        return found.value if found else None

    @property
    def port(self) -> int | None:
        """The port LiteLLM listens on, ``None`` when it is known only where it runs."""
        option = self.option("--port")
        given = option[0] if option else None
        setting = self.setting("PORT")
        if given is None and setting is not None:
            given = setting.value if setting.value is not None else "$"
        if given is None:
            return None if any("$" in word for word, _ in self.words) else DEFAULT_PORT
        return int(given) if given.isascii() and given.isdigit() and len(given) < 6 else None

    @property
    def environment(self) -> dict[str, str] | None:
        """Names and values of all its variables, ``None`` when more come from elsewhere."""
        return {s.name: s.value or "set elsewhere" for s in self.settings} if self.complete else None

    def entries(self) -> list[Entry]:
        """The variables as entries of an ``env`` document, at their places."""
        result = []
        for setting in self.settings:
            key = Scalar.of(setting.name, setting.name, setting.key)
            if setting.value is None:
                value: Scalar = Unknown.of("$", "$", setting.node.mark)
            else:
                value = Scalar.of(setting.value, setting.value, setting.node.mark)
                written = setting.node
                if isinstance(written, Scalar) and written.text == setting.value:
                    value.end, value.plain = written.end, written.plain
            result.append(Entry(setting.name, key, value))
        return result


def containers(document: Document, context: Context) -> list[Container]:
    """The containers of a Compose file or of Kubernetes manifests."""
    from mcp_server.validate.kinds.docker_compose import compose
    from mcp_server.validate.kinds.kubernetes import cluster

    return compose(document).containers if context.kind == "docker-compose" else cluster(document).containers


def gateways(document: Document, context: Context) -> list[Container]:
    return [c for c in containers(document, context) if c.is_gateway]


def _words(node: Node | None) -> Iterator[tuple[str, Node]]:
    """A command's words; a script given as one word (``sh -c "litellm --config x"``) is taken apart too."""
    items = node.items if isinstance(node, Sequence) else [node] if node is not None else []
    for item in items:
        value = item.value if isinstance(item, Scalar) else None
        if value is None:
            continue
        for word in _split(str(value)) if not isinstance(node, Sequence) else [str(value)]:
            for part in _split(word) if re.search(r"\s", word) else [word]:
                yield part, item


def _split(command: str) -> list[str]:
    try:
        return shlex.split(command, comments=False)
    except ValueError:
        return command.split()
