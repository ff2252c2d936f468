"""Server start to ``tools/list``: our server against a bare SDK server, alternately, in one run.

Prints the two medians and their ratio; machines are noisy, so only the ratio means something.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time

BARE = """
from mcp.server import MCPServer
app = MCPServer(name="bare", version="0")
@app.tool()
def nothing(text: str = "") -> str:
    return text
app.run()
"""
OURS = 'from mcp_server.cli import main; main(["serve"])'
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "benchmark", "version": "0"},
    },
}
INITIALIZED = {"jsonrpc": "2.0", "method": "notifications/initialized"}
LIST = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}


def seconds_to_tools(program: str) -> float:
    """Seconds from process start until the answer to ``tools/list`` has arrived."""
    begin = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-I", "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write("".join(json.dumps(m) + "\n" for m in (HELLO, INITIALIZED, LIST)).encode())
        server.stdin.flush()
        for line in server.stdout:
            answer = json.loads(line)
            if answer.get("id") == 2:
                took = time.perf_counter() - begin
                assert answer["result"]["tools"], "the server lists no tools"
                break
        else:
            raise SystemExit("the server ended without answering tools/list")
        server.stdin.close()
        server.wait(10)
    return took


def main(rounds: int = 15) -> None:
    for program in (BARE, OURS):
        seconds_to_tools(program)  # fills the file cache
    bare, ours = [], []
    for _ in range(rounds):
        bare.append(seconds_to_tools(BARE))
        ours.append(seconds_to_tools(OURS))
    low, high = statistics.median(bare), statistics.median(ours)
    print(f"start to tools/list, median of {rounds}: bare SDK {low:.3f} s, llm-gateway {high:.3f} s")
    print(f"ratio {high / low:.2f} (aim: at most 1.15)")


if __name__ == "__main__":
    main()
