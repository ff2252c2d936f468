"""``doctor``: is everything here that a local gateway for Claude Code needs? Offline; shows no credential."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mcp_server.answer import Answer, Check, Finding, Status, sort_findings
from mcp_server.errors import UsageError, nearest
from mcp_server.redact import quote
from mcp_server.run import prerequisites
from mcp_server.run.prerequisites import TOOLS, Platform

if TYPE_CHECKING:
    from mcp_server.diagnose.credentials import CredentialState
    from mcp_server.snapshot import Snapshot

PROVIDERS = ("vertex", "bedrock", "anthropic")
_PREFIXES = {"vertex_ai/": "vertex", "bedrock/": "bedrock", "anthropic/": "anthropic"}
_PYTHON = (3, 10)
_NODE = 18
#: LiteLLM with its libraries and Claude Code, unpacked (measured: 1.1 GB).
_NEEDED_BYTES = 2_000_000_000
_PROXY_NAMES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
_CA_NAMES = ("NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")


async def run(
    providers: Sequence[str] = (),
    config: str | None = None,
    port: int = 4000,
    platform: Platform | None = None,
    snapshot: Snapshot | None = None,
) -> Answer:
    """Every prerequisite with what was found and, where something is missing, the command that installs it.

    ``providers`` and ``config`` (a LiteLLM file) decide what is needed; without both, providers are only looked at.

    Raises:
        UsageError: an unknown provider, or no port. GatewayError: the file cannot be read.
    """
    from mcp_server.operations import this_machine

    if not 1 <= port <= 65_535:
        raise UsageError(f"{port} is no port.", "Give 1 to 65535.")
    data = _config(config)
    needed = {*map(_provider, providers), *_providers_of(data)}
    place = platform or prerequisites.platform()
    machine = snapshot or await this_machine()
    checks = [
        *_programs(place, needed, data, machine),
        *_folders(),
        _port(port),
        *_network(machine),
    ]
    credentials, findings = _credentials(machine, needed)
    checks += credentials
    failed = [c.title for c in checks if c.status == "fail"]
    warned = [c.title for c in checks if c.status == "warn"]
    where = f"{prerequisites.TITLES[place]}{' in WSL' if prerequisites.is_wsl() else ''}"
    return Answer(
        verdict="errors" if failed else "warnings" if warned else "ok",
        quick_answer=_said(where, failed, warned),
        verification=checks,
        context=[
            "Nothing was sent, installed or changed. Whether a credential works: llm-gateway diagnose --live.",
            "Next: llm-gateway up --lab (needs no credentials), llm-gateway init (asks), llm-gateway up (the cloud).",
        ],
        findings=sort_findings(findings),
    )


def _said(where: str, failed: Sequence[str], warned: Sequence[str]) -> str:
    if failed:
        return f"{where}: {', '.join(failed)} must be put right before llm-gateway up can work; the commands are below."
    if warned:
        return f"{where}: llm-gateway up can work; look at {', '.join(warned)}."
    return f"{where}: everything is here."


def _provider(name: str) -> str:
    from mcp_server.generate.providers.registry import known_providers

    wanted = name.strip().lower()
    found = next((key for key, words in known_providers().items() if wanted == key or wanted in words), None)
    if found is None or found not in PROVIDERS:
        close = nearest(wanted[:80], PROVIDERS)
        meant = f"Did you mean {close}? " if close else ""
        raise UsageError(f"provider {quote(name, 60)!r} is not known here.", f"{meant}Use {', '.join(PROVIDERS)}.")
    return found


def _config(path: str | None) -> dict[str, Any]:
    if path is None:
        return {}
    import yaml

    from mcp_server.operations.validate_config import read

    try:
        data = yaml.safe_load(read(Path(path).expanduser()))
    except yaml.YAMLError:
        data = None
    if not isinstance(data, dict):
        raise UsageError(f"{quote(path, 200)} is no YAML mapping.", f"llm-gateway validate {quote(path, 200)}")
    return data


def _providers_of(data: dict[str, Any]) -> set[str]:
    entries = data.get("model_list")
    models = [
        str((entry.get("litellm_params") or {}).get("model", ""))
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict)
    ]
    return {provider for model in models for prefix, provider in _PREFIXES.items() if model.startswith(prefix)}


def _programs(place: Platform, needed: set[str], data: dict[str, Any], machine: Snapshot) -> Iterator[Check]:
    from mcp_server.program_files import program_versions
    from mcp_server.run.programs import installed_litellm, newest_claude_code, versions

    seen = program_versions(machine.shell.get("PATH"))
    version = ".".join(map(str, sys.version_info[:3]))
    yield _tool("python", place, version, ok=sys.version_info >= _PYTHON)
    yield _installer(place)
    litellm = installed_litellm()
    pinned = versions()["litellm"]
    yield Check(
        title="LiteLLM",
        status="pass",
        detail=f"{pinned} is in the cache." if litellm else f"llm-gateway up installs {pinned} by itself, once.",
    )
    claude = machine.client_version
    yield _claude(place, claude, newest_claude_code(), versions()["claude_code"])
    node = seen.get("node", "")
    old = node[:1].isdigit() and int(node.partition(".")[0]) < _NODE
    npm = shutil.which("npm", path=machine.shell.get("PATH"))
    if npm is None or not node or old:
        status: Status = "warn" if claude is None else "skip"
        found = f"Node.js {node} is too old" if old else "not found"
        detail = f"{found}; {TOOLS['npm'].why}" + ("." if claude is None else ", which is here already.")
        yield Check(title=TOOLS["npm"].title, status=status, detail=detail, command=_command("npm", place, status))
    else:
        yield Check(title=TOOLS["npm"].title, status="pass", detail=f"Node.js {node}.")
    git = seen.get("git", "")
    yield _tool("git", place, git, ok=bool(git), missing="warn")
    if "vertex" in needed:
        yield _on_path("gcloud", place, machine)
    if "bedrock" in needed:
        yield _on_path("aws", place, machine)
    if _has(data, "database_url") or machine.shell.get("DATABASE_URL"):
        yield _on_path("psql", place, machine)
    if _has(data, "redis_host") or _has(data, "redis_url") or machine.shell.get("REDIS_HOST"):
        yield _on_path("redis-cli", place, machine)


def _has(data: Any, name: str) -> bool:
    """Whether a key of that name stands anywhere in the settings sections."""
    if isinstance(data, dict):
        return any(key == name or (key != "model_list" and _has(value, name)) for key, value in data.items())
    return False


def _tool(program: str, place: Platform, version: str, *, ok: bool, missing: Status = "fail") -> Check:
    tool = TOOLS[program]
    if ok:
        return Check(title=tool.title, status="pass", detail=f"{version}.")
    found = f"{version} is too old" if version else "not found"
    return Check(
        title=tool.title, status=missing, detail=f"{found}; {tool.why}.", command=_command(program, place, missing)
    )


def _command(program: str, place: Platform, status: Status) -> str | None:
    from mcp_server.run.programs import newest_claude_code

    return prerequisites.install(program, place, newest_claude_code()) if status in ("fail", "warn") else None


def _on_path(program: str, place: Platform, machine: Snapshot) -> Check:
    path = shutil.which(program, path=machine.shell.get("PATH"))
    if path is not None:
        return Check(title=TOOLS[program].title, status="pass", detail=f"{quote(path, 200)}.")
    return _tool(program, place, "", ok=False, missing="warn")


def _installer(place: Platform) -> Check:
    from importlib.util import find_spec

    from mcp_server.run.programs import uv

    found = uv()
    if found:
        return Check(title=TOOLS["uv"].title, status="pass", detail=f"{quote(found, 200)}.")
    if find_spec("venv") and find_spec("ensurepip"):
        return Check(title=TOOLS["uv"].title, status="pass", detail="venv with pip; uv would be ten times faster.")
    return _tool("uv", place, "", ok=False)


def _claude(place: Platform, version: str | None, newest: str, tested: Sequence[str]) -> Check:
    title = TOOLS["claude"].title
    if version is None:
        command = _command("claude", place, "warn")
        return Check(title=title, status="warn", detail="not found on PATH; it is the client.", command=command)
    if version in tested:
        return Check(title=title, status="pass", detail=f"{version}, a release this was tested with.")
    newer = _numbers(version) > _numbers(newest)
    detail = f"{version} is {'newer than' if newer else 'not'} what this was tested with ({', '.join(tested)})."
    old = _numbers(version) < min(map(_numbers, tested))
    command = _command("claude", place, "warn") if old else None
    return Check(title=title, status="warn" if old else "pass", detail=detail, command=command)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _folders() -> Iterator[Check]:
    from mcp_server.change import journal
    from mcp_server.run.programs import cache_root, installed_litellm

    for title, folder, variable in (
        ("cache folder", cache_root(), "LLM_GATEWAY_CACHE"),
        ("state folder", journal.folder(), "LLM_GATEWAY_STATE"),
    ):
        shown = quote(str(folder), 200)
        why = prerequisites.writable(folder)
        if why:
            detail = f"{shown} cannot be written: {quote(why, 200)}."
            fix = f"export {variable}=/a/folder/of/yours"
            yield Check(title=title, status="fail", detail=detail, command=fix)
            continue
        free = prerequisites.free_bytes(folder)
        if title == "cache folder" and not installed_litellm() and free < _NEEDED_BYTES:
            detail = f"{shown} has {free / 1e9:.1f} GB free; the first start needs {_NEEDED_BYTES / 1e9:.0f} GB."
            yield Check(title=title, status="fail", detail=detail, command=f"export {variable}=/a/larger/place")
            continue
        yield Check(title=title, status="pass", detail=f"{shown}, {free / 1e9:.1f} GB free.")


def _port(port: int) -> Check:
    from mcp_server.net.ports import in_use
    from mcp_server.run import gateway_state
    from mcp_server.run.port_holder import holder

    title = f"port {port}"
    if not in_use(port):
        return Check(title=title, status="pass", detail="free on 127.0.0.1.")
    about = gateway_state.about()
    if about is not None and about.port == port:
        return Check(title=title, status="pass", detail="held by the gateway of llm-gateway up.")
    who = holder(port) or "a program that cannot be told"
    command = f"llm-gateway up --port {port + 1 if port < 65_535 else 0}"
    return Check(title=title, status="warn", detail=f"held by {who}; give up another one.", command=command)


def _network(machine: Snapshot) -> Iterator[Check]:
    named = [name for name in _PROXY_NAMES if machine.shell.get(name)]
    if named:
        beside = bool(machine.shell.get("NO_PROXY") or machine.shell.get("no_proxy"))
        detail = f"{', '.join(named)} set{'' if beside else ', NO_PROXY is not: loopback would go through the proxy'}."
        yield Check(
            title="proxy", status="pass" if beside else "warn", detail=detail, command="llm-gateway check-proxy"
        )
    else:
        yield Check(title="proxy", status="pass", detail="no proxy variable is set.")
    cas = [name for name in _CA_NAMES if machine.shell.get(name)]
    gone = [name for name in cas if not Path(machine.shell[name]).expanduser().is_file()]
    if gone:
        detail = f"{', '.join(gone)} names a file that does not exist: every TLS connection that uses it fails."
        yield Check(title="CA files", status="fail", detail=detail, command=f"unset {' '.join(gone)}")
    else:
        yield Check(title="CA files", status="pass", detail=f"{', '.join(cas) or 'none'} set.")


def _credentials(machine: Snapshot, needed: set[str]) -> tuple[list[Check], list[Finding]]:
    checks: list[Check] = []
    findings: list[Finding] = []
    lends = prerequisites.cloud()
    for provider in PROVIDERS:
        states = _states(provider, machine)
        good = [state for state in states if state.cause is None and state.kind != "none"]
        broken = [state for state in states if state.cause is not None]
        wanted = provider in needed
        if good and not (broken and broken[0].certain):
            status: Status = "pass"
            detail = f"{quote(good[0].source, 160)}: {quote(good[0].kind, 80)}. Not tried."
        elif states:
            certain = provider != lends or any(state.certain for state in broken)
            status = "skip" if not wanted else "fail" if certain else "warn"
            detail = f"{quote(states[0].detail, 300)}."
            findings += [_finding(state) for state in broken[:1]] if wanted else []
        else:
            status, detail = ("fail" if wanted else "skip"), f"{_KEYS[provider]} is not set."
        command = _LOGINS[provider] if status == "fail" else None
        checks.append(Check(title=f"credentials for {provider}", status=status, detail=detail, command=command))
    return checks, findings


_KEYS = {"vertex": "GOOGLE_APPLICATION_CREDENTIALS", "bedrock": "AWS_PROFILE", "anthropic": "ANTHROPIC_API_KEY"}
_LOGINS = {
    "vertex": "gcloud auth application-default login",
    "bedrock": "aws configure sso   (or export AWS_PROFILE, or the access keys)",
    "anthropic": "read -rs ANTHROPIC_API_KEY && export ANTHROPIC_API_KEY",
}


def _states(provider: str, machine: Snapshot) -> list[CredentialState]:
    from mcp_server.diagnose.credentials import CredentialState

    if provider == "vertex":
        from mcp_server.net.google_files import offline_state

        return [offline_state(machine, relevant=True)]
    if provider == "bedrock":
        from mcp_server.diagnose.aws import aws_states

        return list(aws_states(machine, time.time()))
    from mcp_server.redact import hint

    # LiteLLM takes it from the shell alone; Claude Code's settings do not reach it.
    key = machine.outside("ANTHROPIC_API_KEY")
    return [CredentialState("anthropic", key.name, hint(key.value), hint(key.value))] if key and key.value else []


def _finding(state: CredentialState) -> Finding:
    from mcp_server.catalogue.finding import finding

    provider = {"google": "vertex", "aws": "bedrock"}.get(state.provider, state.provider)
    return finding(
        str(state.cause),
        problem=quote(state.detail, 400).rstrip("."),
        fix=f"Run: {_LOGINS[provider]}",
        confidence="high" if state.certain else "medium",
    )
