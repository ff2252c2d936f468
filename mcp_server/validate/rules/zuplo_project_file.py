"""zuplo.jsonc holds a value that Zuplo does not know.

What: an unknown key, a version other than 1, a projectType that does not exist, or a compatibilityDate that is no
    date.
Why: Zuplo falls back to another behaviour; zuplo lint does not look at this file.
Fix: use version 1, a date such as 2025-02-06, and one of managed-edge, managed-dedicated, self-hosted.

Bad:
    {
      "version": 1,
      "compatibilityDate": "2025-02-06",
      "projectType": "selfhosted"
    }

Good:
    {
      "version": 1,
      "compatibilityDate": "2025-02-06",
      "projectType": "self-hosted"
    }
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Scalar, scalar, text
from mcp_server.document.writing import set_text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.zuplo import zuplo
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.names import close_name

ID = "zuplo-project-file"
KINDS: tuple[Kind, ...] = ("zuplo",)
SEVERITY: Severity = "warning"
TYPES = ("managed-edge", "managed-dedicated", "self-hosted")
#: Keys near to which a word is a slip; others may be newer than this list.
KEYS = ("version", "compatibilityDate", "projectType")
WHY = "Zuplo falls back to another behaviour, and zuplo lint does not look at this file"


def check(document: Document, context: Context) -> Iterator[Problem]:
    view = zuplo(document)
    if view.sort != "project":
        return
    root = view.root
    version, kind, date = root.get("version"), root.get("projectType"), root.get("compatibilityDate")
    if version is not None and scalar(version) != 1:
        yield Problem("version must be 1", WHY, "write 1", version.mark, "version")
    name = text(kind)
    if isinstance(kind, Scalar) and name not in TYPES:
        close = close_name(name or "", TYPES)
        fix = f"write {close}" if close else f"write one of {', '.join(TYPES)}"
        change = set_text(document, kind, close) if close else None
        yield Problem("there is no such projectType", WHY, fix, kind.mark, "projectType", change=change)
    if isinstance(date, Scalar) and not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", text(date) or ""):
        fix = 'write a date in quotes, such as "2025-02-06"'
        yield Problem("compatibilityDate is no date", WHY, fix, date.mark, "compatibilityDate")
    for entry in root:
        close = None if entry.name in KEYS else close_name(entry.name, KEYS)
        if close and close not in root:
            yield Problem(f"there is no key {entry.name}", WHY, f"write {close}", entry.key.mark, entry.name)
