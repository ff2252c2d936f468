"""The formats of the client's provider modes, and which one a target speaks."""

from __future__ import annotations

from functools import partial

from mcp_server.effective.mode import filled, is_on
from mcp_server.effective.request import message_path
from mcp_server.effective.target import ClientTarget
from mcp_server.probe.wire.anthropic import AnthropicWire
from mcp_server.probe.wire.base import Sent, Wire
from mcp_server.probe.wire.bedrock import BedrockWire
from mcp_server.probe.wire.vertex import VertexWire
from mcp_server.snapshot import Snapshot

__all__ = ["WIRES", "AnthropicWire", "Sent", "Wire", "wire_for"]

#: Provider mode of ``claude_code.yaml`` → its format.
WIRES: dict[str, type[Wire]] = {
    "anthropic": AnthropicWire,
    "bedrock": BedrockWire,
    "vertex": VertexWire,
    "foundry": AnthropicWire,
    "mantle": AnthropicWire,
    "anthropic_aws": AnthropicWire,
    "anthropic_google_cloud": AnthropicWire,
    "gateway": AnthropicWire,
}


def wire_for(snapshot: Snapshot, target: ClientTarget) -> Wire:
    """The wire of the client's own target: its mode, with the paths that its settings make."""
    headers = {}
    if target.provider == "anthropic_aws":
        workspace = filled(snapshot.variable("ANTHROPIC_AWS_WORKSPACE_ID"))
        headers["anthropic-workspace-id"] = workspace.value.strip() if workspace else ""
    return WIRES[target.provider](
        target.provider,
        partial(message_path, snapshot, target),
        target.models["default"].model,
        headers,
        guarded=_guarded(snapshot, target),
    )


def _guarded(snapshot: Snapshot, target: ClientTarget) -> bool:
    """2.1.330 refuses Bedrock's events under another content type, unless told otherwise (both measured)."""
    off = is_on(snapshot.variable("CLAUDE_CODE_DISABLE_BEDROCK_CONTENT_TYPE_GUARD"))
    return target.provider == "bedrock" and target.version != "2.1.197" and not off
