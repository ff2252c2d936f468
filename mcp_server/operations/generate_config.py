"""``generate_config``: write the configuration that makes Claude Code work through a gateway."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mcp_server.answer import Answer
    from mcp_server.generate.missing import Fact

#: Where the project's id is read from when it stands in no file.
_PROJECT_VARIABLES = ("GOOGLE_CLOUD_PROJECT", "ANTHROPIC_VERTEX_PROJECT_ID")


def run(**arguments: Any) -> Answer:
    """The Answer with every file as text. Writes nothing and contacts nothing.

    Raises:
        UsageError: an argument is unknown, unsupported or contradictory.
    """
    from datetime import date

    from mcp_server.generate.build import generate
    from mcp_server.generate.spec import parse_request

    return generate(parse_request(arguments), date.today())


def missing(**arguments: Any) -> tuple[Fact, ...]:
    """What to ask a person before ``run``; nothing when the arguments suffice, or are wrong (``run`` says how)."""
    from datetime import date

    from mcp_server.errors import UsageError
    from mcp_server.generate.missing import missing as lacking
    from mcp_server.generate.spec import parse_request

    try:
        facts = lacking(parse_request(arguments), date.today())
    except UsageError:
        return ()
    if facts and facts[0].name == "vertex_project" and any(os.environ.get(name) for name in _PROJECT_VARIABLES):
        return ()
    return facts


def run_with(said: Mapping[str, Any], **arguments: Any) -> Answer:
    """``run`` with what a person answered to ``missing``; the Answer tells which arguments that made.

    Raises:
        UsageError: an answer, or an argument, cannot be meant; no value that may be a secret is repeated.
    """
    from mcp_server.generate.missing import completed
    from mcp_server.redact import quote

    asked = completed(arguments, said)
    answer = run(**asked)
    filled = [f"{name}={quote(value, 300)}" for name, value in asked.items() if value != arguments.get(name)]
    if filled:
        answer.context.insert(0, f"Filled in from the person's answers; keep for further calls: {', '.join(filled)}.")
    return answer
