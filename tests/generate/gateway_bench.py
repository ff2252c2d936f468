"""What the tests of generated gateways share: the answer, its files, the real Claude Code with its settings."""

from __future__ import annotations

import json
import secrets
import shlex
import subprocess
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from mcp_server.answer import Answer
from mcp_server.generate.build import generate
from mcp_server.generate.spec import parse_request
from mcp_server.operations.validate_config import check
from mcp_server.run.claude import Reply, ask
from mcp_server.run.programs import claude_code, newest_claude_code
from mcp_server.snapshot import SettingsFile, Snapshot

TODAY = date(2026, 11, 25)
KINDS = {"yaml", "json", "jsonc", "example"}


def made(**arguments: Any) -> Answer:
    """The answer to these arguments."""
    return generate(parse_request(arguments), TODAY)


def content(answer: Answer, path: str) -> str:
    """The content of the file whose path ends so."""
    return next(f.content for f in answer.config if f.path.endswith(path))


def settings(answer: Answer) -> dict[str, Any]:
    """Claude Code's settings file."""
    data: dict[str, Any] = json.loads(
        next(f.content for f in answer.config if f.path.endswith(".json") and "settings" in f.path)
    )
    return data


def written(answer: Answer, folder: Path) -> list[Path]:
    """The files, not the commands, below ``folder``."""
    found = []
    for file in answer.config:
        if file.language != "shell":
            path = folder / file.path.lstrip("~/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file.content, encoding="utf-8")
            found.append(path)
    return found


def findings(answer: Answer, folder: Path) -> list[tuple[str, str, str]]:
    """(file, rule, problem) of everything that our own checks complain about."""
    found = []
    for file in answer.config:
        if file.path.endswith(".json") and "settings" in file.path:  # its scope is in its path
            told = check(content=file.content, name=file.path.replace("~", str(Path.home())), environment="ignore")
            found += [(file.path, f.id, f.problem) for f in told.report.findings if f.severity != "info"]
    for path in written(answer, folder):
        if (
            path.suffix[1:] in KINDS
            and "envoy" not in path.name
            and path.name not in ("provider-key.yaml", "settings.json", "managed-settings.json", "package.json")
        ):
            told = check(path=str(path), environment="ignore")
            found += [(path.name, f.id, f.problem) for f in told.report.findings if f.severity != "info"]
    return found


def shell_errors(answer: Answer) -> str:
    """What ``sh -n`` and ``bash -n`` say about the commands: they read quotes differently."""
    scripts = [f.content for f in answer.config if f.language == "shell"]
    runs = [
        subprocess.run([shell, "-n"], input=s, text=True, capture_output=True, check=False)
        for s in scripts
        for shell in ("sh", "bash")
    ]
    return "".join(done.stderr for done in runs)


def run_commands(script: str, folder: Path, environment: Mapping[str, str], **programs: str) -> None:
    """The start commands in ``sh``; each of ``programs`` is stood in for by one that only prints the given text."""
    bin_folder = folder / "bin"
    bin_folder.mkdir(exist_ok=True)
    for name, said in programs.items():
        (bin_folder / name).write_text(f"#!/bin/sh\necho {shlex.quote(said)}\n", encoding="utf-8")
        (bin_folder / name).chmod(0o755)
    path = f"{bin_folder}:/usr/sbin:/usr/bin:/sbin:/bin"
    done = subprocess.run(
        ["sh", "-eu"],
        input=script,
        text=True,
        capture_output=True,
        cwd=folder,
        env={"PATH": path, "HOME": str(folder), **environment},
        check=False,
    )
    assert done.returncode == 0, done.stderr


def machine(answer: Answer, version: str | None = None, **shell: str) -> Snapshot:
    """A client that has the settings file and these variables."""
    file = SettingsFile("user", "~/.claude/settings.json", data=settings(answer))
    return Snapshot(shell=shell, settings_files=(file,), client_version=version or newest_claude_code())


async def reads_a_word(answer: Answer, folder: Path, version: str, **shell: str) -> tuple[Reply, str]:
    """The real client with the settings reads a file with a secret word: its reply, the word."""
    home, word = folder / "home", f"word-{secrets.token_hex(6)}"
    (home / ".claude").mkdir(parents=True, exist_ok=True)
    (home / ".claude/settings.json").write_text(json.dumps(settings(answer)), encoding="utf-8")
    note = folder / "note.txt"
    note.write_text(word, encoding="utf-8")
    prompt = f'Call the tool "Read" once, with exactly this JSON as its input: {json.dumps({"file_path": str(note)})}'
    said = await ask(
        claude_code(version), prompt, home=home, project=folder, environment=shell, options=("--allowedTools", "Read")
    )
    return said, word
