"""A file for ``claude gateway --config FILE``, as Claude Code 2.1.330 reads it: a strict schema, references, upstreams.

The program parses YAML 1.2 (``yes`` and ``on`` are text), then fills in ``${NAME}`` and ``${file:/path}``, then
compares with its schema, which ``maintenance/claude_gateway_schema.py`` extracted from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from mcp_server.catalogue.load import read_json
from mcp_server.document.document import Document, Language
from mcp_server.document.nodes import Mapping, Mark, Node, Scalar, Sequence, walk
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.kind import Part
from mcp_server.validate.schemas.strict import Defect, Strict, Unknown

ID: Kind = "claude-gateway"
TITLE = "claude gateway configuration"
LANGUAGE: Language = "yaml"
READER = "claude gateway"
DOCUMENTS = False
NOT_CHECKED = (
    "Not checked here: whether the database, the identity provider and the upstreams answer and take the credentials. "
    "claude gateway has no option that only checks: it connects to its database first, then to the identity provider."
)
NEXT = "claude gateway --config FILE"
EXPECT = "it says that it listens"

#: Two of these name the kind without doubt; no other configuration of ours has even one of the first three.
_KEYS = re.compile(
    r"(?m)^(?:listen|oidc|session|store|upstreams|auto_include_builtin_models|access_control|load_test_mode|managed"
    r"|enforcement|login_notice)\s*:"
)
_INNER = re.compile(r"\b(?:jwt_secret|postgres_url|upstream_model|ttl_hours|provider)\b[\"']?\s*:")
_JSON_KEYS = re.compile(r'"(?:jwt_secret|postgres_url|auto_include_builtin_models)"\s*:')


def claims(name: str, text: str) -> bool:
    head = text[:200_000]
    if head.startswith("{"):
        return len(set(_JSON_KEYS.findall(head))) >= 2
    keys = {found.split(":")[0].strip() for found in _KEYS.findall(head)}
    return len(keys) >= 3 or (len(keys) >= 2 and _INNER.search(head) is not None) or bool(keys and "jwt_secret" in head)


def parts(document: Document) -> Iterable[Part]:
    return ()


#: References as the program knows them. In the second form the whole value must be the reference.
VARIABLE = re.compile(r"\$\{(\w+)\}", re.ASCII)
FILE = re.compile(r"\$\{file:(.+)\}")
_NUMBER = re.compile(r"[-+]?(?:0o[0-7]+|0x[0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)", re.ASCII)
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **{word: float("inf") for word in (".inf", ".Inf", ".INF", "+.inf")},
}
_NOTHING = Mapping(Mark(1, 1))


def value(node: Scalar) -> Any:
    """The value as the program's parser (YAML 1.2 core) sees it; ``Unknown`` for a reference."""
    if VARIABLE.search(node.text) or FILE.fullmatch(node.text):
        return Unknown(node.text)
    if not node.plain:
        return node.text
    if node.text in _WORDS:
        return _WORDS[node.text]
    if _NUMBER.fullmatch(node.text):
        written = node.text
        if written[:2] in ("0o", "0x"):
            return int(written, 0)
        return int(written) if re.fullmatch(r"[-+]?\d+", written) else float(written)
    return node.text


@cache
def data() -> Any:
    """The extracted schema and the settings that policies may hold."""
    return read_json("claude_gateway_schema.json")


@cache
def strict() -> Strict:
    return Strict(data()["root"], value)


@dataclass(frozen=True)
class Upstream:
    """One entry of ``upstreams``; ``name`` is the provider's where none is given, as the program does it."""

    path: str
    node: Mapping
    provider: str | None
    name: str | None


class ClaudeGateway:
    """Lazy view of one file. Tolerates wrong types: other rules report those."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.root: Mapping = document.root if isinstance(document.root, Mapping) else _NOTHING

    @cached_property
    def defects(self) -> list[Defect]:
        return list(strict().check(document_root, "")) if (document_root := self.document.root) is not None else []

    def node(self, path: str) -> Node | None:
        """The node at a dotted path of mappings."""
        here: Node | None = self.root
        for name in path.split("."):
            here = here.get(name) if isinstance(here, Mapping) else None
        return here

    def text(self, path: str) -> str | None:
        """The text at a dotted path when it is known: no reference, no other type."""
        return text(self.node(path))

    def section(self, path: str) -> Mapping:
        node = self.node(path)
        return node if isinstance(node, Mapping) else _NOTHING

    def items(self, path: str) -> Iterator[tuple[str, Mapping]]:
        """The mappings of the list at ``path``, each with its own path."""
        yield from entries(self.node(path), path)

    @cached_property
    def upstreams(self) -> list[Upstream]:
        found = []
        for path, node in self.items("upstreams"):
            provider = text(node.get("provider"))
            named = node.get("name")
            found.append(Upstream(path, node, provider, provider if named is None else text(named)))
        return found

    @cached_property
    def names_complete(self) -> bool:
        """Whether every upstream's name is known: no reference among them."""
        listed = self.root.get("upstreams")
        count = len(listed.items) if isinstance(listed, Sequence) else -1
        return len(self.upstreams) == count and all(u.name is not None for u in self.upstreams)

    @cached_property
    def cri_enabled(self) -> bool:
        node = self.node("cri.enabled")
        return isinstance(node, Scalar) and value(node) is True

    @cached_property
    def references(self) -> frozenset[str]:
        """Names of all variables the file asks for."""
        texts = (node.text for _, node in walk(self.root) if isinstance(node, Scalar))
        return frozenset(name for written in texts for name in VARIABLE.findall(written))

    def runs_here(self, context: Context) -> bool:
        """Whether the visible environment looks like the one the gateway is started from."""
        return any(context.is_set(name) for name in self.references)


def entries(node: Node | None, path: str) -> Iterator[tuple[str, Mapping]]:
    """The mappings of a list, each with its path."""
    for index, item in enumerate(node.items if isinstance(node, Sequence) else []):
        if isinstance(item, Mapping):
            yield f"{path}[{index}]", item


def text(node: Node | None) -> str | None:
    """The text of a scalar as the program sees it, ``None`` for a reference or anything else."""
    known = value(node) if isinstance(node, Scalar) else None
    return known if isinstance(known, str) else None


def is_on(node: Node | None) -> bool:
    return isinstance(node, Scalar) and value(node) is True


def gateway(document: Document) -> ClaudeGateway:
    """The view of ``document``, built once and shared by all rules."""
    view = document.views.get("claude-gateway")
    if not isinstance(view, ClaudeGateway):
        view = document.views["claude-gateway"] = ClaudeGateway(document)
    return view
