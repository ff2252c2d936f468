"""A Claude Code settings file: its ``env`` block and the credentials and endpoints it chooses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import SplitResult, urlsplit

from mcp_server.catalogue.claude_code import base_url_switches
from mcp_server.document.document import Document, Language
from mcp_server.document.nodes import Entry, Mapping, Mark, Scalar, Sequence, text
from mcp_server.hosts import is_loopback
from mcp_server.validate.context import Kind
from mcp_server.validate.kinds.kind import Part

ID: Kind = "claude-settings"
TITLE = "Claude Code settings file"
LANGUAGE: Language = "json"
READER = "Claude Code"
DOCUMENTS = False
NOT_CHECKED = (
    "Not checked here: other settings files and shell variables, which may override this one, and whether the gateway "
    "answers. llm-gateway check-proxy and test-model use the effective settings."
)
NEXT = "llm-gateway test-model --level claude-code"
EXPECT = "verdict ok for every model"


def claims(name: str, text: str) -> bool:
    return text.startswith("{") or name.endswith(".json")


def parts(document: Document) -> Iterable[Part]:
    return ()


PROXY_VARIABLES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
#: Variables whose value is a credential of this client.
CREDENTIALS = (
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_FOUNDRY_API_KEY",
    "ANTHROPIC_FOUNDRY_AUTH_TOKEN",
    "ANTHROPIC_AWS_API_KEY",
    "AWS_BEARER_TOKEN_BEDROCK",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "CLAUDE_CODE_OAUTH_TOKEN",
    "CLAUDE_CODE_OAUTH_REFRESH_TOKEN",
    "CLAUDE_CODE_CLIENT_KEY_PASSPHRASE",
)
#: Values with which Claude Code's switches are on.
ON_VALUES = ("1", "true", "yes", "on")
#: Variables that only Claude Code reads, beside those that begin with CLAUDE_CODE_. A bare ANTHROPIC_API_KEY is also
#: what servers are given.
_CLIENT_ONLY = ("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_CUSTOM_HEADERS", "ANTHROPIC_MODEL", "ANTHROPIC_SMALL_FAST_MODEL")
#: Variables and keys that name a model, and the model key of the settings.
MODEL_VARIABLES = (
    "ANTHROPIC_MODEL",
    "ANTHROPIC_DEFAULT_MODEL",
    "ANTHROPIC_DEFAULT_OPUS_MODEL",
    "ANTHROPIC_DEFAULT_SONNET_MODEL",
    "ANTHROPIC_DEFAULT_HAIKU_MODEL",
    "ANTHROPIC_DEFAULT_FABLE_MODEL",
    "ANTHROPIC_SMALL_FAST_MODEL",
    "ANTHROPIC_CUSTOM_MODEL_OPTION",
    "CLAUDE_CODE_SUBAGENT_MODEL",
)
_EMPTY = Mapping(Mark(1, 1))
#: Further names under which people reach their own machine.
_OWN_NAMES = ("localhost.localdomain", "0.0.0.0")  # noqa: S104 - compared, never bound


@dataclass(frozen=True)
class Variable:
    """One entry of the ``env`` block."""

    name: str
    entry: Entry

    @property
    def value(self) -> str:
        node = self.entry.value
        return node.text if isinstance(node, Scalar) else ""

    @property
    def mark(self) -> Mark:
        return self.entry.value.mark

    @property
    def path(self) -> str:
        return f"env.{self.name}"

    @property
    def is_on(self) -> bool:
        """As Claude Code reads a switch: every other value, such as ``enabled``, is off (measured)."""
        return self.value.strip().lower() in ON_VALUES

    @property
    def is_reference(self) -> bool:
        """Whether the value is put in elsewhere: nothing can be said about it here."""
        return "$" in self.value or "{{" in self.value or self.value.startswith("os.environ/")


class ClaudeSettings:
    """Lazy view of one settings file. Tolerates wrong types: other rules report those."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.root: Mapping = document.root if isinstance(document.root, Mapping) else _EMPTY

    @cached_property
    def env(self) -> dict[str, Variable]:
        node = self.root.get("env")
        return {e.name: Variable(e.name, e) for e in node} if isinstance(node, Mapping) else {}

    def variable(self, name: str) -> Variable | None:
        """The entry when it is present and not empty."""
        found = self.env.get(name)
        return found if found is not None and found.value.strip() else None

    def key(self, name: str) -> str | None:
        return text(self.root.get(name))

    @cached_property
    def base_urls(self) -> list[Variable]:
        return [v for name in base_url_switches() if (v := self.variable(name)) is not None]

    @cached_property
    def gateway(self) -> Variable | None:
        """The Anthropic-format base URL when it points away from Anthropic."""
        base = self.variable("ANTHROPIC_BASE_URL")
        if base is None or (host(base.value) or "").endswith("anthropic.com"):
            return None
        return base

    @cached_property
    def speaks_for_client(self) -> bool:
        """Whether the variables are evidently meant for Claude Code, and not for a server or another program."""
        return bool(self.base_urls) or any(
            name.startswith(("CLAUDE_CODE_", "ANTHROPIC_DEFAULT_")) or name in _CLIENT_ONLY for name in self.env
        )

    @cached_property
    def models(self) -> list[tuple[str, Mark, str]]:
        """Every model named here: name, place, dotted path."""
        found = [
            (v.value.strip(), v.mark, v.path)
            for name in MODEL_VARIABLES
            if (v := self.variable(name)) is not None and not v.is_reference
        ]
        node = self.root.get("model")
        if isinstance(node, Scalar) and node.is_text and node.text.strip():
            found.append((node.text.strip(), node.mark, "model"))
        listed = self.root.get("fallbackModel")
        for index, item in enumerate(listed.items if isinstance(listed, Sequence) else ()):
            if isinstance(item, Scalar) and item.is_text:
                found.append((item.text.strip(), item.mark, f"fallbackModel[{index}]"))
        return found

    @cached_property
    def switches(self) -> list[Variable]:
        """Provider switches that are on."""
        names = [s for s in base_url_switches().values() if s]
        return [v for name in names if (v := self.variable(name)) is not None and v.is_on]


def split(url: str) -> SplitResult | None:
    """The parts of a URL, ``None`` when it cannot be split (a bad IPv6 literal)."""
    try:
        parts = urlsplit(url.strip())
        _ = parts.port
    except ValueError:
        return None
    return parts


def host(url: str) -> str | None:
    parts = split(url)
    return parts.hostname if parts else None


def is_local(name: str) -> bool:
    """Does the host ``name`` of a URL lead to this machine?"""
    return is_loopback(name) or name in _OWN_NAMES or name.endswith(".localhost")


def claude(document: Document) -> ClaudeSettings:
    """The view of ``document``, built once and shared by all rules."""
    view = document.views.get("claude")
    if not isinstance(view, ClaudeSettings):
        view = document.views["claude"] = ClaudeSettings(document)
    return view
