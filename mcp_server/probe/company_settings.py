"""The settings that ``claude gateway`` hands to a client that is signed in: they count above every file.

The client asks for them at each start, and starts only with an answer it can use: 200 with settings, 204 or 404
(measured on 2.1.330 and 2.1.197; a copy of an earlier answer on disk does not help).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mcp_server import redact
from mcp_server.answer import Check
from mcp_server.catalogue.finding import finding
from mcp_server.effective.loaded import loaded
from mcp_server.net.http import Reply, request
from mcp_server.net.route import NetFailure, Route
from mcp_server.probe.base import Outcome
from mcp_server.snapshot import SettingsFile, Snapshot

_PATH = "/managed/settings"
_TITLE = "Settings from the gateway"
_SECONDS = 3.0
_LIMIT = 1_000_000
_NONE = (204, 404)


@dataclass(frozen=True)
class CompanySettings:
    """The machine with these settings on top, what came of asking, and a note about what they set."""

    snapshot: Snapshot
    outcome: Outcome
    note: str = ""


async def company_settings(snapshot: Snapshot, route: Route, headers: Mapping[str, str]) -> CompanySettings:
    """Asks once, free of charge. ``route`` and ``headers`` are those of the client's own requests."""
    place = f"{redact.url(route.base_url.rstrip('/'))}{_PATH}"
    try:
        reply = await request(replace(route, timeout=_SECONDS), "GET", _PATH, headers=headers, limit=_LIMIT)
    except NetFailure as failure:
        return CompanySettings(snapshot, _refused(failure.cause, failure.detail.rstrip(".")))
    if reply.status in _NONE:
        return CompanySettings(snapshot, Outcome([Check(title=_TITLE, status="pass", detail="it has none.")]))
    if reply.status != 200:
        cause = {401: "gateway_key_rejected", 403: "gateway_forbidden"}.get(reply.status, "gateway_error")
        return CompanySettings(snapshot, _refused(cause, f"{place} answers {reply.status}"))
    data = _settings(reply)
    if data is None:
        said = f"{place} answers 200 without the settings that Claude Code reads"
        return CompanySettings(snapshot, _refused("gateway_config_invalid", said))
    (file,) = loaded([SettingsFile("managed", place, data=data)], snapshot.client_version, snapshot.shell)
    if file.dropped:
        key, why = file.dropped[0]
        said = f"{place} sets {redact.quote(key, 60)} wrongly: {redact.quote(why, 200)}"
        return CompanySettings(snapshot, _refused("gateway_config_invalid", said))
    env = data.get("env")
    names = [*(f"env.{name}" for name in (env if isinstance(env, Mapping) else ())), *(k for k in data if k != "env")]
    shown = ", ".join(redact.quote(name, 60) for name in names[:12]) or "nothing"
    return CompanySettings(
        replace(snapshot, settings_files=(file, *snapshot.settings_files)),
        Outcome([Check(title=_TITLE, status="pass", detail=f"for this user they set {shown}.")]),
        f"Settings from the gateway ({place}), above all files: {shown}.",
    )


def _settings(reply: Reply) -> dict[str, Any] | None:
    try:
        data = json.loads(reply.body)
    except (ValueError, RecursionError):
        return None
    settings = data.get("settings") if isinstance(data, dict) else None
    return settings if isinstance(settings, dict) else None


def _refused(cause: str, said: str) -> Outcome:
    fix = {
        "gateway_key_rejected": "Run /login in Claude Code.",
        "gateway_forbidden": "Let the gateway's administrator enable Claude Code for this account.",
    }.get(cause, "Look at the gateway's log for GET /managed/settings; what it serves comes from managed.policies.")
    why = "A client that is signed in asks for them first and refuses to start without a good answer."
    return Outcome(
        [Check(title=_TITLE, status="fail", detail=f"{said}.")], [finding(cause, problem=said, why=why, fix=fix)]
    )
