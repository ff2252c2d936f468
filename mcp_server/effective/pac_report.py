"""PAC files in the report: where one is switched on, and what a given one says beside what is done (pure)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from mcp_server import redact
from mcp_server.answer import Check
from mcp_server.effective.pac import evaluate
from mcp_server.effective.programs.files import matching
from mcp_server.effective.proxy import ProxyDecision
from mcp_server.snapshot import Setting, Snapshot

#: Where this process cannot look; the answer is a URL to fetch, or nothing.
COMMANDS = {
    "GNOME": "gsettings get org.gnome.system.proxy autoconfig-url",
    "macOS": "scutil --proxy",
    "Windows": r'reg query "HKCU\Software\Microsoft\Windows\CurrentVersion\Internet Settings" /v AutoConfigURL',
}
_LOOKS_LIKE_PAC = re.compile(r"(?i)\.pac(?:[?#].*)?$|/wpad\.dat(?:[?#].*)?$|/proxy\.dat$|^pac\+")


def pac_settings(machine: Snapshot) -> list[Setting]:
    """Variables and files that name a PAC file: ``auto_proxy``, KDE's settings, a proxy variable that holds one."""
    found = [s for name in ("auto_proxy", "AUTO_PROXY") if (s := machine.variable(name)) is not None and s.value]
    for name in ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        setting = machine.variable(name)
        if setting is not None and _LOOKS_LIKE_PAC.search(setting.value.strip()):
            found.append(setting)
    kind = matching(machine, "kde", lambda key: key == "ProxyType")
    if kind and kind[0].value in ("2", "3"):  # 2: a script, 3: found by WPAD
        found += matching(machine, "kde", lambda key: key == "Proxy Config Script") or kind
    return found


def pac_note(machine: Snapshot, *, proxied: bool) -> list[str]:
    """One sentence for the context: the PAC file that is switched on, or how to look for one."""
    found = pac_settings(machine)
    if found:
        named = "; ".join(f"{s.name} ({s.source}) = {redact.url(s.value)}" for s in found[:3])
        return [f"A PAC file or WPAD is switched on ({named}); no program here evaluates one. Give the file as pac."]
    if proxied:
        return []
    where = "; ".join(f"{system}: {command}" for system, command in COMMANDS.items())
    return [f"No proxy is set for Claude Code. Whether the desktop uses a PAC file tells, on {where}"]


def pac_checks(text: str, decisions: Sequence[ProxyDecision]) -> list[Check]:
    """What the PAC file ``text`` says for each target, beside what Claude Code does."""
    results = evaluate(text, [decision.url for decision in decisions])
    checks = []
    for decision, result in zip(decisions, results, strict=True):
        title = f"PAC file for {redact.quote(urlsplit(decision.url).netloc.rpartition('@')[2], 120)}"
        if result.problem:
            checks.append(Check(title=title, status="warn", detail=f"no answer: {result.problem}."))
            continue
        detail = f"{'; '.join(result.choices)}."
        if result.unresolved:
            names = redact.quote(", ".join(result.unresolved), 200)
            detail += f" It asked for the address of {names}, which is not looked up here: the answer may differ."
        used = f"{decision.address.scheme}://{decision.address.authority}" if decision.address else ""
        if result.first == used:
            checks.append(Check(title=title, status="pass", detail=f"{detail} Claude Code does the same."))
            continue
        does = f"goes through {used}" if used else "goes direct"
        cure = f"set HTTPS_PROXY={result.first}" if result.first else "name the host in NO_PROXY"
        if result.first.startswith("socks"):
            cure = "Claude Code speaks no SOCKS, so put an HTTP-to-SOCKS bridge there"
        detail += f" Claude Code {does}, as no program here evaluates a PAC file: {cure}."
        checks.append(Check(title=title, status="warn", detail=detail))
    return checks
