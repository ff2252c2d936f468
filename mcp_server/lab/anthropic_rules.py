"""What a service that serves Claude refuses with 400: betas, fields, limits of the model, the order of messages.

The same rules hold on Anthropic's own API, on Bedrock and on Vertex AI; ``Terms`` says where a request arrives. The
types come from Anthropic's SDK, the rest from ``data/claude.yaml``. Wordings are those of the real service, as public
issue threads quote them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mcp_server.lab import claude_facts
from mcp_server.lab.anthropic_messages import blocks_of, input_tokens
from mcp_server.lab.claude_facts import ClaudeModel, Platform
from mcp_server.lab.message_rules import message_problems
from mcp_server.lab.request_schema import violations

_SENTENCES = {"unknown": "Extra inputs are not permitted", "missing": "Field required"}
_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_CACHE_BREAKPOINTS = 4
_LEAST_BUDGET = 1024
_HELP = "Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking"


@dataclass(frozen=True)
class Terms:
    """Where a request arrives, and on what terms."""

    platform: Platform
    model: str
    """In any spelling; the rules of a model that ``data/claude.yaml`` does not know are not checked."""
    betas: frozenset[str] = frozenset()
    counting: bool = False
    """For token counting, which needs no ``max_tokens``."""
    refused_betas: Collection[str] = ()
    refused_fields: Collection[str] = ()
    """A platform that lags behind: ``context_management``, ``output_config``, ``messages[].output_config``,
    ``tools[].defer_loading`` …"""
    extra_betas: Collection[str] = ()

    @cached_property
    def known_model(self) -> ClaudeModel | None:
        return claude_facts.claude_model(self.model)


def split_betas(header: str | None) -> list[str]:
    """The names in an ``anthropic-beta`` header."""
    return [name.strip() for name in (header or "").split(",") if name.strip()]


def beta_problem(terms: Terms) -> str | None:
    """The refusal of a beta name that the platform does not take."""
    known = claude_facts.known_betas(terms.platform) | set(terms.extra_betas)
    wrong = sorted(name for name in terms.betas if name not in known or name in terms.refused_betas)
    if not wrong:
        return None
    if terms.platform == "bedrock":
        return "invalid beta flag"
    listed = ", ".join(f"`{name}`" for name in wrong)
    return (
        f"Unexpected value(s) {listed} for the `anthropic-beta` header. Please consult our documentation at "
        "docs.claude.com or try again without the header."
    )


def problem(body: Any, terms: Terms) -> str | None:
    """Why the service would answer 400, or ``None``. ``body``: a Messages request, its model included."""
    if not isinstance(body, dict):
        return "The request body is not valid JSON"
    return next(_problems(body, terms), None)


def _problems(body: dict[str, Any], terms: Terms) -> Iterator[str]:
    if refused := beta_problem(terms):
        yield refused
    yield from _field_problems(body, terms)
    if not body["messages"]:
        yield "messages: at least one message is required"
    yield from _tool_problems(body.get("tools") or [])
    yield from _limit_problems(body, terms)
    if model := terms.known_model:
        yield from _model_problems(body, model)
    yield from _thinking_problems(body, terms)
    yield from _cache_problems(body)
    yield from message_problems(body["messages"])


def _field_problems(body: dict[str, Any], terms: Terms) -> Iterator[str]:
    for place in terms.refused_fields:
        yield from (_extra(where) for where, _ in _places(body, place))
    for name in claude_facts.missing(terms.platform, "fields"):
        if body.get(name) is not None:
            yield _extra(name)
    facts = claude_facts.facts()
    untyped = {name for name in facts["untyped"] if terms.betas & set(facts["gates"][name])}
    checked = {name: value for name, value in body.items() if name not in facts["lenient"] and name not in untyped}
    if terms.counting:
        checked = {"max_tokens": 1, **checked}
    for violation in violations("anthropic_beta_messages" if terms.betas else "anthropic_messages", checked):
        if any(violation.dotted.endswith(end) and terms.betas & set(b) for end, b in facts["untyped_inside"].items()):
            continue
        yield f"{violation.dotted}: {_SENTENCES.get(violation.kind, violation.detail)}"
    for place, betas in {**facts["gates"], **facts["platform_gates"].get(terms.platform, {})}.items():
        if not terms.betas & set(betas):
            yield from (_extra(where) for where, value in _places(body, place) if value is not None)
    yield from _kind_problems(body, terms)


def _kind_problems(body: dict[str, Any], terms: Terms) -> Iterator[str]:
    """Tools and content blocks of types that the platform does not have, or that need a beta."""
    facts, wrong = claude_facts.facts(), claude_facts.missing(terms.platform, "tools")

    def is_gated(kind: str, gates: Mapping[str, list[str]]) -> bool:
        return kind in gates and not terms.betas & set(gates[kind])

    for number, tool in enumerate(body.get("tools") or []):
        kind = tool.get("type") or "custom"
        if (wrong and kind.startswith(wrong)) or is_gated(kind, facts["tool_gates"]):
            yield f"tools.{number}: {_unknown_tag(kind)}"
    for number, message in enumerate(body["messages"]):
        for place, block in enumerate(blocks_of(message)):
            if is_gated(block["type"], facts["block_gates"]):
                yield f"messages.{number}.content.{place}: {_unknown_tag(block['type'])}"


def _unknown_tag(kind: str) -> str:
    return f"Input tag '{kind}' found using 'type' does not match any of the expected tags"


def _places(body: dict[str, Any], place: str) -> Iterator[tuple[str, Any]]:
    """Each place that ``a.b`` or ``a[].b`` means and that is there: its dotted path, its value."""
    holder, many, inner = place.partition("[].")
    if many:
        entries = body.get(holder)
        for number, entry in enumerate(entries if isinstance(entries, list) else []):
            if isinstance(entry, dict) and inner in entry:
                middle = f"{number}.custom" if holder == "tools" else str(number)
                yield f"{holder}.{middle}.{inner}", entry[inner]
        return
    value: Any = body
    for step in place.split("."):
        if not isinstance(value, dict) or step not in value:
            return
        value = value[step]
    yield place, value


def _extra(place: str) -> str:
    return f"{place}: {_SENTENCES['unknown']}"


def _tool_problems(tools: list[dict[str, Any]]) -> Iterator[str]:
    for number, tool in enumerate(tools):
        if (tool.get("type") or "custom") != "custom":
            continue
        if not _TOOL_NAME.fullmatch(tool["name"]):
            yield f"tools.{number}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{{1,128}}$'"
        schema = tool["input_schema"]
        if "type" not in schema:
            yield f"tools.{number}.custom.input_schema.type: Field required"
        if schema.get("type") != "object":
            yield f"tools.{number}.custom.input_schema.type: Input should be 'object'"
        if {"oneOf", "allOf", "anyOf"} & schema.keys():
            yield (
                f"tools.{number}.custom.input_schema: input_schema does not support oneOf, allOf, or anyOf at the "
                "top level"
            )
    names = Counter(tool["name"] for tool in tools if "name" in tool)
    if any(count > 1 for count in names.values()):
        yield "tools: Tool names must be unique."
    if tools and all(tool.get("defer_loading") for tool in tools):
        yield "At least one tool must have defer_loading=false. All tools cannot be deferred."


def _limit_problems(body: dict[str, Any], terms: Terms) -> Iterator[str]:
    if terms.counting:
        return
    limit, model = body["max_tokens"], terms.known_model
    if limit < 1:
        yield "max_tokens: must be greater than or equal to 1"
    if model and (size := input_tokens(body)) > model.context:
        on_bedrock = terms.platform == "bedrock"
        exact = f"prompt is too long: {size} tokens > {model.context} maximum"
        yield "Input is too long for requested model." if on_bedrock else exact
    if model and limit > model.max_output:
        yield (
            f"max_tokens: {limit} > {model.max_output}, which is the maximum allowed number of output tokens for "
            f"{terms.model}"
        )


def _model_problems(body: dict[str, Any], model: ClaudeModel) -> Iterator[str]:
    kind = (body.get("thinking") or {}).get("type")
    if kind in ("enabled", "adaptive") and not model.thinking:
        yield _extra("thinking")
    if kind == "adaptive" and kind not in model.thinking:
        yield "adaptive thinking is not supported on this model"
    if kind == "enabled" and kind not in model.thinking:
        yield (
            '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and '
            '"output_config.effort" to control thinking behavior.'
        )
    if kind == "disabled" and model.always:
        yield '"thinking.type.disabled" is not supported for this model.'
    if (body.get("output_config") or {}).get("effort") and not model.effort:
        yield "This model does not support the effort parameter."
    if not model.sampling:
        for name in ("temperature", "top_p"):
            if body.get(name) not in (None, 1):
                yield f"`{name}` is deprecated for this model."
    if not model.system:
        for number, message in enumerate(body["messages"]):
            if message["role"] == "system":
                yield f"messages.{number}.role: role 'system' is not supported on this model"
    if body["messages"] and body["messages"][-1]["role"] == "assistant" and not model.prefill:
        yield "This model does not support assistant message prefill. The conversation must end with a user message."


def _thinking_problems(body: dict[str, Any], terms: Terms) -> Iterator[str]:
    config = body.get("thinking") or {}
    if config.get("type") not in ("enabled", "adaptive"):
        return
    if config["type"] == "enabled":
        budget = config["budget_tokens"]
        if budget < _LEAST_BUDGET:
            yield f"thinking.enabled.budget_tokens: Input should be greater than or equal to {_LEAST_BUDGET}"
        interleaved = "interleaved-thinking-2025-05-14" in terms.betas and body.get("tools")
        if not terms.counting and not interleaved and budget >= body["max_tokens"]:
            yield (
                f"`max_tokens` must be greater than `thinking.budget_tokens`. {_HELP}"
                "#max-tokens-and-context-window-size"
            )
    if body.get("temperature") not in (None, 1):
        yield f"`temperature` may only be set to 1 when thinking is enabled. {_HELP}#important-considerations"
    if (body.get("tool_choice") or {}).get("type") in ("any", "tool"):
        yield "Thinking may not be enabled when tool_choice forces tool use."


def _cache_problems(body: dict[str, Any]) -> Iterator[str]:
    system = body.get("system")
    places = [
        *(system if isinstance(system, list) else ()),
        *(body.get("tools") or ()),
        *(block for message in body["messages"] for block in blocks_of(message)),
        body,
    ]
    marked = [place for place in places if place.get("cache_control")]
    if len(marked) > _CACHE_BREAKPOINTS:
        yield f"A maximum of {_CACHE_BREAKPOINTS} blocks with cache_control may be provided. Found {len(marked)}."
