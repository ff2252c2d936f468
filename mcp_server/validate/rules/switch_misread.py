"""A switch is on although its value means off, or a value has a form that is not read.

What: DISABLE_TELEMETRY=0 and similar variables for which every non-empty value means on;
    CLAUDE_CODE_AUTO_COMPACT_WINDOW=500k.
Why: for these names Claude Code only asks whether the variable is set; windows and limits must be plain digits.
Fix: delete the variable to switch it off; write plain digits.

Bad:
    {
      "env": {"DISABLE_TELEMETRY": "0"}
    }

Good:
    {
      "env": {"DISABLE_TELEMETRY": "1"}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.document import Document
from mcp_server.validate.kinds.claude_settings import claude
from mcp_server.validate.problem import Problem

ID = "switch-misread"
KINDS: tuple[Kind, ...] = ("claude-settings",)
SEVERITY: Severity = "warning"

ANY_VALUE = (
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
    "DISABLE_TELEMETRY",
    "DISABLE_ERROR_REPORTING",
    "FALLBACK_FOR_ALL_PRIMARY_MODELS",
)
DIGITS = (
    "CLAUDE_CODE_AUTO_COMPACT_WINDOW",
    "CLAUDE_CODE_MAX_CONTEXT_TOKENS",
    "CLAUDE_CODE_MAX_OUTPUT_TOKENS",
    "MAX_THINKING_TOKENS",
    "API_TIMEOUT_MS",
    "CLAUDE_CODE_MAX_RETRIES",
    "CLAUDE_CODE_API_KEY_HELPER_TTL_MS",
)


def check(document: Document, context: Context) -> Iterator[Problem]:
    settings = claude(document)
    for name in ANY_VALUE:
        variable = settings.variable(name)
        if variable and not variable.is_on:
            yield Problem(
                f"{name} is {variable.value!r}, and every non-empty value switches it on",
                "the opposite of what is written takes effect",
                "delete the entry to switch it off",
                variable.mark,
                variable.path,
            )
    for name in DIGITS:
        variable = settings.variable(name)
        if variable and not variable.value.strip().isdigit():
            yield Problem(
                f"{name} is {variable.value!r}, and must be plain digits",
                "the value is ignored or cut at the first letter",
                "write the number in digits, e.g. 200000",
                variable.mark,
                variable.path,
            )
