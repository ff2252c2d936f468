"""The gateway serves Claude's names, but not all that Claude Code asks for by itself.

What: a file with model names that begin with claude-, of which none (and no wildcard) is an id that the newest
    Claude Code asks for in the background, or for its opus, sonnet and haiku tiers.
Why: whatever model a user chooses, titles, summaries and agents call the haiku tier; an id that the gateway does not
    serve answers 400. It is no matter when the client's settings map the tiers (ANTHROPIC_DEFAULT_HAIKU_MODEL).
Fix: add the id as a model_name or to model_group_alias, or map the tiers in the client's settings.

Bad:
    model_list:
      - model_name: claude-opus-5-5
        litellm_params: {model: anthropic/claude-opus-5-5, api_key: os.environ/ANTHROPIC_API_KEY}

Good:
    model_list:
      - model_name: claude-*
        litellm_params: {model: anthropic/claude-*, api_key: os.environ/ANTHROPIC_API_KEY}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.catalogue.claude_code import Tier, clients
from mcp_server.document.document import Document
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.problem import Problem

ID = "client-model-unserved"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "info"

TIERS: tuple[Tier, ...] = ("opus", "sonnet", "haiku")


def check(document: Document, context: Context) -> Iterator[Problem]:
    config = litellm(document)
    if not config.is_main or config.incomplete:
        return
    first = next((d for d in config.deployments if d.name and d.name.startswith("claude-")), None)
    if first is None:
        return
    client = clients()[0]
    wanted = {client.builtin[tier]: f"the {tier} tier" for tier in TIERS} | {
        client.calls["background"]: "background work"
    }
    missing = {name: use for name, use in wanted.items() if not config.callable_name(name)}
    if missing:
        yield Problem(
            f"no model_name serves {', '.join(missing)}",
            f"Claude Code {client.version} asks for it ({', '.join(missing.values())}) unless its settings map it",
            "add the name as model_name or alias, or set ANTHROPIC_DEFAULT_HAIKU_MODEL and its siblings on the client",
            first.node.mark,
            f"{first.path}.model_name",
            confidence="medium",
        )
