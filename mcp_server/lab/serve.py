"""Serves an ASGI application on a loopback port for as long as a ``with`` block lasts."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import uvicorn

if TYPE_CHECKING:
    from starlette.types import ASGIApp

#: Seconds that a running answer may take to end when the block is left.
_GRACE_SECONDS = 2


class _Server(uvicorn.Server):
    """Tells when it listens, or that it never will."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.settled = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.settled.set()

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            super().run(sockets)
        finally:
            self.settled.set()


@contextmanager
def running(app: ASGIApp) -> Iterator[str]:
    """Serve ``app`` and yield its base URL (``http://127.0.0.1:<port>``, no slash at the end).

    The kernel chooses the port. When the block ends the server is gone, its thread too.
    """
    with running_on(app, 1) as ports:
        yield f"http://127.0.0.1:{ports[0]}"


@contextmanager
def running_on(app: ASGIApp, count: int) -> Iterator[list[int]]:
    """The same on ``count`` ports at once, which are yielded; ``scope["server"]`` tells ``app`` which one was used."""
    with ExitStack() as sockets:
        listeners = [sockets.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        ports: list[int] = [listener.getsockname()[1] for listener in listeners]
        options: dict[str, Any] = {"log_config": None, "access_log": False, "lifespan": "off", "ws": "none"}
        server = _Server(uvicorn.Config(app, timeout_graceful_shutdown=_GRACE_SECONDS, **options))
        thread = threading.Thread(target=server.run, args=(listeners,), name=f"lab:{ports[0]}", daemon=True)
        thread.start()
        server.settled.wait()
        if not server.started:
            thread.join()
            raise RuntimeError(f"the laboratory server on 127.0.0.1:{ports[0]} ended before it was ready")
        try:
            yield ports
        finally:
            server.should_exit = True
            thread.join()
