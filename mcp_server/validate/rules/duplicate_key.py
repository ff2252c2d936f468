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
from mcp_server.document.document import Document
from mcp_server.document.nodes import Entry, Mapping, Scalar, join
from mcp_server.document.structure import delete_entry
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.env import env
from mcp_server.validate.problem import Problem

ID = "duplicate-key"
KINDS: tuple[Kind, ...] = (
    *("litellm", "claude-settings", "env", "docker-compose", "kubernetes"),
    *("claude-gateway", "truefoundry", "zuplo"),
)
SEVERITY: Severity = "error"
#: Readers that refuse a file with a repeated key, and readers with a word of their own (measured).
REFUSES: dict[str, str] = {"docker-compose": "Compose refuses the whole file (mapping key already defined)"}
KEEPS: dict[str, str] = {
    "kubernetes": "kustomize refuses the file; kubectl keeps this one and silently drops the first",
}


def check(document: Document, context: Context) -> Iterator[Problem]:
    for path, node in document.nodes:
        if not isinstance(node, Mapping) or len(node.entries) == len(node.effective):
            continue
        if context.kind == "env":
            yield from _variables(document, node)
            continue
        first: dict[str, Entry] = {}
        for entry in node.entries:
            earlier = first.setdefault(entry.name, entry)
            if earlier is entry:
                continue
            same = _same(earlier, entry)
            yield Problem(
                f"the key {entry.name} stands here a second time; the first is on line {earlier.key.mark.line}",
                REFUSES.get(context.kind)
                or (
                    "both have the same value, so nothing is lost today"
                    if same
                    else KEEPS.get(context.kind, "the program keeps this one and silently drops the first")
                    + " with everything in it"
                ),
                "delete one of the two" if same else "merge both into one, or delete the one that is not meant",
                entry.key.mark,
                join(path, entry.name),
                severity="warning" if same and context.kind not in REFUSES else None,
                change=delete_entry(document, node, entry, safe="#" not in document.line(entry.key.mark.line))
                if same
                else delete_entry(document, node, earlier),
            )


def _variables(document: Document, node: Mapping) -> Iterator[Problem]:
    """Variables that are set twice. A script may do that on purpose, and a value may extend the earlier one."""
    view = env(document)
    first: dict[str, Entry] = {}
    for entry in node.entries if not view.script else ():
        earlier = first.setdefault(entry.name, entry)
        if earlier is entry or f"${entry.name}" in document.line(entry.value.mark.line).replace("{", ""):
            continue
        same = _same(earlier, entry)
        yield Problem(
            f"{entry.name} is set a second time; the first is on line {earlier.key.mark.line}",
            "both have the same value, so nothing is lost today"
            if same
            else "the last one counts; kubectl --from-env-file refuses the file"
            if view.origin == "env"
            else "the last one counts, and the first is dropped without a word",
            "delete one of the two",
            entry.key.mark,
            f"env.{entry.name}",
            severity="info" if same else "warning",
        )


def _same(one: Entry, other: Entry) -> bool:
    return (
        isinstance(one.value, Scalar)
        and isinstance(other.value, Scalar)
        and one.value.text == other.value.text
        and one.value.plain == other.value.plain
    )
