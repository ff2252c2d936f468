"""Runs inside a network namespace of its own, where routes are really missing. Prints what happened as JSON.

Started by ``test_namespace_e2e.py`` through ``unshare``; there is loopback with two private addresses, and no more.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from loopback_network import Authority, ScriptedProxy
from network_lab import Lab
from proxy_parts import nginx, program
from run_network import take_through

from mcp_server.lab.anthropic import AnthropicEmulator
from mcp_server.lab.serve import running

GATEWAY, PROXY = "10.77.0.1", "10.77.0.2"
NETWORKS: list[dict[str, Any]] = [
    {
        "id": "off the company's network: no route to the proxy, the gateway answers directly",
        "shell": {
            "ANTHROPIC_BASE_URL": f"https://{GATEWAY}:8443",
            "HTTPS_PROXY": "http://10.1.2.3:3128",
            "NODE_EXTRA_CA_CERTS": "{ca}",
        },
        "cause": "proxy_unreachable",
    },
    {
        "id": "inside: no route to the gateway, nobody told of the proxy",
        "shell": {"ANTHROPIC_BASE_URL": "https://203.0.113.9:8443", "NODE_EXTRA_CA_CERTS": "{ca}"},
        "cause": "gateway_unreachable",
        "arguments": {"proxy_url": f"http://{PROXY}:3128"},
    },
    {
        "id": "inside: only the proxy can resolve the gateway's name",
        "shell": {"ANTHROPIC_BASE_URL": "https://gateway.test:8443", "NODE_EXTRA_CA_CERTS": "{ca}"},
        "cause": "name_not_resolved",
        "arguments": {"proxy_url": f"http://{PROXY}:3128"},
    },
    {
        "id": "inside: the proxy forbids a host that is reachable without it",
        "shell": {
            "ANTHROPIC_BASE_URL": f"https://{GATEWAY}:8443",
            "HTTPS_PROXY": f"http://{PROXY}:3129",
            "NODE_EXTRA_CA_CERTS": "{ca}",
        },
        "cause": "egress_host_blocked",
    },
]


@contextmanager
def laboratory(folder: Path) -> Iterator[Lab]:
    """The gateway at its address, behind TLS."""
    authority, emulator = Authority(folder / "ca"), AnthropicEmulator()
    issued = authority.issue("gateway.test", GATEWAY, "203.0.113.9")
    with running(emulator) as url:
        server = (
            f"  server {{ listen {GATEWAY}:8443 ssl; listen 127.0.0.1:8443 ssl; ssl_certificate {issued.certificate}; "
            f"ssl_certificate_key {issued.key}; location / {{ proxy_pass {url}; }} }}"
        )
        with nginx(folder, [8443], [server]):
            yield Lab(folder, emulator, {"ca": str(authority.pem)})


async def main(folder: Path, tools: Path) -> list[dict[str, Any]]:
    """Every network, one after the other."""
    refusal = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
    open_proxy, closed_proxy = ScriptedProxy(), ScriptedProxy(refusal)
    # The scripted proxy reaches whatever it is asked for at loopback: it stands where the way out is.
    servers = [
        await asyncio.start_server(open_proxy, PROXY, 3128),
        await asyncio.start_server(closed_proxy, PROXY, 3129),
    ]
    found = []
    with laboratory(folder) as lab:
        for index, network in enumerate(NETWORKS):
            outcome = await take_through(lab, network, folder / str(index), tools)
            found.append({**dataclasses.asdict(outcome), "cause": network["cause"]})
    for server in servers:
        server.close()
    return found


def give_addresses() -> None:
    """Loopback up, with the two addresses; every other address stays without a route."""
    addresses = (["addr", "add", f"{address}/32", "dev", "lo"] for address in (GATEWAY, PROXY))
    for command in (["link", "set", "lo", "up"], *addresses):
        subprocess.run([program("ip"), *command], check=True)


if __name__ == "__main__":
    give_addresses()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        sys.stdout.write(json.dumps(asyncio.run(main(place, Path(sys.argv[1])))))
