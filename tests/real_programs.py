"""Runs the real programs once per combination and says which recording socket each of them used."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from recorder import Recorder

from mcp_server.run.programs import claude_code, litellm_python

HERE = Path(__file__).parent
CLAUDE = ("claude-2.1.330", "claude-2.1.197")
PYTHON = ("httpx", "litellm-httpx", "litellm-aiohttp", "google-auth", "boto3")
NATIVE = ("npm", "git", "curl", "pip", "node", "gcloud")
SECONDS = 30

# Names lead to loopback; without the network there is nothing else they could mean.
_NODE_HOOK = """
const dns = require('dns'), real = dns.lookup
dns.lookup = (name, options, done) =>
  real(/\\.(test|localhost)\\.?$/i.test(name) ? '127.0.0.1' : name, options, done)
"""
_PIP = """
import socket, sys
real = socket.getaddrinfo
def loopback(host, *rest, **options):
    local = isinstance(host, str) and host.rstrip(".").lower().endswith((".test", ".localhost"))
    return real("127.0.0.1" if local else host, *rest, **options)
socket.getaddrinfo = loopback
from pip._internal.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


@dataclass
class Place:
    """A fresh home with the files of one combination."""

    home: Path
    env: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    url: str = ""

    @property
    def project(self) -> Path:
        return self.home / "project"


def place(recorder: Recorder, home: Path, case: Mapping[str, Any], extra: Mapping[str, str] | None = None) -> Place:
    """The files of ``case`` under ``home``, and its variables and URL with the ports filled in."""

    def fill(text: str) -> str:
        for name, value in (extra or {}).items():
            text = text.replace(f"{{{name}}}", value)
        return recorder.fill(text.replace("{home}", str(home)))

    (home / "project").mkdir(parents=True, exist_ok=True)
    for name, content in case.get("files", {}).items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(fill(content), encoding="utf-8")
    if any(name.startswith("project/.git/") for name in case.get("files", {})):
        for folder in ("objects", "refs"):
            (home / "project" / ".git" / folder).mkdir(parents=True)
        (home / "project" / ".git" / "HEAD").write_text("ref: refs/heads/main\n", encoding="utf-8")
    env = {name: fill(value) for name, value in case.get("env", {}).items()}
    settings = {name: fill(value) for name, value in case.get("settings", {}).items()}
    return Place(home, env, settings, fill(case.get("url", "https://127.0.0.1:{target}")))


class PythonPrograms:
    """The Python libraries, in one process of the LiteLLM environment that forks per request."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [str(litellm_python()), "-W", "ignore", str(HERE / "effective" / "drive_python.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
        )

    def run(self, program: str, where: Place) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        env = {"HOME": str(where.home), **where.env}
        self._process.stdin.write(json.dumps({"program": program, "env": env, "url": where.url}) + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "done\n"

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(SECONDS)
        self._process.stdout.close()


@contextlib.contextmanager
def python_programs() -> Iterator[PythonPrograms]:
    programs = PythonPrograms()
    try:
        yield programs
    finally:
        programs.close()


def run_native(program: str, where: Place, case: Mapping[str, Any]) -> None:
    """One run of npm, git, curl, pip, node or ``claude-VERSION``."""
    env = {"PATH": os.environ["PATH"], "HOME": str(where.home), **where.env}
    if program.startswith("claude-"):
        _run([str(claude_code(program.removeprefix("claude-"))), "-p", "hi"], where, {**env, **_claude(where)})
    elif program == "curl":
        _run(
            ["curl", "-s", "-o", os.devnull, "--max-time", "5", *_resolve("--resolve", where.url), where.url],
            where,
            env,
        )
    elif program == "git":
        named = [part for value in _resolve("", where.url)[1:] for part in ("-c", f"http.curloptResolve={value}")]
        address = "origin" if case.get("where") == "remote" else f"{where.url}/x.git"
        alone = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
        _run(["git", *named, "ls-remote", address], where, {**alone, **env})
    elif program == "npm":
        hook = where.home / "hook.cjs"
        hook.write_text(_NODE_HOOK, encoding="utf-8")
        alone = {
            "NODE_OPTIONS": f"--require {hook}",
            "npm_config_globalconfig": str(where.home / "none"),
            "npm_config_update_notifier": "false",
            "npm_config_cache": str(where.home.parent / "npm-cache"),
            "npm_config_logs_max": "0",
            "npm_config_fetch_retries": "0",
        }
        _run(["npm", "view", "left-pad", f"--registry={where.url}"], where, {**alone, **env})
    elif program == "pip":
        options = ["--disable-pip-version-check", "--retries", "0", "--timeout", "3", "--no-cache-dir", "--no-deps"]
        if where.url.startswith("http:"):
            options += ["--trusted-host", urlsplit(where.url).hostname or ""]
        arguments = ["download", *options, "--index-url", where.url, "left-pad"]
        _run([sys.executable, "-I", "-c", _PIP, *arguments], where, env)
    elif program == "node":
        hook = where.home / "hook.cjs"
        hook.write_text(_NODE_HOOK, encoding="utf-8")
        script = "fetch(process.argv[1]).then(() => process.exit(0), () => process.exit(1))"
        _run(["node", "--require", str(hook), "-e", script, where.url], where, env)
    elif program == "gcloud":
        _run(["gcloud", "auth", "print-access-token"], where, {**_gcloud(where), **env})
    else:
        raise AssertionError(program)


def _claude(where: Place) -> dict[str, str]:
    folder = where.home / ".claude"
    folder.mkdir(exist_ok=True)
    (folder / "settings.json").write_text(json.dumps({"env": where.settings}), encoding="utf-8")
    return {
        "ANTHROPIC_BASE_URL": where.url,
        "ANTHROPIC_AUTH_TOKEN": "sk-test-token",
        "CLAUDE_CODE_MAX_RETRIES": "0",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
    }


def _gcloud(where: Place) -> dict[str, str]:
    """A service account whose tokens come from the target."""
    key = rsa.generate_private_key(65_537, 2_048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    account = {
        "type": "service_account",
        "client_email": "nobody@example.iam.gserviceaccount.com",
        "client_id": "1",
        "private_key_id": "1",
        "private_key": key.decode(),
        "token_uri": f"{where.url}/token",
    }
    file = where.home / "account.json"
    file.write_text(json.dumps(account), encoding="utf-8")
    return {
        "CLOUDSDK_AUTH_TOKEN_HOST": f"{where.url}/token",
        "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE": str(file),
        "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
    }


def _resolve(option: str, url: str) -> list[str]:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not host.rstrip(".").endswith((".test", ".localhost")):
        return []
    return [option, f"{host}:{parts.port or 443}:127.0.0.1"]


def _run(command: list[str], where: Place, env: Mapping[str, str]) -> None:
    show = bool(os.environ.get("SHOW_ERRORS"))
    process = subprocess.Popen(
        command,
        cwd=where.project,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=None if show else subprocess.DEVNULL,
        stderr=None if show else subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(SECONDS)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
