"""Does one small streamed message reach the provider and come back? The first request that is billed."""

from __future__ import annotations

from datetime import date
from typing import Any

from mcp_server.answer import Finding
from mcp_server.catalogue.finding import finding
from mcp_server.catalogue.models import models
from mcp_server.net.route import NetFailure
from mcp_server.probe.as_client import send_as_client
from mcp_server.probe.base import Outcome, Probe
from mcp_server.probe.context import Context
from mcp_server.probe.plainest import judge
from mcp_server.probe.reply.refusal import Refusal, is_html
from mcp_server.probe.reply.stream_checks import found
from mcp_server.probe.request.attempts import Attempts
from mcp_server.probe.request.shape_request import build_small_request
from mcp_server.probe.wire.location import locate
from mcp_server.redact import quote

#: Room for models that think before they answer; what is not used is not billed.
SMALL_MAX_TOKENS = 1_024


async def run(context: Context) -> Outcome:
    def build(current: Context) -> tuple[str, dict[str, str], dict[str, Any]]:
        return build_small_request(
            current.shape,
            current.model_name,
            current.words.text_instruction,
            SMALL_MAX_TOKENS,
            session_id=current.session_id,
        )

    attempts, healed = await send_as_client(context, build, "small message")
    context.facts["small"] = attempts
    findings = refused(context, attempts, "small message")
    if findings and findings[0].id == "route_not_found" and await _speaks_openai(context):
        spoken = "no Messages API: /v1/messages is not found, while /v1/chat/completions is there"
        findings = [found(context, "gateway_lacks_messages_api", spoken)]
    if findings and findings[0].id == "vertex_model_not_enabled" and (told := await locate(context)):
        findings[0] = found(
            context, told.cause, f"{told.sentence}; small message refused with {attempts.decisive.said}"
        )
    if findings and (shown := await judge(context, build, attempts)):
        findings[0] = shown
    return Outcome(findings=findings + healed)


async def _speaks_openai(context: Context) -> bool:
    """Does the other route of this trade exist? An empty body costs nothing."""
    try:
        reply = await context.request("POST", "/v1/chat/completions", json={})
    except NetFailure:
        return False
    return reply.status in (400, 401, 422) and not is_html(reply.headers, reply.body)


def refused(context: Context, attempts: Attempts, what: str) -> list[Finding]:
    """Findings about a request that did not come through; empty when it did."""
    if attempts.passed:
        return []
    if attempts.failure is not None:
        return [_no_answer(context, attempts.failure, what)]
    decisive = attempts.decisive
    tries = f" ({len(attempts.refusals)} tries)" if len(attempts.refusals) > 1 else ""
    author = ""
    if decisive.author == "provider" and not context.direct:
        author = (
            f" (the provider{f' {quote(decisive.provider, 40)}' if decisive.provider else ''} says so, not the gateway)"
        )
    retired = _retired(context, decisive)
    if retired is not None:
        return [retired]
    findings = [
        found(
            context,
            decisive.cause,
            f"{what} refused with {decisive.said}{author}{tries}",
            confidence=decisive.confidence,
            said=decisive.said,
        )
    ]
    if decisive.cause != "all_deployments_cooling_down":
        hiding = [r for r in attempts.refusals if r.cause == "all_deployments_cooling_down"]
        findings += [
            found(context, r.cause, f"a cooldown hid the real error: {r.said}", severity="warning") for r in hiding[:1]
        ]
    return findings


def _retired(context: Context, refusal: Refusal) -> Finding | None:
    """A 404 of the provider for a model that the catalogue knows to be gone: nothing on the gateway is wrong."""
    if refusal.cause not in ("vertex_model_not_enabled", "vertex_model_route_wrong"):
        return None
    gone = [
        model
        for model in models().values()
        if model.publisher_model in refusal.said and model.state_on(date.today()) in ("retired", "withdrawn")
    ]
    if not gone:
        return None
    name = quote(context.model_name, 80)
    return finding(
        "model_retired",
        problem=f"{name}: the provider answers {refusal.said}; it has retired {gone[0].title}",
        fix=f"Replace it on the gateway with {' or '.join(gone[0].successors) or 'a living model'}.",
    )


def _no_answer(context: Context, failure: NetFailure, what: str) -> Finding:
    cause = "slow_first_byte" if failure.cause == "stream_or_request_timeout" else failure.cause
    return found(context, cause, f"{what}: {quote(failure.detail, 300)}")


PROBE = Probe("upstream", "upstream", "Does a small message reach the provider and come back?", run)
