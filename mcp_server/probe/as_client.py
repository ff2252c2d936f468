"""Sends a request as the client does: what it heals by leaving a part out and asking again is healed here too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mcp_server.answer import Finding
from mcp_server.catalogue.load import causes
from mcp_server.probe.context import Context
from mcp_server.probe.reply.healing import SYSTEM_ROLE, blind_tries, heal
from mcp_server.probe.reply.stream_checks import found
from mcp_server.probe.request.attempts import Attempts, send_message

#: How often the client leaves something out of one request (measured: four refused beta names took five requests).
_MAX_HEALINGS = 6

Build = Callable[[Context], "tuple[str, dict[str, str], dict[str, Any]]"]


async def send_as_client(context: Context, build: Build, what: str) -> tuple[Attempts, list[Finding]]:
    """The attempts of the last try, and a warning for each part that was left out on the way.

    The shape of ``context`` keeps without those parts, as the client does for the rest of its session.
    """
    warnings: list[Finding] = []
    while True:
        attempts = await send_message(context, *build(context))
        if attempts.passed or attempts.failure is not None or len(warnings) >= _MAX_HEALINGS:
            return attempts, warnings
        decisive = attempts.decisive
        healing = heal(context.shape, decisive.said)
        if healing is None:
            return await _tried_blindly(context, build, what, attempts, warnings)
        context.shape, left_out = healing
        said = f"{what} refused with {decisive.said}; Claude Code leaves out {left_out} and asks again in each session"
        warnings.append(found(context, decisive.cause, said, severity="warning"))


async def _tried_blindly(
    context: Context, build: Build, what: str, refused: Attempts, warnings: list[Finding]
) -> tuple[Attempts, list[Finding]]:
    """The client's last resort when a refusal's words say nothing to it; ``refused`` when that does not help either."""
    decisive = refused.decisive
    if decisive.status != 400 or causes()[decisive.cause].layer not in ("protocol", "unknown"):
        return refused, warnings  # it tries then, too, but leaving parts out cures no wrong model or key
    whole = context.shape
    sent = [_essence(build(context))]
    for context.shape, left_out in blind_tries(whole):
        request = build(context)
        if _essence(request) in sent:
            continue  # a small message does not have the part
        sent.append(_essence(request))
        context.ledger.repeated += 1
        attempts = await send_message(context, *request)
        if attempts.passed:
            said = (
                f"{what} refused with {decisive.said}; Claude Code leaves out {left_out} and asks again in each session"
            )
            cause = decisive.cause
            if cause in ("unknown", "body_field_rejected"):
                # The words said nothing; what had to go says it.
                cause = "body_field_rejected" if "thinking.display" in left_out else "beta_flag_rejected"
                cause = "system_role_rejected" if SYSTEM_ROLE in left_out else cause
            return attempts, [*warnings, found(context, cause, said, severity="warning", said=decisive.said)]
    context.shape = whole
    return refused, warnings


def _essence(request: tuple[str, dict[str, str], dict[str, Any]]) -> tuple[str, str, dict[str, Any]]:
    """What tells two requests apart for a provider; the metadata name a session."""
    path, headers, body = request
    betas = {name.lower(): value for name, value in headers.items()}.get("anthropic-beta", "")
    return path, betas, {key: value for key, value in body.items() if key != "metadata"}
