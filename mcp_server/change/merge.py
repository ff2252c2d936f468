"""Merges wishes into the bytes of one configuration file (pure): foreign keys, comments, order, indentation, line ends
and encoding stay as they are, byte for byte. The result is read again; what does not come out as wished is refused.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from mcp_server.change import env_text, json_text, yaml_text
from mcp_server.change.plain import plain
from mcp_server.change.wish import Wish, wished
from mcp_server.document.document import Document, Language, parse
from mcp_server.document.nodes import Mapping
from mcp_server.errors import GatewayError, UsageError
from mcp_server.redact import quote

#: Claude Code and LiteLLM read far smaller files; a larger one is not what it seems.
MAX_BYTES = 8_000_000
_EDITORS = {"json": json_text.edited, "jsonc": json_text.edited, "env": env_text.edited, "yaml": yaml_text.edited}


def language_of(name: str) -> Language:
    """By the file's name: ``.json``, ``.jsonc``, ``.yaml``/``.yml``; everything else holds variables.

    Raises:
        UsageError: the name tells nothing.
    """
    lower = name.lower()
    for ending, language in ((".json", "json"), (".jsonc", "jsonc"), (".yaml", "yaml"), (".yml", "yaml")):
        if lower.endswith(ending):
            return language  # type: ignore[return-value]
    bare = lower.rpartition("/")[2]
    if bare.startswith(".env") or bare.endswith(".env"):
        return "env"
    raise UsageError(
        f"{quote(name, 200)} is none of the files that can be changed here.", "Name a .json, .yaml or .env file."
    )


def merged(before: bytes | None, language: Language, wishes: Sequence[Wish], name: str) -> bytes:
    """The file's bytes after ``wishes``; ``before`` is ``None`` for a file that does not exist yet.

    Raises:
        GatewayError: the file cannot be read as ``language``, or its place cannot be edited exactly.
        UsageError: a wish makes no sense for this file.
    """
    shown = quote(name, 200)
    if before is not None and len(before) > MAX_BYTES:
        raise GatewayError(
            f"{shown} has {len(before):,} bytes, too many for a configuration.", "Check that it is the right file."
        )
    if language in ("json", "jsonc") and not (before or b"").strip(b" \t\r\n\xef\xbb\xbf"):
        return _new_json(before or b"", wishes)
    document = _read(before or b"", language, name)
    expected = wished(_data(document), _inside_env(wishes) if language == "env" else wishes)
    for wish in wishes:
        text = _EDITORS[language](document, wish)
        document = _read(text.encode(), language, name, bom=document.bom) if text != document.text else document
        if not document.readable and document.text.strip():
            raise _unclear(shown)
    if _data(document) != expected:
        raise _unclear(shown)
    return document.data


def _new_json(before: bytes, wishes: Sequence[Wish]) -> bytes:
    bom = before[:3] if before.startswith(b"\xef\xbb\xbf") else b""
    return bom + json.dumps(wished(None, wishes), indent=2, ensure_ascii=False).encode() + b"\n"


def _read(data: bytes, language: Language, name: str, *, bom: bytes = b"") -> Document:
    document = parse(data, language, name)
    document.bom = document.bom or bom
    fatal = next((p for p in document.syntax if p.fatal), None)
    # ``null`` in JSON is a value that stands there; in YAML it is what an empty file holds.
    empty = _nothing(document) and language not in ("json", "jsonc")
    if fatal is None and (document.root is None or isinstance(document.root, Mapping) or empty):
        return document
    shown = quote(name, 200)
    if fatal is not None and data.strip():
        place = f"{shown}:{fatal.mark.line}:{fatal.mark.column}"
        raise GatewayError(
            f"{place} {fatal.problem}; the file was left as it is.", f"{fatal.fix}, then run the same command again."
        )
    if document.root is not None:
        raise GatewayError(
            f"{shown} holds {'null' if _nothing(document) else document.root.kind} at its top, not a mapping.",
            "Check that it is the right file.",
        )
    return document


def _nothing(document: Document) -> bool:
    return plain(document.root) is None


def _data(document: Document) -> Any:
    return plain(document.root)


def _inside_env(wishes: Sequence[Wish]) -> list[Wish]:
    """Variables stand below ``env`` in the tree of such a file, and are text there."""
    from dataclasses import replace

    from mcp_server.change.wish import Put

    found: list[Wish] = []
    for wish in wishes:
        path = wish.path if wish.path[0] == "env" and len(wish.path) > 1 else ("env", *wish.path)
        if isinstance(wish, Put) and isinstance(wish.value, bool):
            found.append(Put(path, "true" if wish.value else "false"))
        elif isinstance(wish, Put):
            found.append(Put(path, str(wish.value)))
        else:
            found.append(replace(wish, path=path))
    return found


def _unclear(shown: str) -> GatewayError:
    return GatewayError(
        f"{shown} is written in a way in which this change cannot be made exactly; the file was left as it is.",
        "Make the change by hand: llm-gateway diff shows what is wished.",
    )
