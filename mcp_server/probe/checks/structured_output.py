"""JSON by a schema: how the client asks for the title of an interactive session."""

from __future__ import annotations

import json

from mcp_server.probe.checks.ask import Question, ask, no_words, problem, small, with_betas
from mcp_server.probe.checks.base import ProtocolCheck, Verdict, costs, passed, skipped
from mcp_server.probe.context import Context
from mcp_server.probe.wire.anthropic import AnthropicWire
from mcp_server.redact import quote

_QUESTION = Question("structured_output", "title request with a JSON schema", "body_field_rejected")
_BETA = "structured-outputs-2025-12-15"


async def run(context: Context) -> Verdict:
    if not isinstance(context.wire, AnthropicWire):
        return skipped("the title request was recorded in Anthropic's own format only")
    title = {"title": context.words.text}
    schema = {
        "type": "object",
        "properties": {"title": {"type": "string"}},
        "required": ["title"],
        "additionalProperties": False,
    }
    instruction = f"Answer with exactly: {json.dumps(title)}"
    request = small(context, instruction, output_config={"format": {"type": "json_schema", "schema": schema}})
    answer = await ask(context, _QUESTION, with_betas(request, *context.shape.betas, _BETA))
    if isinstance(answer, Verdict):
        return answer
    try:
        said = json.loads(answer.said.text)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or not isinstance(said.get("title"), str):
        loose = f"the answer is no JSON object with a title: {no_words(answer.said)}"
        return problem(context, _QUESTION, loose, severity="warning", confidence="medium")
    return passed(f"accepted, and the answer fits the schema ({quote(said['title'], 60)})")


CHECK = ProtocolCheck("structured_output", "protocol", "Does JSON output by a schema work?", run, costs(300))
