"""How far the real ``claude gateway`` gets with a file, on loopback: it has no option that only checks.

The program judges a file in this order: references, schema, database, then policies and sign-in. So it is given a
database that agrees to everything and an issuer that answers late: what it says in between is about the file.
Nothing leaves the machine; the program is stopped by its own failure at the issuer, or by us.
"""

from __future__ import annotations

import asyncio
import re
import struct
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from mcp_server.run.claude_gateway import PREFIX, surroundings

#: Where a file that is right ends here: at the issuer, which has no discovery document.
_SIGN_IN = "expected 200 OK, got: 404"
_LATE_SECONDS = 1.5
_PATIENCE_SECONDS = 30
_RELEASE_BEYOND_ALL_MIGRATIONS = b"999"


@dataclass(frozen=True)
class Verdict:
    """``accepted``: the file itself was fine. ``said`` holds the program's last words, else its warnings."""

    accepted: bool
    said: str


@dataclass(frozen=True)
class Bench:
    """A loopback port that is a PostgreSQL server to those who speak its language, and an issuer to the rest."""

    port: int

    @property
    def postgres_url(self) -> str:
        return f"postgres://gateway@127.0.0.1:{self.port}/gateway"

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def judge(self, claude: Path, file: Path, environment: Mapping[str, str]) -> Verdict:
        """What the program says about ``file``. References to this bench are the caller's to put into it.

        Raises:
            TimeoutError: the program said nothing for half a minute.
        """
        with tempfile.TemporaryDirectory() as home:
            output = Path(home) / "output"  # a file: the program does not wait for a slow pipe when it ends
            with output.open("wb") as stream:
                process = await asyncio.create_subprocess_exec(
                    *(str(claude), "gateway", "--config", str(file)),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=stream,
                    stderr=stream,
                    env={**surroundings(Path(home)), **environment},
                )
                try:
                    await asyncio.wait_for(process.wait(), _PATIENCE_SECONDS)
                finally:
                    if process.returncode is None:
                        process.kill()
                        await process.wait()
            said = output.read_text(encoding="utf-8", errors="replace")
        _, found, last = said.rpartition(PREFIX)
        if found and not last.startswith(_SIGN_IN):
            return Verdict(False, last.strip())
        return Verdict(True, "\n".join(line for line in said.splitlines() if " warn " in line))


@asynccontextmanager
async def bench() -> AsyncIterator[Bench]:
    """A bench on a port chosen by the kernel, for as long as the block runs."""
    server = await asyncio.start_server(_serve, "127.0.0.1", 0)
    async with server:
        yield Bench(server.sockets[0].getsockname()[1])


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        head = await reader.readexactly(4)
        if head in (b"GET ", b"POST"):
            await asyncio.sleep(_LATE_SECONDS)
            writer.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            await writer.drain()
        else:
            await _postgres(head, reader, writer)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def _postgres(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """As much of the protocol (version 3) as a client needs that wants its statements done and no rows back."""
    start = await reader.readexactly(struct.unpack("!i", head)[0] - 4)
    if struct.unpack("!i", start[:4])[0] == 80877103:  # asks for TLS
        writer.write(b"N")
        head = await reader.readexactly(4)
        await reader.readexactly(struct.unpack("!i", head)[0] - 4)
    writer.write(_message(b"R", struct.pack("!i", 0)) + _message(b"Z", b"I"))
    statement = b""
    while True:
        kind = await reader.readexactly(1)
        body = await reader.readexactly(struct.unpack("!i", await reader.readexactly(4))[0] - 4)
        if kind == b"P":
            statement = body.split(b"\0")[1]
        elif kind == b"Q":
            statement = body.rstrip(b"\0")
        writer.write(_answer(kind, body, statement))
        await writer.drain()


def _answer(kind: bytes, body: bytes, statement: bytes) -> bytes:
    asks_release = b"max(version)" in statement
    columns = _message(b"T", struct.pack("!h", 1) + b"v\0" + struct.pack("!ihihih", 0, 0, 25, -1, -1, 0))
    done = _message(b"C", b"SELECT 1\0" if asks_release else b"SELECT 0\0")
    rows = b""
    if asks_release:
        value = _RELEASE_BEYOND_ALL_MIGRATIONS
        rows = _message(b"D", struct.pack("!hi", 1, len(value)) + value)
    described = columns if asks_release else _message(b"n", b"")
    if kind == b"Q":
        return (columns if asks_release else b"") + rows + done + _message(b"Z", b"I")
    if kind == b"D" and body[:1] == b"S":
        count = len(set(re.findall(rb"\$\d+", statement)))
        return _message(b"t", struct.pack(f"!h{count}i", count, *[25] * count)) + described
    return {
        b"P": _message(b"1", b""),
        b"B": _message(b"2", b""),
        b"D": described,
        b"E": rows + done,
        b"C": _message(b"3", b""),
        b"S": _message(b"Z", b"I"),
    }.get(kind, b"")


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body
