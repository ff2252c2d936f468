"""Findings about a sign-in to ``claude gateway``: what it beats, and why one is not used (pure; measured)."""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server import redact
from mcp_server.answer import Finding, Where
from mcp_server.catalogue.finding import finding
from mcp_server.catalogue.load import read_yaml
from mcp_server.effective.mode import filled, is_on, signed_in, switched_to_gateway
from mcp_server.effective.target import ClientTarget
from mcp_server.snapshot import Snapshot

_PLACE = 200


def sign_in_findings(snapshot: Snapshot, target: ClientTarget) -> Iterator[Finding]:
    """What the sign-in hides; a switch without effect; a saved sign-in that the client does not use."""
    if target.provider == "gateway":
        yield from _hidden(snapshot, target)
        return
    yield from _half_switched(snapshot, target)
    yield from _unused(snapshot, target)


def _hidden(snapshot: Snapshot, target: ClientTarget) -> Iterator[Finding]:
    login = signed_in(snapshot)
    name = target.provider_switch.name if target.provider_switch is not None else ""
    # A sign-in is undone by signing out, the switch by unsetting it.
    undo = "run /logout in Claude Code" if login is not None else f"unset {name}"
    winner = f"the {name} ({redact.quote(login.source, _PLACE)})" if login is not None else name
    base = filled(snapshot.variable("ANTHROPIC_BASE_URL"))
    if login is not None and base is not None and base.value.strip().rstrip("/") != login.url:
        yield finding(
            "provider_flag_overrides_base_url",
            severity="warning",
            problem=f"ANTHROPIC_BASE_URL ({redact.quote(base.source, _PLACE)}) has no effect: {winner} "
            f"leads to {redact.url(login.url)}",
            why="A saved sign-in to `claude gateway` beats every base URL, token, key and helper.",
            fix=f"To use the URL, {undo}; to stay with the sign-in, remove the URL.",
            where=Where(key="ANTHROPIC_BASE_URL"),
        )
    for mode in read_yaml("claude_code.yaml")["providers"]:
        switch = snapshot.variable(mode["switch"]) if "switch" in mode else None
        if switch is not None and is_on(switch):
            yield finding(
                "provider_flag_overrides_base_url",
                severity="warning",
                problem=f"{switch.name} ({redact.quote(switch.source, _PLACE)}) has no effect: {winner} beats it",
                why="In the mode of `claude gateway` no request goes to a provider.",
                fix=f"For the provider, {undo}; for the gateway, unset {switch.name}.",
                where=Where(key=switch.name),
            )


def _half_switched(snapshot: Snapshot, target: ClientTarget) -> Iterator[Finding]:
    company = read_yaml("claude_code.yaml")["company_gateway"]
    switch = snapshot.variable(company["switch"])
    if switch is None or not is_on(switch) or switched_to_gateway(snapshot) or snapshot.environment_hidden:
        return
    missing = [name for name in company["needs"] if filled(snapshot.variable(name)) is None]
    sent = ", ".join(c.name for c in target.credentials if c.headers)
    yield finding(
        "login_state_required",
        severity="warning",
        problem=f"{switch.name} ({redact.quote(switch.source, _PLACE)}) has no effect: {' and '.join(missing)} "
        f"{'is' if len(missing) == 1 else 'are'} not set",
        why="Claude Code then sends its full dialect"
        + (f", with {sent}" if sent else "")
        + "; `claude gateway` in front of Bedrock refuses parts of it.",
        fix=f"Set {' and '.join(missing)}, or run /login in Claude Code and unset {switch.name}.",
        where=Where(key=switch.name),
    )


def _unused(snapshot: Snapshot, target: ClientTarget) -> Iterator[Finding]:
    login = snapshot.gateway_login
    if login is None or login.usable:
        return
    place, url = redact.quote(login.source, _PLACE), redact.url(login.url)
    other = [c.name for c in target.credentials if c.headers]
    said = f"the sign-in to {url} saved in {place} has ended" if login.ended else f"{place} holds a sign-in to {url}"
    if not login.trusted:
        said += ", but not that this gateway is trusted on this machine" if not login.ended else " and is not trusted"
    yield finding(
        "login_state_required",
        severity="warning" if other or target.provider != "anthropic" else "error",
        problem=said,
        why="Claude Code does not use it then"
        + (f" and sends {' and '.join(other)} instead." if other else " and says `Not logged in`."),
        fix="Run /login in Claude Code.",
        where=Where(file=place, key="enterpriseGateway"),
    )
