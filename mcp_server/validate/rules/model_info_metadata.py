"""model_info holds a key that LiteLLM only passes on.

What: a key of model_info that is neither a field of LiteLLM's model information nor read by name anywhere in it
    (description, note, context_window, …). Each name is reported once, at its first place.
Why: LiteLLM keeps such keys as metadata and shows them on /model/info; they change nothing else, so a limit or a
    capability written that way does not count.
Fix: nothing, when it is a note for people; else use the name LiteLLM reads (max_input_tokens, supports_vision, …).

Bad:
    model_list:
      - model_name: sonnet
        litellm_params: {model: anthropic/claude-sonnet-4-6}
        model_info: {context_window: 200000}

Good:
    model_list:
      - model_name: sonnet
        litellm_params: {model: anthropic/claude-sonnet-4-6}
        model_info: {max_input_tokens: 200000}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Entry
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm, schema
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.names import close_name

ID = "model-info-metadata"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "info"

#: What people write for what LiteLLM reads under another name.
MEANT = {"context_window": "max_input_tokens", "context_length": "max_input_tokens", "max_context": "max_input_tokens"}


def check(document: Document, context: Context) -> Iterator[Problem]:
    known = schema().keys("model_info")
    places: dict[str, list[tuple[str, Entry]]] = {}
    for deployment in litellm(document).deployments:
        for entry in deployment.info or ():
            if entry.name not in known:
                places.setdefault(entry.name, []).append((deployment.path, entry))
    for name, found in places.items():
        path, entry = found[0]
        meant = MEANT.get(name) or close_name(name, tuple(known), 0.85)
        others = f" (also in {len(found) - 1} other deployments)" if len(found) > 1 else ""
        yield Problem(
            f"LiteLLM reads no {name} in model_info{others}",
            "it is passed on as metadata by /model/info and changes nothing else",
            f"did you mean {meant}?" if meant else "nothing to do when it is a note for people",
            entry.key.mark,
            f"{path}.model_info.{name}",
        )
