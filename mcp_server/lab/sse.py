"""Server-sent events, as providers write them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from typing import Any

from starlette.responses import StreamingResponse


def event_stream(events: Iterable[tuple[str | None, Any]], headers: dict[str, str] | None = None) -> StreamingResponse:
    """A 200 answer with one event per ``(name, data)``; a name of ``None`` leaves out the ``event:`` line.

    ``data`` is written as JSON, a text as it is (for ``[DONE]``).
    """

    async def lines() -> AsyncIterator[str]:
        for name, data in events:
            content = data if isinstance(data, str) else json.dumps(data, separators=(",", ":"))
            yield f"event: {name}\ndata: {content}\n\n" if name else f"data: {content}\n\n"

    return StreamingResponse(lines(), media_type="text/event-stream", headers=headers)
