"""A fallback setting has a shape LiteLLM refuses or ignores.

What: fallbacks as a mapping or a list of strings, several keys in one item, a target that is no list.
Why: for fallbacks and content_policy_fallbacks LiteLLM stops at start ('is not a dictionary', 'must have exactly one
    key'); the wrong shape of context_window_fallbacks is ignored silently.
Fix: write a list with one mapping per source: [{source: [target, ...]}].

Bad:
    litellm_settings:
      fallbacks: {sonnet: [haiku]}

Good:
    litellm_settings:
      fallbacks: [{sonnet: [haiku]}]
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mapping, Sequence, is_empty, is_nothing, text
from mcp_server.document.structure import one_item_per_key, wrap_in_list
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.problem import Problem

ID = "fallback-shape"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"
FIX = "write a list with one mapping per source: [{source: [target]}]"


def check(document: Document, context: Context) -> Iterator[Problem]:
    for path, node in litellm(document).fallbacks():
        checked = not path.endswith(".context_window_fallbacks")
        why = "LiteLLM refuses to start" if checked else "LiteLLM does not check it and never uses it"
        if is_empty(node):
            continue
        if not isinstance(node, Sequence):
            # the router asks whether there is something; litellm_settings are walked through without a question
            nothing = is_nothing(node) and (
                not path.startswith("litellm_") or isinstance(node, Mapping) or text(node) == ""
            )
            change = one_item_per_key(document, node, safe=True) if isinstance(node, Mapping) else None
            yield Problem(
                f"{path} is {node.kind}, and must be a list",
                "LiteLLM takes it for not set" if nothing else why,
                FIX,
                node.mark,
                path,
                severity="warning" if nothing else None,
                change=change,
            )
            continue
        for index, item in enumerate(node.items):
            here = f"{path}[{index}]"
            if not isinstance(item, Mapping):
                yield Problem(f"this fallback is {item.kind}, and must be a mapping", why, FIX, item.mark, here)
            elif len(item) != 1:
                yield Problem(
                    f"this fallback has {len(item)} keys, and must have exactly one",
                    why,
                    "start a new list item ('- ') for each source",
                    item.mark,
                    here,
                    severity=None if checked else "warning",
                    change=one_item_per_key(document, item, safe=True, in_list=True),
                )
            else:
                for entry in item:
                    if is_empty(entry.value) or (isinstance(entry.value, Sequence) and not entry.value.items):
                        yield Problem(
                            f"the fallback of {entry.name} names no target",
                            "LiteLLM starts, and there is no fallback",
                            f"write {entry.name}: [TARGET], or delete it",
                            entry.key.mark,
                            f"{here}.{entry.name}",
                            severity="warning",
                        )
                    elif not isinstance(entry.value, Sequence):
                        yield Problem(
                            f"the target of {entry.name} is {entry.value.kind}, and should be a list",
                            "LiteLLM accepts it today by chance of its implementation",
                            f"write {entry.name}: [TARGET]",
                            entry.value.mark,
                            f"{here}.{entry.name}",
                            severity="warning",
                            change=wrap_in_list(document, entry.value, safe=True),
                        )
