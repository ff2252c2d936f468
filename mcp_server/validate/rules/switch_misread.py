"""A switch of Claude Code is not read as it is written.

What: DISABLE_TELEMETRY=0 and similar variables for which every non-empty value means on; enabled, y, t or 2 where
    only 1, true, yes and on switch on.
Why: for a few names Claude Code only asks whether the variable is set, so 0 switches on; for all the others every
    value but 1, true, yes and on is off: CLAUDE_CODE_USE_BEDROCK=enabled leaves Bedrock off (both measured).
Fix: write "1" for on; delete the variable for off.

Bad:
    {
      "env": {"DISABLE_TELEMETRY": "0", "CLAUDE_CODE_USE_BEDROCK": "enabled"}
    }

Good:
    {
      "env": {"DISABLE_TELEMETRY": "1", "CLAUDE_CODE_USE_BEDROCK": "1"}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.catalogue.client_settings import variable as known_variable
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mapping
from mcp_server.document.structure import delete_entry
from mcp_server.document.writing import set_text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_settings import Variable, claude
from mcp_server.validate.problem import Problem

ID = "switch-misread"
KINDS: tuple[Kind, ...] = ("claude-settings", "env")
SEVERITY: Severity = "warning"

OFF = ("0", "false", "no", "off")
#: Words by which people mean on.
MEANT_ON = ("enabled", "enable", "active", "y", "t")


def check(document: Document, context: Context) -> Iterator[Problem]:
    settings = claude(document)
    for variable in settings.env.values():
        known = known_variable(variable.name)
        if known is None or variable.is_reference or not variable.value.strip():
            continue
        value = variable.value.strip().lower()
        if known.type == "any" and value in OFF:
            yield _always_on(document, variable)
        elif known.type == "bool" and value not in OFF and not variable.is_on:
            yield _always_off(document, variable, value)


def _always_on(document: Document, variable: Variable) -> Problem:
    env = claude(document).root.get("env")
    return Problem(
        f"{variable.name} is {variable.value!r}, and every non-empty value switches it on",
        "the opposite of what is written takes effect",
        "delete the entry to switch it off",
        variable.mark,
        variable.path,
        change=delete_entry(document, env, variable.entry, safe=True) if isinstance(env, Mapping) else None,
    )


def _always_off(document: Document, variable: Variable, value: str) -> Problem:
    return Problem(
        f"{variable.name} is {variable.value[:40]!r}, and only 1, true, yes and on switch it on",
        "Claude Code takes any other value for off",
        'write "1" for on, "0" for off',
        variable.mark,
        variable.path,
        change=set_text(document, variable.entry.value, "1") if value in MEANT_ON else None,
    )
