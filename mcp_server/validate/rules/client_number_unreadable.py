"""A number in the client's environment is not read as it is written.

What: 60s, 32k, 1,000 or words where a number belongs; numbers outside the range that the client takes; API_TIMEOUT_MS
    that was meant in seconds.
Why: Claude Code takes the leading digits (60s is 60, 32k is 32) or ignores the value, depending on variable and
    version. API_TIMEOUT_MS is in milliseconds: 600 ends every request after 0.6 s; words make 2.1.197 refuse every
    request.
Fix: write plain digits, within the range; milliseconds where the name ends in _MS.

Bad:
    {
      "env": {"API_TIMEOUT_MS": "600s"}
    }

Good:
    {
      "env": {"API_TIMEOUT_MS": "600000"}
    }
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.catalogue.client_settings import ClientVariable
from mcp_server.catalogue.client_settings import variable as known_variable
from mcp_server.document.document import Document
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_settings import Variable, claude
from mcp_server.validate.problem import Problem

ID = "client-number-unreadable"
KINDS: tuple[Kind, ...] = ("claude-settings", "env")
SEVERITY: Severity = "warning"

TIMEOUT = "API_TIMEOUT_MS"
#: Milliseconds below which a model's answer hardly fits.
SHORTEST = 10_000
LARGEST_TIMEOUT = 2**31 - 1
#: Without a whole number Claude Code does not start (both versions).
_MUST_BE_WHOLE = ("CLAUDE_CODE_MAX_TURNS",)
#: Names that other programs use too: judged only beside variables of the client's own.
_SHARED = re.compile(r"^(?!ANTHROPIC_|CLAUDE_|API_TIMEOUT_MS$|MAX_THINKING_TOKENS$)")


def check(document: Document, context: Context) -> Iterator[Problem]:
    settings = claude(document)
    ours = context.kind == "claude-settings" or settings.speaks_for_client
    for variable in settings.env.values():
        known = known_variable(variable.name)
        value = variable.value.strip()
        if known is None or not value or variable.is_reference:
            continue
        if known.type != "int" and known.name not in _MUST_BE_WHOLE:
            continue
        if not ours and _SHARED.match(variable.name):
            continue
        said = _wrong(known, value)
        if said:
            yield _problem(variable, *said)


def _wrong(known: ClientVariable, value: str) -> tuple[str, str, Severity | None] | None:
    shown = f"{known.name} is {value[:40]!r}"
    digits = re.match(r"[+-]?\d+", value)
    number = int(digits[0][:18]) if digits else None
    whole = digits is not None and digits[0] == value
    if known.name == TIMEOUT:
        return _timeout(shown, number, whole)
    if known.name in _MUST_BE_WHOLE and (not whole or number is None or number < 1):
        return f"{shown}, and must be a positive whole number", "Claude Code refuses to start", "error"
    if number is None:
        return f"{shown}, and must be plain digits", "Claude Code ignores it", None
    if not whole and known.digits:
        return f"{shown}, and must be plain digits", "Claude Code ignores it", None
    if not whole:
        return (
            f"{shown}, and must be plain digits",
            f"Claude Code stops at the first other sign and takes {number}",
            None,
        )
    if (known.minimum is not None and number < known.minimum) or (known.maximum is not None and number > known.maximum):
        limits = f"at least {known.minimum}" if known.maximum is None else f"{known.minimum or 0} to {known.maximum}"
        return f"{shown}, outside {limits}", "Claude Code ignores it and uses its default", None
    return None


def _timeout(shown: str, number: int | None, whole: bool) -> tuple[str, str, Severity | None] | None:
    if number is None or number < 0:
        return (
            f"{shown}, and must be milliseconds in plain digits",
            "2.1.197 refuses every request with it, 2.1.330 ignores it",
            None,
        )
    if 0 < number < SHORTEST:
        why = f"it counts milliseconds: every request ends after {number / 1000:g} s ('Request timed out')"
        return f"{shown}, which is {number} milliseconds", why, "error" if number < 2_000 else None
    if not whole:
        return (
            f"{shown}, and must be plain digits",
            f"Claude Code stops at the first other sign and takes {number}",
            None,
        )
    if number == 0 or number > LARGEST_TIMEOUT:
        return f"{shown}", "2.1.197 then ends every request at once ('Request timed out'); 2.1.330 does not", None
    return None


def _problem(variable: Variable, problem: str, why: str, severity: Severity | None) -> Problem:
    fix = "write milliseconds, e.g. 600000 for ten minutes" if variable.name.endswith("_MS") else "write plain digits"
    return Problem(problem, why, fix, variable.mark, variable.path, severity=severity)
