"""``validate --fix``: writes what ``validate/fixing.py`` made of a checked file, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from mcp_server.change.files import replace
from mcp_server.errors import GatewayError

if TYPE_CHECKING:
    from mcp_server.document.document import Document
    from mcp_server.operations.validate_config import Checked
    from mcp_server.validate.engine import Report
    from mcp_server.validate.fixing import Fixed


def fix_file(
    checked: Checked,
    *,
    unsafe: bool = False,
    write: bool = False,
    keep: Callable[[Document, Report], Report] = lambda _, report: report,
) -> Fixed:
    """What the safe changes (with ``unsafe``: all) make of the file, written to it when ``write``.

    ``keep`` filters reports (``--ignore``, suppression comments): a finding that it drops is not repaired.

    Raises:
        GatewayError: the file cannot be written, or is not the one that was checked any more; it is untouched then.
    """
    from mcp_server.document.document import Document
    from mcp_server.validate import engine
    from mcp_server.validate.fixing import fix

    def judge(document: Document) -> Report:
        return keep(document, engine.report(document, checked.context))

    document = checked.document
    fixed = fix(document, checked.context, judge, unsafe=unsafe)
    if write and fixed.after != fixed.before:
        if document.name is None:
            raise GatewayError("content without a file cannot be written.", "Give the path of the file.")
        after = Document(document.language, fixed.after, document.name, document.bom)
        replace(Path(document.name), document.data, after.data)
    return fixed
