"""Random changes of a file's text: indentation, quotes, tabs, lost and doubled lines; and those that change nothing."""

from __future__ import annotations

import json
import random
import re

import yaml


def picked(text: str, chance: random.Random) -> tuple[list[str], int]:
    lines = text.split("\n")
    return lines, chance.choice([i for i, line in enumerate(lines) if line.strip()] or [0])


def indent(text: str, chance: random.Random) -> tuple[str, str] | None:
    lines, at = picked(text, chance)
    less = lines[at].startswith("  ") and chance.random() < 0.6
    lines[at] = lines[at][2:] if less else chance.choice((" ", "  ", "    ")) + lines[at]
    return f"line {at + 1}", "\n".join(lines)


def tab(text: str, chance: random.Random) -> tuple[str, str] | None:
    lines, at = picked(text, chance)
    lines[at] = re.sub(r"^ +", "\t", lines[at]) if lines[at].startswith(" ") else "\t" + lines[at]
    return f"line {at + 1}", "\n".join(lines)


def quotes(text: str, chance: random.Random) -> tuple[str, str] | None:
    lines, at = picked(text, chance)
    if '"' in lines[at] or "'" in lines[at]:
        lines[at] = re.sub("[\"']", "", lines[at], count=chance.choice((1, 9)))
    else:
        lines[at] = re.sub(
            r": (?=\S)", chance.choice((': "', ": '", ": *", ": &", ": @", ": {", ": [", ": %")), lines[at], count=1
        )
    return f"line {at + 1}", "\n".join(lines)


def colon(text: str, chance: random.Random) -> tuple[str, str] | None:
    lines, at = picked(text, chance)
    new = chance.choice((":", "", " =", ": : ", " : "))
    lines[at] = lines[at].replace(": ", new, 1) if ": " in lines[at] else lines[at].rstrip(":")
    return f"line {at + 1}", "\n".join(lines)


def truncate(text: str, chance: random.Random) -> tuple[str, str] | None:
    at = chance.randrange(len(text))
    return f"at {at}", text[:at]


def double_line(text: str, chance: random.Random) -> tuple[str, str] | None:
    lines, at = picked(text, chance)
    lines.insert(at, lines[at])
    return f"line {at + 1}", "\n".join(lines)


def drop_line(text: str, chance: random.Random) -> tuple[str, str] | None:
    lines, at = picked(text, chance)
    del lines[at]
    return f"line {at + 1}", "\n".join(lines)


def swap_lines(text: str, chance: random.Random) -> tuple[str, str] | None:
    lines, at = picked(text, chance)
    if at + 1 >= len(lines):
        return None
    lines[at], lines[at + 1] = lines[at + 1], lines[at]
    return f"line {at + 1}", "\n".join(lines)


def insert(text: str, chance: random.Random) -> tuple[str, str] | None:
    lines, at = picked(text, chance)
    new = chance.choice(
        ("---", "<<<<<<< HEAD", "...", "# a comment", "{{ .Values.x }}", "- item", "key: value", "\u00a0", "\u2028")
    )
    lines.insert(at, new)
    return f"{new!r} at line {at + 1}", "\n".join(lines)


def line_ends(text: str, chance: random.Random) -> tuple[str, str] | None:
    return "CRLF", text.replace("\n", "\r\n")


def byte_order_mark(text: str, chance: random.Random) -> tuple[str, str] | None:
    return "BOM", "\ufeff" + text


def as_json(text: str, chance: random.Random) -> tuple[str, str] | None:
    return "JSON", json.dumps(yaml.safe_load(text), indent=chance.choice((None, 2)))


def comment(text: str, chance: random.Random) -> tuple[str, str] | None:
    lines, at = picked(text, chance)
    lines[at] += chance.choice(("  # why", " #", "   "))
    return f"line {at + 1}", "\n".join(lines)


def in_quotes(text: str, chance: random.Random) -> tuple[str, str] | None:
    """Quotes around a plain text that needs none."""
    lines, at = picked(text, chance)
    sign = chance.choice("'\"")
    lines[at] = re.sub(r"(: )([A-Za-z][\w./-]*)$", rf"\1{sign}\2{sign}", lines[at])
    return f"line {at + 1}", "\n".join(lines)


DAMAGE = (indent, indent, tab, quotes, colon, truncate, double_line, drop_line, swap_lines, insert)
HARMLESS = (line_ends, byte_order_mark, as_json, comment, in_quotes)
