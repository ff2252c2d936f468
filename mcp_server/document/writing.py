"""How a value is written at its place: in the quotes of the value it replaces, else of the file around it."""

from __future__ import annotations

import json
import re

from mcp_server.document.document import Document
from mcp_server.document.edit import Change
from mcp_server.document.edits import replace_node
from mcp_server.document.nodes import Node, Scalar
from mcp_server.document.yaml_values import tag_of

#: Text that needs no quotes anywhere in YAML, unless it reads as a number, a date or a truth value.
_PLAIN = re.compile(r"[A-Za-z0-9_./][\w./@+~*?=&%$-]*(?::[\w./@+~*?=&%$-]+)*", re.ASCII)
_PLAIN_IN_ENV = re.compile(r"[\w./:@%+,=~-]*", re.ASCII)
_QUOTED = re.compile(r"""[:\-,\[{(=]\s*(["'])""")


def set_text(document: Document, node: Node | None, new: str, *, safe: bool = False) -> Change | None:
    """The text ``new`` in place of a one-line scalar or key, in its own quotes; ``None`` when that is not one exact
    edit: several lines, an anchor (other places use it) or a tag."""
    if not isinstance(node, Scalar) or source(document, node)[:1] in ("&", "!"):
        return None
    written = write(document, new, node)
    return None if written is None else replace_node(node, written, safe=safe)


def write(document: Document, value: str, like: Scalar | None = None) -> str | None:
    """``value`` as source text that is read as this text; ``None`` when the language cannot say it simply."""
    if document.language in ("json", "jsonc"):
        return json.dumps(value, ensure_ascii=False)
    quote = source(document, like)[:1] if like is not None and not like.plain else ""
    if not value.isprintable():
        quote = '"'  # only these have escapes
    if document.language == "env":
        return quote + value + quote if _PLAIN_IN_ENV.fullmatch(value) else None
    if quote not in ('"', "'"):
        if not is_json_like(document) and _PLAIN.fullmatch(value) and tag_of(value).endswith(":str"):
            return value
        quote = usual_quote(document)
    return json.dumps(value, ensure_ascii=False) if quote == '"' else "'" + value.replace("'", "''") + "'"


def source(document: Document, node: Node) -> str:
    """A scalar as it stands in the text, with quotes, anchor and tag."""
    return document.text[document.places.index(node.mark) : document.places.index(node.end)]


def usual_quote(document: Document) -> str:
    """The quotes that most values of the file have; double ones when undecided."""
    found = document.views.get("quote")
    if not isinstance(found, str):
        seen = _QUOTED.findall(document.text[:1_000_000])
        single = seen.count("'") > seen.count('"') and not is_json_like(document)
        found = document.views["quote"] = "'" if single else '"'
    return found


def is_json_like(document: Document) -> bool:
    """JSON, or YAML written as JSON."""
    return document.language in ("json", "jsonc") or document.text[:200].lstrip().startswith("{")
