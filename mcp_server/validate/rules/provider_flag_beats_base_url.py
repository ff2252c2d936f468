"""A provider switch makes the base URL count for nothing.

What: CLAUDE_CODE_USE_BEDROCK, _VERTEX, _FOUNDRY and the like together with ANTHROPIC_BASE_URL; a provider's base
    URL without its switch; a skipped sign-in without a base URL.
Why: with a switch on, Claude Code talks to that provider and ignores ANTHROPIC_BASE_URL; without the switch the
    provider's base URL is ignored; a skipped sign-in without a gateway sends unsigned requests to the real cloud.
Fix: use one route: either ANTHROPIC_BASE_URL alone, or the switch with that provider's own base URL.

Bad:
    {
      "env": {"CLAUDE_CODE_USE_VERTEX": "1", "ANTHROPIC_BASE_URL": "https://gateway.example.com"}
    }

Good:
    {
      "env": {
        "CLAUDE_CODE_USE_VERTEX": "1",
        "CLAUDE_CODE_SKIP_VERTEX_AUTH": "1",
        "ANTHROPIC_VERTEX_BASE_URL": "https://gateway.example.com"
      }
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.catalogue.claude_code import base_url_switches
from mcp_server.document.document import Document
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_settings import claude
from mcp_server.validate.problem import Problem

ID = "provider-flag-beats-base-url"
KINDS: tuple[Kind, ...] = ("claude-settings", "env")
SEVERITY: Severity = "error"


def check(document: Document, context: Context) -> Iterator[Problem]:
    settings = claude(document)
    base = settings.variable("ANTHROPIC_BASE_URL")
    on = [v.name for v in settings.switches]
    if base and on:
        yield Problem(
            f"{' and '.join(on)} is on, so ANTHROPIC_BASE_URL is ignored",
            "Claude Code talks to the cloud provider directly and never to this gateway",
            f"delete {' and '.join(on)}, or use that provider's own base URL variable",
            base.entry.key.mark,
            base.path,
        )
    for name, switch in base_url_switches().items():
        variable = settings.variable(name) if switch else None
        if variable and switch and switch not in on:
            yield Problem(
                f"{name} is set and {switch} is not, so it is ignored",
                "Claude Code takes another route than the one written here",
                f"add {switch}=1, or use ANTHROPIC_BASE_URL"
                if context.kind == "env"
                else f'add "{switch}": "1", or use ANTHROPIC_BASE_URL',
                variable.entry.key.mark,
                variable.path,
                severity="warning",
            )
        skip = settings.variable((switch or "").replace("_USE_", "_SKIP_") + "_AUTH") if switch else None
        if skip and skip.is_on and variable is None:
            yield Problem(
                f"{skip.name} is on and {name} is not set",
                "requests go unsigned to the real provider, which refuses them",
                f"set {name} to the gateway that signs for you, or delete {skip.name}",
                skip.entry.key.mark,
                skip.path,
                severity="warning",
            )
