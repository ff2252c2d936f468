"""An entry of NO_PROXY is not understood by Claude Code, or by every version.

What: URLs, wildcards such as 10.*, CIDR ranges, *.domain, entries separated by blanks; NO_PROXY and no_proxy with
    different values; a gateway on this machine that NO_PROXY does not list while a proxy is set.
Why: traffic that should go direct goes to the proxy: loopback is not exempt by itself, and each version has its own
    dialect.
Fix: list host names and addresses separated by commas: localhost,127.0.0.1,.corp.example

Bad:
    {
      "env": {"HTTPS_PROXY": "http://proxy.corp.example:3128", "NO_PROXY": "http://localhost, 10.*"}
    }

Good:
    {
      "env": {"HTTPS_PROXY": "http://proxy.corp.example:3128", "NO_PROXY": "localhost,127.0.0.1,.corp.example"}
    }
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.writing import set_text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_settings import PROXY_VARIABLES, Variable, claude, host, is_local
from mcp_server.validate.problem import Problem

ID = "no-proxy-dialect"
KINDS: tuple[Kind, ...] = ("claude-settings", "env")
SEVERITY: Severity = "warning"


def check(document: Document, context: Context) -> Iterator[Problem]:
    settings = claude(document)
    lower, upper = settings.variable("no_proxy"), settings.variable("NO_PROXY")
    for variable in (lower, upper):
        if variable is not None:
            yield from _entries(document, variable)
    if lower and upper and lower.value != upper.value:
        yield Problem(
            "no_proxy and NO_PROXY differ",
            "the lower-case one wins in Claude Code, other programs take the other",
            "write the same list into both, or delete one",
            upper.mark,
            upper.path,
        )
    proxy = next((v for n in PROXY_VARIABLES if (v := settings.variable(n))), None)
    gateway = settings.variable("ANTHROPIC_BASE_URL")
    name = host(gateway.value) if gateway else None
    if proxy and gateway and name and is_local(name):
        chosen = lower or upper
        listed = _listed(chosen.value) if chosen else []
        if name not in listed and "*" not in listed:
            yield Problem(
                f"the gateway {name} is on this machine, a proxy is set, and NO_PROXY does not list {name}",
                "Claude Code sends loopback requests to the proxy too, which cannot reach your machine",
                f"add {name} to NO_PROXY (localhost and 127.0.0.1 are different entries)",
                gateway.mark,
                "env.NO_PROXY",
                severity="error",
            )


def _listed(value: str) -> list[str]:
    return [part.partition(":")[0].lower() for part in re.split(r"[,\s]+", value) if part]


def _entries(document: Document, variable: Variable) -> Iterator[Problem]:
    value = variable.value
    said = change = None
    without_stars = re.sub(r"(?<![^,\s])\*\.", ".", value)
    stars = set_text(document, variable.entry.value, without_stars, safe=True)
    if " " in value.strip() and "," not in value:
        said = (
            "entries are separated by blanks",
            "version 2.1.197 does not bypass the proxy for https targets then",
            "separate them by commas",
        )
        change = set_text(document, variable.entry.value, ",".join(value.split()), safe=True)
    for part in re.split(r"[,\s]+", value):
        if "://" in part:
            said = f"the entry {part} is a URL", "it matches nothing", "write the host name alone"
        elif re.fullmatch(r"[\d.]+\*|[\d.]+\.", part):
            said = (
                f"the entry {part} is a pattern of an address",
                "it matches nothing",
                "list the addresses, or use the host's name",
            )
        elif "/" in part:
            said = (
                f"the entry {part} is a CIDR range",
                "version 2.1.197 ignores it, and it never matches host names",
                "list the host names or addresses themselves",
            )
        elif part.startswith("*."):
            said = (
                f"the entry {part} starts with *.",
                "version 2.1.197 ignores it",
                f"write {part[1:]}, which every version understands",
            )
            change = stars
        if said:
            yield Problem(said[0], said[1], said[2], variable.mark, variable.path, change=change)
            said = change = None
