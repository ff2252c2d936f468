"""Variables meant for Claude Code are read by the LiteLLM server too.

What: ANTHROPIC_BASE_URL that points to the gateway, next to variables of the gateway itself; ANTHROPIC_API_KEY equal
    to LITELLM_MASTER_KEY; a port in ANTHROPIC_BASE_URL that is not the gateway's PORT.
Why: LiteLLM takes ANTHROPIC_BASE_URL as the address of Anthropic and ANTHROPIC_API_KEY as its own key there: with the
    client's values it calls itself, or sends its master key to Anthropic.
Fix: keep the client's variables in Claude Code's settings or in a second file, or set api_base and api_key of the
    deployments in the LiteLLM configuration.

Bad:
    LITELLM_MASTER_KEY=sk-5f1d0c7e9b3a4d2f8e6c1b0a9d8e7f60
    ANTHROPIC_BASE_URL=http://localhost:4000

Good:
    LITELLM_MASTER_KEY=sk-5f1d0c7e9b3a4d2f8e6c1b0a9d8e7f60
    ANTHROPIC_API_KEY=sk-ant-api03-notarealkeynotarealkey00
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_settings import host, is_local, split
from mcp_server.validate.kinds.env import env
from mcp_server.validate.problem import Problem

ID = "client-variable-reaches-gateway"
KINDS: tuple[Kind, ...] = ("env",)
SEVERITY: Severity = "warning"


def check(document: Document, context: Context) -> Iterator[Problem]:
    view = env(document)
    master = view.variable("LITELLM_MASTER_KEY")
    if not view.gateway and master is None:
        return
    for name in ("ANTHROPIC_BASE_URL", "ANTHROPIC_API_BASE"):
        base = view.variable(name)
        address = split(base.value) if base else None
        if base is None or address is None or not is_local(host(base.value) or ""):
            continue
        port = view.variable("PORT")
        if port is not None and port.value.strip().isdigit() and address.port not in (None, int(port.value)):
            yield Problem(
                f"{name} names port {address.port}, and PORT={port.value.strip()} is where LiteLLM listens",
                "requests go to a port on which nothing answers",
                "write the same port in both",
                base.mark,
                base.path,
            )
        else:
            yield Problem(
                f"{name} points to the gateway and stands among the gateway's own variables",
                "LiteLLM reads it as the address of Anthropic, so deployments without api_base call LiteLLM itself",
                "move it to Claude Code's settings, or set api_base: https://api.anthropic.com in the deployments",
                base.entry.key.mark,
                base.path,
                confidence="high" if view.gateway else "medium",
            )
    for name in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY"):
        key = view.variable(name)
        if master and key and key.value.strip() and key.value == master.value:
            yield Problem(
                f"{name} and LITELLM_MASTER_KEY have the same value",
                "LiteLLM uses it as its own key at the provider: the master key is sent there, and refused",
                "give the provider's key here; the client's key belongs into Claude Code's settings",
                key.entry.key.mark,
                key.path,
            )
