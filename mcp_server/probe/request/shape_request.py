"""Builds requests of the real client's size and dialect, with our own words in them (pure)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from mcp_server.catalogue.shapes import RequestShape
from mcp_server.probe.request import filler

_MILLION = "[1m]"
#: Values of headers that differ between machines; any will do.
_MACHINE = {"x-stainless-arch": "x64", "x-stainless-os": "Linux", "x-stainless-runtime-version": "v24.3.0"}


def build_messages_request(
    shape: RequestShape,
    model: str,
    tool: Mapping[str, Any],
    instruction: str,
    history: Sequence[Mapping[str, Any]] = (),
    *,
    session_id: str = "00000000-0000-4000-8000-000000000000",
) -> tuple[str, dict[str, str], dict[str, Any]]:
    """Path, headers (no credential) and body of the client's main request for ``model``.

    ``tool`` stands in for one of the client's tools, so that their number stays; ``instruction`` is what the user
    typed; ``history`` are the messages after it (the model's answer and the tool results).
    """
    tools = [filler.tool(entry, number) for number, entry in enumerate(shape.tools[1:])]
    fields: dict[str, Any] = {
        "model": plain_model(model),
        "messages": _messages(shape, instruction, history),
        "system": _system(shape),
        "tools": [dict(tool), *tools],
        "metadata": {"user_id": user_id(shape, session_id)},
        **shape.fields,
    }
    body = {key: fields[key] for key in shape.body_keys if key in fields}
    # A field that a switch added is not among the recorded keys.
    body.update({key: value for key, value in fields.items() if key not in body and key in shape.fields})
    return shape.path, build_headers(shape, session_id), body


def build_small_request(
    shape: RequestShape,
    model: str,
    instruction: str,
    max_tokens: int,
    *,
    session_id: str = "00000000-0000-4000-8000-000000000000",
) -> tuple[str, dict[str, str], dict[str, Any]]:
    """The smallest streamed message: the client's address and headers, one sentence, no tools."""
    body: dict[str, Any] = {
        "model": plain_model(model),
        "messages": [{"role": "user", "content": [{"type": "text", "text": instruction}]}],
        "metadata": {"user_id": user_id(shape, session_id)},
        "max_tokens": min(max_tokens, int(shape.fields.get("max_tokens", max_tokens))),
        "stream": True,
    }
    return shape.path, build_headers(shape, session_id), body


def build_headers(shape: RequestShape, session_id: str) -> dict[str, str]:
    """The client's headers in its order, lower case, without a credential."""
    values = {
        **_MACHINE,
        "user-agent": shape.user_agent,
        "x-claude-code-session-id": session_id,
        "anthropic-beta": ",".join(shape.betas),
    }
    found = {name: value if value is not None else values.get(name, "") for name, value in shape.headers.items()}
    return {name: value for name, value in found.items() if value}


def user_id(shape: RequestShape, session_id: str) -> str:
    """``metadata.user_id`` in the client's form: JSON text, longer than some providers allow."""
    values = {"device_id": sha256(session_id.encode()).hexdigest(), "session_id": session_id}
    return json.dumps({key: values.get(key, "") for key in shape.user_id_keys}, separators=(",", ":"))


def plain_model(model: str) -> str:
    """The name as it goes over the wire: the client strips ``[1m]``."""
    return model[: -len(_MILLION)] if model.lower().endswith(_MILLION) else model


def _system(shape: RequestShape) -> list[dict[str, Any]]:
    blocks = [_block(block, filler.text(block["characters"])) for block in shape.system]
    # Our tool is shorter than the one it stands in for; the last system block takes up the difference.
    replaced = shape.tools[0]
    blocks[-1]["text"] += "\n" + filler.text(replaced.description_characters + replaced.schema["bytes"])
    return blocks


def _messages(shape: RequestShape, instruction: str, history: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    caching = any("cache_control" in block for m in shape.messages for block in m.get("blocks", ()))
    last_user = max(index for index, message in enumerate(shape.messages) if message["role"] == "user")
    for index, entry in enumerate(shape.messages):
        message: dict[str, Any] = {"role": entry["role"]}
        blocks = entry.get("blocks", ())
        if entry["role"] == "user" and blocks:
            content: list[dict[str, Any]]
            content = [{"type": "text", "text": filler.text(block["characters"])} for block in blocks]
            if index == last_user:
                content[-1]["text"] = instruction
            message["content"] = content
        else:
            message["content"] = filler.text(_characters(entry))
        if "output_config" in entry:
            message["output_config"] = entry["output_config"]
        messages.append(message)
    messages += [dict(message) for message in history]
    recorded: Mapping[str, Any] = shape.messages[-1]
    if history:
        messages += [{"role": m["role"], "content": filler.text(_characters(m))} for m in shape.after_results]
        recorded = shape.after_results[-1] if shape.after_results else {"role": "user", "blocks": ()}
    if caching:
        # The marker stands on the newest message, or before it where that was recorded as plain text.
        users = [message for message in messages if message["role"] == "user"]
        _mark_cached(messages[-1] if "blocks" in recorded else users[-1])
    return messages


def _characters(entry: Mapping[str, Any]) -> int:
    return int(entry.get("characters") or sum(block["characters"] for block in entry.get("blocks", ())))


def _mark_cached(message: dict[str, Any]) -> None:
    """The client puts the cache marker on the last block of the newest message it can mark."""
    content = message["content"]
    blocks: list[dict[str, Any]] = [{"type": "text", "text": content}]
    if not isinstance(content, str):
        blocks = [dict(block) for block in content]
    blocks[-1]["cache_control"] = {"type": "ephemeral"}
    message["content"] = blocks


def _block(entry: Mapping[str, Any], words: str) -> dict[str, Any]:
    block: dict[str, Any] = {"type": entry["type"], "text": words}
    if "cache_control" in entry:
        block["cache_control"] = entry["cache_control"]
    return block
