"""The address of a gateway as Claude Code wants it, and what is wrong with one."""

from __future__ import annotations

from urllib.parse import urlsplit

from mcp_server.answer import Finding, Where
from mcp_server.generate.spec import is_local

_APPENDED = ("/v1/messages", "/v1")


def bare_url(url: str) -> tuple[str, str]:
    """The URL for ``ANTHROPIC_BASE_URL`` and what was cut off its end: Claude Code appends ``/v1/messages`` itself."""
    bare = url.rstrip("/")
    removed = next((end for end in _APPENDED if urlsplit(bare).path.endswith(end)), "")
    return bare.removesuffix(removed), removed


def url_findings(base_url: str, removed: str) -> list[Finding]:
    """A path that was cut off, and plain http outside this machine."""
    found = []
    if removed:
        found.append(
            Finding(
                id="base_url_path_duplicated",
                severity="info",
                confidence="high",
                where=Where(key="ANTHROPIC_BASE_URL"),
                problem=f"{removed} was cut off the gateway URL.",
                why="Claude Code appends /v1/messages itself; with it in the URL every call would end in 404.",
                fix="Nothing to do.",
            )
        )
    if base_url.startswith("http://") and not is_local(base_url):
        found.append(
            Finding(
                id="secret_exposed",
                severity="warning",
                confidence="high",
                where=Where(key="ANTHROPIC_BASE_URL"),
                problem="the gateway is reached over plain http outside this machine.",
                why="Key, prompts and code travel readable on the network.",
                fix="Put TLS in front of the gateway and use its https:// address.",
            )
        )
    return found
