"""A suppression comment names a rule that does not exist.

What: a comment "llm-gateway: ignore[…]" with a name that is no rule's id, or without any name in brackets.
Why: the comment silences nothing; after a slip of the pen the finding stays, or a later reader believes that a
    check is off which never existed.
Fix: write the id as it stands in the finding, e.g. ignore[plain-http-off-machine]; llm-gateway validate --list-rules
    shows them all.

Bad:
    model_list:
      - model_name: m
        litellm_params:
          model: openai/qwen3
          api_base: http://models.internal/v1  # llm-gateway: ignore[plain-http-of-machine] inside our network
          api_key: os.environ/KEY

Good:
    model_list:
      - model_name: m
        litellm_params:
          model: openai/qwen3
          # llm-gateway: ignore[openai-route-responses] this server has /responses
          api_base: https://models.internal/v1
          api_key: os.environ/KEY
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.edit import Change, Edit
from mcp_server.document.nodes import Mark
from mcp_server.validate import kinds, suppressions
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.names import close_name

ID = "suppression-unknown-rule"
KINDS: tuple[Kind, ...] = kinds.with_comments()
SEVERITY: Severity = "warning"


def check(document: Document, context: Context) -> Iterator[Problem]:
    from mcp_server.validate.rules import RULES

    ids = [rule.ID for rule in RULES]
    for comment in suppressions.of(document).comments:
        if not comment.names:
            yield Problem(
                "this comment names no rule, so it silences nothing",
                "every finding of the line stays, and nobody can tell which one was meant",
                "write the id of the rule in brackets: # llm-gateway: ignore[rule-id] reason",
                comment.mark,
            )
        for name, mark in comment.names:
            if name in ids:
                continue
            close = close_name(name, ids)
            yield Problem(
                f"there is no rule {name}" + (f"; did you mean {close}?" if close else ""),
                "the comment silences nothing",
                f"write {close}" if close else "llm-gateway validate --list-rules shows the ids; or delete the comment",
                mark,
                change=Change((Edit(mark, Mark(mark.line, mark.column + len(name)), close),)) if close else None,
            )
