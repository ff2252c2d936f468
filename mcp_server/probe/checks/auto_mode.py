"""Does somebody judge the actions of auto mode? Where no judgement comes, Claude Code runs none of them.

Measured on 2.1.330: the field ``safeguards`` asks the provider to judge along with the turn, and the judgement comes in
``safeguard_results`` of a ``message_delta``, by the id of each call. A refusal with status 400 or 422 is healed by
leaving the field out, which leaves auto mode without its judge, as a gateway does that drops it. With
``CLAUDE_CODE_AUTO_MODE_SERVER=0`` a model is asked instead, in a request without stream that ends at a stop sequence.
"""

from __future__ import annotations

from typing import Any

from mcp_server.catalogue.shapes import call_shape
from mcp_server.effective.auto_mode import AutoMode, takes_part
from mcp_server.net.route import NetFailure
from mcp_server.probe.checks.ask import LIMITS, Question, problem, small, verdict_of_refusal, with_betas
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, costs, passed, skipped, undecided
from mcp_server.probe.checks.tools import call_of, call_sentence, offering, tool
from mcp_server.probe.checks.whole import message_of, post_whole, text_of
from mcp_server.probe.context import STREAM_SECONDS, Context
from mcp_server.probe.reply.refusal import read_refusal
from mcp_server.probe.request.attempts import Attempts, send_message
from mcp_server.redact import quote

KIND = "dangerous_tool_use"
_SERVER = Question("auto_mode", "judgement of auto mode", "body_field_rejected")
_MODEL = Question("auto_mode", "question of auto mode", "gateway_model_not_mapped")
_MODEL_FIX = (
    "Set CLAUDE_CODE_AUTO_MODE_MODEL to a model that the gateway serves and that follows instructions, or set "
    "permissions.defaultMode to default."
)
_TOOL = "look_at_shelf"
_STOP = "</severity>"
_VERDICT = "<severity>10"
#: Refusals after which the client asks the model of the session: all but that of the credential (measured).
_ALONE = (401,)
_BLOCKED = "auto mode then runs no action: claude -p refuses each, an interactive session asks for each"


async def run(context: Context) -> Verdict:
    mode: AutoMode = context.facts.get("auto_mode") or AutoMode()
    recorded = call_shape(context.shape.client_version, "auto_mode") or {}
    if "safeguards" not in recorded.get("body_types", {}):
        return skipped(f"Claude Code {context.shape.client_version} asks no provider to judge")
    if context.wire.mode not in ("anthropic", "gateway"):
        return skipped("what auto mode sends was recorded in Anthropic's own format only")
    if mode.off:
        return skipped(f"auto mode is off: {mode.off}")
    if not takes_part(context.model_name):
        return skipped("Claude Code does not offer auto mode with this model name")
    return await (_by_server if mode.by_server else _by_model)(context, mode)


async def _by_server(context: Context, mode: AutoMode) -> Verdict:
    offered = tool(_TOOL, "Looks at one shelf.", shelf={"type": "string"})
    shelf = {"shelf": context.words.result}
    request = offering(context, call_sentence(_TOOL, shelf), offered, safeguards=[_safeguard()])
    recorded = call_shape(context.shape.client_version, "auto_mode") or {}
    added = [beta for beta in recorded["betas"] if beta.startswith(("dangerous-tool-use", "afk-mode"))]
    attempts = await send_message(context, *with_betas(request, *context.shape.betas, *added))
    if not attempts.passed or attempts.transcript is None:
        return _refused(context, attempts, mode)
    call = call_of(attempts.transcript, _TOOL)
    if call is None or not call.id:
        return undecided("not decided: the model made no call that could be judged")
    missing = _missing(attempts.transcript.safeguards, call.id)
    if missing:
        return _unjudged(context, f"{missing}; {_BLOCKED}", mode)
    return passed("the call was judged, in safeguard_results of the stream")


def _missing(results: Any, call: str) -> str:
    """What keeps the client from finding a judgement of the call with this id; empty when one is there."""
    if results is None:
        return "the answer carries no safeguard_results, so the field or the judgement was dropped on the way"
    entries = results if isinstance(results, list) else []
    mine = [entry for entry in entries if isinstance(entry, dict) and entry.get("type") == KIND]
    status = mine[0].get("status") if len(mine) == 1 else None
    if not isinstance(status, dict):
        return f"safeguard_results holds no {KIND} with a status"
    if status.get("type") != "available":
        return f"the judgement is {quote(status.get('type'), 40)}"
    calls = status.get("tool_uses")
    verdict = calls.get(call) if isinstance(calls, dict) else None
    if not isinstance(verdict, dict):
        return "safeguard_results does not name the id of the call"
    if verdict.get("type") != "evaluated" or verdict.get("outcome") not in ("flagged", "not_flagged"):
        return f"the call was not judged ({quote(verdict.get('type'), 40)})"
    return ""


def _refused(context: Context, attempts: Attempts, mode: AutoMode) -> Verdict:
    """The client heals refusals with these two statuses, in any words, and goes on without a judge."""
    verdict = verdict_of_refusal(context, _SERVER, attempts)
    if verdict.undecided or not attempts.refusals or attempts.decisive.status not in (400, 422):
        return verdict
    said = attempts.decisive.said
    return _unjudged(context, f"refused with {said}; Claude Code leaves it out, and {_BLOCKED}", mode)


def _unjudged(context: Context, said: str, mode: AutoMode) -> Verdict:
    """An error only where the settings choose auto mode: elsewhere people can do without it."""
    return problem(context, _SERVER, said, severity="error" if mode.chosen else "warning")


async def _by_model(context: Context, mode: AutoMode) -> Verdict:
    first = mode.classifier or context.model_name
    refused = ""
    for name in dict.fromkeys((first, context.model_name)):
        answer = await _judge(context, name, first=name == first)
        if isinstance(answer, Verdict):
            return answer
        status, said = answer
        if status == 200:
            instead = f" (after {quote(first, 60)} was refused)" if refused else ""
            if said:
                return _no_judge(context, said, mode)
            return passed(f"{quote(name, 60)} answers it{instead}")
        refused = f"{quote(name, 60)} is refused with {said}"
        if status in _ALONE:
            break
    return _no_judge(context, refused, mode)


def _no_judge(context: Context, said: str, mode: AutoMode) -> Verdict:
    verdict = problem(context, _MODEL, f"{said}; {_BLOCKED}", severity="error" if mode.chosen else "warning")
    verdict.findings = [found.model_copy(update={"fix": _MODEL_FIX}) for found in verdict.findings]
    return verdict


async def _judge(context: Context, model: str, *, first: bool) -> Verdict | tuple[int, str]:
    """Status, and what was said against it; with 200 what is wrong with the answer, empty when nothing is."""
    fields: dict[str, Any] = {"stop_sequences": [_STOP], "model": model, "max_tokens": 64 if first else 2112}
    path, headers, body = small(context, f"Answer with exactly: {_VERDICT}{_STOP}", **fields)
    del body["stream"]
    try:
        reply = await post_whole(context, (path, headers, body), STREAM_SECONDS)
    except NetFailure as failure:
        return 0, f"no answer ({quote(failure.detail, 120)})"
    if reply.status != 200:
        refusal = read_refusal(reply.status, reply.headers, reply.body, context.circumstances())
        if refusal.cause in LIMITS:
            return undecided(f"not decided: {refusal.said}")
        return reply.status, refusal.said
    message = message_of(context, reply)
    if message is None:
        return 200, "status 200, but no JSON message came"
    if message.get("stop_reason") == "max_tokens":
        return 200, "the output limit was used up before the judgement was whole"
    if not text_of(message).strip().startswith(_VERDICT):
        return 200, f"the answer is another one ({quote(text_of(message), 80)!r})"
    return 200, ""


def _safeguard() -> dict[str, Any]:
    """The client's own form, with neutral places."""
    scopes = ("userSettings", "projectSettings", "localSettings", "flagSettings", "policySettings", "cliArg")
    more = ("command", "session", "toolsNarrowing", "mcpServerPolicy", "hostCredential")
    place = "/project"
    return {
        "type": KIND,
        "classifier_context": {
            "v": 1,
            "permission_mode": "auto",
            "platform": "linux",
            "live_cwd": place,
            "home_dir": "/",
            "rule_roots": dict.fromkeys((*scopes, *more), place),
            "trusted_directories": {
                "primary": {"path": place, "resolved": [place]},
                "additional": [],
                "network": [],
                "block_reads_outside_working_directories": False,
            },
            "rules": {"allow": [], "deny": [], "ask": []},
            "auto_mode": {"allow": [], "soft_deny": [], "hard_deny": [], "environment": []},
            "artifact_consent_holdback": False,
            "case_insensitive_paths": False,
            "restricted": False,
            "is_remote_mode": False,
            "classify_all_shell": False,
            "user_identity": None,
            "git_state": {
                "cwd": place,
                "root": None,
                "branch": None,
                "default_branch": None,
                "status": None,
                "visibility": {"origin": None, "push_remote": None, "remotes": [], "visibility_cache": []},
                "error": "not_a_repo",
            },
            "classifier_facts": {"bashPrescreenRetry": "true"},
        },
    }


CHECK = ProtocolCheck("auto_mode", "protocol", "Are the actions of auto mode judged?", run, costs(1_200))
