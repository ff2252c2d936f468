"""Configuration files as people and tools write them, drawn by hypothesis: data with comments, styles and line ends."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

_NAMES = ("env", "model", "permissions", "hooks", "a", "b key", "ключ", "A.B", "x-y", "model_list", "0", "true", "ö")
_TEXTS = st.one_of(
    st.sampled_from(
        ("", "text", "yes", "1.5", "2026-01-02", "# no comment", "a: b", "it's", 'say "x"', "C:\\x", "é€😀")
    ),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12),
)
SCALARS = st.one_of(_TEXTS, st.integers(-(10**6), 10**6), st.booleans(), st.none())
KEYS = st.sampled_from(_NAMES)
DATA = st.dictionaries(
    KEYS,
    st.recursive(
        SCALARS,
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
        max_leaves=8,
    ),
    max_size=5,
)


@dataclass(frozen=True)
class Style:
    """How a file is laid out; ``seed`` decides where comments and blank lines stand."""

    indent: str
    ending: str
    seed: int
    final_newline: bool
    mark: bool
    flow: bool


STYLES = st.builds(
    Style,
    indent=st.sampled_from(("  ", "    ", "\t", " ")),
    ending=st.sampled_from(("\n", "\r\n")),
    seed=st.integers(0, 10**6),
    final_newline=st.booleans(),
    mark=st.booleans(),
    flow=st.booleans(),
)


def json_file(data: dict[str, Any], style: Style, *, comments: bool) -> bytes:
    """``data`` as JSON, or as JSONC with comments and trailing commas."""
    chance = random.Random(style.seed)
    text = _json(data, "", style, chance, comments)
    return _bytes(text, style)


def _json(value: Any, at: str, style: Style, chance: random.Random, comments: bool) -> str:
    if not isinstance(value, (dict, list)) or not value or chance.random() < 0.25:
        return json.dumps(value, ensure_ascii=chance.random() < 0.3)
    inner = at + style.indent
    parts = []
    items = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
    for number, (key, item) in enumerate(items):
        name = (
            f"{json.dumps(key, ensure_ascii=False)}{chance.choice((':', ': ', ' : '))}"
            if isinstance(value, dict)
            else ""
        )
        comma = "," if number + 1 < len(items) or (comments and chance.random() < 0.3) else ""
        note = f" // note {chance.random():.9f}" if comments and chance.random() < 0.3 else ""
        before = f"{inner}/* above {chance.random():.9f} */\n" if comments and chance.random() < 0.2 else ""
        blank = "\n" if chance.random() < 0.1 else ""
        parts.append(f"{blank}{before}{inner}{name}{_json(item, inner, style, chance, comments)}{comma}{note}\n")
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return f"{opening}\n{''.join(parts)}{at}{closing}"


def yaml_file(data: dict[str, Any], style: Style) -> bytes:
    """``data`` as YAML in block form with comments, some collections in braces."""
    chance = random.Random(style.seed)
    width = max(len(style.indent.replace("\t", "    ")), 2)
    lines = _yaml(data, 0, width, style, chance)
    head = [f"# head {chance.random():.9f}"] if chance.random() < 0.4 else []
    return _bytes("\n".join([*head, *lines]) + "\n", style, tab=False)


def _yaml(value: Any, depth: int, width: int, style: Style, chance: random.Random) -> list[str]:
    pad = " " * (width * depth)
    lines: list[str] = []
    if isinstance(value, dict):
        for key, item in value.items():
            if chance.random() < 0.15:
                lines.append(f"{pad}# above {chance.random():.9f}")
            name = json.dumps(key, ensure_ascii=False)
            note = f"  # note {chance.random():.9f}" if chance.random() < 0.3 else ""
            if isinstance(item, (dict, list)) and item and not (style.flow and chance.random() < 0.4):
                lines.append(f"{pad}{name}:{note}")
                lines += _yaml(item, depth + 1, width, style, chance)
            else:
                lines.append(f"{pad}{name}: {json.dumps(item, ensure_ascii=False)}{note}")
            if chance.random() < 0.1:
                lines.append("")
        return lines
    for item in value:
        lines.append(f"{pad}- {json.dumps(item, ensure_ascii=False)}")
    return lines


def env_file(data: dict[str, str], style: Style) -> bytes:
    """Variables with comments, exports and quotes."""
    chance = random.Random(style.seed)
    lines = []
    for name, value in data.items():
        if chance.random() < 0.2:
            lines.append(f"# above {chance.random():.9f}")
        quoted = (
            f"'{value}'"
            if "'" not in value
            else '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$").replace("`", "\\`") + '"'
        )
        note = f" # note {chance.random():.9f}" if chance.random() < 0.3 else ""
        lines.append(f"{chance.choice(('', 'export '))}{name}={quoted}{note}")
        if chance.random() < 0.1:
            lines.append("")
    return _bytes("\n".join(lines) + ("\n" if lines else ""), style)


def _bytes(text: str, style: Style, *, tab: bool = True) -> bytes:
    del tab
    if not style.final_newline:
        text = text.rstrip("\n")
    return (b"\xef\xbb\xbf" if style.mark else b"") + text.replace("\n", style.ending).encode()
