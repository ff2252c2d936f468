"""A suppression comment silences nothing.

What: a comment "llm-gateway: ignore[rule-id]" at a line where that rule finds nothing, or an ignore-file[…] of a rule
    that finds nothing in the file, or one that stands too far down to count. A rule that did not run is not judged.
Why: the reason for the comment is gone, and the next mistake at this place would be hidden by it.
Fix: delete the comment, or move it to the line of the finding (or alone on the line above it).

Bad:
    general_settings:
      # llm-gateway: ignore[master-key] rotated every week
      master_key: os.environ/LITELLM_MASTER_KEY

Good:
    general_settings:
      # llm-gateway: ignore[master-key] for the demo on one machine
      master_key: sk-1234
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.validate import kinds, suppressions
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.problem import Problem
from mcp_server.validate.suppressions import FIRST_LINES

ID = "suppression-unused"
KINDS: tuple[Kind, ...] = kinds.with_comments()
SEVERITY: Severity = "info"


def check(document: Document, context: Context) -> Iterator[Problem]:
    """Must run after all other rules: only then is it known which comments were of use."""
    given = suppressions.of(document)
    ran = frozenset(given.ran)
    for comment in given.comments:
        if comment.too_late:
            yield Problem(
                f"ignore-file stands on line {comment.mark.line} and counts only in the first {FIRST_LINES} lines",
                "the comment silences nothing",
                "move it to the top of the file, where a reader looks for it",
                comment.mark,
            )
            continue
        place = (
            "this file"
            if comment.line is None
            else "its line"
            if comment.line == comment.mark.line
            else "the line below"
        )
        for name, mark in comment.names:
            if name in ran and name not in comment.used and name != ID:
                yield Problem(
                    f"{name} finds nothing in {place}, so this comment is not needed",
                    "the next mistake of that sort here would be hidden",
                    f"delete {name} from the comment, or move the comment to the line of the finding",
                    mark,
                )
