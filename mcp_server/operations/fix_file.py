"""``validate --fix``: writes what ``validate/fixing.py`` made of a checked file, whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from mcp_server.errors import GatewayError
from mcp_server.redact import quote

if TYPE_CHECKING:
    from mcp_server.operations.validate_config import Checked
    from mcp_server.validate.document import Document
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
    from mcp_server.validate import engine
    from mcp_server.validate.document import Document
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


def replace(path: Path, before: bytes, after: bytes) -> None:
    """``after`` in place of ``before`` in the file at ``path``, in one step: readers see the old or the new file.

    A link stays, its target is written. Mode, owner and extended attributes stay.

    Raises:
        GatewayError: the file holds something else than ``before``, is read-only, or the folder refuses.
    """
    shown = quote(str(path), 200)
    temporary: str | None = None
    try:
        target = path.resolve(strict=True)
        status = target.stat()
        if not stat.S_IMODE(status.st_mode) & 0o222 or not os.access(target, os.W_OK):
            raise GatewayError(f"{shown} is read-only, and was left as it is.", f"Allow it: chmod u+w {shown}")
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name[:100]}.", suffix=".tmp", dir=target.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(after)
            stream.flush()
            os.fsync(stream.fileno())
        shutil.copystat(target, temporary)
        os.utime(temporary)
        _keep_owner(temporary, status, shown)
        if target.read_bytes() != before:
            raise GatewayError(
                f"{shown} changed while it was checked, and was left as it is.", "Run the same command again."
            )
        Path(temporary).replace(target)
        temporary = None
    except OSError as error:
        said = (error.strerror or "unknown reason").lower()
        raise GatewayError(
            f"{shown} cannot be written: {said}; it was left as it is.",
            "Check the rights and the free space of its folder, or apply the shown diff by hand.",
        ) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()


def _keep_owner(temporary: str, status: os.stat_result, shown: str) -> None:
    new = Path(temporary).stat()
    if not hasattr(os, "chown") or (new.st_uid, new.st_gid) == (status.st_uid, status.st_gid):
        return
    try:
        os.chown(temporary, status.st_uid, status.st_gid)
        Path(temporary).chmod(stat.S_IMODE(status.st_mode))  # a change of owner may clear bits
    except PermissionError as error:
        raise GatewayError(
            f"{shown} belongs to another user or group, which a rewritten file could not keep; it was left as it is.",
            "Run the command as its owner, or apply the shown diff by hand.",
        ) from error
