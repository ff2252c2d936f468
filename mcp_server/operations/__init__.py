"""What each tool does: one module per tool, one ``run`` each, used by the MCP server and the command alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcp_server.snapshot import Snapshot


async def this_machine() -> Snapshot:
    """The snapshot of this machine, read beside the event loop: it asks ``claude`` for its version."""
    import asyncio

    from mcp_server.environment import snapshot

    return await asyncio.to_thread(snapshot)
