"""Raw servers on loopback: what happens below HTTP cannot be played by an ASGI application."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
LOOPBACK = "127.0.0.1"


@contextmanager
def listening(handler: Handler, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """Serve ``handler`` (over TLS with ``context``) on a port of the kernel's choice; yields the port.

    A thread with a loop of its own; at the end every connection is dropped.
    """
    ready = threading.Event()
    port, loop_of, stop = [0], [], []  # type: tuple[list[int], list[asyncio.AbstractEventLoop], list[asyncio.Event]]

    async def serve() -> None:
        tasks: set[asyncio.Task[None]] = set()

        async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            if task is not None:
                tasks.add(task)
            ended = (OSError, asyncio.IncompleteReadError, asyncio.CancelledError, asyncio.LimitOverrunError)
            with contextlib.suppress(*ended):
                await handler(reader, writer)
            if task is not None:
                tasks.discard(task)
            with contextlib.suppress(OSError):
                writer.close()

        # Handshakes that fail are what these servers are for: nothing to log.
        asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
        stop.append(asyncio.Event())
        server = await asyncio.start_server(guarded, LOOPBACK, 0, ssl=context)
        port[0] = server.sockets[0].getsockname()[1]
        loop_of.append(asyncio.get_running_loop())
        ready.set()
        await stop[0].wait()
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.sleep(0)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="lab:raw", daemon=True)
    thread.start()
    ready.wait()
    try:
        yield port[0]
    finally:
        loop_of[0].call_soon_threadsafe(stop[0].set)
        thread.join()


def saying(answer: bytes) -> Handler:
    """Reads one request head, sends ``answer`` and closes."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()

    return handler


def greeting(banner: bytes) -> Handler:
    """Speaks first, as SSH, SMTP and MySQL do."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(banner)
        await writer.drain()
        await reader.read(4_096)

    return handler


async def close_at_once(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    return


async def reset_at_once(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    _reset(writer)


async def reset_after_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    _reset(writer)


async def close_after_request(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")


async def never_answer(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    while await reader.read(65_536):
        pass


def _reset(writer: asyncio.StreamWriter) -> None:
    sock: socket.socket | None = writer.get_extra_info("socket")
    if sock is not None:
        # Linger of zero seconds turns the close into an RST.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    writer.transport.abort()


def relaying(port: int) -> Handler:
    """Pumps bytes to and from ``port`` of loopback."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await relay(reader, writer, port)

    return handler


async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, first: bytes = b"") -> None:
    """Join one connection to ``port``; ``first`` is sent there before anything else."""
    there, here = await asyncio.open_connection(LOOPBACK, port)
    try:
        here.write(first)
        await asyncio.gather(_pump(reader, here), _pump(there, writer))
    finally:
        here.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(OSError):
        writer.close()


@contextmanager
def refused_port() -> Iterator[int]:
    """A port that is taken but does not listen: connections are refused for as long as the block lasts."""
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        yield taken.getsockname()[1]


@contextmanager
def silent_port() -> Iterator[int]:
    """A port whose queue is full: the kernel drops every further greeting, as a firewall does."""
    with contextlib.ExitStack() as held:
        listener = held.enter_context(socket.socket())
        listener.bind((LOOPBACK, 0))
        listener.listen(0)
        port: int = listener.getsockname()[1]
        for _ in range(4):
            waiting = held.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex((LOOPBACK, port))
        yield port
