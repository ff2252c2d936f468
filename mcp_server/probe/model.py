"""Does the gateway serve the names that will be asked for? A free look at its list; a message is the proof."""

from __future__ import annotations

from mcp_server.answer import Check, Finding, Status
from mcp_server.catalogue.finding import finding
from mcp_server.effective.models import ResolvedModel
from mcp_server.probe.base import Outcome, Probe
from mcp_server.probe.context import Context
from mcp_server.probe.reply.remedies import fix_for
from mcp_server.probe.reply.stream_checks import found
from mcp_server.redact import quote

_TITLE = "Model names"


async def run(context: Context) -> Outcome:
    names = context.gateway.models
    if context.facts.get("models_named"):
        return Outcome()  # the caller asks about those names, not about the client's own
    if not names:
        return Outcome([Check(title=_TITLE, status="skip", detail="the gateway lists no models (optional).")])
    if any("*" in name for name in names):
        detail = "the gateway lists a wildcard, so its list does not decide."
        return Outcome([Check(title=_TITLE, status="skip", detail=detail)])
    # The default model is under test itself.
    tiers = [(tier, model) for tier, model in sorted(context.tiers.items()) if tier != "default"]
    unlisted = [(tier, model) for tier, model in tiers if _misses(names, model)]
    if not unlisted:
        return Outcome([Check(title=_TITLE, status="pass", detail="every name Claude Code may ask for is listed.")])
    said = _unlisted(context, unlisted)
    status: Status = "warn" if said.severity == "warning" else "skip"
    return Outcome([Check(title=_TITLE, status=status, detail=f"{said.problem}.")], [said])


def check_listed(context: Context) -> Outcome:
    """Level health: is the model of this context listed? Not listed is an error only where the list is complete."""
    names, shown = context.gateway.models, quote(context.model_name, 80)
    if not names or any("*" in name for name in names):
        return Outcome([Check(title=shown, status="skip", detail="no complete model list to compare with.")])
    if not _misses(names, context.model):
        return Outcome([Check(title=shown, status="pass", detail="listed by the gateway; not called.")])
    complete = context.gateway.litellm
    said = found(
        context,
        "model_alias_unmapped" if context.circumstances().model_from_tier else "gateway_model_not_mapped",
        "the gateway's model list does not hold this name",
        severity="error" if complete else "warning",
        confidence="high" if complete else "medium",
    )
    return Outcome([Check(title=shown, status="fail" if complete else "warn", detail=f"{said.problem}.")], [said])


def _misses(names: tuple[str, ...], model: ResolvedModel | None) -> bool:
    return model is not None and quote(model.model, 120) not in names


def _unlisted(context: Context, unlisted: list[tuple[str, ResolvedModel]]) -> Finding:
    """Only LiteLLM's list is complete; another gateway may serve more than it lists."""
    shown = ", ".join(f"{quote(tier, 20)} ({quote(model.model, 80)})" for tier, model in unlisted)
    complete = context.gateway.litellm
    named = context.for_model(unlisted[0][1], context.shape)
    return finding(
        "model_alias_unmapped",
        fix=fix_for("model_alias_unmapped", named),
        problem=f"Claude Code's own calls may ask for names that the gateway does not list: {shown}",
        severity="warning" if complete else "info",
        confidence="high" if complete else "low",
    )


PROBE = Probe("model", "model", "Does the gateway list the names Claude Code asks for?", run)
