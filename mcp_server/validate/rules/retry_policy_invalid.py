"""A retry policy has an unknown error name or a value that is no number.

What: keys of router_settings.retry_policy (or model_group_retry_policy) that LiteLLM does not know, or words as
    values.
Why: a word stops the start ('validation error for RetryPolicy'); an unknown name is ignored.
Fix: use the listed names with whole numbers.

Bad:
    router_settings:
      retry_policy: {RateLimitErrorRetries: many}

Good:
    router_settings:
      retry_policy: {RateLimitErrorRetries: 3}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mapping, Node, Scalar
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm, schema
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.names import close_name

ID = "retry-policy-invalid"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"


def check(document: Document, context: Context) -> Iterator[Problem]:
    config = litellm(document)
    yield from _policy(config.setting("router_settings", "retry_policy"), "router_settings.retry_policy")
    groups = config.setting("router_settings", "model_group_retry_policy")
    for entry in groups if isinstance(groups, Mapping) else ():
        yield from _policy(entry.value, f"router_settings.model_group_retry_policy.{entry.name}", checked=False)


def _policy(node: Node | None, path: str, *, checked: bool = True) -> Iterator[Problem]:
    valid = tuple(schema().data["retry_policy"])
    for entry in node if isinstance(node, Mapping) else ():
        here = f"{path}.{entry.name}"
        if entry.name not in valid:
            close = close_name(entry.name, valid)
            yield Problem(
                f"the retry policy knows no {entry.name}",
                "it is ignored",
                (f"did you mean {close}? " if close else "") + f"Valid: {', '.join(valid)}",
                entry.key.mark,
                here,
                severity="warning",
            )
        elif not _is_number(entry.value):
            yield Problem(
                f"{entry.name} is {entry.value.kind}, and must be a whole number",
                "LiteLLM does not start ('validation error for RetryPolicy')"
                if checked
                else "LiteLLM does not check it at start; the retry of this model fails",
                "write a number",
                entry.value.mark,
                here,
                severity=None if checked else "warning",
            )


def _is_number(node: Node) -> bool:
    if not isinstance(node, Scalar):
        return False
    return node.text.strip().isdigit() if node.is_text else node.value is None or isinstance(node.value, int)
