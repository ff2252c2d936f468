"""Where each value of a run came from, for the Context section (pure)."""

from __future__ import annotations

from collections.abc import Sequence

from mcp_server import redact
from mcp_server.effective.mode import filled, provider_mode
from mcp_server.effective.target import ClientTarget
from mcp_server.probe.context import Context
from mcp_server.probe.request.credential import SentCredential
from mcp_server.probe.request.switches import client_shape
from mcp_server.snapshot import Snapshot


def sources(target: ClientTarget, credential: SentCredential, contexts: Sequence[Context]) -> list[str]:
    """Base URL, credential, models and proxy, each with its source; no secret."""
    base = target.base_url
    notes = [f"Base URL {redact.url(base.value)}: {base.name} ({redact.quote(base.source, 200)})."]
    if credential.name:
        notes.append(f"Credential: {credential.name} ({redact.quote(credential.source, 200)}).")
    elif not credential.notes:
        notes.append("Credential: none is configured.")
    for context in contexts[:8]:
        if context.model is not None and context.model.because != "sent as written":
            notes.append(f"Model {redact.quote(context.model_name, 80)}: {redact.quote(context.model.because, 240)}.")
    notes.append(f"Proxy: {redact.quote(target.proxy.because, 240)}.")
    return notes


def mode_notes(snapshot: Snapshot, target: ClientTarget, context: Context) -> list[str]:
    """The provider mode of the client, and the region and project that stand in its requests."""
    switch = target.provider_switch
    if switch is None:
        return []
    place = f"{switch.name}, {redact.quote(switch.source, 200)}"
    if context.wire.mode != target.provider:
        return [
            f"Asked in Anthropic's format, as a gateway. Claude Code itself is in the mode {target.provider} ({place})."
        ]
    skipped = "; its own authentication is skipped" if target.skip_auth else ""
    notes = [f"Provider mode {target.provider} ({place}){skipped}."]
    mode, _ = provider_mode(snapshot)
    names = [*mode.get("region_variables", ())]
    names += ["ANTHROPIC_VERTEX_PROJECT_ID"] if target.provider == "vertex" else []
    names += [mode[key] for key in ("project_variable", "workspace_variable") if key in mode]
    for name in names:
        setting = filled(snapshot.variable(name))
        if setting is not None:
            value = redact.quote(setting.value.strip(), 80)
            notes.append(f"{name} is {value} ({redact.quote(setting.source, 200)}).")
    if names and not any(filled(snapshot.variable(name)) for name in mode.get("region_variables", ())):
        notes.append(f"Region {mode['default_region']}: built into Claude Code, since no variable names one.")
    return notes


def shape_notes(snapshot: Snapshot, context: Context, contexts: Sequence[Context]) -> list[str]:
    """Which client the requests resemble, and which of its variables shaped them."""
    notes = [context.shape.note] if context.shape.note else []
    if context.level == "claude-code" and contexts:
        shapes = [c.shape for c in contexts]
        size = max(shape.body_bytes for shape in shapes)
        version = f"Claude Code {shapes[0].client_version}"
        notes.append(f"Requests have the size (up to {size:,} bytes), headers and fields of {version}, words are ours.")
        _, switched = client_shape(snapshot, contexts[0].model_name, context.wire.mode)
        if switched:
            notes.append(f"Client variables that shaped them: {', '.join(switched)}.")
    return notes
