"""Whether a value of a file is what LiteLLM's own field takes. Lenient where the program converts."""

from __future__ import annotations

import re

from mcp_server.document.nodes import Mapping, Node, Scalar, Sequence, is_empty
from mcp_server.validate.schemas.litellm_schema import Key

NUMBER = re.compile(r"[+-]?(\d[\d_]*\.?\d*|\.\d+)([eE][+-]?\d+)?")
TRUE, FALSE = {"true", "1", "yes", "on", "t", "y"}, {"false", "0", "no", "off", "f", "n"}
#: The types that a value itself can have.
ALL = ("string", "number", "boolean", "array", "object")
_WORDS = {
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "string": "text",
    "array": "a list",
    "object": "a mapping",
}


def fits(node: Node, key: Key, *, strict: bool = False) -> bool:
    """Whether a value has one of the key's types; no value and an unknown type always do.

    So does a reference, which stands for some text, unless only a list or a mapping will do.

    Numbers in quotes count as numbers, as LiteLLM converts them, and numbers as text. ``strict``: as a Pydantic field
    takes it, to which a number is no text, and the text "false" a flag.
    """
    if not key.types or is_empty(node):
        return True
    if _is_reference(node):
        return not set(key.types) <= {"array", "object"}
    return any(_is(node, kind, strict) for kind in key.types)


def type_of(node: Node) -> str:
    """The JSON name of the type a value has: string, number, boolean, array or object."""
    if isinstance(node, Mapping):
        return "object"
    if isinstance(node, Sequence):
        return "array"
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, (int, float)) else "string"


def needed(key: Key) -> str:
    """The types a key takes, in words."""
    return " or ".join(_WORDS[kind] for kind in key.types)


def _is_reference(node: Node) -> bool:
    return isinstance(node, Scalar) and node.is_text and (node.text.startswith("os.environ/") or "${" in node.text)


def _is(node: Node, kind: str, strict: bool) -> bool:
    actual = type_of(node)
    if not isinstance(node, Scalar) or kind in ("array", "object"):
        return actual == kind
    if kind == "string":
        return node.is_text if strict else True
    if kind == "boolean":
        word = node.text.strip().lower()
        return actual == "boolean" or word in TRUE or (word in FALSE and (strict or actual == "number"))
    if kind == "integer" and strict and _has_fraction(node):
        return False
    return actual in ("number", "boolean") or NUMBER.fullmatch(node.text.strip()) is not None


def _has_fraction(node: Scalar) -> bool:
    try:
        return not float(node.text.strip()).is_integer()
    except (ValueError, OverflowError):
        return False
