"""Manifests of the TrueFoundry AI gateway (``tfy apply -f FILE``), one or several in a file.

Keys, types and allowed values are those of the vendor's SDK (``maintenance/truefoundry_schema.py``). The SDK ignores
keys it does not know, so a misspelt one has no effect and no message.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from mcp_server.catalogue.load import read_json
from mcp_server.document.document import Document, Language
from mcp_server.document.nodes import Mapping, Node, Sequence, text, walk
from mcp_server.validate.context import Kind
from mcp_server.validate.kinds.kind import Part
from mcp_server.validate.schemas.strict import Defect, Strict

ID: Kind = "truefoundry"
TITLE = "TrueFoundry manifest"
LANGUAGE: Language = "yaml"
READER = "tfy"
DOCUMENTS = True
NOT_CHECKED = (
    "Not checked here: what the control plane knows (accounts, roles, secrets) and whether the provider accepts the "
    "credentials."
)
NEXT = "tfy apply -f FILE --dry-run --show-diff"
EXPECT = "the planned difference, and no error"
_TYPE = re.compile(
    r"(?m)^[\"']?type[\"']?\s*:\s*[\"']?"
    r"(gateway-[\w-]+|provider-account/[\w-]+|virtual-account|team-budget-config|tenant-budget-config)\b"
)


def claims(name: str, text: str) -> bool:
    return _TYPE.search(text[:500_000]) is not None


def parts(document: Document) -> Iterable[Part]:
    return ()


@cache
def data() -> Any:
    return read_json("truefoundry_schema.json")


@cache
def strict() -> Strict:
    return Strict({}, lambda scalar: scalar.value, data()["definitions"])


@dataclass(frozen=True)
class Manifest:
    """One document of the file; ``path`` is empty for the first, as its keys need no prefix."""

    path: str
    node: Mapping
    type: str | None

    @property
    def name(self) -> str | None:
        return text(self.node.get("name"))


@dataclass(frozen=True)
class Target:
    """One entry of ``load_balance_targets``: where it stands, its model, and its siblings' list."""

    path: str
    node: Mapping
    model: str | None


@dataclass(frozen=True)
class Balancing:
    """A rule or routing_config that spreads requests over targets; ``kind`` is its type."""

    path: str
    node: Mapping
    kind: str | None
    targets: tuple[Target, ...]


class TrueFoundry:
    """Lazy view of one file."""

    def __init__(self, document: Document) -> None:
        self.document = document

    @cached_property
    def manifests(self) -> list[Manifest]:
        roots = self.document.roots
        return [
            Manifest("" if len(roots) == 1 else f"documents[{index}]", root, text(root.get("type")))
            for index, root in enumerate(roots)
            if isinstance(root, Mapping)
        ]

    @cached_property
    def defects(self) -> list[tuple[Manifest, Defect]]:
        found = []
        for manifest in self.manifests:
            schema = data()["manifests"].get(manifest.type)
            if schema is not None:
                found += [(manifest, d) for d in strict().check(manifest.node, manifest.path, schema)]
        return found

    @cached_property
    def accounts(self) -> dict[str, frozenset[str]]:
        """Models by the provider account of this file that holds them."""
        found: dict[str, frozenset[str]] = {}
        for manifest in self.manifests:
            if (manifest.type or "").startswith("provider-account/") and manifest.name:
                listed = manifest.node.get("integrations")
                items = listed.items if isinstance(listed, Sequence) else []
                names = (text(item.get("name")) for item in items if isinstance(item, Mapping))
                found[manifest.name] = frozenset(name for name in names if name)
        return found

    @cached_property
    def kinds(self) -> dict[str, str]:
        """The provider of each account: the last part of its type."""
        return {
            m.name: (m.type or "").rpartition("/")[2]
            for m in self.manifests
            if m.name and (m.type or "").startswith("provider-account/")
        }

    @cached_property
    def balancings(self) -> list[Balancing]:
        return list(self._balancings())

    def _balancings(self) -> Iterator[Balancing]:
        for manifest in self.manifests:
            for path, node in walk(manifest.node, manifest.path):
                listed = node.get("load_balance_targets") if isinstance(node, Mapping) else None
                if isinstance(node, Mapping) and isinstance(listed, Sequence):
                    targets = tuple(
                        Target(f"{path}.load_balance_targets[{index}]", item, text(item.get("target")))
                        for index, item in enumerate(listed.items)
                        if isinstance(item, Mapping)
                    )
                    yield Balancing(path, node, text(node.get("type")), targets)


def integer(node: Node | None) -> int | None:
    """The whole number of a scalar."""
    known = getattr(node, "value", None)
    return known if isinstance(known, int) and not isinstance(known, bool) else None


def truefoundry(document: Document) -> TrueFoundry:
    """The view of ``document``, built once and shared by all rules."""
    view = document.views.get("truefoundry")
    if not isinstance(view, TrueFoundry):
        view = document.views["truefoundry"] = TrueFoundry(document)
    return view
