"""A pre-call check does not exist.

What: a name in router_settings.optional_pre_call_checks that LiteLLM does not know.
Why: it is ignored silently, so the check you rely on never runs.
Fix: use one of the listed names.

Bad:
    router_settings:
      optional_pre_call_checks: [prompt_cache]

Good:
    router_settings:
      optional_pre_call_checks: [prompt_caching]
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Scalar, Sequence
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm, schema
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.names import close_name

ID = "pre-call-check-unknown"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "warning"


def check(document: Document, context: Context) -> Iterator[Problem]:
    node = litellm(document).setting("router_settings", "optional_pre_call_checks")
    valid = tuple(schema().data["pre_call_checks"])
    for index, item in enumerate(node.items if isinstance(node, Sequence) else ()):
        if isinstance(item, Scalar) and item.text not in valid:
            close = close_name(item.text, valid)
            yield Problem(
                f"LiteLLM knows no pre-call check {item.text}",
                "it is ignored silently",
                (f"did you mean {close}? " if close else "") + f"Valid: {', '.join(valid)}",
                item.mark,
                f"router_settings.optional_pre_call_checks[{index}]",
            )
