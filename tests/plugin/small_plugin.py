"""A small plugin with the real launcher: no dependencies, and a stand-in for uv that tests can hold and break."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parent.parent.parent

HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "0"}},
}

#: Answers one line as an MCP server would, and tells what it is made of.
CLI = """
import json, os, sys
import yaml_of_the_plugin

def main(arguments):
    asked = json.loads(sys.stdin.readline())
    told = {"file": __file__, "arguments": arguments, "yaml": yaml_of_the_plugin.NAME, "cwd": os.getcwd()}
    result = {"serverInfo": {"name": "small", "version": "1"}, "told": told}
    print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": result}), flush=True)
    return 0
"""

#: A build backend without requirements, so that the real pip works without a network.
BACKEND = """
import zipfile

def _wheel(folder):
    name = "small-1-py3-none-any.whl"
    with zipfile.ZipFile(folder + "/" + name, "w") as wheel:
        wheel.writestr("small-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: small\\nVersion: 1\\n")
        kind = "Wheel-Version: 1.0\\nGenerator: t\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
        wheel.writestr("small-1.dist-info/WHEEL", kind)
        wheel.writestr("small-1.dist-info/RECORD", "")
    return name

def build_wheel(folder, config_settings=None, metadata_directory=None):
    return _wheel(folder)

def build_editable(folder, config_settings=None, metadata_directory=None):
    return _wheel(folder)
"""

PYPROJECT = """
[build-system]
requires = [{requires}]
build-backend = "backend"
backend-path = ["."]

[project]
name = "small"
version = "1"
"""

#: Stands in for uv: makes a bare environment. Says what it was asked, and can wait for a word or fail.
UV = """
import os, subprocess, sys
with open(os.environ["UV_CALLS"], "a") as calls:
    calls.write(" ".join(sys.argv[1:3]) + "\\n")
print("uv speaks on standard output")
if sys.argv[1] == "venv":
    if "UV_STARTED" in os.environ:
        with open(os.environ["UV_STARTED"], "w") as told:
            told.write("started")
        open(os.environ["UV_GO"]).readline()
    if "UV_FAILS" in os.environ:
        sys.exit(os.environ["UV_FAILS"])
    base = sys.argv[sys.argv.index("--python") + 1]
    subprocess.run([base, "-I", "-m", "venv", "--without-pip", sys.argv[-1]], check=True)
"""


@dataclass
class Plugin:
    """A plugin folder, a data folder and the environment that Claude Code would give to its server."""

    root: Path
    data: Path
    project: Path
    environment: dict[str, str] = field(default_factory=dict)

    def command(self, *arguments: str) -> list[str]:
        """The command of plugin/mcp.json, filled in as Claude Code does."""
        server = json.loads((REPOSITORY / "plugin" / "mcp.json").read_text(encoding="utf-8"))["mcpServers"]["gateway"]
        assert server["command"] == "${LLM_GATEWAY_PYTHON:-python3}"
        filled = [a.replace("${CLAUDE_PLUGIN_ROOT}", str(self.root)) for a in server["args"]]
        return [sys.executable, *filled, *arguments]

    def start(self, *arguments: str, **more: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.project,
            env={**self.environment, **more},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments, **more)
        out, err = process.communicate((json.dumps(HELLO) + "\n").encode(), timeout=60)
        return subprocess.CompletedProcess(process.args, process.returncode, out.decode(), err.decode())

    def told(self, done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
        """What the server said about itself; the only line on standard output."""
        assert done.returncode == 0, done.stderr
        (line,) = done.stdout.splitlines()
        return dict(json.loads(line)["result"]["told"])

    def uv_calls(self) -> list[str]:
        path = Path(self.environment["UV_CALLS"])
        return path.read_text().splitlines() if path.exists() else []

    def environments(self) -> list[Path]:
        return sorted(self.data.glob("venv-*"))

    def leftovers(self) -> list[Path]:
        return sorted(self.data.glob("building-*"))

    def without_uv(self, requires: str = "") -> None:
        """Takes uv away, so that the real pip builds."""
        shutil.rmtree(self.root.parent / "bin")
        (self.root / "pyproject.toml").write_text(PYPROJECT.format(requires=requires), encoding="utf-8")


def make(tmp_path: Path) -> Plugin:
    """The small plugin, in a folder with spaces and umlauts."""
    root = tmp_path / "Plug in für Ümläute"
    (root / "mcp_server").mkdir(parents=True)
    (root / "mcp_server" / "__init__.py").write_text("")
    (root / "mcp_server" / "cli.py").write_text(CLI)
    (root / "yaml_of_the_plugin.py").write_text("NAME = 'ours'\n")
    (root / "backend.py").write_text(BACKEND)
    (root / "pyproject.toml").write_text(PYPROJECT.format(requires=""))
    (root / "plugin").mkdir()
    for name in ("launch.py", "build.py"):
        shutil.copy(REPOSITORY / "plugin" / name, root / "plugin")
    programs = tmp_path / "bin"
    programs.mkdir()
    (tmp_path / "uv.py").write_text(UV)
    # A script of the shell, because a first line with #! cannot hold the spaces of the checkout's path.
    (programs / "uv").write_text(f'#!/bin/sh\nexec "{sys.executable}" "{tmp_path}/uv.py" "$@"\n')
    (programs / "uv").chmod(0o755)
    project = tmp_path / "project"
    project.mkdir()
    data = tmp_path / "dätá"
    environment = {
        "PATH": f"{programs}:/usr/bin:/bin",
        "HOME": str(tmp_path / "home"),
        "CLAUDE_PLUGIN_DATA": str(data),
        "UV_CALLS": str(tmp_path / "uv-calls"),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_CACHE_DIR": "1",
    }
    return Plugin(root, data, project, environment)
