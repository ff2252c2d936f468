"""``diagnose_auth``: from a pasted error and this machine's own state to the root cause and its cure."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mcp_server import redact
from mcp_server.answer import Answer, Check, Confidence, ConfigFile, Finding, Where, sort_findings, verdict_of
from mcp_server.catalogue.load import causes
from mcp_server.diagnose import author, cure, explain
from mcp_server.diagnose.credentials import CredentialFacts, CredentialState, offline_states
from mcp_server.diagnose.evidence import LOW_SCORE, UNKNOWN, Diagnosis, Ranked, diagnose
from mcp_server.diagnose.facts import config_facts, switched_on
from mcp_server.diagnose.observations import observations_for
from mcp_server.errors import UsageError, nearest
from mcp_server.operations import this_machine
from mcp_server.snapshot import Snapshot

if TYPE_CHECKING:
    from mcp_server.operations.explain import View

PROVIDERS = ("auto", "google", "aws", "anthropic", "gateway")
#: Below this score a cause is not even worth an observation.
_WORTH_NAMING = 1.5
_LEAD: dict[Confidence, str] = {"high": "", "medium": "Most likely: ", "low": "Only a guess: "}


async def run(
    symptom: str | None = None,
    provider: str = "auto",
    config_path: str | None = None,
    live: bool = False,
    snapshot: Snapshot | None = None,
) -> Answer:
    """Explain ``symptom`` (pasted text) against this machine's settings, environment and credentials.

    ``provider`` narrows the causes, ``config_path`` names a gateway file whose findings count as evidence, ``live``
    makes the least calls that decide (free; each is announced in the answer). Raises UsageError for an unknown
    provider and GatewayError for an unreadable file.
    """
    if provider not in PROVIDERS:
        close = nearest(provider, PROVIDERS)
        hint = f"Did you mean {close}? " if close else ""
        raise UsageError(
            f"there is no provider {redact.quote(provider, 40)!r}", f"{hint}Use one of {', '.join(PROVIDERS)}."
        )
    if snapshot is None:
        snapshot = await this_machine()
    from mcp_server.effective import client_target, settings_findings

    read = author.read(symptom)
    settings = settings_findings(snapshot, client_target(snapshot))
    file_findings = _config_findings(config_path)
    credentials, sent = await _credentials(read, snapshot, provider, live)
    result = diagnose(
        read,
        snapshot,
        credentials,
        provider,
        config_facts=config_facts(file_findings, redact.quote(config_path, 200)) if config_path else None,
        findings=settings,
    )
    if read.empty:
        from mcp_server.operations.explain import look

        view = await look(snapshot)
        answer = _without_symptom(result, view, file_findings, credentials, live, bool(symptom))
    else:
        answer = _explained(result, settings, file_findings, credentials, snapshot, live)
    answer.context = [*sent, *answer.context]
    return answer


def _config_findings(path: str | None) -> list[Finding]:
    if not path:
        return []
    from mcp_server.operations.validate_config import run as validate

    return validate(path=path).findings


async def _credentials(
    read: author.Symptom, snapshot: Snapshot, provider: str, live: bool
) -> tuple[CredentialFacts, list[str]]:
    """The states, and the announcement of each live call that was made."""
    from mcp_server.net import google_credentials

    states = list(offline_states(snapshot, provider, now=time.time()))
    # A refusal by Vertex itself proves that some Google credential worked, wherever the call came from.
    answered = "google" in read.authors and bool({403, 404, 429} & set(read.statuses))
    named = "google_auth" in read.authors or ("google" in read.authors and not answered)
    relevant = provider == "google" or (
        provider == "auto" and (named or (read.empty and switched_on(snapshot.variable("CLAUDE_CODE_USE_VERTEX"))))
    )
    sent: list[str] = []
    if live:
        from mcp_server.operations.live_credentials import checked_live

        states, sent = await checked_live(states, snapshot, provider)
    if live and provider in ("auto", "google"):
        # What nobody uses here is no defect: another credential was just asked.
        states.insert(0, await google_credentials.read_live(snapshot, relevant=relevant or not sent))
    elif relevant:
        states.insert(0, await asyncio.to_thread(google_credentials.read_offline, snapshot))
    return CredentialFacts(tuple(states)), sent


def _explained(
    result: Diagnosis,
    settings: Sequence[Finding],
    file_findings: Sequence[Finding],
    credentials: CredentialFacts,
    snapshot: Snapshot,
    live: bool,
) -> Answer:
    values = cure.values_from(result.symptom, snapshot, result.cause, credentials)
    top = result.top
    candidates = [r.cause for r in result.ranked if r.score >= _WORTH_NAMING]
    config: list[ConfigFile] = []
    steps: list[Check] = []
    findings: list[Finding] = []
    if top is None:
        steps = observations_for(result.symptom, values, candidates)
        commands = " and ".join(f"`{s.command}`" for s in steps)
        note = explain.foreign_note(result)
        if candidates:
            note = f"{note}; the nearest causes are {' and '.join(candidates[:2])}"
        quick = f"I cannot tell the cause from this{note}. These two observations would decide: {commands}."
        findings.append(_unknown(result, steps))
    else:
        chosen = cure.cure_for(top.cause, top.cure, values)
        quick = f"{_LEAD[result.confidence]}{chosen.quick} {chosen.fix}"
        config = list(chosen.config)
        steps = list(chosen.verification)
        if result.confidence == "low":
            steps += observations_for(result.symptom, values, candidates)
        findings.append(_finding(top, chosen, result.confidence))
        for other in _rivals(result):
            rival = cure.cure_for(other.cause, other.cure, values)
            findings.append(_finding(other, rival, "low", severity="info"))
    known = {f.id for f in findings}
    findings += [_as_warning(f) for f in settings if f.id not in known][:5]
    findings += list(file_findings)[:10]
    severities = [f for f in findings if f.severity == "error"] if top is not None else []
    return Answer(
        verdict=verdict_of(severities, proven=False),
        quick_answer=quick,
        config=config,
        verification=[*explain.credential_checks(credentials, live), *steps],
        context=explain.context(result, snapshot, bool(config)),
        findings=_first_stays(findings),
    )


def _as_warning(finding: Finding) -> Finding:
    """A defect of this machine beside the cause of the pasted error: worth a warning, not the verdict."""
    return finding.model_copy(update={"severity": "warning"}) if finding.severity == "error" else finding


def _first_stays(findings: list[Finding]) -> list[Finding]:
    """The likeliest cause first whatever its severity; the others by severity."""
    return [*findings[:1], *sort_findings(findings[1:])]


def _without_symptom(
    result: Diagnosis,
    view: View,
    file_findings: Sequence[Finding],
    credentials: CredentialFacts,
    live: bool,
    pasted: bool,
) -> Answer:
    """Nothing readable was pasted: what the machine itself shows, and never "ok" without something seen to work."""
    from mcp_server.effective.view import view_rows

    snapshot = view.snapshot
    start = "The pasted text holds nothing readable. " if pasted else ""
    states = [f for s in credentials.states if (f := _state_finding(s)) is not None]
    told = {f.id for f in states}
    settings = [f for f in view.findings if f.id not in told or not f.id.startswith(("gateway_key_", "aws_"))]
    findings = [*states, *settings, *file_findings]
    findings = sort_findings(list({(f.id, f.problem): f for f in findings}.values()))
    verified = any(s.verified and s.cause is None for s in credentials.states)
    verdict = verdict_of(findings, proven=verified)
    config: list[ConfigFile] = []
    steps: list[Check] = []
    serious = [f for f in findings if f.severity != "info"]
    if serious:
        first = serious[0]
        quick = f"{start}{_sentence(first.problem)} {first.fix}"
        if first.id in causes() and first.id != UNKNOWN:
            state = next((s for s in credentials.states if s.cause == first.id), None)
            chosen = cure.cure_for(
                first.id,
                state.cure if state else None,
                cure.values_from(result.symptom, snapshot, first.id, credentials),
            )
            config, steps = list(chosen.config), list(chosen.verification)
    elif verified:
        quick = f"{start}The Google credentials work: a token was just minted. Nothing else was proved."
        steps = observations_for(result.symptom, {})[1:]
    else:
        quick = (
            f"{start}I found nothing wrong in settings and credentials, and nothing was seen to work either. "
            "Paste the error text, or run the two checks below."
        )
        steps = observations_for(result.symptom, cure.values_from(result.symptom, snapshot, UNKNOWN))
    return Answer(
        verdict=verdict,
        quick_answer=quick,
        config=config,
        verification=[*explain.credential_checks(credentials, live), *steps],
        context=[
            *(row.line() for row in view_rows(snapshot, view.target, view.request, time.time())),
            *explain.context(result, snapshot, bool(config)),
        ],
        findings=findings,
    )


def _state_finding(state: CredentialState) -> Finding | None:
    if state.cause is None or not state.relevant:
        return None
    values = {"project": state.project} if state.project else {}
    chosen = cure.cure_for(state.cause, state.cure, values | cure.state_values(CredentialFacts((state,))))
    return Finding(
        id=state.cause,
        severity="error" if state.verified or state.kind != "none" else "warning",
        confidence="high" if state.verified else "medium",
        where=Where(key=state.source),
        problem=state.detail,
        why=causes()[state.cause].definition,
        fix=chosen.fix,
        command=chosen.command,
    )


def _finding(ranked: Ranked, chosen: cure.Cure, confidence: Confidence, severity: str = "error") -> Finding:
    return Finding.model_validate(
        {
            "id": ranked.cause,
            "severity": severity,
            "confidence": confidence,
            "problem": chosen.quick,
            "why": "; ".join(e.says for e in ranked.supporting[:2]),
            "fix": chosen.fix,
            "command": chosen.command,
        }
    )


def _unknown(result: Diagnosis, steps: Sequence[Check]) -> Finding:
    return Finding(
        id=UNKNOWN,
        severity="info",
        confidence="low",
        problem=f"the evidence does not decide{explain.foreign_note(result)}",
        why="no cause reached the score below which this tool does not guess",
        fix=f"run {steps[0].title!r} first" if steps else "paste the whole error, from its first line",
        command=steps[0].command if steps else None,
    )


def _rivals(result: Diagnosis) -> list[Ranked]:
    return [r for r in result.ranked[1:3] if r.score >= LOW_SCORE]


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
