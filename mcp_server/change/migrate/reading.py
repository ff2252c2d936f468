"""Reads what other tools write, JSON5 included, as plain data with the line of each value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mcp_server.change.plain import plain
from mcp_server.document.document import Document, parse
from mcp_server.errors import GatewayError
from mcp_server.redact import quote


@dataclass(frozen=True)
class Read:
    """``data`` is the content; ``lines`` maps a dotted path (``Providers[0].api_key``) to its one-based line."""

    name: str
    data: Any = field(repr=False)
    lines: Mapping[str, int] = field(repr=False)

    def place(self, path: str) -> str:
        """``file:line`` of a value, for people."""
        shown = quote(self.name, 160)
        line = self.lines.get(path)
        return f"{shown}:{line}" if line else f"{shown}, {quote(path, 80)}"


def read_json(data: bytes, name: str) -> Read:
    """A JSON or JSON5 text whose top is a mapping.

    Raises:
        GatewayError: it is none; the message names the place.
    """
    strict = parse(data, "json", name)
    relaxed = "" if strict.readable else _as_yaml(strict.text)
    document = strict if strict.readable else parse(relaxed, "yaml", name)
    if not document.readable or (relaxed and not relaxed.lstrip().startswith("{")):
        first = strict.syntax[0] if strict.syntax else None
        at = f":{first.mark.line}:{first.mark.column}" if first else ""
        raise GatewayError(
            f"{quote(name, 200)}{at} is no JSON: {first.problem if first else 'it is empty'}.",
            "Correct it, or name the kind with --from if it is something else.",
        )
    return _mapping(document, name)


def read_yaml(data: bytes, name: str) -> Read:
    """A YAML text whose top is a mapping. Raises GatewayError when it is none."""
    document = parse(data, "yaml", name)
    if not document.readable:
        first = document.syntax[0] if document.syntax else None
        said = f":{first.mark.line}:{first.mark.column} {first.problem}" if first else " is empty"
        raise GatewayError(f"{quote(name, 200)}{said}.", "Correct it: llm-gateway validate FILE")
    return _mapping(document, name)


def looks_like(data: bytes, *keys: str) -> bool:
    """Whether ``data`` can be read as JSON(5) and has all ``keys`` at its top."""
    try:
        top = read_json(data, "").data
    except GatewayError:
        return False
    return all(key in top for key in keys)


def _mapping(document: Document, name: str) -> Read:
    data = plain(document.root)
    if not isinstance(data, dict):
        raise GatewayError(f"{quote(name, 200)} holds no mapping at its top.", "Check that it is the right file.")
    return Read(name, data, {path: node.mark.line for path, node in document.nodes})


def _as_yaml(text: str) -> str:
    """JSON5 as YAML: comments and tabs outside of texts become blanks, and a colon is followed by one."""
    out: list[str] = []
    at, quoted = 0, ""
    while at < len(text):
        char = text[at]
        pair = text[at : at + 2]
        if quoted:
            step = 2 if char == "\\" else 1
            out.append(text[at : at + step])
            quoted = "" if char == quoted else quoted
            at += step
        elif pair in ("//", "/*"):
            end = text.find("\n" if pair == "//" else "*/", at)
            end = len(text) if end < 0 else end + (0 if pair == "//" else 2)
            out.append("".join(c if c == "\n" else " " for c in text[at:end]))
            at = end
        else:
            quoted = char if char in "\"'" else ""
            out.append({"\t": " ", ":": ": "}.get(char, char))
            at += 1
    return "".join(out)
