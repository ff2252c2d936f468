"""``llm-gateway explain``: what Claude Code on this machine really does, each value with its origin."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from mcp_server import redact
from mcp_server.answer import Answer, Finding, sort_findings, verdict_of
from mcp_server.errors import UsageError, nearest
from mcp_server.snapshot import Snapshot

if TYPE_CHECKING:
    from mcp_server.effective.request import ModelRequest
    from mcp_server.effective.target import ClientTarget


@dataclass(frozen=True)
class View:
    """The machine, what follows from it, and what is wrong with it (likeliest first)."""

    snapshot: Snapshot
    target: ClientTarget
    request: ModelRequest
    findings: tuple[Finding, ...]
    helper_value: str | None = field(default=None, repr=False)
    """What ``apiKeyHelper`` printed: a secret; ``""`` when it failed, ``None`` when it was not run."""


async def run(
    client_version: str | None = None, settings: str | None = None, snapshot: Snapshot | None = None
) -> Answer:
    """The effective configuration, predicted for the installed client or for ``client_version`` (a measured one).

    ``settings`` is what ``claude --settings`` would be given. Raises UsageError for a version that was not measured.
    """
    from mcp_server.effective.view import summary, view_rows

    version = _known(client_version)
    if snapshot is None:
        snapshot = await asyncio.to_thread(_machine, version, settings)
    found = await look(snapshot)
    worst = next((f for f in found.findings if f.severity == "error"), None)
    quick = summary(found.target, found.request)
    if worst is not None:
        quick = f"{quick} {_sentence(worst.problem)} {worst.fix}"
    return Answer(
        verdict=verdict_of(list(found.findings), proven=False),
        quick_answer=quick,
        context=[
            *(row.line() for row in view_rows(snapshot, found.target, found.request, time.time())),
            *_notes(snapshot),
        ],
        findings=list(found.findings),
    )


async def look(snapshot: Snapshot) -> View:
    """The view of ``snapshot``. ``apiKeyHelper`` is run (ten seconds) unless a file of the project names it."""
    from mcp_server.catalogue.finding import finding
    from mcp_server.effective import client_target, settings_findings
    from mcp_server.effective.credentials import HELPER
    from mcp_server.effective.request import model_request
    from mcp_server.probe.request.key_helper import HelperError, HelperLinesError, HelperNotTrustedError, run_helper

    target = client_target(snapshot)
    findings = settings_findings(snapshot, target)
    helper = next((c for c in target.credentials if c.name == HELPER and c.headers), None)
    value: str | None = None
    blocked = ""
    if helper is not None:
        try:
            value = await run_helper(helper, snapshot.shell)
        except HelperNotTrustedError as refused:
            said = finding("key_helper_failure", severity="info", problem=refused.problem, fix=refused.fix)
            findings.append(said)
        except HelperError as failure:
            value = ""
            findings.insert(0, finding("key_helper_failure", problem=failure.problem.rstrip("."), fix=failure.fix))
            if isinstance(failure, HelperLinesError) and target.version == "2.1.197":
                blocked = "apiKeyHelper prints more than one line, and Claude Code 2.1.197 then sends nothing"
    request = model_request(snapshot, target, value)
    if blocked and not request.blocked:
        request = replace(request, blocked=blocked)
    findings += _expired(snapshot, target, value)
    findings += _aws_findings(snapshot, target)
    return View(snapshot, target, request, tuple(sort_findings(findings)), value)


def _machine(version: str | None, settings: str | None) -> Snapshot:
    from mcp_server.environment import snapshot

    return snapshot(client_version=version, flag=settings)


def _known(version: str | None) -> str | None:
    if version is None:
        return None
    from mcp_server.catalogue.client_settings import versions

    if version in versions():
        return version
    close = nearest(version, versions())
    raise UsageError(
        f"Claude Code {redact.quote(version, 40)} was not measured.",
        f"Use {' or '.join(versions())}" + (f" (did you mean {close}?)." if close else "."),
    )


def _expired(snapshot: Snapshot, target: ClientTarget, helper_value: str | None) -> list[Finding]:
    """Tokens whose end is written in them, or beside them in the file of the saved login."""
    from mcp_server.catalogue.finding import finding
    from mcp_server.diagnose.credentials import jwt_expiry
    from mcp_server.effective.credentials import HELPER, LOGIN
    from mcp_server.effective.mode import SIGN_IN

    now, found = time.time(), []
    for credential in target.credentials:
        value = (helper_value if credential.name == HELPER else credential.value) or ""
        bare = value.strip().removeprefix("Bearer ").strip()
        end = jwt_expiry(bare)
        # Of a saved sign-in the file tells the end, and whether the client renews it.
        if end is not None and end < now and credential.headers and credential.name != SIGN_IN:
            found.append(
                finding(
                    "gateway_key_rejected",
                    problem=f"{credential.name} ({redact.quote(credential.source, 200)}) holds a token that ended on "
                    f"{_date(end)}",
                    fix="Get a new token and replace it there; for short-lived tokens use apiKeyHelper.",
                )
            )
        login = snapshot.login
        if credential.name == LOGIN and credential.headers and login and login.expires and login.expires < now:
            found.append(
                finding(
                    "login_state_required",
                    severity="warning",
                    problem=f"the access token in {redact.quote(login.source, 200)} ended on {_date(login.expires)}",
                    why="Claude Code renews it at platform.claude.com; where that host is blocked, requests fail.",
                    fix="Run `claude`, then /login; or set ANTHROPIC_AUTH_TOKEN for the gateway.",
                )
            )
    return found


def _aws_findings(snapshot: Snapshot, target: ClientTarget) -> list[Finding]:
    """What files and variables prove to be wrong with the AWS credentials of a mode that signs with them."""
    from mcp_server.catalogue.finding import finding
    from mcp_server.diagnose.aws import aws_states
    from mcp_server.diagnose.credentials import CredentialFacts
    from mcp_server.diagnose.cure import cure_for, state_values
    from mcp_server.effective.view import signs_with_aws

    if not signs_with_aws(target):
        return []
    found = []
    for state in aws_states(snapshot, time.time()):
        if state.cause is None or not state.relevant or state.kind == "region":
            continue
        chosen = cure_for(state.cause, state.cure, state_values(CredentialFacts((state,))))
        found.append(
            finding(
                state.cause,
                severity="error" if state.certain else "warning",
                problem=f"{redact.quote(state.source, 200)}: {state.detail}",
                fix=chosen.fix,
                command=chosen.command,
            )
        )
    return found


def _notes(snapshot: Snapshot) -> list[str]:
    from mcp_server.effective.loaded import HOST, managed_by_host

    notes = []
    if snapshot.environment_hidden:
        notes.append("Claude Code hides its environment from this process: what looks unset was not visible to me.")
    told = snapshot.variable(HOST)
    if told is not None and managed_by_host(snapshot.shell):
        notes.append(
            f"{HOST} is on in the environment: the program that starts Claude Code decides route, credentials, proxy "
            "and models; what settings files say about them is left out above, as the client leaves it out."
        )
    elif told is not None:
        off = "it is off" if told.scope == "shell" else "in a settings file it has no effect"
        notes.append(f"{HOST} is set ({redact.quote(told.source, 200)}), and {off}.")
    if snapshot.login is None and not snapshot.environment_hidden:
        notes.append("No saved login was found in a file; on macOS it would be in the keychain, which is not read.")
    notes.append("Predicted from files and variables; nothing was sent. Proof: llm-gateway test-model.")
    return notes


def _date(when: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(when))


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
