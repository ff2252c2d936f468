"""The routing strategy does not exist.

What: router_settings.routing_strategy with a name LiteLLM does not know.
Why: LiteLLM refuses to start: 'Invalid routing_strategy'.
Fix: use one of the listed strategies; simple-shuffle is the default.

Bad:
    router_settings:
      routing_strategy: round-robin

Good:
    router_settings:
      routing_strategy: simple-shuffle
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Scalar, is_empty
from mcp_server.document.writing import set_text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm, schema
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.names import close_name, evident

ID = "routing-strategy-unknown"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"


def check(document: Document, context: Context) -> Iterator[Problem]:
    node = litellm(document).setting("router_settings", "routing_strategy")
    valid = list(schema().data["routing_strategies"])
    if node is None:
        return
    if is_empty(node):
        yield Problem(
            "routing_strategy is empty",
            "LiteLLM starts, and answers every request with 429 'No deployments available'",
            "delete the line, or write routing_strategy: simple-shuffle",
            node.mark,
            "router_settings.routing_strategy",
        )
        return
    given = node.text if isinstance(node, Scalar) and node.is_text else ""
    if given in valid or given.startswith("os.environ/"):
        return
    close = close_name(given, tuple(valid)) if given else None
    yield Problem(
        f"the routing strategy {given or node.kind} does not exist",
        "LiteLLM refuses to start",
        (f"did you mean {close}? " if close else "") + f"Valid: {', '.join(valid)}",
        node.mark,
        "router_settings.routing_strategy",
        change=set_text(document, node, close, safe=evident(given, close)) if close else None,
    )
