"""Open models on Vertex AI behind the OpenAI-compatible endpoint: what a request may hold.

The sentences are this project's own where they are not Google's: the endpoint's backends word them differently.
"""

from __future__ import annotations

import re
from typing import Any

from mcp_server.lab import chat, request_schema
from mcp_server.lab.google_errors import invalid_argument
from mcp_server.lab.vertex_models import EmulatedModel

_FUNCTION_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
#: Accepted although OpenAI's types lack them: place → why. Everything else that is unknown is refused.
LENIENT: dict[str, str] = {
    "messages[].reasoning_content": "a model's own thoughts, returned with its calls; DeepSeek's own API demands them",
    "messages[].thinking_blocks": "LiteLLM 1.106.2 adds it and no setting stops it; whether Vertex AI takes it is not "
    "known, strict upstreams elsewhere refuse it (BerriAI/litellm issue 32188)",
}


def check(model: EmulatedModel, body: Any) -> None:
    """Refuse what the endpoint refuses."""
    found = [v for v in request_schema.violations("openai_chat", body) if _pattern(v.path) not in LENIENT]
    if found:
        listed = "; ".join(f"{v.place}: {v.detail}" for v in found[:5])
        raise invalid_argument(f"Request contains an invalid argument. {listed}")
    for limit in (body.get("max_tokens"), body.get("max_completion_tokens")):
        if limit is not None and not 1 <= limit <= model.max_output:
            raise invalid_argument(
                f"Request contains an invalid argument. max_tokens is {limit}, "
                f"but {model.name} supports from 1 to {model.max_output}."
            )
    if body.get("tools") and model.tools == "refused":
        raise invalid_argument(f"Request contains an invalid argument. {model.name} does not support tools.")
    for name in chat.offered_tools(body):
        if not _FUNCTION_NAME.fullmatch(name):
            raise invalid_argument(
                f"Request contains an invalid argument. tools: function name {name!r} must be 1 to 64 letters, "
                "digits, underscores or dashes."
            )
    _check_tool_messages(body["messages"])
    if (size := chat.input_tokens(body)) > model.context:
        raise invalid_argument(
            f"The input token count ({size}) exceeds the maximum number of tokens allowed ({model.context})."
        )


def output_limit(body: dict[str, Any]) -> int | None:
    """The limit that the request sets on its answer."""
    limit: int | None = body.get("max_completion_tokens") or body.get("max_tokens")
    return limit


def _pattern(path: tuple[str | int, ...]) -> str:
    return "".join("[]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def _check_tool_messages(messages: list[dict[str, Any]]) -> None:
    """OpenAI's rule: each call is answered by tool messages right after it, and only calls are answered."""
    waiting: set[str] = set()
    for number, message in enumerate(messages):
        if message["role"] == "tool":
            if message["tool_call_id"] not in waiting:
                raise invalid_argument(
                    f"Request contains an invalid argument. messages[{number}]: a message with role 'tool' must be a "
                    "response to a preceding message with 'tool_calls'."
                )
            waiting.discard(message["tool_call_id"])
            continue
        if waiting:
            raise invalid_argument(
                f"Request contains an invalid argument. messages[{number}]: an assistant message with 'tool_calls' "
                "must be followed by tool messages responding to each 'tool_call_id'; missing: "
                f"{', '.join(sorted(waiting))}"
            )
        waiting = {call["id"] for call in message.get("tool_calls") or ()}
