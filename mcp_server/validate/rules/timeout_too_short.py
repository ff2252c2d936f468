"""LiteLLM gives up on a request long before Claude Code does.

What: request_timeout, timeout or stream_timeout of less than a minute.
Why: Claude Code waits ten minutes. A model that thinks, or reads a long conversation, may need more than the time given
    here before its first word: LiteLLM then ends the call, tries again and pays for it again.
Fix: write 600 (seconds), or leave the setting out.

Bad:
    litellm_settings:
      request_timeout: 20

Good:
    litellm_settings:
      request_timeout: 600
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.edits import replace_node
from mcp_server.document.nodes import Node, Scalar, join
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.problem import Problem

ID = "timeout-too-short"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "warning"

SETTINGS = (
    ("litellm_settings", "request_timeout"),
    ("router_settings", "timeout"),
    ("router_settings", "stream_timeout"),
)
PARAMETERS = ("timeout", "stream_timeout")
#: Seconds. Turns of an agent with thinking often take longer; the client's own limit is 600.
SHORT = 60
HARDLY = 10


def check(document: Document, context: Context) -> Iterator[Problem]:
    config = litellm(document)
    for section, key in SETTINGS:
        yield from _timeout(config.setting(section, key), join(section, key))
    for deployment in config.deployments:
        for key in PARAMETERS:
            node = deployment.params.get(key) if deployment.params else None
            yield from _timeout(node, deployment.param_path(key))


def _timeout(node: Node | None, path: str) -> Iterator[Problem]:
    if not isinstance(node, Scalar) or isinstance(node.value, bool):
        return
    try:
        seconds = float(str(node.value))
    except ValueError:
        return  # number-expected reports it
    if seconds < SHORT:
        yield Problem(
            f"{path.rpartition('.')[2]} ends a call after {seconds:g} seconds",
            "Claude Code waits 600 seconds; long turns are cut off here, tried again and billed again",
            "write 600, or delete the line",
            node.mark,
            path,
            severity=None if seconds < HARDLY else "info",
            confidence="medium",
            change=replace_node(node, "600"),
        )
