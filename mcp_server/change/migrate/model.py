"""What a conversion gets and gives. A credential found in a source never leaves it: it becomes a named variable."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from mcp_server.answer import ConfigFile
from mcp_server.redact import quote, redact

#: A reference instead of a value, as shells and claude-code-router write it.
REFERENCE = re.compile(r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))")
_SECRET_NAME = re.compile(
    r"(?i)(?:^|_)(?:API_?KEY|ACCESS_KEY(?:_ID)?|KEY|TOKEN|SECRET|PASSWORD|PASSPHRASE|BEARER_TOKEN_BEDROCK)$"
)
#: What people write where a server wants no key.
_NO_KEY = frozenset(("", "none", "null", "empty", "ollama", "lm-studio", "not-needed", "no-key", "sk-no-key-required"))


@dataclass(frozen=True)
class Source:
    """One configuration to convert."""

    name: str
    """The file as the user knows it, for messages."""
    data: bytes = field(repr=False)
    beside: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """Further files that belong to it: name as in the module's ``BESIDE`` → content."""


@dataclass(frozen=True)
class Secret:
    """A credential of the source: the variable that stands for it now, and where its value is to be taken from."""

    variable: str
    place: str


@dataclass(frozen=True)
class Lost:
    """Something without an equivalent, and why."""

    what: str
    why: str


@dataclass
class Migration:
    """What became of one source. ``files`` hold no credential."""

    title: str
    files: list[ConfigFile] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    lost: list[Lost] = field(default_factory=list)
    by_hand: list[str] = field(default_factory=list)
    secrets: list[Secret] = field(default_factory=list)
    guarded: list[str] = field(default_factory=list, repr=False)
    """The credentials themselves, to make sure that no file holds one; never shown."""
    hand_back: str = ""
    """The command with which the other tool lets go of Claude Code's settings; to be run first."""
    local_gateway: bool = False
    """Whether a LiteLLM file was written, which has to be started."""


class Kind(Protocol):
    """What a module of this package offers."""

    @property
    def ID(self) -> str: ...  # noqa: N802 - modules have it as a constant

    @property
    def TITLE(self) -> str: ...  # noqa: N802

    @property
    def PLACES(self) -> tuple[str, ...]: ...  # noqa: N802

    """Where such a configuration lies, below the user's home; may be empty."""

    def detect(self, name: str, data: bytes, /) -> bool:
        """Whether a file of this name and content is of this kind."""

    def convert(self, source: Source, /) -> Migration:
        """Raises GatewayError when the source cannot be read, or holds nothing to convert."""


class Secrets:
    """Gives every credential of a source its variable; different values never share one."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, str], str] = {}
        self._taken: set[str] = set()
        self.found: list[Secret] = []

    @property
    def values(self) -> list[str]:
        """The credentials; long enough ones, which no other text contains by chance."""
        return [value for value, _ in self._names if len(value) >= 8]

    def variable(self, value: str, wanted: str, place: str) -> str:
        """The variable that stands for ``value``; a value that only refers to a variable keeps its name."""
        referred = REFERENCE.fullmatch(value.strip())
        if referred:
            name = referred[1] or referred[2]
            self._taken.add(name)
            return name
        base = variable_name(wanted)
        if (value, base) in self._names:
            return self._names[value, base]
        name, number = base, 2
        while name in self._taken:
            name, number = f"{base}_{number}", number + 1
        self._taken.add(name)
        self._names[value, base] = name
        self.found.append(Secret(name, place))
        return name


def variable_name(text: str) -> str:
    """``text`` as the name of an environment variable."""
    name = re.sub(r"[^A-Z0-9]+", "_", text.upper()).strip("_") or "KEY"
    return f"_{name}" if name[0].isdigit() else name


def is_secret(name: str, value: str) -> bool:
    """Whether the variable ``name`` holds a credential in clear."""
    if not value.strip() or REFERENCE.fullmatch(value.strip()):
        return False
    line = f"{name}={value}"
    return bool(_SECRET_NAME.search(name)) or redact(line) != line


def needs_no_key(value: str) -> bool:
    """Whether ``value`` is what people write where no key is wanted."""
    return value.strip().lower() in _NO_KEY


def listed(value: object) -> list[Any]:
    """``value`` when it is a list, else nothing: what a file holds may be of any kind."""
    return value if isinstance(value, list) else []


def said(value: object, limit: int = 120) -> str:
    """Somebody else's text for a report."""
    return quote(value, limit)
