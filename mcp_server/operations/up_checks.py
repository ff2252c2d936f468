"""The last steps of ``up``: three levels of checks, and the client's settings."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mcp_server.answer import Check, Finding, Status
from mcp_server.redact import quote
from mcp_server.run import gateway_state
from mcp_server.snapshot import Snapshot

if TYPE_CHECKING:
    from mcp_server.operations.up import Wish
    from mcp_server.operations.up_files import Files
    from mcp_server.run.gateway_state import About

Report = Callable[[str], None]
Agree = Callable[[str], bool]


async def levels(files: Files, report: Report, agree: Agree, *, free: bool) -> list[tuple[Check, list[Finding]]]:
    """Status, health and a round of Claude Code's own requests for the main models, each only after the one before.

    ``free``: they cost nothing, so ``agree`` is not asked.
    """
    from mcp_server.environment import claude_version
    from mcp_server.operations import test_model
    from mcp_server.run.programs import newest_claude_code

    version = await asyncio.to_thread(claude_version) or newest_claude_code()
    machine = Snapshot(shell=files.client_environment(), client_version=version)
    models = list(files.main_models)
    done: list[tuple[Check, list[Finding]]] = []
    for level in ("status", "health", "claude-code"):
        if level == "claude-code" and not free:
            plan = await test_model.run(models=models, level=level, snapshot=machine, dry_run=True)
            if not agree(plan.quick_answer):
                done.append((_todo(files, models), []))
                break
        report(f"▸ check: {level}")
        answer = await test_model.run(models=models, level=level, snapshot=machine)
        good = answer.verdict in ("ok", "warnings")
        status: Status = "pass" if answer.verdict == "ok" else "warn" if good else "fail"
        done.append((Check(title=f"level {level}", status=status, detail=answer.quick_answer), answer.findings))
        if not good:
            break
    return done


def _todo(files: Files, models: Sequence[str]) -> Check:
    given = f'{files.key_variable}="$(cat {files.about.key_file})" ' if files.about.key_file else ""
    options = f"--base-url {files.about.base_url} --token-env {files.key_variable}"
    return Check(
        title="level claude-code",
        status="todo",
        detail="Costs a few thousand tokens, so it was left out; --yes includes it.",
        command=f"{given}llm-gateway test-model {options} {' '.join(models)}",
        expect="pass for text, stream and tool round trip",
        if_not="the finding names the layer at fault",
    )


async def applied(wish: Wish, about: About, so_far: Sequence[Finding]) -> tuple[About, Check, list[Finding]]:
    """Merges the settings, notes the change so that ``down`` can undo it, and looks whether they really win."""
    from mcp_server.catalogue.finding import finding
    from mcp_server.effective import client_target
    from mcp_server.operations import change_files, this_machine

    if any(f.severity == "error" for f in so_far):
        detail = "Not applied, because a check failed; the settings are as they were."
        return about, Check(title="settings applied", status="skip", detail=detail), []
    fragment = gateway_state.folder() / "settings.json"
    request = change_files.Request(
        fragments=(fragment,), scope=wish.scope, although_managed=wish.although_managed, although_invalid=True
    )
    before = {record.id for record in change_files.records()}
    await asyncio.to_thread(change_files.apply, request)
    made = [record for record in change_files.records() if record.id not in before]
    path = change_files.settings_path(wish.scope)
    if made:
        about = replace(about, change=made[-1].id)
        gateway_state.write_about(about)
    undo = f"llm-gateway rollback {about.change}" if about.change else "nothing to undo: they said so already"
    base_url = client_target(await this_machine()).base_url
    if base_url.value.rstrip("/") == about.base_url:
        detail = f"{quote(str(path), 200)}. Undo: {undo}."
        return about, Check(title="settings applied", status="pass", detail=detail), []
    wins = finding(
        "settings_precedence_override",
        severity="warning",
        problem=f"{quote(base_url.source, 200)} names another base URL and wins over {quote(str(path), 200)}",
        why="Claude Code started here does not use this gateway.",
        fix=f"Remove {base_url.name} there, or start Claude Code where it is not set.",
    )
    return about, Check(title="settings applied", status="warn", detail=f"{wins.problem}. Undo: {undo}."), [wins]
