"""``up``: prerequisites, files, LiteLLM under supervision, checks on three levels, and on request the settings."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

from mcp_server.answer import Answer, Check, Finding, sort_findings, verdict_of
from mcp_server.errors import GatewayError, UsageError
from mcp_server.operations.up_checks import Agree, Report, applied, levels
from mcp_server.operations.up_files import Files, own_files, written_files
from mcp_server.redact import quote
from mcp_server.run import gateway_state, local_gateway
from mcp_server.run.gateway_state import About, Plan, Service

DEFAULT_PORT = 4000
_VERSION_SECONDS = 20
#: Claude Code's own variables: LiteLLM reads some of them as the address of Anthropic, and would call itself.
_CLIENT_VARIABLES = ("ANTHROPIC_BASE_URL", "ANTHROPIC_API_BASE", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_CUSTOM_HEADERS")
#: All that the services of the laboratory get of this process's environment: no credential, no proxy.
_LABORATORY_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")


@dataclass(frozen=True)
class Wish:
    """What the user asked for. Empty text and empty tuples mean "not said"."""

    lab: bool = False
    models: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    config: str = ""
    port: int | None = None
    apply: bool = False
    scope: str = "user"
    vertex_project: str = ""
    vertex_region: str = ""
    aws_region: str = ""
    routing: str = ""
    fallbacks: tuple[str, ...] = ()
    litellm: str = ""
    """The user's own ``litellm`` program; empty: the tested release in the cache."""
    although_invalid: bool = False
    although_managed: bool = False
    wait: float = 120.0

    def generated(self) -> dict[str, object]:
        """What only a generated file can follow."""
        names = ("models", "providers", "vertex_project", "vertex_region", "aws_region", "routing", "fallbacks")
        return {name: getattr(self, name) for name in names if getattr(self, name)}


async def run(wish: Wish, report: Report, agree: Agree) -> Answer:
    """The gateway up and checked, or nothing left of it. It goes on when this process ends.

    ``report`` is told each step; ``agree`` is asked before requests that cost money.

    Raises:
        UsageError: contradictory or unknown arguments.
        GatewayError: a step failed; the message says which, why, and what to do.
    """
    _refuse_contradictions(wish)
    missing = tuple(str(p) for p in (gateway_state.folder(), *gateway_state.folder().parents) if not p.exists())[::-1]
    lock = gateway_state.take_lock()
    if lock is None:
        return _runs_already(wish)
    supervisor: subprocess.Popen[bytes] | None = None
    about: About | None = None
    try:
        _clear_leftovers(report)
        files = await _files(wish, missing, report)
        about = files.about
        gateway_state.write_about(about)
        validated = _validated(files, wish)
        report(f"▸ start {_named(files)} on port {about.port}")
        plan = _plan(wish, files, report)
        supervisor = local_gateway.spawn(plan, lock, _environment(wish))
        await local_gateway.ready(supervisor, about.base_url, wish.wait)
        version = await _version(wish)
        about = replace(about, version=version)
        gateway_state.write_about(about)
        told = await levels(files, report, agree, free=wish.lab)
        checks, findings = [validated, *(check for check, _ in told)], [f for _, found in told for f in found]
        about = replace(about, log_from=local_gateway.log_size())
        gateway_state.write_about(about)
        if wish.apply:
            report("▸ apply the client's settings")
            about, settings, found = await applied(wish, about, findings)
            checks.append(settings)
            findings += found
        _RUNNING.append(supervisor)
        return _answer(about, files, checks, findings)
    except BaseException:
        await asyncio.to_thread(_undo, about, missing, supervisor)
        raise
    finally:
        lock.release()


#: Supervisors that this process started and that outlive it.
_RUNNING: list[subprocess.Popen[bytes]] = []


def started() -> bool:
    """Whether this process has started a gateway (and did not find one that ran already)."""
    return bool(_RUNNING)


def _refuse_contradictions(wish: Wish) -> None:
    words = ", ".join(f"--{name.replace('_', '-')}" for name in wish.generated())
    if wish.config and wish.lab:
        raise UsageError(
            "--config and --lab contradict each other: the laboratory needs a file of its own.", "Give one."
        )
    if wish.config and words:
        raise UsageError(f"--config and {words} contradict each other: the file says it.", "Leave one of them out.")
    if wish.lab and (wish.vertex_project or wish.vertex_region or wish.aws_region):
        raise UsageError("the laboratory has a project and regions of its own.", "Leave project and region out.")
    if wish.port is not None and not 0 <= wish.port <= 65_535:
        raise UsageError(f"{wish.port} is no port.", "Give 1 to 65535, or 0 for any free one.")
    if wish.scope not in ("user", "local"):
        raise UsageError(
            f"scope {quote(wish.scope, 40)!r} does not fit a gateway of this machine.",
            "Use user (every project of yours) or local (this project, you alone).",
        )
    if not 1 <= wish.wait <= 3_600:
        raise UsageError(f"--wait {wish.wait:g} makes no sense.", "Give 1 to 3600 seconds.")


def _runs_already(wish: Wish) -> Answer:
    about, supervisor = gateway_state.about(), gateway_state.supervisor()
    holder = gateway_state.holder()
    if about is None or supervisor is None or holder != supervisor:
        number = f" (process {holder.pid})" if holder else ""
        raise GatewayError(
            f"another llm-gateway{number} is starting or stopping the gateway just now.",
            "Wait until it is done: llm-gateway status.",
        )
    if _asked(about) != _asked_of(wish):
        raise GatewayError(
            f"a gateway with other options runs already at {about.base_url} since {about.since} "
            f"({quote(about.config, 200)}, {len(about.models)} models, process {supervisor.pid}).",
            "Stop it first: llm-gateway down. Then run this command again.",
        )
    return Answer(
        verdict="unknown",
        quick_answer=f"It runs already, as asked, at {about.base_url} since {about.since} (process {supervisor.pid}); "
        "nothing was changed.",
        verification=[
            Check(title="State", status="todo", detail="Whether it answers.", command="llm-gateway status"),
        ],
    )


def _asked(about: About) -> dict[str, object]:
    return {name: tuple(v) if isinstance(v, list) else v for name, v in about.wish.items()}


def _asked_of(wish: Wish) -> dict[str, object]:
    """What decides which gateway runs."""
    decides = ("lab", "config", "port", "litellm", "scope", "apply")
    return {name: getattr(wish, name) for name in decides} | wish.generated()


def _clear_leftovers(report: Report) -> None:
    """What a killed supervisor left is ended and removed; a change of the settings stays known to ``history``."""
    about = gateway_state.about()
    if about is None and gateway_state.supervisor() is None:
        return
    report("▸ clear what a killed gateway left")
    local_gateway.stop()
    if about is not None and about.key_made:
        Path(about.key_file).unlink(missing_ok=True)
    for entry in gateway_state.folder().iterdir():
        if entry.is_file() and entry.name != "lock":
            entry.unlink(missing_ok=True)


async def _files(wish: Wish, missing: Sequence[str], report: Report) -> Files:
    port = _port(wish)
    report("▸ check the file" if wish.config else "▸ generate the files")
    build = own_files if wish.config else written_files
    files = build(wish, port, missing)
    about = replace(files.about, wish=_asked_of(wish), since=datetime.now(timezone.utc).isoformat(timespec="seconds"))
    return replace(files, about=about)


def _port(wish: Wish) -> int:
    from mcp_server.net.ports import free_port, in_use
    from mcp_server.run.port_holder import holder

    if wish.port == 0:
        return free_port()
    port = DEFAULT_PORT if wish.port is None else wish.port
    if in_use(port):
        who = holder(port)
        raise GatewayError(
            f"port {port} on 127.0.0.1 is in use{f' by {who}' if who else ', or may not be used by you'}.",
            f"Stop that program, or choose another port: --port {free_port()}",
        )
    return port


def _validated(files: Files, wish: Wish) -> Check:
    """Refuses a file that LiteLLM would not start with, or start with and fail."""
    errors = [f for f in files.lint if f.severity == "error"]
    if errors and not wish.although_invalid:
        first = errors[0]
        line = f":{first.where.line}" if first.where and first.where.line else ""
        more = f" ({len(errors) - 1} more errors)" if len(errors) > 1 else ""
        raise GatewayError(
            f"{quote(files.about.config, 200)}{line}: {first.problem} ({first.id}){more}. Nothing was started.",
            f"{first.fix} llm-gateway validate shows all of it; --although-invalid starts it all the same.",
        )
    warnings = sum(f.severity == "warning" for f in files.lint)
    return Check(
        title="the file is sound",
        status="warn" if errors or warnings else "pass",
        detail=f"{len(errors)} errors, {warnings} warnings in {quote(files.about.config, 200)}.",
        command=f"llm-gateway validate {quote(files.about.config, 200)}",
    )


def _named(files: Files) -> str:
    return f"LiteLLM with {len(files.about.models)} models{' and the laboratory' if files.about.lab else ''}"


def _plan(wish: Wish, files: Files, report: Report) -> Plan:
    from mcp_server.run.litellm import OFFLINE, START
    from mcp_server.run.programs import litellm_python

    place = ("--config", files.about.config, "--host", "127.0.0.1", "--port", str(files.about.port))
    if wish.litellm:
        command: tuple[str, ...] = (_own_program(wish.litellm), *place)
    else:
        command = (str(litellm_python(lambda text: report(f"    {text}"))), "-I", "-c", START, *place)
    stands = files.laboratory
    environment = {**OFFLINE, **(stands.environment if stands else {})}
    litellm = Service(
        "litellm",
        command,
        files.about.port,
        gateway_state.LOG,
        environment,
        _CLIENT_VARIABLES,
        bool(files.about.key_file),
    )
    services = (*(stands.services if stands else ()), litellm)
    return Plan(services, str(Path.cwd()), files.about.key_file, files.key_variable)


def _own_program(name: str) -> str:
    import shutil

    path = shutil.which(name)
    if path is None:
        raise UsageError(
            f"--litellm {quote(name, 200)!r} is no program that can be started.", "Name the litellm program."
        )
    return str(Path(path).absolute())


async def _version(wish: Wish) -> str:
    """The release that was started."""
    from mcp_server.run.programs import versions

    if not wish.litellm:
        return str(versions()["litellm"])
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    command = (_own_program(wish.litellm), "--version")
    process = await asyncio.create_subprocess_exec(*command, stdin=nothing, stdout=pipe, stderr=nothing)
    told = b""
    try:
        told, _ = await asyncio.wait_for(process.communicate(), _VERSION_SECONDS)
    except asyncio.TimeoutError:
        pass
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    found = re.search(rb"\d+\.\d+\.\d+[\w.]{0,20}", told)
    return found[0].decode() if found else "of a release that it does not tell"


def _environment(wish: Wish) -> dict[str, str]:
    if not wish.lab:
        return dict(os.environ)
    return {name: os.environ[name] for name in _LABORATORY_VARIABLES if name in os.environ}


def _undo(about: About | None, missing: Sequence[str], started: subprocess.Popen[bytes] | None) -> None:
    """Nothing stays of an ``up`` that did not get through. The lock is still held."""
    from mcp_server.change.apply import rollback

    kept = gateway_state.about() or about
    if started is not None:
        started.terminate()
        try:
            started.wait(20)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()
    local_gateway.stop()
    if kept is not None and kept.change:
        rollback(kept.change)
    local_gateway.tidy(kept)
    for folder in reversed(missing):
        with contextlib.suppress(OSError):
            Path(folder).rmdir()  # only when it is empty


def _answer(about: About, files: Files, checks: list[Check], findings: list[Finding]) -> Answer:
    judged = sort_findings(list({(f.id, f.problem): f for f in [*findings, *files.findings]}.values()))
    proved = any(c.title == "level claude-code" and c.status in ("pass", "warn") for c in checks)
    failed = any(c.status == "fail" for c in checks)
    verdict = "errors" if failed else verdict_of(judged, proven=proved)
    behind = "the laboratory's models (scripted answers, no cloud)" if about.lab else f"{len(about.models)} models"
    words = "works for Claude Code" if proved else "a check failed, see below" if failed else "not yet proven"
    use = "Start claude." if about.change else f'Start: claude --settings "{gateway_state.folder() / "settings.json"}".'
    return Answer(
        verdict=verdict,
        quick_answer=f"LiteLLM {about.version} runs at {about.base_url} with {behind}; {words}. {use} "
        "Stop it with llm-gateway down.",
        verification=checks,
        context=[
            f"Main model {about.main}. Files, key and log (all readable only by you): {gateway_state.folder()}.",
            "LiteLLM is third-party software; Anthropic neither runs nor supports it. Routing Claude Code to "
            "non-Claude models is not supported by Anthropic.",
            "Security: it listens on 127.0.0.1 only; whoever reads the key file can use it and your cloud account.",
            "llm-gateway status · llm-gateway logs -f · llm-gateway down",
        ],
        findings=judged,
    )
