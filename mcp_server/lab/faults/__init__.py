"""The fault laboratory: named switches that break one thing between Claude Code, a gateway and its provider."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mcp_server.errors import UsageError, nearest
from mcp_server.lab.faults import addresses, bodies, encryption, pages, providers, proxies, requests, statuses, streams
from mcp_server.lab.faults.base import Fault, Served
from mcp_server.lab.serve import running

if TYPE_CHECKING:
    from starlette.types import ASGIApp

__all__ = ["FAULTS", "Fault", "Served", "named", "serve"]

#: Every fault by id, in the order in which a request meets them. A fault that is not here cannot be switched on.
FAULTS: dict[str, Fault] = {
    fault.id: fault
    for part in (addresses, proxies, encryption, pages, statuses, requests, streams, bodies, providers)
    for fault in part.FAULTS
}


def named(ids: Sequence[str]) -> list[Fault]:
    """The faults with these ids. Raises UsageError for an unknown one, and for two that exclude each other."""
    for id_ in ids:
        if id_ not in FAULTS:
            close = nearest(id_, tuple(FAULTS))
            hint = f"Did you mean {close}? " if close else ""
            raise UsageError(f"There is no fault {id_!r}.", f"{hint}llm-gateway lab up --list-faults shows all.")
    found = [FAULTS[id_] for id_ in dict.fromkeys(ids)]
    raw = [fault.id for fault in found if fault.stand is not None]
    if len(raw) > 1:
        raise UsageError(
            f"{' and '.join(raw)} both replace the way to the target.",
            "Choose one of them; faults of HTTP can be combined freely.",
        )
    return found


@contextmanager
def serve(app: ASGIApp, ids: Sequence[str] = ()) -> Iterator[Served]:
    """``app`` on loopback with the faults ``ids`` before it; the first one is met first by a request."""
    faults = named(ids)
    for fault in reversed(faults):
        if fault.apply is not None:
            app = fault.apply(app)
    with tempfile.TemporaryDirectory(prefix="llm-gateway-lab-") as folder, running(app) as url:
        stand = next((fault.stand for fault in faults if fault.stand is not None), None)
        if stand is None:
            yield Served(url)
            return
        with stand(url, Path(folder)) as served:
            yield served
