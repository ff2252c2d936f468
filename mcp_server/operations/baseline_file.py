"""Reads and writes the file of known findings (``validate/baseline.py`` says what is in it)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from mcp_server.change import files
from mcp_server.errors import GatewayError, UsageError
from mcp_server.operations.validate_config import read
from mcp_server.redact import quote

if TYPE_CHECKING:
    from mcp_server.validate.baseline import Baseline
    from mcp_server.validate.selection import Selection

#: Stands for the path of standard input.
STDIN = "-"


def load(file: Path, *, new: bool) -> Baseline:
    """The baseline in ``file``; an empty one when it is to be written ``new`` and does not exist.

    Raises:
        UsageError: the file is no baseline.
    """
    from mcp_server.validate.baseline import Baseline

    if new and not file.exists():
        return Baseline()
    try:
        return Baseline.load(read(file).decode("utf-8"))
    except UnicodeDecodeError as error:
        raise UsageError(f"the baseline {quote(str(file), 200)} is not text.", "Name the right file.") from error
    except UsageError:
        raise
    except GatewayError as error:
        raise UsageError(f"the baseline {error.problem}", f"{error.fix} --update-baseline writes a new one.") from error


def place(baseline: Path, file: Path | None) -> str:
    """How the baseline names ``file``: relative to itself."""
    if file is None:
        return STDIN
    # abspath, not resolve: a link is named as the user names it
    whole, folder = os.path.abspath(file), os.path.abspath(baseline.parent)  # noqa: PTH100
    return Path(os.path.relpath(whole, folder)).as_posix()


def finish(baseline: Baseline, file: Path, selection: Selection | None, *, update: bool) -> int:
    """Writes the baseline when asked to; otherwise counts its entries that no longer occur.

    Raises:
        GatewayError: it cannot be written.
    """
    rules = _judged(selection)
    paths = {entry.path for entry in baseline.entries} - {STDIN}
    baseline.checked |= {path for path in paths if not (file.parent / path).exists()}
    if not update:
        return baseline.stale(rules)
    before = files.content(file)
    # It is committed beside the files it is about, so others may read a new one.
    files.replace(file, before, baseline.updated(rules).encode(), mode=0o644)
    return 0


def _judged(selection: Selection | None) -> list[str]:
    """Ids whose findings this run has seen all of; a severity in the selection hides some of every rule."""
    from mcp_server.validate.rules import RULES
    from mcp_server.validate.selection import SEVERITIES

    if selection is None:
        return [rule.ID for rule in RULES]
    if set(SEVERITIES) & {*selection.select, *selection.ignore}:
        return []
    return [rule.ID for rule in selection.rules]
