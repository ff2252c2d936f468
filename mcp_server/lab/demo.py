"""``llm-gateway demo``: the main job, start to end, on the laboratory and with the real programs.

Generate for the eight models → validate → start the real LiteLLM → test every model → the real ``claude -p`` with a
tool round trip → one Answer. Everything it writes lives in ``.demo`` below the working directory and is removed.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mcp_server.answer import Answer, Check, Finding, sort_findings, verdict_of
from mcp_server.catalogue.models import EIGHT, models
from mcp_server.errors import GatewayError
from mcp_server.lab.signals import ended_by_signals
from mcp_server.lab.stack import Report, Stack, laboratory
from mcp_server.redact import quote
from mcp_server.run import programs
from mcp_server.run.claude import Reply, ask

FOLDER = ".demo"


async def run(report: Report) -> Answer:
    """Runs the demo in the working directory, telling each step to ``report``.

    Raises:
        GatewayError: a step failed; the message says which, why, and what to do.
    """
    log = _Log(report)
    with _own_folder(Path.cwd() / FOLDER) as folder, ended_by_signals():
        with log.step("find the real programs"):
            claude = await asyncio.to_thread(programs.claude_code, None, log.note)
            await asyncio.to_thread(programs.litellm_python, log.note)
        starting = log.step(f"generate for {len(EIGHT)} models, start the real LiteLLM on the Vertex emulator")
        with starting as started:
            async with laboratory(EIGHT, folder, report=log.note) as stack:
                started()
                with log.step("validate the generated file"):
                    lint = _validated(stack)
                with log.step(f"test {len(EIGHT)} models on three levels; a tool round trip of the real Claude Code"):
                    levels, reply = await asyncio.gather(_tested(stack), _asked(claude, stack, folder))
    return _answer(stack, lint, levels, reply, log)


def _validated(stack: Stack) -> Answer:
    from mcp_server.operations import validate_config

    answer = validate_config.run(path=str(stack.generated.gateway_file), environment="ignore")
    if answer.verdict == "errors":
        raise GatewayError(f"the generated file has an error: {answer.findings[0].problem}", answer.findings[0].fix)
    return answer


async def _tested(stack: Stack) -> dict[str, Answer]:
    from mcp_server.operations import test_model

    snapshot = stack.snapshot(programs.newest_claude_code())
    return {
        level: await test_model.run(models=list(EIGHT), level=level, snapshot=snapshot)
        for level in ("status", "health", "claude-code")
    }


async def _asked(claude: Path, stack: Stack, folder: Path) -> Reply:
    """The real client reads a file whose content only a tool result can tell, through LiteLLM and a model."""
    project = folder / "project"
    project.mkdir()
    note = project / "note.txt"
    word = f"word-{secrets.token_hex(6)}"
    note.write_text(f"{word}\n", encoding="utf-8")
    call = json.dumps({"file_path": str(note)})
    reply = await ask(
        claude,
        f'Call the tool "Read" once, with exactly this JSON as its input: {call}',
        home=folder / "home",
        project=project,
        environment=stack.client_environment,
        options=("--allowedTools", "Read"),
    )
    if reply.is_error or word not in reply.text:
        raise GatewayError(
            f"the real Claude Code did not bring the tool result back; it said: {quote(reply.text)}.",
            "Run the demo again; if it persists, report it with the lines above.",
        )
    return reply


def _answer(stack: Stack, lint: Answer, levels: dict[str, Answer], reply: Reply, log: _Log) -> Answer:
    generated = stack.generated.answer
    # The linter's warnings repeat what generate said of the models; its errors have ended the demo before.
    findings = [*generated.findings, *(f for a in levels.values() for f in a.findings)]
    judged = sort_findings(list({(f.id, f.problem): _as_expected(f) for f in findings}.values()))
    main = stack.client_environment["ANTHROPIC_MODEL"]
    client = Check(
        title="the real Claude Code",
        status="pass",
        detail=f"{programs.newest_claude_code()} through LiteLLM {programs.versions()['litellm']} to {main}: "
        f"read a file by a tool call and repeated its secret word, {reply.turns} turns, {reply.seconds:.1f} s, "
        f"{reply.usage.get('input_tokens', 0):,} tokens in, {reply.usage.get('output_tokens', 0):,} out",
    )
    tools = [id_ for id_ in EIGHT if models()[id_].tool_use]
    return Answer(
        verdict=verdict_of(judged, proven=True),
        quick_answer=f"Claude Code works through LiteLLM with {len(tools)} of the {len(EIGHT)} models, proved on the "
        f"laboratory with the real programs in {log.total():.1f} s; the others are named below with the reason.",
        config=generated.config,
        verification=[
            Check(title="validate_config", status="pass", detail=lint.quick_answer),
            *_levels(levels),
            client,
        ],
        context=[
            "Real here: Claude Code, LiteLLM and all between them. Stood in for: Vertex AI, by a strict emulator that "
            "serves retired models too; the words of the answers come from a script, not from a model.",
            f"Seconds: {log.timings()}; {log.total():.1f} in all.",
            *generated.context,
        ],
        findings=judged,
    )


def _levels(levels: dict[str, Answer]) -> list[Check]:
    """What each level was the first to show, under the level's name; later levels repeat the earlier checks."""
    shown: dict[str, Check] = {}
    for level, answer in levels.items():
        for check in answer.verification:
            model_row = check.title in EIGHT
            if check.status != "todo" and (model_row or check.title not in shown):
                key = f"{level}: {check.title}" if model_row else check.title
                shown[key] = check.model_copy(update={"title": f"{level}: {check.title}"})
    return list(shown.values())


def _as_expected(finding: Finding) -> Finding:
    """A model that the catalogue says cannot call tools must be reported; that report is then no failure."""
    named = finding.where.key if finding.where else None
    if finding.id == "model_lacks_tool_use" and named in EIGHT and not models()[named].tool_use:
        return finding.model_copy(update={"severity": "warning"})
    return finding


class _Log:
    """Progress for a person, timings for the Answer."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._begin = time.monotonic()
        self._seconds: dict[str, float] = {}

    def note(self, text: str) -> None:
        self._report(f"    {text}")

    @contextmanager
    def step(self, title: str) -> Iterator[_Done]:
        """Times the block; calling what it yields ends the step before the block does."""
        self._report(f"▸ {title}")
        begin = time.monotonic()
        self._seconds[title] = 0.0
        done = _Done()
        try:
            yield done
        except GatewayError as error:
            raise error if done.at else GatewayError(f"step '{title}' failed: {error.problem}", error.fix) from error
        self._seconds[title] = (done.at or time.monotonic()) - begin

    def total(self) -> float:
        return time.monotonic() - self._begin

    def timings(self) -> str:
        return ", ".join(f"{title} {seconds:.1f}" for title, seconds in self._seconds.items())


class _Done:
    def __init__(self) -> None:
        self.at: float | None = None

    def __call__(self) -> None:
        self.at = time.monotonic()


@contextmanager
def _own_folder(folder: Path) -> Iterator[Path]:
    """A fresh folder for the demo's files, gone afterwards.

    Raises:
        GatewayError: another demo runs here, or the folder cannot be written.
    """
    try:
        folder.mkdir()
    except FileExistsError:
        raise GatewayError(
            f"{folder} exists: another demo is running here, or one was killed.",
            f"Wait for it, or remove that folder, then try again: rm -r {FOLDER}",
        ) from None
    except OSError as error:
        raise GatewayError(
            f"cannot create {folder}: {error.strerror}.", "Run the demo in a folder that you may write to."
        ) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
