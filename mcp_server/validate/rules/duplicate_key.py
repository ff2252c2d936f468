"""A key stands twice in the same mapping.

What: two keys of the same name in one mapping or object.
Why: YAML and JSON readers keep the last one and drop the first without a word: with two model_list: the first list
    of models disappears.
Fix: merge the two, or delete the one that is not meant. (A repeated model_name is load balancing and fine.)

Bad:
    model_list:
      - model_name: first
        litellm_params: {model: anthropic/claude-sonnet-4-6}
    model_list:
      - model_name: second
        litellm_params: {model: anthropic/claude-haiku-4-5}

Good:
    model_list:
      - model_name: first
        litellm_params: {model: anthropic/claude-sonnet-4-6}
      - model_name: second
        litellm_params: {model: anthropic/claude-haiku-4-5}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.document import Document
from mcp_server.validate.nodes import Entry, Mapping, Scalar, join
from mcp_server.validate.problem import Problem

ID = "duplicate-key"
KINDS: tuple[Kind, ...] = ("litellm", "claude-settings")
SEVERITY: Severity = "error"


def check(document: Document, context: Context) -> Iterator[Problem]:
    for path, node in document.nodes:
        if not isinstance(node, Mapping) or len(node.entries) == len(node.effective):
            continue
        first: dict[str, Entry] = {}
        for entry in node.entries:
            earlier = first.setdefault(entry.name, entry)
            if earlier is entry:
                continue
            same = _same(earlier, entry)
            yield Problem(
                f"the key {entry.name} stands here a second time; the first is on line {earlier.key.mark.line}",
                "both have the same value, so nothing is lost today"
                if same
                else "the program keeps this one and silently drops the first with everything in it",
                "delete one of the two" if same else "merge both into one, or delete the one that is not meant",
                entry.key.mark,
                join(path, entry.name),
                severity="warning" if same else None,
            )


def _same(one: Entry, other: Entry) -> bool:
    return (
        isinstance(one.value, Scalar)
        and isinstance(other.value, Scalar)
        and one.value.text == other.value.text
        and one.value.plain == other.value.plain
    )
