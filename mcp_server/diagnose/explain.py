"""What speaks for and against, in words: the Context section and the credential checks of a diagnosis (pure)."""

from __future__ import annotations

from mcp_server import redact
from mcp_server.answer import Check
from mcp_server.diagnose import author
from mcp_server.diagnose.credentials import CredentialFacts
from mcp_server.diagnose.evidence import Diagnosis
from mcp_server.diagnose.signals import Evidence
from mcp_server.snapshot import Snapshot

_NOT_VISIBLE = (
    "Claude Code hid its environment from this program: what looks unset here was not visible to me, so nothing is "
    "concluded from it. The llm-gateway command in your own terminal sees everything."
)
_SECURITY = (
    "Credentials belong into ~/.claude/settings.json (readable only by you), a helper command or a secret store; "
    "never into a project's .claude/settings.json and never into a chat."
)


def context(result: Diagnosis, snapshot: Snapshot, shows_config: bool) -> list[str]:
    """Who wrote the error, the first three causes with their reasons, what was not visible, and safety."""
    lines = []
    read = result.symptom
    if not read.empty:
        lines.append(_who(read))
    for place, ranked in enumerate(result.ranked[:3], start=1):
        reasons = "; ".join(_reason(e) for e in ranked.supporting[:4])
        against = "; ".join(_reason(e) for e in ranked.opposing[:3]) or "nothing seen"
        lines.append(f"{place}. {ranked.cause} (score {ranked.score:g}). For: {reasons}. Against: {against}.")
    if read.cut:
        lines.append(
            "The paste was very long: its start, its end and the lines between that look like errors were read."
        )
    if snapshot.environment_hidden:
        lines.append(_NOT_VISIBLE)
    if shows_config:
        lines.append(_SECURITY)
    return lines


def _who(read: author.Symptom) -> str:
    names = [author.name_of(a) for a in read.authors or read.foreign]
    wrote = read.wrote or "nobody that I recognise"
    passed = f" (passed on by {', '.join(names[:-1])})" if read.authors and len(names) > 1 else ""
    facts = {
        "status": ", ".join(map(str, read.statuses)),
        "type": ", ".join(read.types[:3]),
        "model": ", ".join(read.models[:2]),
        "region": ", ".join(read.regions[:2]),
        "project": read.project or "",
        "request": read.request_id or "",
        "key": ", ".join(read.key_kinds),
    }
    told = "; ".join(f"{name}: {redact.quote(value, 120)}" for name, value in facts.items() if value)
    return f"Who wrote the error: {wrote}{passed}." + (f" It names {told}." if told else "")


def _reason(evidence: Evidence) -> str:
    seen = redact.quote(evidence.seen, 80)
    return f"{evidence.says} [{seen}]" if seen else evidence.says


def credential_checks(credentials: CredentialFacts, live: bool) -> list[Check]:
    """One check for each credential source; only what was seen to work passes."""
    checks = []
    for state in credentials.states[:6]:
        # "pass" is for what was seen to work; a well-formed file proves nothing yet.
        status = "fail" if state.cause else ("pass" if state.verified else "todo")
        project = f"; project {state.project} from {state.project_source}" if state.project else ""
        expires = f"; expires {state.expires}" if state.expires else ""
        google = state.provider == "google" and not live
        checks.append(
            Check.model_validate(
                {
                    "title": f"{state.provider} credentials ({state.source})",
                    "status": status,
                    "detail": f"{state.detail}{project}{expires}",
                    "command": "llm-gateway diagnose --provider google --live" if google else None,
                    "expect": "google-auth minted a token" if google else None,
                }
            )
        )
    return checks


def foreign_note(result: Diagnosis) -> str:
    """A half sentence when another program wrote the error, else nothing."""
    read = result.symptom
    if read.foreign and read.relevance < 1:
        return f"; it reads like an error of {author.name_of(read.foreign[0])}, not of Claude Code or its gateway"
    return ""
