"""Gemini on Vertex AI: what the service refuses beyond its types, the conversation, and its answers.

The emulated account may predict but not manage context caches, as a role limited to prediction: calls of
``cachedContents`` are answered with 403.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any
from uuid import uuid4

from mcp_server.lab import tokens
from mcp_server.lab.google_errors import invalid_argument
from mcp_server.lab.scripted import THOUGHT, CallTool, Conversation, Cut, Say, Turn
from mcp_server.lab.vertex_models import EmulatedModel

_LABEL_KEY = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_LABEL_VALUE = re.compile(r"[a-z0-9_-]{0,63}")
_FUNCTION_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,63}")
#: Passes for a signature on Vertex AI (its page on thought signatures); clients use it for foreign history.
_NO_SIGNATURE = base64.b64encode(b"skip_thought_signature_validator").decode("ascii")


def check(model: EmulatedModel, body: dict[str, Any], *, counting: bool = False) -> None:
    """Refuse what the types allow and the service does not. ``body``: canonical, see ``vertex_messages.read``."""
    contents = body.get("contents", [])
    if not contents:
        raise invalid_argument("Unable to submit request because at least one contents field is required.")
    _check_contents(contents)
    _check_functions(body, model)
    if counting:
        return
    _check_labels(body.get("labels", {}))
    limit = body.get("generationConfig", {}).get("maxOutputTokens")
    if limit is not None and not 1 <= limit <= model.max_output:
        raise invalid_argument(
            f"Unable to submit request because it has a maxOutputTokens value of {limit} but the supported range is "
            f"from 1 (inclusive) to {model.max_output + 1} (exclusive). Update the value and try again."
        )
    if _generation(model) >= 3:
        _check_signatures(contents)
    if (size := input_tokens(body)) > model.context:
        raise invalid_argument(
            f"The input token count ({size}) exceeds the maximum number of tokens allowed ({model.context})."
        )


def _check_contents(contents: list[dict[str, Any]]) -> None:
    open_calls = 0
    for number, content in enumerate(contents):
        if content.get("role", "user") not in ("user", "model"):
            raise invalid_argument("Please use a valid role: user, model.")
        parts = content.get("parts", [])
        if not parts:
            raise invalid_argument(
                "Unable to submit request because it must include at least one parts field, which describes the "
                "prompt input."
            )
        for place, part in enumerate(parts):
            if not part.keys() - {"thought", "thoughtSignature"}:
                raise invalid_argument(
                    f"Unable to submit request because contents[{number}].parts[{place}] must have one initialized "
                    "field."
                )
        responses = sum("functionResponse" in part for part in parts)
        if responses != open_calls and (responses or open_calls):
            raise invalid_argument(
                "Please ensure that the number of function response parts is equal to the number of function call "
                "parts of the function call turn."
            )
        open_calls = sum("functionCall" in part for part in parts)


def _check_functions(body: dict[str, Any], model: EmulatedModel) -> None:
    names = [f.get("name", "") for tool in body.get("tools", []) for f in tool.get("functionDeclarations", [])]
    if names and model.tools == "refused":
        raise invalid_argument("Unable to submit request because function calling is not supported by this model.")
    for name in names:
        if not _FUNCTION_NAME.fullmatch(name):
            raise invalid_argument(
                f"Invalid function name: {name!r}. Must start with a letter or an underscore. Must be alphanumeric "
                "(a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 64."
            )
    for name in sorted({name for name in names if names.count(name) > 1}):
        raise invalid_argument(f"Duplicate function declaration found: {name}")


def _check_labels(labels: dict[str, str]) -> None:
    for key, value in labels.items():
        if not _LABEL_KEY.fullmatch(key) or not _LABEL_VALUE.fullmatch(value):
            raise invalid_argument(
                f"Invalid label: {key!r}: {value!r}. Label keys and values can be no longer than 63 characters and can "
                "only contain lowercase letters, numeric characters, underscores, and dashes."
            )


def _check_signatures(contents: list[dict[str, Any]]) -> None:
    """Gemini 3: in the current turn the first call of each step carries the signature that came with it."""
    prompts = [n for n, c in enumerate(contents) if c.get("role", "user") == "user" and not _responses(c)]
    for number in range(prompts[-1] if prompts else 0, len(contents)):
        calls = [part for part in contents[number]["parts"] if "functionCall" in part]
        if calls and not calls[0].get("thoughtSignature"):
            raise invalid_argument(
                f"Unable to submit request because function call `default_api:{calls[0]['functionCall'].get('name')}` "
                f"in the {number + 1}. content block is missing a `thought_signature`. Learn more: "
                "https://docs.cloud.google.com/vertex-ai/generative-ai/docs/thought-signatures"
            )


def _responses(content: dict[str, Any]) -> list[dict[str, Any]]:
    return [part["functionResponse"] for part in content.get("parts", []) if "functionResponse" in part]


def _generation(model: EmulatedModel) -> int:
    number = re.match(r"gemini-(\d+)", model.id)
    return int(number.group(1)) if number else 0


def conversation(body: dict[str, Any]) -> Conversation:
    """The contents in neutral form."""
    return Conversation([_turn(content) for content in body["contents"]])


def _turn(content: dict[str, Any]) -> Turn:
    parts = content["parts"]
    calls = [part["functionCall"] for part in parts if "functionCall" in part]
    return Turn(
        role="assistant" if content.get("role") == "model" else "user",
        text="\n".join(part["text"] for part in parts if "text" in part and not part.get("thought")),
        calls=tuple(CallTool(call.get("name", ""), call.get("args") or {}) for call in calls),
        results=tuple(_result_text(response.get("response") or {}) for response in _responses(content)),
    )


def _result_text(response: dict[str, Any]) -> str:
    """A function response is an object; one with a single text in it is that text."""
    values = list(response.values())
    if len(values) == 1 and isinstance(values[0], str):
        return values[0]
    return json.dumps(response, ensure_ascii=False)


def offered_tools(body: dict[str, Any]) -> list[str]:
    """Names of the declared functions, unless the request switches calling off."""
    if body.get("toolConfig", {}).get("functionCallingConfig", {}).get("mode") == "NONE":
        return []
    return [f["name"] for tool in body.get("tools", []) for f in tool.get("functionDeclarations", [])]


def output_limit(body: dict[str, Any]) -> int | None:
    """``maxOutputTokens`` of the request."""
    limit: int | None = body.get("generationConfig", {}).get("maxOutputTokens")
    return limit


def input_tokens(body: dict[str, Any]) -> int:
    """Tokens of everything the model reads."""
    return tokens.count(body.get("systemInstruction"), body.get("contents"), body.get("tools"))


def count_response(body: dict[str, Any]) -> dict[str, Any]:
    """The answer of ``:countTokens``."""
    total = input_tokens(body)
    return {"totalTokens": total, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": total}]}


def responses(model: EmulatedModel, body: dict[str, Any], decision: Say | CallTool) -> Iterator[dict[str, Any]]:
    """The chunks of a streamed answer, in order; the last one carries the finish reason and the usage."""
    about = {
        "modelVersion": model.id,
        "createTime": datetime.now(timezone.utc).isoformat().replace("+00:00", "Z"),
        "responseId": uuid4().hex[:24],
    }
    thinks = bool(body.get("generationConfig", {}).get("thinkingConfig", {}).get("includeThoughts")) and model.reasoning
    steps: list[dict[str, Any]] = [{"text": THOUGHT, "thought": True}] if thinks else []
    if isinstance(decision, CallTool):
        output = tokens.count(*(part for call in decision.all for part in (call.name, call.arguments)))
        steps.extend(_call_parts(model, decision.all))
    else:
        output = tokens.count(decision.text)
        steps.extend({"text": piece} for piece in tokens.pieces(decision.text))
    for step in steps[:-1]:
        yield {"candidates": [{"index": 0, "content": {"role": "model", "parts": [step]}}], **about}
    last = {
        "index": 0,
        "content": {"role": "model", "parts": [steps[-1]]},
        "finishReason": "MAX_TOKENS" if isinstance(decision, Cut) else "STOP",
    }
    yield {"candidates": [last], "usageMetadata": _usage(body, output, tokens.count(THOUGHT) * thinks), **about}


def _call_parts(model: EmulatedModel, calls: tuple[CallTool, ...]) -> Iterator[dict[str, Any]]:
    """The parts of calls made together; only the first one is signed."""
    for number, call in enumerate(calls):
        function: dict[str, Any] = {"name": call.name, "args": call.arguments}
        if _generation(model) >= 3:
            function["id"] = uuid4().hex[:8]
        signed = model.reasoning and number == 0
        signature = {"thoughtSignature": base64.b64encode(uuid4().bytes).decode("ascii")} if signed else {}
        yield {"functionCall": function, **signature}


def whole(chunks: Iterator[dict[str, Any]]) -> dict[str, Any]:
    """The plain answer with the same content as a stream's chunks: neighbouring texts become one part."""
    merged: list[dict[str, Any]] = []
    for chunk in chunks:
        for part in chunk["candidates"][0]["content"]["parts"]:
            if merged and "text" in part and merged[-1].keys() == part.keys():
                merged[-1] = {**part, "text": merged[-1]["text"] + part["text"]}
            else:
                merged.append(part)
    candidate = {**chunk["candidates"][0], "content": {"role": "model", "parts": merged}}
    return {**chunk, "candidates": [candidate]}


def _usage(body: dict[str, Any], output: int, thoughts: int) -> dict[str, Any]:
    prompt = input_tokens(body)
    return {
        "promptTokenCount": prompt,
        "candidatesTokenCount": output,
        **({"thoughtsTokenCount": thoughts} if thoughts else {}),
        "totalTokenCount": prompt + output + thoughts,
    }
