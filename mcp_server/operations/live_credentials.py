"""Live checks of ``diagnose_auth``: which call decides about which credential, and what the answer makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mcp_server import redact
from mcp_server.diagnose import author
from mcp_server.diagnose.credentials import CredentialState
from mcp_server.diagnose.evidence import UNKNOWN, diagnose
from mcp_server.net.aws_live import LiveAnswer
from mcp_server.snapshot import Snapshot

_AWS_RULED_OUT = ("aws_credentials_missing", "aws_credentials_expired", "aws_credentials_wrong")
_KEY_RULED_OUT = (
    *("gateway_key_rejected", "gateway_key_missing", "litellm_key_not_found", "litellm_key_expired"),
    *("litellm_key_format_invalid", "auth_header_format_wrong", "login_state_required", "litellm_db_unavailable"),
)


async def checked_live(
    states: Sequence[CredentialState], snapshot: Snapshot, provider: str
) -> tuple[list[CredentialState], list[str]]:
    """``states`` after the calls that decide, and the announcement of each call. Google's is made elsewhere."""
    from mcp_server.effective import client_target
    from mcp_server.effective.aws import BEARER
    from mcp_server.effective.view import signs_with_aws

    target = client_target(snapshot)
    found, notes = list(states), []
    if provider == "aws" or (provider == "auto" and signs_with_aws(target)):
        index = next(
            (i for i, s in enumerate(found) if s.provider == "aws" and s.relevant and s.kind != "region"), None
        )
        if index is not None:
            from mcp_server.net.aws_live import bedrock_key, caller_identity

            by_key = found[index].source.startswith(BEARER)
            answer = await (bedrock_key(snapshot, target) if by_key else caller_identity(snapshot))
            found[index] = _after(found[index], answer, "aws", _AWS_RULED_OUT)
            notes.append(_note(answer))
    owners = ("anthropic", "gateway") if provider == "auto" else (provider,)
    used = set(target.header_names.values()) if target.provider in ("anthropic", "gateway") else set()
    index = next((i for i, s in enumerate(found) if s.provider in owners and _names(s, used)), None)
    if index is not None:
        from mcp_server.net.key_live import check_key
        from mcp_server.operations.explain import look

        view = await look(snapshot)
        answer = await check_key(view.target, view.helper_value)
        found[index] = _after(found[index], answer, "auto", _KEY_RULED_OUT)
        notes.append(_note(answer))
    return found, notes


def _names(state: CredentialState, used: set[str]) -> bool:
    return any(state.source.startswith(name) for name in used)


def _after(state: CredentialState, answer: LiveAnswer, provider: str, rules_out: tuple[str, ...]) -> CredentialState:
    """The state as the live answer leaves it. Words of a service only choose the cause; they are not repeated."""
    if answer.ok:
        detail = f"{state.kind}: {redact.quote(answer.known_as, 250)}"
        return replace(state, cause=None, cure=None, certain=False, verified=True, rules_out=rules_out, detail=detail)
    if answer.unreached:
        return replace(state, detail=f"{state.detail}; not decided live: {redact.quote(answer.unreached, 200)}")
    result = diagnose(author.read(answer.said), provider=provider)
    if result.cause == UNKNOWN or result.top is None:
        return replace(state, detail=f"{state.detail}; the live call was refused for a reason that is not known here")
    cure = result.top.cure if result.top.cure or result.cause != state.cause else state.cure
    said = result.top.supporting[0].says
    return replace(state, cause=result.cause, cure=cure, verified=True, detail=f"{state.detail}; asked live: {said}")


def _note(answer: LiveAnswer) -> str:
    return f"Sent because a live check was asked for: {answer.asked}."
