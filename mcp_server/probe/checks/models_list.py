"""Does ``GET /v1/models`` serve the client's model discovery: in time, in shape, with ids that it shows?"""

from __future__ import annotations

from typing import Any

from mcp_server.catalogue.claude_code import version_numbers
from mcp_server.net.http import Reply
from mcp_server.net.route import NetFailure
from mcp_server.probe.checks.ask import Question, problem
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, free, passed, skipped
from mcp_server.probe.checks.whole import json_of
from mcp_server.probe.context import Context
from mcp_server.redact import quote

_PATH = "/v1/models?limit=1000"
#: Seconds that the client waits (measured on 2.1.330).
_PATIENCE = 3.0
#: From this release on an id is kept that contains one of the words; before, one that begins with it.
_CONTAINS_SINCE = "2.1.223"
_WORDS = ("claude", "anthropic")
_QUESTION = Question("models_list", "GET /v1/models", "gateway_model_not_mapped")


async def run(context: Context) -> Verdict:
    agent = {"user-agent": f"claude-code/{context.shape.client_version}"}
    try:
        reply = await context.request("GET", _PATH, headers={**context.headers, **agent}, limit=2_000_000)
    except NetFailure as failure:
        return problem(context, _QUESTION, quote(failure.detail, 160), severity="warning")
    if reply.status in (404, 405, 501):
        return skipped(f"not offered ({reply.status}); the models then stand in the client's settings")
    return _judged(context, reply)


def _judged(context: Context, reply: Reply) -> Verdict:
    def short(said: str) -> Verdict:
        return problem(context, _QUESTION, said, severity="warning")

    if reply.status != 200:
        return short(f"answered with {reply.status}")
    data = json_of(reply)
    entries: Any = data.get("data") if data is not None else None
    if not isinstance(entries, list):
        return short("the answer is no JSON object with a list named data")
    ids = [entry.get("id") if isinstance(entry, dict) else None for entry in entries]
    names = [name for name in ids if isinstance(name, str)]
    if len(names) < len(ids):
        return short(f"{len(ids) - len(names)} of {len(ids)} entries have no id, so the client discards the whole list")
    if reply.total_seconds > _PATIENCE:
        return short(f"it takes {reply.total_seconds:.1f} s, and the client waits {_PATIENCE:.0f} s")
    shown = [name for name in names if _kept(name, context.shape.client_version)]
    if not shown:
        return short(f"none of the {len(names)} ids is shown by the client: they must contain claude or anthropic")
    listed = context.gateway.models
    if listed is not None and not any("*" in name for name in listed) and context.model_name not in listed:
        return short(f"{quote(context.model_name, 80)} answers, but is not in the list")
    return passed(f"{len(shown)} of {len(names)} ids are shown by the client")


def _kept(name: str, version: str) -> bool:
    low = name.lower()
    if version_numbers(version) >= version_numbers(_CONTAINS_SINCE):
        return any(word in low for word in _WORDS)
    return low.startswith(_WORDS)


CHECK = ProtocolCheck("models_list", "model", "Does the model list serve the client's discovery?", run, free)
