"""A variable that Claude Code does not read, very likely a misspelling of one that it does.

What: ANTHROPIC_API_BASE, ANTROPIC_BASE_URL, CLAUDE_CODE_USE_VERTEXAI and the like. The names are taken from the
    client's program, per version.
Why: a variable of the wrong name has no effect, and nothing says so: requests go to Anthropic, or lack a credential.
Fix: write the name that is meant.

Bad:
    {
      "env": {"ANTHROPIC_API_BASE": "https://gateway.example.com"}
    }

Good:
    {
      "env": {"ANTHROPIC_BASE_URL": "https://gateway.example.com"}
    }
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.catalogue.client_settings import variable_names
from mcp_server.document.document import Document
from mcp_server.document.writing import set_text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_settings import Variable, claude
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.names import close_name, evident

ID = "unknown-client-variable"
KINDS: tuple[Kind, ...] = ("claude-settings", "env")
SEVERITY: Severity = "error"

#: Names of other programs, or of no program, that turn up in settings files.
CONFUSED = {
    "ANTHROPIC_API_BASE": "ANTHROPIC_BASE_URL",
    "ANTHROPIC_API_BASE_URL": "ANTHROPIC_BASE_URL",
    "ANTHROPIC_API_ENDPOINT": "ANTHROPIC_BASE_URL",
    "ANTHROPIC_API_URL": "ANTHROPIC_BASE_URL",
    "ANTHROPIC_URL": "ANTHROPIC_BASE_URL",
    "ANTHROPIC_BASE": "ANTHROPIC_BASE_URL",
    "ANTHROPIC_ENDPOINT": "ANTHROPIC_BASE_URL",
    "ANTHROPIC_GATEWAY_URL": "ANTHROPIC_BASE_URL",
    "ANTHROPIC_HOST": "ANTHROPIC_BASE_URL",
    "ANTHROPIC_PROXY_URL": "ANTHROPIC_BASE_URL",
    "CLAUDE_API_URL": "ANTHROPIC_BASE_URL",
    "CLAUDE_BASE_URL": "ANTHROPIC_BASE_URL",
    "CLAUDE_CODE_BASE_URL": "ANTHROPIC_BASE_URL",
    "ANTHROPIC_BEARER_TOKEN": "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_TOKEN": "ANTHROPIC_AUTH_TOKEN",
    "CLAUDE_CODE_AUTH_TOKEN": "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_KEY": "ANTHROPIC_API_KEY",
    "CLAUDE_API_KEY": "ANTHROPIC_API_KEY",
    "CLAUDE_CODE_API_KEY": "ANTHROPIC_API_KEY",
    "ANTHROPIC_HEADERS": "ANTHROPIC_CUSTOM_HEADERS",
    "ANTHROPIC_EXTRA_HEADERS": "ANTHROPIC_CUSTOM_HEADERS",
    "ANTHROPIC_MODEL_NAME": "ANTHROPIC_MODEL",
    "CLAUDE_MODEL": "ANTHROPIC_MODEL",
    "CLAUDE_CODE_MODEL": "ANTHROPIC_MODEL",
    "ANTHROPIC_HAIKU_MODEL": "ANTHROPIC_DEFAULT_HAIKU_MODEL",
    "ANTHROPIC_OPUS_MODEL": "ANTHROPIC_DEFAULT_OPUS_MODEL",
    "ANTHROPIC_SONNET_MODEL": "ANTHROPIC_DEFAULT_SONNET_MODEL",
    "ANTHROPIC_TIMEOUT": "API_TIMEOUT_MS",
    "ANTHROPIC_TIMEOUT_MS": "API_TIMEOUT_MS",
    "CLAUDE_CODE_TIMEOUT_MS": "API_TIMEOUT_MS",
    "ANTHROPIC_MAX_TOKENS": "CLAUDE_CODE_MAX_OUTPUT_TOKENS",
    "CLAUDE_CODE_MAX_TOKENS": "CLAUDE_CODE_MAX_OUTPUT_TOKENS",
    "CLAUDE_USE_BEDROCK": "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_USE_VERTEX": "CLAUDE_CODE_USE_VERTEX",
    "CLAUDE_CODE_USE_VERTEX_AI": "CLAUDE_CODE_USE_VERTEX",
    "CLAUDE_CODE_USE_VERTEXAI": "CLAUDE_CODE_USE_VERTEX",
    "CLAUDE_CODE_USE_AWS": "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_AZURE": "CLAUDE_CODE_USE_FOUNDRY",
    "VERTEX_PROJECT_ID": "ANTHROPIC_VERTEX_PROJECT_ID",
    "ANTHROPIC_VERTEX_PROJECT": "ANTHROPIC_VERTEX_PROJECT_ID",
    "ANTHROPIC_VERTEX_REGION": "CLOUD_ML_REGION",
    "ANTHROPIC_BEDROCK_REGION": "AWS_REGION",
}
#: Looks like a name of the client's, with a slip in the first word or none.
_OURS = re.compile(r"(?i)^(_?AN[A-Z]*T?H?R[A-Z]*PI[CK]S?|CL?A?U?L?A?UD?E?|CALUDE|CLAUD)[_-]")
#: Variables of others that start alike.
_FOREIGN = re.compile(r"^CLAUDE_(PLUGIN_OPTION|MCP)_|^ANTHROPIC_(ADMIN|TEST)_")


def check(document: Document, context: Context) -> Iterator[Problem]:
    settings = claude(document)
    for variable in settings.env.values():
        name = variable.name
        if name in CONFUSED and (settings.speaks_for_client or context.kind == "claude-settings"):
            yield _problem(document, variable, CONFUSED[name], f"Claude Code reads no variable {name}", "high")
        elif name not in variable_names() and _OURS.match(name) and not _FOREIGN.match(name):
            meant = close_name(name, _near(name), 0.88)
            if meant and meant not in settings.env and (evident(name, meant) or _same_words(name, meant)):
                said = f"{name} looks like a misspelling of {meant}, and Claude Code does not read it"
                yield _problem(document, variable, meant, said, "high" if evident(name, meant) else "medium")


def _problem(document: Document, variable: Variable, meant: str, said: str, confidence: str) -> Problem:
    return Problem(
        said,
        "a variable of the wrong name has no effect, and Claude Code says nothing",
        f"write {meant}",
        variable.entry.key.mark,
        variable.path,
        severity=None if confidence == "high" else "warning",
        confidence="high" if confidence == "high" else "medium",
        change=set_text(document, variable.entry.key, meant),
    )


def _near(name: str) -> frozenset[str]:
    """Names of about this length: the others cannot be meant, and comparing costs."""
    return frozenset(n for n in variable_names() if abs(len(n) - len(name)) <= 4)


def _same_words(one: str, other: str) -> bool:
    return sorted(one.upper().split("_")) == sorted(other.split("_"))
