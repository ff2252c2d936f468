"""A guardrail cannot be built, and LiteLLM starts without it.

What: an entry of guardrails without guardrail_name, litellm_params.guardrail or mode, or with an unknown guardrail.
Why: LiteLLM logs an error and starts WITHOUT the guardrail: the protection you rely on is off.
Fix: complete the entry, and use a guardrail that LiteLLM knows.

Bad:
    guardrails:
      - guardrail_name: pii
        litellm_params: {guardrail: presidio}

Good:
    guardrails:
      - guardrail_name: pii
        litellm_params: {guardrail: presidio, mode: pre_call}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mapping, Node, Sequence, is_empty, text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm, schema
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.names import close_name

ID = "guardrail-invalid"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"

#: When a guardrail can run (``GuardrailEventHooks`` of LiteLLM 1.106.2).
MODES = (
    *("pre_call", "post_call", "during_call", "logging_only", "pre_mcp_call", "during_mcp_call", "post_mcp_call"),
    "realtime_input_transcription",
)
WHY = "LiteLLM logs an error and starts WITHOUT this guardrail"


def check(document: Document, context: Context) -> Iterator[Problem]:
    old = litellm(document).setting("litellm_settings", "guardrails")
    if old is not None and not isinstance(old, Sequence):
        yield Problem(
            f"guardrails is {old.kind}, and must be a list of mappings",
            "LiteLLM fails while it loads the file",
            "use the section guardrails at the top level, or delete the line",
            old.mark,
            "litellm_settings.guardrails",
        )
    for index, item in enumerate(old.items if isinstance(old, Sequence) else ()):
        if not isinstance(item, Mapping):
            yield Problem(
                f"this guardrail is {item.kind}, and must be a mapping",
                "LiteLLM fails while it loads the file",
                "write NAME: {callbacks: [...], default_on: true}, or use the section guardrails",
                item.mark,
                f"litellm_settings.guardrails[{index}]",
            )
    node = litellm(document).root.get("guardrails")
    known = tuple(schema().data["guardrails"])
    for index, item in enumerate(node.items if isinstance(node, Sequence) else ()):
        if not isinstance(item, Mapping):
            continue
        path = f"guardrails[{index}]"
        params = item.get("litellm_params")
        missing = [] if "guardrail_name" in item else ["guardrail_name"]
        inner = params if isinstance(params, Mapping) else None
        missing += [f"litellm_params.{k}" for k in ("guardrail", "mode") if inner is None or is_empty(inner.get(k))]
        if missing:
            yield Problem(
                f"this guardrail lacks {' and '.join(missing)}", WHY, f"add {' and '.join(missing)}", item.mark, path
            )
        yield from _modes(inner.get("mode") if inner else None, f"{path}.litellm_params.mode")
        place = inner.get("guardrail") if inner else None
        name = text(place)
        if place is not None and name and name not in known and "." not in name and "/" not in name:
            close = close_name(name, known)
            yield Problem(
                f"LiteLLM knows no guardrail {name}",
                WHY,
                f"did you mean {close}?" if close else "use a known guardrail, or MODULE.CLASS for your own",
                place.mark,
                f"{path}.litellm_params.guardrail",
            )


def _modes(node: Node | None, path: str) -> Iterator[Problem]:
    """Unknown modes in a text or a list; a mapping of tags is left alone."""
    for item in node.items if isinstance(node, Sequence) else [node]:
        name = text(item)
        if item is not None and name and name not in MODES and not name.startswith("os.environ/"):
            close = close_name(name, MODES)
            yield Problem(
                f"LiteLLM knows no guardrail mode {name}",
                WHY,
                (f"did you mean {close}? " if close else "") + f"Valid: {', '.join(MODES)}",
                item.mark,
                path,
            )
