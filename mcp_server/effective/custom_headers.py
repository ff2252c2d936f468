"""``ANTHROPIC_CUSTOM_HEADERS`` as the client reads it: one ``Name: value`` per line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mcp_server import redact
from mcp_server.snapshot import Setting

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True)
class CustomHeaders:
    """Parsed headers (values may be secrets) and what is wrong with the variable, in words without values."""

    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    problems: tuple[str, ...] = ()
    setting: Setting | None = field(default=None, repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.headers)


def parse_custom_headers(setting: Setting | None) -> CustomHeaders:
    """Read the variable line by line; a line that is no header is reported, never shown whole."""
    if setting is None or not setting.value.strip():
        return CustomHeaders()
    headers: list[tuple[str, str]] = []
    problems: list[str] = []
    text = setting.value
    if text.lstrip().startswith(("{", "[")):
        problems.append("it is JSON; the client wants plain lines")
        return CustomHeaders((), tuple(problems), setting)
    if "\\n" in text and "\n" not in text:
        problems.append("it holds the two characters \\ and n instead of a line break")
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        name, colon, value = (part.strip() for part in line.partition(":"))
        if not colon:
            problems.append(f"line {number} has no colon, so the client skips it silently")
        elif not _TOKEN.fullmatch(name):
            problems.append(f"line {number}: {redact.quote(name, 40)!r} is no legal header name")
        elif not value.isascii() or re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value):
            problems.append(f"line {number}: the value of {name} holds a character that headers cannot carry")
        else:
            if re.search(r",\s*[A-Za-z][A-Za-z0-9-]*\s*:", value):
                problems.append(
                    f"line {number}: headers joined by commas become one header; use a line break between them"
                )
            if name.lower() == "anthropic-beta":
                problems.append("anthropic-beta cannot be overridden here; use ANTHROPIC_BETAS")
            headers.append((name, value))
    return CustomHeaders(tuple(headers), tuple(problems), setting)


def breaks_request(headers: CustomHeaders) -> str:
    """Why the client sends nothing at all with these headers; empty when it does (measured on both releases)."""
    fatal = [p for p in headers.problems if "no legal header name" in p or "cannot carry" in p or "it is JSON" in p]
    return f"ANTHROPIC_CUSTOM_HEADERS: {fatal[0]}; no request leaves" if fatal else ""
