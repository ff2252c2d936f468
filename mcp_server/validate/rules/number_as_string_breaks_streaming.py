"""A retry count is text, and only streaming breaks.

What: num_retries: "3" (or a word) in litellm_settings or router_settings.
Why: the proxy starts and plain calls work, but every streamed call answers 500 ("'>' not supported between
    instances of 'str' and 'int'"), and Claude Code always streams.
Fix: write the number without quotes.

Bad:
    router_settings:
      num_retries: "3"

Good:
    router_settings:
      num_retries: 3
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.edits import replace_node
from mcp_server.document.nodes import Scalar, join
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.problem import Problem

ID = "number-as-string-breaks-streaming"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"
#: What a text there does (measured).
KEYS = {
    "num_retries": "plain calls work, but every streamed call answers 500, and Claude Code always streams",
    "max_fallbacks": "LiteLLM starts, and no fallback is ever tried",
}


def check(document: Document, context: Context) -> Iterator[Problem]:
    for section in ("litellm_settings", "router_settings"):
        for key, why in KEYS.items():
            node = litellm(document).setting(section, key)
            if not isinstance(node, Scalar) or not node.is_text or node.text.startswith("os.environ/"):
                continue
            digits = node.text.strip()
            number = digits if digits.isdigit() else None
            yield Problem(
                f"{key} is the text {node.text!r}, and must be a number",
                why,
                f"write {key}: {number}" if number else f"write a number, e.g. {key}: 3",
                node.mark,
                join(section, key),
                change=replace_node(node, number, safe=True) if number else None,
            )
