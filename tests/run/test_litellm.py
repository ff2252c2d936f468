from __future__ import annotations

import stat
from pathlib import Path

import pytest

from mcp_server.errors import GatewayError
from mcp_server.lab.serve import running
from mcp_server.run.litellm import litellm_gateway

pytestmark = pytest.mark.anyio


def fake_python(tmp_path: Path, script: str) -> Path:
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


async def test_a_port_in_use_is_named_before_anything_starts(tmp_path: Path) -> None:
    from starlette.applications import Starlette

    with running(Starlette()) as url:
        port = int(url.rpartition(":")[2])
        with pytest.raises(GatewayError, match=rf"port {port} on 127\.0\.0\.1 is in use"):
            async with litellm_gateway(
                tmp_path / "python", tmp_path / "c.yaml", environment={}, log=tmp_path / "log", port=port
            ):
                pass
    assert not (tmp_path / "log").exists()


async def test_a_gateway_that_ends_says_why_with_secrets_masked(tmp_path: Path) -> None:
    python = fake_python(tmp_path, "echo 'ValueError: the master key sk-planted-planted is publicly known'; exit 3")
    with pytest.raises(GatewayError, match="LiteLLM ended with exit code 3 .*publicly known") as caught:
        async with litellm_gateway(python, tmp_path / "c.yaml", environment={}, log=tmp_path / "log"):
            pass
    assert "sk-planted" not in str(caught.value)


async def test_a_gateway_that_never_gets_ready_is_stopped(tmp_path: Path) -> None:
    python = fake_python(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 600")
    with pytest.raises(GatewayError, match="did not become ready within 1 s"):
        async with litellm_gateway(python, tmp_path / "c.yaml", environment={}, log=tmp_path / "log", ready_seconds=1):
            pass
    pid = int((tmp_path / "pid").read_text())
    assert not Path(f"/proc/{pid}").exists()
