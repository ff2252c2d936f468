"""What LiteLLM reads, release by release: keys, types, allowed values and names, taken from the program itself.

The data are written by ``maintenance/litellm_schema.py``: ``catalogue/litellm_schema.json`` holds the pinned release
whole, ``catalogue/litellm_releases.json`` how the others differ from it. ``maintenance/litellm_refusals.py`` measures
``catalogue/litellm_refusals.json``: the types with which a setting keeps the pinned release from starting.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from mcp_server.catalogue.load import read_json
from mcp_server.catalogue.patch import patched

WHOLE = "litellm_schema.json"
OTHERS = "litellm_releases.json"
REFUSALS = "litellm_refusals.json"
_chosen: ContextVar[str | None] = ContextVar("litellm", default=None)


@dataclass(frozen=True)
class Key:
    """What is known of one key. ``types`` are JSON names; empty: any value. ``values`` are all it may be; empty: any.

    ``items`` tells of the items of a list, ``bounds`` maps gt, ge, lt, le to a number.
    """

    types: tuple[str, ...] = ()
    values: tuple[str | int | float | bool, ...] = ()
    items: Key | None = None
    default: str | int | float | bool | None = None
    required: bool = False
    bounds: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, facts: dict[str, Any]) -> Key:
        kind = facts.get("type", ())
        return cls(
            (kind,) if isinstance(kind, str) else tuple(kind),
            tuple(facts.get("values", ())),
            cls.of(facts["items"]) if "items" in facts else None,
            facts.get("default"),
            facts.get("required", False),
            {sign: facts[sign] for sign in ("gt", "ge", "lt", "le") if sign in facts},
        )


@dataclass
class Schema:
    """What one release of LiteLLM reads. A section is ``top``, ``general_settings``, ``litellm_settings``,
    ``router_settings``, ``model_entry``, ``litellm_params``, ``model_info``, or the path of a nested one
    (``general_settings.pass_through_endpoints[]`` for items, ``mcp_servers.*`` for values of any name)."""

    data: dict[str, Any]

    @property
    def version(self) -> str:
        return str(self.data["litellm"])

    @property
    def sections(self) -> tuple[str, ...]:
        return tuple(self.data["sections"])

    def keys(self, section: str) -> frozenset[str]:
        """The keys that are read there; empty for a section this release does not have."""
        if section not in self._keys:
            self._keys[section] = frozenset(self.data["sections"].get(section, ()))
        return self._keys[section]

    @cached_property
    def _keys(self) -> dict[str, frozenset[str]]:
        return {}

    def key(self, section: str, name: str) -> Key | None:
        """What is known of a key, ``None`` when it is not read there."""
        facts = self.data["sections"].get(section, {}).get(name)
        return None if facts is None else Key.of(facts)

    def unknown_keys(self, section: str) -> str:
        """What becomes of keys that a nested section does not know: ``ignore``, ``forbid`` (refused), ``allow``."""
        return str(self.data["unknown_keys"].get(section, "ignore"))

    def names(self, name: str) -> frozenset[str]:
        return frozenset(self.data[name])

    @cached_property
    def providers(self) -> frozenset[str]:
        return self.names("providers")

    @cached_property
    def bare_models(self) -> dict[str, str]:
        return {m: provider for provider, models in self.data["bare_models"].items() for m in models}

    @cached_property
    def generalizations(self) -> list[tuple[re.Pattern[str], str]]:
        return [
            (re.compile(rule["pattern"], re.IGNORECASE), rule["provider"])
            for rule in self.data["routing_generalizations"]
        ]


def schema(release: str | None = None) -> Schema:
    """The schema of a release. Default: the release that is being checked against, else the pinned one.

    A release we do not know is judged by the newest known one that is not newer than it.
    """
    return _schema(_known(release or _chosen.get()))


@contextmanager
def checking_against(release: str | None) -> Iterator[None]:
    """Within it ``schema()`` is that of ``release`` (``None``: the pinned one)."""
    token = _chosen.set(release)
    try:
        yield
    finally:
        _chosen.reset(token)


@cache
def known_releases() -> tuple[str, ...]:
    """The releases of LiteLLM whose keys are known, newest first."""
    others = read_json(OTHERS)
    return tuple(sorted({others["base"], *others["releases"]}, key=_order, reverse=True))


def pinned_release() -> str:
    """The release that this llm-gateway is tested with."""
    return str(read_json(OTHERS)["base"])


@cache
def read_by(section: str, key: str) -> tuple[str, ...]:
    """The known releases that read a key, newest first."""
    base = key in read_json(WHOLE)["sections"].get(section, ())
    others = read_json(OTHERS)
    return tuple(
        release
        for release in known_releases()
        if (base if release == others["base"] else _reads(others["releases"][release], section, key, base))
    )


def _reads(change: dict[str, Any] | None, section: str, key: str, base: bool) -> bool:
    """The question to a difference itself: rebuilding a whole release for it would cost milliseconds."""
    all_sections = (change or {}).get("inside", {}).get("sections", {})
    if section in all_sections.get("gone", ()):
        return False
    if section in all_sections.get("new", {}):
        return key in all_sections["new"][section]
    within = all_sections.get("inside", {}).get(section, {})
    return key in within.get("new", {}) or (base and key not in within.get("gone", ()))


def refuses(section: str, key: str) -> frozenset[str]:
    """The types (JSON names) of a value with which the pinned LiteLLM was seen to refuse the start."""
    return frozenset(read_json(REFUSALS)["refused"].get(section, {}).get(key, ()))


@cache
def _known(release: str | None) -> str:
    if release is None:
        return pinned_release()
    return next((r for r in known_releases() if _order(r) <= _order(release)), known_releases()[-1])


@cache
def _schema(release: str) -> Schema:
    others = read_json(OTHERS)
    whole = read_json(WHOLE)
    return Schema(whole if release == others["base"] else patched(whole, others["releases"][release]))


def _order(release: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", release)[:3])
