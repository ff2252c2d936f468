"""Refusals that Claude Code heals by itself: it leaves the part out and repeats the request, once per session.

Measured on 2.1.330 by answering its requests with each wording. A wording that is not here was not healed, although
some look alike: ``output_config: Extra inputs are not permitted`` at the top level ends in an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from mcp_server.catalogue.shapes import RequestShape

SYSTEM_ROLE = "messages with role system"
_QUOTED = re.compile(r"[`'\"]([A-Za-z0-9._-]{3,80})[`'\"]")


def heal(shape: RequestShape, text: str) -> tuple[RequestShape, str] | None:
    """The shape of the client's next try after a refusal with ``text``, and what it leaves out; else ``None``."""
    for pattern, what, change in _HEALED:
        found = pattern.search(text)
        if found is not None:
            changed = change(shape, found)
            return None if changed == shape else (changed, what)
    return None


def healed_by_client(text: str) -> bool:
    """Does the client survive a refusal with these words?"""
    return any(pattern.search(text) for pattern, _, _ in _HEALED)


def blind_tries(shape: RequestShape) -> list[tuple[RequestShape, str]]:
    """What the client tries, in this order, after a 400 whose words tell it nothing; then it gives up.

    2.1.330 does, whatever the words; 2.1.197 shows the first refusal, but for one beta of a Fable model. In the mode of
    `claude gateway` the messages with role system go last.
    """
    if shape.client_version == "2.1.197":
        tried = _without_beta(shape, "fallback-credit-")
        return [(tried, "the beta fallback-credit")] if tried != shape else []
    stages: list[tuple[str, ...]] = [(), ("beta",), ("beta", "display")]
    if shape.provider == "gateway":
        stages.append(("beta", "display", "system"))
    tries: list[tuple[RequestShape, str]] = []
    for search in (False, True):
        for thinking in stages:
            tried, left_out = shape, []
            if search:
                tried, left_out = _without_tool_search_at_all(tried), ["tool search"]
            if "beta" in thinking:
                tried, left_out = _without_beta(tried, "thinking-token-count-"), [*left_out, "thinking-token-count"]
            if "display" in thinking:
                tried, left_out = _without_display(tried), [*left_out, "thinking.display"]
            if "system" in thinking:
                tried, left_out = _without_system_role(tried), [*left_out, SYSTEM_ROLE]
            if tried not in (shape, *(known for known, _ in tries)):
                tries.append((tried, " and ".join(left_out)))
    return tries


def _without_beta(shape: RequestShape, start: str) -> RequestShape:
    return replace(shape, betas=tuple(beta for beta in shape.betas if not beta.startswith(start)))


def _without_tool_search_at_all(shape: RequestShape) -> RequestShape:
    return _without_beta(_without_beta(_without_tool_search(shape), "advanced-tool-use-"), "tool-search-tool-")


_Change = Callable[[RequestShape, "re.Match[str]"], RequestShape]


def _without_betas(shape: RequestShape, found: re.Match[str]) -> RequestShape:
    named = set(_QUOTED.findall(found[0]))
    return replace(shape, betas=tuple(beta for beta in shape.betas if beta not in named))


def _without_field(name: str) -> _Change:
    def change(shape: RequestShape, _: re.Match[str]) -> RequestShape:
        return replace(shape, fields={key: value for key, value in shape.fields.items() if key != name})

    return change


def _without_named_beta(shape: RequestShape, found: re.Match[str]) -> RequestShape:
    changed = _without_beta(shape, found[1])
    if found[1].startswith("advanced-tool-use-"):
        return _without_tool_search(changed)
    return _without_message_config(changed, found) if found[1].startswith("per-turn-control-") else changed


def _without_effort(shape: RequestShape, found: re.Match[str]) -> RequestShape:
    return _without_beta(_without_field("output_config")(shape, found), "effort-")


def _without_message_config(shape: RequestShape, _: re.Match[str]) -> RequestShape:
    return replace(shape, messages=tuple(_without(message, "output_config") for message in shape.messages))


def _without_tool_search(shape: RequestShape, _: re.Match[str] | None = None) -> RequestShape:
    return replace(shape, tools=tuple(tool for tool in shape.tools if "defer_loading" not in tool.extra))


def _without_system_role(shape: RequestShape, _: re.Match[str] | None = None) -> RequestShape:
    """The texts move into the user's message, before what the user typed."""
    texts = [block for m in shape.messages if m["role"] == "system" for block in _blocks(m)]
    messages = [dict(m) for m in shape.messages if m["role"] != "system"]
    for message in messages[:1]:
        blocks = _blocks(message)
        message["blocks"] = [*blocks[:-1], *texts, *blocks[-1:]]
    return replace(shape, messages=tuple(messages), after_results=())


def _with_budget(shape: RequestShape, _: re.Match[str]) -> RequestShape:
    budget = {"type": "enabled", "budget_tokens": max(int(shape.fields.get("max_tokens", 32_000)) - 1, 1)}
    return replace(shape, fields={**shape.fields, "thinking": budget})


def _without_display(shape: RequestShape, _: re.Match[str] | None = None) -> RequestShape:
    thinking = shape.fields.get("thinking")
    if not isinstance(thinking, Mapping):
        return shape
    return replace(shape, fields={**shape.fields, "thinking": _without(thinking, "display")})


def _within_limit(shape: RequestShape, found: re.Match[str]) -> RequestShape:
    return replace(shape, fields={**shape.fields, "max_tokens": max(int(found[1]), 1)})


def _without(entry: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {k: v for k, v in entry.items() if k != key}


def _blocks(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(message.get("blocks") or [{"type": "text", "characters": int(message.get("characters", 1))}])


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_HEALED: tuple[tuple[re.Pattern[str], str, _Change], ...] = (
    # What a gateway may write into its refusal so that the client understands it in any case; claude gateway does.
    (
        _compiled(r"capability_rejected: beta_header:([\w.-]{1,80})"),
        "the beta name that was refused",
        _without_named_beta,
    ),
    (_compiled(r"capability_rejected: effort_unsupported\b"), "the effort of output_config", _without_effort),
    (_compiled(r"capability_rejected: thinking_type:adaptive\b"), "adaptive thinking", _with_budget),
    (_compiled(r"capability_rejected: mid_conv_system\b"), SYSTEM_ROLE, _without_system_role),
    (
        _compiled(r"unexpected value\(s\) .{1,300}? for the .anthropic-beta"),
        "the beta names that were refused",
        _without_betas,
    ),
    (_compiled(r"\bcontext_management: extra inputs"), "context_management", _without_field("context_management")),
    (
        _compiled(r"messages\.\d{1,4}\.output_config: extra inputs"),
        "output_config of messages",
        _without_message_config,
    ),
    (_compiled(r"tools\.\d{1,4}\.\w{0,20}\.?defer_loading: extra inputs"), "tool search", _without_tool_search),
    (
        _compiled(
            r"messages\.\d{1,4}\.role: input should be|unexpected role .{0,3}system"
            r"|role .?system.? is not supported on this model"
        ),
        SYSTEM_ROLE,
        _without_system_role,
    ),
    (_compiled(r"adaptive thinking is not supported on this model"), "adaptive thinking", _with_budget),
    (
        _compiled(r"does not support the effort parameter"),
        "the effort of output_config",
        _without_field("output_config"),
    ),
    (_compiled(r"thinking\.adaptive\.display: extra inputs"), "thinking.display", _without_display),
    (_compiled(r"max_tokens: \d{1,9} > (\d{1,9})"), "a part of max_tokens", _within_limit),
)
