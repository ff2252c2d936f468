"""Networks without routes: the same judge as in ``test_networks_e2e.py``, inside a network namespace."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from inside_namespace import NETWORKS
from proxy_parts import program

from mcp_server.run.programs import claude_code, proxy_tools

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def outcomes() -> dict[str, dict[str, Any]]:
    claude_code()  # installed before there is no network
    # Root needs no user namespace, and some systems forbid those.
    options = ["--net"] if os.geteuid() == 0 else ["--net", "--map-root-user"]
    driver = Path(__file__).with_name("inside_namespace.py")
    command = [program("unshare"), *options, sys.executable, str(driver), str(proxy_tools())]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (driver.parent, driver.parent.parent)))}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2_000:]
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return {outcome["network"]: outcome for outcome in found}


@pytest.mark.parametrize("network", NETWORKS, ids=[n["id"] for n in NETWORKS])
def test_a_missing_route_is_named_and_cured(network: dict[str, Any], outcomes: dict[str, dict[str, Any]]) -> None:
    seen = outcomes[network["id"]]
    assert not seen["answered"]
    assert seen["found"][:1] == [network["cause"]], seen["first"]
    assert seen["seconds"] < 10
    assert seen["cured"], f"{seen['after']}\n{seen['config']}"


def test_off_the_network_the_proxy_is_switched_off_and_nothing_else(outcomes: dict[str, dict[str, Any]]) -> None:
    config = outcomes[NETWORKS[0]["id"]]["config"]
    assert '"HTTPS_PROXY": ""' in config
    assert "NO_PROXY" not in config.split("# other programs")[0]
