"""``/login`` of the real Claude Code at the real ``claude gateway``, typed on a terminal: what it leaves behind."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import re
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mcp_server.environment import read_gateway_login, snapshot
from mcp_server.lab.claude_gateway_stack import company_gateway
from mcp_server.operations import test_model as operation
from mcp_server.run.claude_gateway import _approve
from mcp_server.run.programs import claude_code, newest_claude_code

pytestmark = [pytest.mark.e2e, pytest.mark.anyio]

_SECONDS = 60
_ESCAPES = re.compile(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[0-9;?<>=]*[A-Za-z]|\x1b.")
_UP, _ENTER = b"\x1b[A", b"\r"


@dataclass
class Terminal:
    """A program on a terminal of its own. ``text``: the letters, digits and hyphens it has shown so far."""

    descriptor: int
    raw: bytearray = field(default_factory=bytearray)

    @property
    def text(self) -> str:
        plain = _ESCAPES.sub("", self.raw.decode("utf-8", errors="replace"))
        return re.sub(r"[^A-Za-z0-9-]", "", plain)

    def read(self) -> None:
        with suppress(OSError):  # the program has ended; what it showed stays
            self.raw += os.read(self.descriptor, 65_536)

    async def shows(self, pattern: str) -> str:
        """Waits until the pattern has been shown since the last key; what it matched."""
        end = time.monotonic() + _SECONDS
        while time.monotonic() < end:
            found = re.search(pattern, self.text)
            if found is not None:
                return found[0]
            await asyncio.sleep(0.05)
        raise AssertionError(f"{pattern} was not shown: {self.text[-600:]}")

    def types(self, keys: bytes) -> None:
        self.raw.clear()
        os.write(self.descriptor, keys)


@asynccontextmanager
async def terminal(program: Path, environment: dict[str, str], folder: Path) -> AsyncIterator[Terminal]:
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        program, cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    shown = Terminal(ours)
    loop = asyncio.get_running_loop()
    loop.add_reader(ours, shown.read)
    try:
        yield shown
    finally:
        loop.remove_reader(ours)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        os.close(ours)


async def test_a_real_sign_in_leaves_what_we_read(tmp_path: Path) -> None:
    home, work = tmp_path / "home", tmp_path / "work"
    settings = home / ".claude"
    settings.mkdir(parents=True)
    work.mkdir()
    trusted = {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True}
    known = {"hasCompletedOnboarding": True, "theme": "dark", "projects": {str(work.resolve()): trusted}}
    (home / ".claude.json").write_text(json.dumps(known), encoding="utf-8")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
    }
    company_folder = tmp_path / "company"
    company_folder.mkdir()
    file = settings / ".credentials.json"
    async with company_gateway(company_folder) as company:
        wish = {"forceLoginMethod": "gateway", "forceLoginGatewayUrl": company.base_url}
        (settings / "settings.json").write_text(json.dumps(wish), encoding="utf-8")
        async with terminal(claude_code(newest_claude_code()), environment, work) as screen:
            await screen.shows("effort")
            screen.types(b"/login")
            await screen.shows("Signin")
            screen.types(_ENTER)
            await screen.shows("Entertoconnect")
            screen.types(_ENTER)
            await screen.shows("Nocancellogin")
            screen.types(_UP)
            await screen.shows("Yestrust")
            screen.types(_ENTER)
            code = await screen.shows("Code[0-9A-Z]{4}-[0-9A-Z]{4}")
            await _approve(company.base_url, code.removeprefix("Code"))
            await screen.shows("Connectedto")
        saved = json.loads(file.read_text(encoding="utf-8"))
        assert saved.keys() == {"gatewayTrust", "enterpriseGateway"}
        entry = saved["enterpriseGateway"]
        assert entry.keys() == {"url", "jwt", "expiresAt", "tokenEndpoint", "vouchedAtLogin"}
        assert file.stat().st_mode & 0o777 == 0o600
        login = read_gateway_login(file)
        assert login is not None
        assert (login.url, login.token, login.usable) == (company.base_url, entry["jwt"], True)
        machine = snapshot(
            shell={}, home=home, project=work, managed=tmp_path / "none", client_version=newest_claude_code()
        )
        answer = await operation.run(snapshot=machine)
        assert answer.verdict == "ok", answer.findings
