"""Rotations against the real LiteLLM: its own key restarted over, and its models of the key API's bodies."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from test_rotate import OLD, ROW

from mcp_server.cli import main
from mcp_server.net.ports import free_port
from mcp_server.run.litellm import OFFLINE
from mcp_server.run.programs import litellm_python

pytestmark = pytest.mark.e2e
CONFIG = """model_list:
  - model_name: sonnet
    litellm_params: {model: anthropic/claude-sonnet-4-6, api_key: none}
general_settings:
  master_key: os.environ/LITELLM_MASTER_KEY
"""
#: What a supervisor does: end the running one, start a new one with the key of the file, leave it running.
RESTART = """import os, pathlib, signal, subprocess, sys
place = pathlib.Path(sys.argv[1])
pid = place / "pid"
if pid.exists():
    os.kill(int(pid.read_text()), signal.SIGKILL)
env = {**os.environ, "LITELLM_MASTER_KEY": (place / "gateway.key").read_text().strip()}
with (place / "log").open("ab") as log:
    child = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env,
                             start_new_session=True)
pid.write_text(str(child.pid))
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("LLM_GATEWAY_STATE", str(tmp_path / "state"))
    for name, value in OFFLINE.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "restart.py").write_text(RESTART)
    (tmp_path / "gateway.key").write_text(OLD + "\n")
    yield tmp_path
    if (tmp_path / "pid").exists():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)


def test_master_key_of_the_real_litellm_is_rotated_through_a_restart(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    start = "from litellm.proxy.proxy_cli import run_server; run_server()"
    listen = ["--config", str(place / "config.yaml"), "--host", "127.0.0.1", "--port", str(port)]
    command = [sys.executable, str(place / "restart.py"), str(place), str(litellm_python()), "-I", "-c", start, *listen]
    subprocess.run(command, check=True, timeout=30)
    until = time.monotonic() + 90
    while time.monotonic() < until:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{url}/health/readiness", trust_env=False).status_code == 200:
                break
        time.sleep(0.3)
    restart = shlex.join(command)
    with pytest.raises(SystemExit) as ended:
        main(("rotate", "--key-file", str(place / "gateway.key"), "--base-url", url, "--restart", restart, "--json"))
    out = capsys.readouterr().out
    assert (ended.value.code, json.loads(out)["verdict"]) == (0, "ok"), out
    new = (place / "gateway.key").read_text().strip()
    assert new.startswith("sk-")
    assert new not in out
    assert OLD not in out

    def status(key: str) -> int:
        return httpx.get(f"{url}/v1/models", headers={"authorization": f"Bearer {key}"}, trust_env=False).status_code

    assert status(new) == 200
    assert status(OLD) != 200


def test_bodies_of_the_key_api_are_what_the_real_litellm_takes() -> None:
    """Its classes check the fields, its routes that the paths exist; tests/e2e rotates a key in a database."""
    from datetime import datetime, timezone

    from mcp_server.change.rotation import KEPT, new_key_request

    row = {**ROW, "expires": "2099-01-01T00:00:00Z", "soft_budget": 4.0, "allowed_routes": ["llm_api_routes"]}
    body = new_key_request(row, datetime.now(timezone.utc))
    check = """
import json, sys
from litellm.proxy._types import GenerateKeyRequest, KeyRequest, UpdateKeyRequest
from litellm.proxy.management_endpoints.key_management_endpoints import router
body = json.loads(sys.argv[1])
made = GenerateKeyRequest(**body)
assert set(body) <= set(GenerateKeyRequest.model_fields), set(body) - set(GenerateKeyRequest.model_fields)
assert {k: v for k, v in made.model_dump().items() if k in body} == body
assert KeyRequest(keys=["sk-x"]).keys == ["sk-x"]
assert UpdateKeyRequest(key="sk-x", duration="24h").duration == "24h"
routes = {(m, r.path) for r in router.routes for m in r.methods}
assert {("POST", "/key/generate"), ("POST", "/key/delete"), ("POST", "/key/update"), ("GET", "/key/info")} <= routes
missing = set(json.loads(sys.argv[2])) - set(GenerateKeyRequest.model_fields)
assert not missing, missing
"""
    done = subprocess.run(
        [str(litellm_python()), "-I", "-c", check, json.dumps(body), json.dumps(KEPT)],
        capture_output=True,
        text=True,
        timeout=120,
        env={"PATH": os.environ["PATH"], **OFFLINE},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
