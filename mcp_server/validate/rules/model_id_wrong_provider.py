"""A model id has the form of another provider than the one that is used.

What: a Bedrock id (us.anthropic.claude-..., an ARN) or a Vertex id (claude-...@20250929) where Claude Code talks to
    another provider, or to Anthropic itself.
Why: Claude Code sends the id as it is written (measured for every combination), and the provider answers 404 or 400.
    A gateway that speaks the Anthropic format may know any id, so that is only worth a look.
Fix: use the id of the provider: claude-sonnet-4-6 for Anthropic, us.anthropic.claude-sonnet-4-6 for Bedrock,
    claude-sonnet-4-5@20250929 for Vertex. A tier name such as sonnet fits all of them.

Bad:
    {
      "env": {
        "CLAUDE_CODE_USE_VERTEX": "1",
        "ANTHROPIC_VERTEX_PROJECT_ID": "my-project",
        "CLOUD_ML_REGION": "us-east5",
        "ANTHROPIC_MODEL": "us.anthropic.claude-sonnet-4-6"
      }
    }

Good:
    {
      "env": {
        "CLAUDE_CODE_USE_VERTEX": "1",
        "ANTHROPIC_VERTEX_PROJECT_ID": "my-project",
        "CLOUD_ML_REGION": "us-east5",
        "ANTHROPIC_MODEL": "claude-sonnet-4-6"
      }
    }
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_settings import claude
from mcp_server.validate.problem import Problem

ID = "model-id-wrong-provider"
KINDS: tuple[Kind, ...] = ("claude-settings", "env")
SEVERITY: Severity = "error"

#: Provider of the client → what its model ids look like to people, by form.
FORMS = {
    "bedrock": re.compile(r"^(arn:aws[\w-]*:bedrock:.+|([a-z]{2,6}\.)?anthropic\.claude-.+)$"),
    "vertex": re.compile(r"^claude-[\w.-]+@(\d{8}|default|latest)$"),
}
TITLES = {"bedrock": "Amazon Bedrock", "vertex": "Vertex AI", "anthropic": "the Anthropic API"}
#: Mantle is Bedrock with ids such as anthropic.claude-...
_SAME = {"CLAUDE_CODE_USE_MANTLE": "bedrock"}


def check(document: Document, context: Context) -> Iterator[Problem]:
    settings = claude(document)
    if context.kind != "claude-settings" and not settings.speaks_for_client:
        return
    switch = settings.switches[0].name if settings.switches else ""
    provider = _SAME.get(switch) or {
        "": "anthropic",
        "CLAUDE_CODE_USE_BEDROCK": "bedrock",
        "CLAUDE_CODE_USE_VERTEX": "vertex",
    }.get(switch, "")
    if not provider:
        return
    for model, mark, path in settings.models:
        form = next((name for name, pattern in FORMS.items() if pattern.match(model.removesuffix("[1m]"))), None)
        if form is None or form == provider:
            continue
        gateway = provider == "anthropic" and settings.gateway is not None
        # Without a base URL here the switch may stand in another file, or in the shell.
        sure = provider != "anthropic" or settings.variable("ANTHROPIC_BASE_URL") is not None
        yield Problem(
            f"{model} is an id of {TITLES[form]}, and Claude Code talks to "
            + ("a gateway in the Anthropic format" if gateway else TITLES[provider]),
            "the id is sent as it stands; only a gateway that has a route of this name can serve it"
            if gateway
            else "the id is sent as it stands, and the provider answers that the model does not exist",
            f"use the id that the gateway lists, or switch to {TITLES[form]}" if gateway else _fix(provider),
            mark,
            path,
            severity="info" if gateway else None if sure else "warning",
            confidence="low" if gateway else "high" if sure else "medium",
        )


def _fix(provider: str) -> str:
    example = {"bedrock": "us.anthropic.claude-sonnet-4-6", "vertex": "claude-sonnet-4-6"}.get(
        provider, "claude-sonnet-4-6"
    )
    return f"write an id of {TITLES[provider]} (such as {example}), or a tier name such as sonnet"
