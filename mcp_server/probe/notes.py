"""Where each value of a run came from, for the Context section (pure)."""

from __future__ import annotations

from collections.abc import Sequence

from mcp_server import redact
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


def shape_notes(snapshot: Snapshot, context: Context, contexts: Sequence[Context]) -> list[str]:
    """Which client the requests resemble, and which of its variables shaped them."""
    notes = [context.shape.note] if context.shape.note else []
    if context.level == "claude-code" and contexts:
        shapes = [c.shape for c in contexts]
        size = max(shape.body_bytes for shape in shapes)
        version = f"Claude Code {shapes[0].client_version}"
        notes.append(f"Requests have the size (up to {size:,} bytes), headers and fields of {version}, words are ours.")
        _, switched = client_shape(snapshot, contexts[0].model_name)
        if switched:
            notes.append(f"Client variables that shaped them: {', '.join(switched)}.")
    return notes
