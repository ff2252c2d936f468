"""Compose replaces a dollar sign that was meant literally, or refuses the reference.

What: ${NAME without closing brace; a password or URL with $ and letters in it; a default in ${NAME:-...} is fine.
Why: Compose fills in every $NAME and ${NAME} before anything else sees the file: pa$word becomes pa, with one warning
    line; a broken reference makes it refuse the file.
Fix: write $$ for a literal dollar sign.

Bad:
    services:
      db:
        image: postgres:16
        environment:
          POSTGRES_PASSWORD: "${DB_PASSWORD"

Good:
    services:
      db:
        image: postgres:16
        environment:
          POSTGRES_PASSWORD: "${DB_PASSWORD}"
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Scalar
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.docker_compose import compose
from mcp_server.validate.problem import Problem

ID = "compose-interpolation"
KINDS: tuple[Kind, ...] = ("docker-compose",)
SEVERITY: Severity = "error"
_OPEN = re.compile(r"\$\{(?![A-Za-z_][^{}]*(?:\$?\{[^{}]*\}[^{}]*)*\})")
_GLUED = re.compile(r"[A-Za-z0-9!#%&*^]\$([A-Za-z_]\w*)")
_SECRET = re.compile(r"(?i)\w*(key|token|secret|password|passwd|_url|_uri|dsn)")


def check(document: Document, context: Context) -> Iterator[Problem]:
    read = ("services.", "configs.", "networks.", "volumes.", "secrets.")
    for path, node in document.nodes:
        if isinstance(node, Scalar) and "$" in node.text and path.startswith(read):
            broken = _OPEN.search(node.text.replace("$$", "  "))
            if broken:
                yield Problem(
                    "a reference ${...} is not closed, or has no name",
                    "Compose refuses the whole file (invalid interpolation format)",
                    "write ${NAME}, or $$ for a literal dollar sign",
                    node.mark,
                    path,
                )
    for container in compose(document).containers:
        for setting in container.settings:
            written = setting.node.text if isinstance(setting.node, Scalar) else ""
            glued = _GLUED.search(written.replace("$$", "  ")) if _SECRET.fullmatch(setting.name) else None
            if glued:
                yield Problem(
                    f"the value of {setting.name} has $ with letters behind it",
                    "Compose takes the letters for the name of a variable, and puts nothing there when it is not set",
                    "write $$ for a literal dollar sign; write ${NAME} when a variable is meant",
                    setting.node.mark,
                    setting.path,
                    severity="warning",
                    confidence="medium",
                )
