"""``llm-gateway lab up``: what it prints is enough for another shell, and at its end everything is gone."""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mcp_server.errors import UsageError
from mcp_server.lab.faults import FAULTS
from mcp_server.lab.up import up
from mcp_server.snapshot import Snapshot
from tests.faults.laboratory import CLIENT, run

pytestmark = pytest.mark.anyio
COMMAND = [sys.executable, "-I", "-c", "from mcp_server.cli import main; main()", "lab", "up"]
HANG_SECONDS = 60


@contextmanager
def laboratory(*arguments: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The command while it runs, and what it printed up to its last line."""
    environment = {"PATH": os.environ["PATH"], "HTTPS_PROXY": "http://proxy.example.com:1"}
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    assert process.stdout is not None
    try:
        printed = ""
        for line in process.stdout:
            printed += line
            if "Ctrl-C" in line:
                break
        yield printed, process
    finally:
        process.kill()
        process.communicate()


def exported(printed: str) -> dict[str, str]:
    return {m[1]: shlex.split(m[2])[0] for m in re.finditer(r"^export (\w+)=(.*)$", printed, re.MULTILINE)}


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
async def test_the_printed_exports_reach_the_broken_gateway_and_nothing_is_left(sign: signal.Signals) -> None:
    with laboratory("--fault", "key-401-plain") as (printed, process):
        shell = exported(printed)
        seen = await run(Snapshot(shell=shell, client_version=CLIENT))
        process.send_signal(sign)
        out, err = process.communicate(timeout=HANG_SECONDS)
    assert seen.first == ("gateway_key_rejected", "errors"), seen.said
    assert FAULTS["key-401-plain"].title in printed
    assert "unset HTTPS_PROXY" in printed
    assert (process.returncode, out) == (0, "")
    assert "Traceback" not in err
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(shell["ANTHROPIC_BASE_URL"].rpartition(":")[2])))


def test_the_list_names_every_fault() -> None:
    done = subprocess.run([*COMMAND, "--list-faults"], capture_output=True, text=True, check=True, timeout=HANG_SECONDS)
    assert all(re.search(rf"^{re.escape(id_)} ", done.stdout, re.MULTILINE) for id_ in FAULTS)


def test_an_unknown_fault_is_wrong_usage() -> None:
    done = subprocess.run(
        [*COMMAND, "--fault", "stream-cutt"], capture_output=True, text=True, check=False, timeout=HANG_SECONDS
    )
    assert done.returncode == 2
    assert "stream-cut" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("provider", ["anthropic", "bedrock", "vertex"])
async def test_a_healthy_laboratory_without_a_gateway_speaks_the_providers_own_format(provider: str) -> None:
    async with up(provider) as laboratory:  # type: ignore[arg-type]
        assert not laboratory.faults
        exports = dict(laboratory.exports)
    assert any(url.startswith("http://127.0.0.1:") for url in exports.values())


@pytest.mark.parametrize(
    ("provider", "fault", "advice"),
    [
        ("anthropic", "provider-401", "--gateway litellm"),
        ("vertex", "stream-cut", "--gateway litellm"),
    ],
)
async def test_a_fault_without_a_place_is_refused_with_the_way_to_have_it(
    provider: str, fault: str, advice: str
) -> None:
    with pytest.raises(UsageError) as refused:
        async with up(provider, faults=[fault]):  # type: ignore[arg-type]
            pass
    assert advice in refused.value.fix


@pytest.mark.e2e
async def test_a_fault_of_the_provider_stands_behind_the_real_litellm() -> None:
    async with up("vertex", "litellm", ["vertex-quota"]) as broken:
        seen = await run(Snapshot(shell=broken.exports, client_version=CLIENT))
    assert seen.first == ("vertex_quota_exhausted", "errors"), seen.said
