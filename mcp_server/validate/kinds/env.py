"""Environment variables: a ``.env`` file or shell exports, and the variables of a container in other kinds.

The root of such a document is ``{env: {NAME: value}}``, so that the view ``claude(document)`` reads it unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from mcp_server.document.document import Document, Language
from mcp_server.document.env_reader import EnvText, Unknown, scan
from mcp_server.document.nodes import Entry, Mapping, Mark, Scalar
from mcp_server.validate.context import Kind
from mcp_server.validate.embedded import READ_ONLY
from mcp_server.validate.kinds.claude_settings import Variable, claude
from mcp_server.validate.kinds.kind import Part

ID: Kind = "env"
TITLE = "environment file"
LANGUAGE: Language = "env"
READER = "the program that loads it (a shell, python-dotenv, Docker)"
DOCUMENTS = False
NOT_CHECKED = (
    "Not checked here: which program loads the file, variables that are already set where it runs (most loaders let "
    "those win), and whether the gateway answers."
)
NEXT = "llm-gateway test-model --level claude-code"
EXPECT = "verdict ok for every model"

_NAME = re.compile(r"(^|.*\.)env(\.[\w.-]+)?$|^\.envrc$|^\.env[\w.-]*$")
_SCRIPT = re.compile(
    r"\.(sh|bash|zsh|ksh|fish|ps1|envrc)$|^\.?(bash|zsh|k?sh)rc$|^\.?(bash_|z)?(profile|login|env)$|^\.envrc$"
)
_NOT_ENV = (".yaml", ".yml", ".json", ".jsonc", ".toml", ".ini", ".py", ".md")
_FIRST = re.compile(
    r"(?:\s*(?:#[^\n]*)?\n)*\s*(?:export\s+[A-Za-z_]\w*=|[A-Za-z_]\w*\s*=|\$env:\w+\s*=|set\s+-\w*x\w*\s)"
)


def claims(name: str, text: str) -> bool:
    base = name.rpartition("/")[2]
    if base.endswith(_NOT_ENV):
        return False
    return _NAME.match(base) is not None or _SCRIPT.search(base) is not None or _FIRST.match(text[:20_000]) is not None


def parts(document: Document) -> Iterable[Part]:
    return ()


@dataclass
class EnvView:
    """What the rules know about a set of variables besides names and values."""

    document: Document
    origin: Kind = "env"
    """The kind of the file that holds them."""
    gateway: bool = False
    """They are the variables of a LiteLLM server."""
    complete: bool = False
    """No further variables come from elsewhere (``env_file``, ``envFrom``)."""

    @cached_property
    def text(self) -> EnvText:
        """The statements as written; empty when the variables are part of another file."""
        return scan(self.document.text) if self.document.language == "env" else EnvText()

    @property
    def script(self) -> bool:
        """Whether only a shell reads the file, by its name or first line."""
        name = (self.document.name or "").replace("\\", "/").rpartition("/")[2].lower()
        return _SCRIPT.search(name) is not None or self.document.text.startswith("#!")

    @cached_property
    def serves(self) -> bool:
        """Whether LiteLLM reads these variables: its container, or a file that names its own variables."""
        return self.gateway or any(n.startswith("LITELLM_") for n in claude(self.document).env)

    def variable(self, name: str) -> Variable | None:
        """The entry when it is present and its value is known."""
        found = claude(self.document).env.get(name)
        return None if found is None or isinstance(found.entry.value, Unknown) else found


def env(document: Document) -> EnvView:
    """The view of ``document``, built once and shared by all rules."""
    view = document.views.get("env")
    if not isinstance(view, EnvView):
        view = document.views["env"] = EnvView(document)
    return view


def inner(outer: Document, entries: list[Entry], origin: Kind, *, gateway: bool, complete: bool) -> Document:
    """The variables of a container in ``outer`` as a document of this kind; marks are places of ``outer``."""
    start = entries[0].key.mark if entries else Mark(1, 1)
    variables, root = Mapping(start), Mapping(start)
    variables.entries = entries
    root.entries = [Entry("env", Scalar.of("env", "env", Mark(1, 1)), variables)]
    document = Document(outer.language, outer.text, outer.name, outer.bom, roots=[root], _lines=outer.lines)
    document.views["env"] = EnvView(document, origin, gateway, complete)
    document.views[READ_ONLY] = True  # list items and name/value pairs are not edited like NAME=value
    return document
