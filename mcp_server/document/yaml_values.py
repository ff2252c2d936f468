"""Values of plain YAML scalars as PyYAML's safe loader reads them, one scalar at a time and only on demand."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mcp_server.document.nodes import Scalar

_TAG = "tag:yaml.org,2002:"
#: Characters of a number. Python refuses decimal numbers of more than 4,300 digits, and needs hours for ``1:2:3…``.
MAX_NUMBER = 4_000
#: Tags that the safe loader (and so LiteLLM) constructs; anything else refuses the file.
SAFE_TAGS = frozenset(
    _TAG + name
    for name in (
        *("null", "bool", "int", "float", "str", "binary", "timestamp"),
        *("seq", "map", "set", "omap", "pairs", "merge", "value"),
    )
)


@cache
def _machinery() -> tuple[dict[str | None, Any], Any]:
    import yaml

    return yaml.SafeLoader.yaml_implicit_resolvers, yaml.constructor.SafeConstructor()


def tag_of(text: str) -> str:
    """The implicit tag of a plain scalar."""
    resolvers, _ = _machinery()
    for tag, pattern in (*resolvers.get(text[:1], ()), *resolvers.get(None, ())):
        if pattern.match(text):
            return str(tag)
    return f"{_TAG}str"


def resolve(scalar: Scalar) -> Any:
    """The Python value; text that merely looks like a number or date but is impossible stays text."""
    if not scalar.plain and scalar.tag is None:
        return scalar.text
    # the same few values stand in every entry of a large file
    return (_remembered if len(scalar.text) < 80 else _value)(scalar.tag, scalar.text)


def _value(given: str | None, text: str) -> Any:
    tag = given or tag_of(text)
    if tag == f"{_TAG}str" or len(text) > MAX_NUMBER:
        return text
    import yaml

    construct = {
        f"{_TAG}null": "construct_yaml_null",
        f"{_TAG}bool": "construct_yaml_bool",
        f"{_TAG}int": "construct_yaml_int",
        f"{_TAG}float": "construct_yaml_float",
        f"{_TAG}timestamp": "construct_yaml_timestamp",
    }.get(tag)
    if construct is None:
        return text
    try:
        return getattr(_machinery()[1], construct)(yaml.ScalarNode(tag, text))
    except (ValueError, KeyError, OverflowError, AttributeError):
        return text


_remembered = lru_cache(maxsize=16_384)(_value)
