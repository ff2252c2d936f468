"""A model that is not Claude is used with Claude Code's defaults for Claude.

What: a base URL and a model name that is none of Claude's, without CLAUDE_CODE_MAX_CONTEXT_TOKENS or with the
    client's tool search left on.
Why: for a name it does not know Claude Code 2.1.330 assumes a window of 1,000,000 tokens and compacts too late; its
    tool search, on by default behind a base URL since 2.1.330, reaches such models as an empty result through
    LiteLLM.
Fix: set CLAUDE_CODE_MAX_CONTEXT_TOKENS to the model's window and ENABLE_TOOL_SEARCH to false.

Bad:
    {
      "env": {"ANTHROPIC_BASE_URL": "https://gateway.example.com", "ANTHROPIC_MODEL": "gemini-3.5-flash"}
    }

Good:
    {
      "env": {
        "ANTHROPIC_BASE_URL": "https://gateway.example.com",
        "ANTHROPIC_MODEL": "gemini-3.5-flash",
        "CLAUDE_CODE_MAX_CONTEXT_TOKENS": "1000000",
        "ENABLE_TOOL_SEARCH": "false"
      }
    }
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.catalogue.claude_code import tier_aliases
from mcp_server.document.document import Document
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_settings import claude
from mcp_server.validate.problem import Problem

ID = "foreign-model-defaults"
KINDS: tuple[Kind, ...] = ("claude-settings", "env")
SEVERITY: Severity = "info"

_OFF = ("false", "0", "no", "off")


def check(document: Document, context: Context) -> Iterator[Problem]:
    settings = claude(document)
    if settings.gateway is None or settings.switches:
        return
    overridden = settings.root.get("modelOverrides") is not None
    for model, mark, path in settings.models:
        name = re.sub(r"\[1m\]$", "", model.lower())
        if name in tier_aliases() or "claude" in name or "anthropic" in name or overridden:
            continue
        missing = []
        if (
            settings.variable("CLAUDE_CODE_MAX_CONTEXT_TOKENS") is None
            and settings.variable("CLAUDE_CODE_DISABLE_1M_CONTEXT") is None
        ):
            missing.append("CLAUDE_CODE_MAX_CONTEXT_TOKENS to the window of the model")
        search = settings.variable("ENABLE_TOOL_SEARCH")
        if search is None or search.value.strip().lower() not in (*_OFF, "auto"):
            missing.append("ENABLE_TOOL_SEARCH to false")
        if missing:
            yield Problem(
                f"{model} is none of Claude's models, and the client keeps its defaults for Claude",
                "Claude Code 2.1.330 assumes a window of 1,000,000 tokens for an unknown name, and its tool search "
                "reaches other models as an empty result through LiteLLM",
                f"set {' and '.join(missing)}",
                mark,
                path,
                confidence="medium",
            )
        return
