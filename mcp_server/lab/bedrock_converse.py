"""Converse: the request checked against the service model, turned into a Messages request, and the answer turned back.

What the service model cannot say is worded as the service does (public issue threads). How the service words an
unknown member is not known, because AWS's own clients never send one: that sentence is this project's.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from jsonschema.protocols import Validator

from mcp_server.lab import anthropic_messages as messages
from mcp_server.lab.bedrock_errors import BedrockError, from_model, service_model, validation
from mcp_server.lab.bedrock_models import FoundationModel
from mcp_server.lab.request_schema import Violation, found_by, validator_of

_MARK = {"type": "ephemeral"}


@cache
def _validator(body: str) -> Validator:
    model = service_model()
    return validator_of({**model["bodies"][body], "$defs": model["$defs"]})


def check_shape(kind: str, body: Any) -> None:
    """Refuse a body that does not fit the service model. ``kind``: ``converse`` or ``count_tokens``."""
    if found := found_by(_validator(kind), body):
        raise _unfit(found[0])


def _unfit(violation: Violation) -> BedrockError:
    place = ".".join(f"{step + 1}.member" if isinstance(step, int) else step for step in violation.path) or "body"
    if violation.kind == "missing":
        return validation(
            f"1 validation error detected: Value at '{place}' failed to satisfy constraint: Member must not be null"
        )
    if violation.kind == "unknown":
        return validation(f"1 validation error detected: Unknown member at '{place}'")
    if "is not of type" in violation.detail:
        return BedrockError("SerializationException", f"{place}: {violation.detail}")
    return validation(
        f"1 validation error detected: Value at '{place}' failed to satisfy constraint: {violation.detail}"
    )


def check(model: FoundationModel, body: dict[str, Any], *, streamed: bool) -> None:
    """Refuse what fits the service model and the service does not take."""
    turns = body.get("messages") or []
    if not turns or turns[0]["role"] != "user":
        raise validation(
            "A conversation must start with a user message. Try again with a conversation that starts with a user "
            "message."
        )
    tools = (body.get("toolConfig") or {}).get("tools") or []
    if tools and model.tools == "refused":
        raise validation("This model doesn't support tool use.")
    if tools and streamed and model.tools == "plain":
        raise validation("This model doesn't support tool use in streaming mode.")
    limit = (body.get("inferenceConfig") or {}).get("maxTokens")
    if limit is not None and limit > model.max_output:
        raise validation(
            f"The maximum tokens you requested exceeds the model limit of {model.max_output}. Try again with a maximum "
            f"tokens value that is lower than {model.max_output}."
        )
    _check_turns(turns)
    if not tools and any({"toolUse", "toolResult"} & block.keys() for turn in turns for block in turn["content"]):
        raise validation("The toolConfig field must be defined when using toolUse and toolResult content blocks.")
    extra = set(body.get("additionalModelRequestFields") or {})
    if not model.claude and (foreign := sorted(extra & {"thinking", "anthropic_beta", "output_config"})):
        raise validation(
            f"Malformed input request: #: extraneous key [{foreign[0]}] is not permitted, please reformat your input "
            "and try again."
        )


def _check_turns(turns: list[dict[str, Any]]) -> None:
    open_uses: list[str] = []
    for number, turn in enumerate(turns):
        if number and turn["role"] == turns[number - 1]["role"]:
            raise validation(
                "A conversation must alternate between user and assistant roles. Make sure the conversation alternates "
                "between user and assistant roles and try again."
            )
        for place, block in enumerate(turn["content"]):
            if "text" in block and not block["text"].strip():
                raise validation(
                    f"The text field in the ContentBlock object at messages.{number}.content.{place} is blank. Add "
                    "text to the text field, and try again."
                )
        results = [block["toolResult"]["toolUseId"] for block in turn["content"] if "toolResult" in block]
        if missing := [use for use in open_uses if use not in results]:
            raise validation(
                f"Expected toolResult blocks at messages.{number}.content for the following Ids: {', '.join(missing)}"
            )
        if len(results) > len(open_uses):
            raise validation(
                f"The number of toolResult blocks at messages.{number}.content exceeds the number of toolUse blocks of "
                "previous turn."
            )
        open_uses = [block["toolUse"]["toolUseId"] for block in turn["content"] if "toolUse" in block]


def as_messages(model: FoundationModel, body: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The same request as a Messages request, and the betas that it names."""
    config, tool_config = body.get("inferenceConfig") or {}, body.get("toolConfig") or {}
    request: dict[str, Any] = {
        "model": model.id,
        "max_tokens": config.get("maxTokens", model.max_output),
        "messages": [
            {"role": turn["role"], "content": _marked(map(_block, turn["content"]))} for turn in body["messages"]
        ],
    }
    named = {"temperature": "temperature", "topP": "top_p", "stopSequences": "stop_sequences"}
    request |= {ours: config[theirs] for theirs, ours in named.items() if theirs in config}
    if system := _marked(map(_block, body.get("system") or ())):
        request["system"] = system
    if tools := _marked(map(_tool, tool_config.get("tools") or ())):
        request["tools"] = tools
    if choice := tool_config.get("toolChoice"):
        kind = next(iter(choice))
        request["tool_choice"] = {"type": kind, **choice[kind]}
    if effort := (body.get("outputConfig") or {}).get("effort"):
        request["output_config"] = {"effort": effort}
    extra = dict(body.get("additionalModelRequestFields") or {})
    betas = extra.pop("anthropic_beta", [])
    if not isinstance(betas, list) or not all(isinstance(name, str) for name in betas):
        raise from_model("anthropic_beta: Input should be a valid list")
    return {**extra, **request}, betas


def _marked(blocks: Iterator[dict[str, Any]]) -> list[dict[str, Any]]:
    """The blocks, a cache point turned into a mark on the block before it."""
    kept: list[dict[str, Any]] = []
    for block in blocks:
        if block.get("type") != "cache_point":
            kept.append(block)
        elif kept:
            kept[-1] = {**kept[-1], "cache_control": block["mark"]}
    return kept


def _block(block: dict[str, Any]) -> dict[str, Any]:
    """One content block as a block of a Messages request; a kind that the scripted model cannot see is a short text."""
    kind, value = next(iter(block.items()))
    if kind == "text":
        return {"type": "text", "text": value}
    if kind == "cachePoint":
        return {"type": "cache_point", "mark": {**_MARK, **({"ttl": value["ttl"]} if "ttl" in value else {})}}
    if kind == "image" and "bytes" in value["source"]:
        source = {"type": "base64", "media_type": f"image/{value['format']}", "data": value["source"]["bytes"]}
        return {"type": "image", "source": source}
    if kind == "toolUse":
        return {"type": "tool_use", "id": value["toolUseId"], "name": value["name"], "input": value["input"]}
    if kind == "toolResult":
        content = [_block(part) for part in value["content"]]
        failed = {"is_error": True} if value.get("status") == "error" else {}
        return {"type": "tool_result", "tool_use_id": value["toolUseId"], "content": content, **failed}
    if kind == "reasoningContent" and "reasoningText" in value:
        text = value["reasoningText"]
        return {"type": "thinking", "thinking": text["text"], "signature": text.get("signature", "")}
    if kind == "reasoningContent":
        return {"type": "redacted_thinking", "data": value["redactedContent"]}
    return {"type": "text", "text": str(value) if kind == "json" else f"({kind})"}


def _tool(tool: dict[str, Any]) -> dict[str, Any]:
    if "toolSpec" not in tool:
        return _block(tool)
    spec = tool["toolSpec"]
    more = {key: spec[key] for key in ("description", "strict") if key in spec}
    return {"name": spec["name"], "input_schema": spec["inputSchema"].get("json", {}), **more}


def whole(message: dict[str, Any]) -> dict[str, Any]:
    """The plain answer."""
    return {
        "output": {"message": {"role": "assistant", "content": [_answer_block(b) for b in message["content"]]}},
        "stopReason": message["stop_reason"],
        "usage": _usage(message["usage"]),
        "metrics": {"latencyMs": 1},
    }


def events(message: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The events of the streamed answer: name and content."""
    yield "messageStart", {"role": "assistant"}
    for index, block in enumerate(message["content"]):
        place = {"contentBlockIndex": index}
        if block["type"] == "tool_use":
            start = {"toolUse": {"toolUseId": block["id"], "name": block["name"]}}
            yield "contentBlockStart", {"start": start, **place}
        for delta in messages.deltas(block):
            yield "contentBlockDelta", {"delta": _delta(delta), **place}
        yield "contentBlockStop", place
    yield "messageStop", {"stopReason": message["stop_reason"]}
    yield "metadata", {"usage": _usage(message["usage"]), "metrics": {"latencyMs": 1}}


def _answer_block(block: dict[str, Any]) -> dict[str, Any]:
    if block["type"] == "text":
        return {"text": block["text"]}
    if block["type"] == "thinking":
        return {"reasoningContent": {"reasoningText": {"text": block["thinking"], "signature": block["signature"]}}}
    return {"toolUse": {"toolUseId": block["id"], "name": block["name"], "input": block["input"]}}


def _delta(delta: dict[str, Any]) -> dict[str, Any]:
    kind = delta["type"]
    if kind == "text_delta":
        return {"text": delta["text"]}
    if kind == "thinking_delta":
        return {"reasoningContent": {"text": delta["thinking"]}}
    if kind == "signature_delta":
        return {"reasoningContent": {"signature": delta["signature"]}}
    return {"toolUse": {"input": delta["partial_json"]}}


def _usage(usage: dict[str, Any]) -> dict[str, Any]:
    read, written = usage["cache_read_input_tokens"], usage["cache_creation_input_tokens"]
    return {
        "inputTokens": usage["input_tokens"],
        "outputTokens": usage["output_tokens"],
        "totalTokens": usage["input_tokens"] + usage["output_tokens"] + read + written,
        "cacheReadInputTokens": read,
        "cacheWriteInputTokens": written,
    }
