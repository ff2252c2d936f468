"""``generate_config``: write the configuration that makes Claude Code work through a gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mcp_server.answer import Answer


def run(**arguments: Any) -> Answer:
    """The Answer with every file as text. Writes nothing and contacts nothing.

    Raises:
        UsageError: an argument is unknown, unsupported or contradictory.
    """
    from datetime import date

    from mcp_server.generate.build import generate
    from mcp_server.generate.spec import parse_request

    return generate(parse_request(arguments), date.today())
