"""Client variables that change what the client sends, applied to a recorded shape (pure).

Source: the switch table measured on 2.1.330. A variable that is not here does not change the request's shape, or
its effect was not measured.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mcp_server.catalogue.shapes import Mode, RequestShape, shape_for
from mcp_server.effective.target import is_on
from mcp_server.snapshot import Snapshot

_TOOL_SEARCH_ON = ("true", "1", "auto:0")
#: What switching the thinking off changes; recorded per model (``thinking-off`` and ``thinking-zero``).
_THINKING_FIELDS = ("thinking", "context_management", "temperature")
#: Modes in which the client ignores ANTHROPIC_BETAS (measured on both releases).
_FIXED_BETAS = ("bedrock", "vertex", "mantle", "gateway")


def client_shape(snapshot: Snapshot, model: str, provider: str = "anthropic") -> tuple[RequestShape, tuple[str, ...]]:
    """The shape of what this machine's client sends for ``model``, and the variables that changed it.

    ``provider``: id of the mode of ``claude_code.yaml`` in which it speaks.
    """
    used: list[str] = []

    def value(name: str) -> str:
        setting = snapshot.variable(name)
        return setting.value.strip() if setting is not None else ""

    def on(name: str) -> bool:
        if is_on(snapshot.variable(name)):
            used.append(name)
            return True
        return False

    mode: Mode = "default"
    search = value("ENABLE_TOOL_SEARCH").lower()
    if on("CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS"):
        mode = "experimental-betas-off"
    elif search and search not in _TOOL_SEARCH_ON:
        mode = "tool-search-off"
        used.append("ENABLE_TOOL_SEARCH")
    known_as = _treated_as(snapshot, model)
    shape = shape_for(snapshot.client_version, known_as, mode, provider)
    fields = dict(shape.fields)
    betas = list(shape.betas)
    system, messages = list(shape.system), list(shape.messages)

    limit = value("CLAUDE_CODE_MAX_OUTPUT_TOKENS")
    if limit.isascii() and limit.isdigit() and 0 < int(limit) < 10_000_000:
        fields["max_tokens"] = int(limit)
        used.append("CLAUDE_CODE_MAX_OUTPUT_TOKENS")
    quiet: Mode | None = None
    if on("CLAUDE_CODE_DISABLE_THINKING"):
        quiet = "thinking-off"
    elif value("MAX_THINKING_TOKENS") == "0":
        quiet = "thinking-zero"
    if quiet is not None:
        without = shape_for(snapshot.client_version, known_as, quiet).fields
        if quiet == "thinking-zero" and any(without.get(key) != fields.get(key) for key in _THINKING_FIELDS):
            used.append("MAX_THINKING_TOKENS")
        for key in _THINKING_FIELDS:
            if key in without and (key in fields or key != "context_management"):
                fields[key] = without[key]
            else:
                fields.pop(key, None)
    thinking = fields.get("thinking")
    if isinstance(thinking, dict) and thinking.get("budget_tokens", 0) >= fields["max_tokens"]:
        # The client keeps a fixed budget below the output limit.
        fields["thinking"] = {**thinking, "budget_tokens": max(fields["max_tokens"] - 1, 1)}
    effort = value("CLAUDE_CODE_EFFORT_LEVEL").lower()
    if effort and "output_config" in fields:
        used.append("CLAUDE_CODE_EFFORT_LEVEL")
        if effort in ("auto", "unset"):
            del fields["output_config"]
            messages = [_without(message, "output_config") for message in messages]
        else:
            fields["output_config"] = {**fields["output_config"], "effort": effort}
    if on("DISABLE_INTERLEAVED_THINKING"):
        betas = [beta for beta in betas if not beta.startswith("interleaved-thinking")]
    more_betas = [beta.strip() for beta in value("ANTHROPIC_BETAS").split(",") if beta.strip()]
    if more_betas and provider not in _FIXED_BETAS:
        used.append("ANTHROPIC_BETAS")
        more_betas = [beta for beta in more_betas if beta not in betas]
        betas += more_betas
    if on("DISABLE_PROMPT_CACHING"):
        system = [_without(block, "cache_control") for block in system]
        messages = [
            {**m, "blocks": [_without(block, "cache_control") for block in m["blocks"]]} if "blocks" in m else m
            for m in messages
        ]
    if value("CLAUDE_CODE_ATTRIBUTION_HEADER") == "0":
        used.append("CLAUDE_CODE_ATTRIBUTION_HEADER")
        system = system[1:]
    extra = _extra_body(value("CLAUDE_CODE_EXTRA_BODY"))
    if extra:
        used.append("CLAUDE_CODE_EXTRA_BODY")
        fields.update(extra)
    outside = tuple(beta for beta in betas if beta not in shape.body_betas or beta in shape.header_betas)
    changed = replace(
        shape, fields=fields, betas=tuple(betas), header_betas=outside, system=tuple(system), messages=tuple(messages)
    )
    return changed, tuple(used)


def _treated_as(snapshot: Snapshot, model: str) -> str:
    """``modelOverrides`` maps a Claude id to a gateway's name; the client then treats that name as the Claude id."""
    for file in snapshot.settings_files:
        overrides = file.data.get("modelOverrides")
        if isinstance(overrides, Mapping):
            for claude, name in overrides.items():
                if name == model:
                    return str(claude)
    return model


def _without(entry: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {k: v for k, v in entry.items() if k != key}


def _extra_body(text: str) -> dict[str, Any]:
    if not text:
        return {}
    try:
        extra = json.loads(text)
    except ValueError:
        return {}
    return (
        {k: v for k, v in extra.items() if k not in ("model", "messages", "tools")} if isinstance(extra, dict) else {}
    )
