"""A PostgreSQL server of one's own, empty and gone afterwards: gateways keep users, limits and spend in one.

Any PostgreSQL on the machine will do; a server or cluster that already exists is never used nor touched. The server
refuses to run as root, so under root it runs as an account without rights.
"""

from __future__ import annotations

import asyncio
import csv
import io
import os
import secrets
import shutil
import signal
import stat
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mcp_server.errors import GatewayError
from mcp_server.net.ports import free_port
from mcp_server.redact import quote
from mcp_server.run import postgres_programs

_USER = "laboratory"
#: The data are thrown away, so nothing is forced to disk; shared memory lies in files that go with the folder.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "32MB",
    "dynamic_shared_memory_type": "mmap",
    "autovacuum": "off",
    "logging_collector": "off",
}
_INITDB_SECONDS = 60
_START_SECONDS = 30
#: Ports are chosen by the kernel, but PostgreSQL takes no socket that is already bound: another program may be faster.
_PORT_TRIES = 3


@dataclass
class Database:
    """A running server and one database of it. ``password`` is of this run only."""

    port: int
    password: str = field(repr=False)
    name: str
    log: Path
    _server: _Server = field(repr=False)

    @property
    def url(self) -> str:
        """``postgresql://user:password@127.0.0.1:port/name``; holds the password."""
        return f"postgresql://{_USER}:{self.password}@127.0.0.1:{self.port}/{self.name}"

    @property
    def pid(self) -> int:
        """The server's process id."""
        return self._server.process.pid

    async def create(self, name: str) -> Database:
        """One more, empty database on the same server. ``name``: letters, digits and underscores."""
        assert name.replace("_", "").isalnum(), name
        await self.query(f'CREATE DATABASE "{name}"')
        return replace(self, name=name)

    async def query(self, sql: str) -> list[dict[str, str]]:
        """The rows of one statement, every value as text, NULL as ``""``.

        Raises:
            GatewayError: the server is gone, or refuses the statement.
        """
        return list(csv.DictReader(io.StringIO(await self._psql("--csv", "--command", sql))))

    async def run_files(self, files: Sequence[Path]) -> None:
        """Runs the SQL of ``files`` one after the other, up to the first statement that is refused.

        Raises:
            GatewayError: the server is gone, or refuses a statement.
        """
        await self._psql("--quiet", *(word for file in files for word in ("--file", str(file))))

    async def _psql(self, *what: str) -> str:
        command = [str(self._server.programs / "psql"), "--no-psqlrc", "--set", "ON_ERROR_STOP=1"]
        where = ["--host", "127.0.0.1", "--port", str(self.port), "--username", _USER, "--dbname", self.name]
        variables = {"PGPASSWORD": self.password, "PGOPTIONS": "-c client_min_messages=error"}
        status, out, said = await postgres_programs.run([*command, *where, *what], variables)
        if status != 0:
            raise GatewayError(
                f"the laboratory database refused a statement: {quote(said, 300)}.",
                f"Look into the statement and into the server's log {self.log}.",
            )
        return out

    async def stop(self) -> None:
        """Takes the server away at once, connections and all; ``start`` brings it back with its data."""
        await self._server.stop()

    async def start(self) -> None:
        """Starts the server again on the same port."""
        await self._server.start()


@dataclass
class _Server:
    """The server process over one data folder."""

    programs: Path
    data: Path
    log: Path
    account: Mapping[str, Any]
    port: int
    _process: asyncio.subprocess.Process | None = None

    @property
    def process(self) -> asyncio.subprocess.Process:
        assert self._process is not None, "the server was never started"
        return self._process

    async def start(self) -> None:
        settings = [
            word for name, value in {**_SETTINGS, "port": self.port}.items() for word in ("-c", f"{name}={value}")
        ]
        with self.log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                *(str(self.programs / "postgres"), "-D", str(self.data), *settings),
                cwd=self.data,
                env=postgres_programs.environment({}),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                **self.account,
            )
        deadline = asyncio.get_running_loop().time() + _START_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            if self._process.returncode is not None:
                raise GatewayError(
                    f"PostgreSQL ended with exit code {self._process.returncode} instead of starting: {self.said()}.",
                    f"Its log is {self.log}.",
                )
            if self._ready():
                return
            await asyncio.sleep(0.02)
        raise GatewayError(
            f"PostgreSQL did not become ready within {_START_SECONDS} s: {self.said()}.", f"Its log is {self.log}."
        )

    def _ready(self) -> bool:
        """The server writes its state into the eighth line of this file; its own pg_ctl reads it there, too."""
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="ascii", errors="replace").splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[0] == str(self.process.pid) and lines[7].strip() == "ready"

    async def stop(self) -> None:
        """``INT`` ends sessions and leaves cleanly, ``QUIT`` leaves at once, ``KILL`` is for certain."""
        process = self._process
        for sign in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            if process is None or process.returncode is not None:
                return
            try:
                if sign == signal.SIGKILL:
                    os.killpg(process.pid, sign)
                else:
                    process.send_signal(sign)
                await asyncio.wait_for(process.wait(), 5)
            except (ProcessLookupError, asyncio.TimeoutError):
                continue

    def said(self) -> str:
        """The last line of the log."""
        lines = self.log.read_text(encoding="utf-8", errors="replace")[-4_000:].strip().splitlines()
        telling = [line for line in lines if "FATAL" in line]
        return quote((telling or lines or ["it wrote nothing"])[-1], 300)


@asynccontextmanager
async def postgres(folder: Path) -> AsyncIterator[Database]:
    """A new, empty server on a loopback port for the duration of the block; its data are removed afterwards.

    ``folder`` must exist and takes the data and ``postgres.log``, which stays. Where the account that runs the server
    cannot reach it (root's own folders), the data lie in the system's temporary folder instead.

    Raises:
        GatewayError: PostgreSQL is not installed, no account may run it, or it does not start.
    """
    programs = postgres_programs.programs()
    account = postgres_programs.account()
    log = folder / "postgres.log"
    with _place(folder, account) as place:
        password = secrets.token_hex(16)
        data = place / "data"
        await _initialise(programs, place, data, password, account)
        server = _Server(programs, data, log, account, free_port())
        try:
            await _start(server)
            yield Database(server.port, password, "postgres", log, server)
        finally:
            await server.stop()


async def _start(server: _Server) -> None:
    for left in range(_PORT_TRIES - 1, -1, -1):
        try:
            return await server.start()
        except GatewayError:
            if not left or "Address already in use" not in server.log.read_text(encoding="utf-8", errors="replace"):
                raise
            await server.stop()
            server.port = free_port()
    return None


async def _initialise(programs: Path, place: Path, data: Path, password: str, account: Mapping[str, Any]) -> None:
    # Without a password every account of the machine could run commands as ours through the server.
    secret = place / "password"
    descriptor = os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(password)
    if account:
        os.chown(secret, account["user"], account["group"])
    options = [
        "--username",
        _USER,
        "--auth",
        "scram-sha-256",
        "--pwfile",
        str(secret),
        "--no-sync",
        "--no-instructions",
    ]
    shape = ["--encoding", "UTF8", "--no-locale", "--pgdata", str(data)]
    status, _, said = await postgres_programs.run(
        [str(programs / "initdb"), *options, *shape], {}, cwd=place, seconds=_INITDB_SECONDS, identity=account
    )
    secret.unlink()
    if status != 0:
        raise GatewayError(
            f"PostgreSQL's initdb could not make a data folder in {place}: {quote(said, 300)}.",
            "Check free disk space and permissions there.",
        )


@contextmanager
def _place(folder: Path, account: Mapping[str, Any]) -> Iterator[Path]:
    """A new folder that the account owns, removed with everything in it."""
    candidates = [folder.resolve(), Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")]  # noqa: S108
    parent = next((c for c in candidates if not account or _open_to_all(c)), None)
    if parent is None:
        raise GatewayError(
            f"PostgreSQL cannot run as root, and no other account can reach {folder} or a temporary folder.",
            "Run the command as an ordinary user, or set TMPDIR to a folder that every account may enter.",
        )
    place = Path(tempfile.mkdtemp(prefix="llm-gateway-postgres-", dir=parent))
    try:
        if account:
            os.chown(place, account["user"], account["group"])
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _open_to_all(folder: Path) -> bool:
    return folder.is_dir() and all(
        stat.S_IMODE(part.stat().st_mode) & stat.S_IXOTH for part in [folder, *folder.parents]
    )
