"""``llm-gateway validate`` for any number of files and folders: each is checked by itself, none stops the others."""

from __future__ import annotations

import contextlib
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mcp_server.errors import GatewayError, UsageError
from mcp_server.operations import baseline_file, validate_config
from mcp_server.redact import quote

if TYPE_CHECKING:
    from mcp_server.answer import Answer, Finding
    from mcp_server.operations.validate_config import Checked
    from mcp_server.validate.baseline import Baseline
    from mcp_server.validate.outcome import FileOutcome, Outcome
    from mcp_server.validate.selection import Selection

    Judge = Callable[[], Callable[[Finding], bool]]

STDIN = "-"


@dataclass(frozen=True)
class Request:
    """What to check and how. ``stdin`` is what stands for the path ``-``, ``stdin_name`` where it belongs."""

    paths: tuple[str, ...]
    kind: str = "auto"
    environment: str = "check"
    litellm: str | None = None
    selection: Selection | None = None
    stdin: bytes = b""
    stdin_name: str | None = None
    baseline: str | None = None
    update_baseline: bool = False
    fix: bool = False
    unsafe: bool = False
    diff: bool = False
    """Show what ``fix`` would change, write nothing."""


def run(request: Request) -> Outcome:
    """Checks every file named, and those found in the folders named.

    Raises:
        UsageError: the request names something unknown, or contradicts itself.
        GatewayError: the baseline cannot be written.
    """
    from mcp_server.validate.kinds import parse_kind
    from mcp_server.validate.outcome import Outcome

    parse_kind(request.kind)
    _check_release(request.litellm)
    if not all(path.strip() for path in request.paths):
        raise UsageError("a path is empty.", "Name files or folders; a variable in the command may be unset.")
    if request.fix and not request.diff and STDIN in request.paths:
        raise UsageError("standard input cannot be written to.", "Use --diff to see the changes, or name the file.")
    baseline = None
    if request.baseline is not None:
        baseline = baseline_file.load(Path(request.baseline), new=request.update_baseline)
    elif request.update_baseline:
        raise UsageError("--update-baseline needs to know the file.", "Add --baseline FILE.")
    skipped: Counter[str] = Counter()
    files = [_one(request, target, baseline) for target in _targets(request, skipped)]
    stale = 0
    if baseline is not None and request.baseline is not None:
        stale = baseline_file.finish(
            baseline, Path(request.baseline), request.selection, update=request.update_baseline
        )
    return Outcome(
        files,
        +skipped,
        stale,
        None if request.baseline is None else quote(request.baseline, 200),
        request.update_baseline,
        request.fix and not request.diff,
    )


def _check_release(release: str | None) -> None:
    """Any release number will do: one that we do not know is judged by the newest known one before it."""
    from mcp_server.validate.schemas.litellm_schema import known_releases

    if release is not None and not re.fullmatch(r"v?\d{1,6}(\.\d{1,6}){1,3}([.-]?\w{1,20}){0,3}", release):
        raise UsageError(
            f"{quote(release, 60)!r} is no release of LiteLLM.",
            f"Give a number, e.g. {known_releases()[0]}. Known are {', '.join(known_releases())}.",
        )


@dataclass(frozen=True)
class _Target:
    """A file, standard input (``file`` is where it belongs), or a place that could not be opened."""

    file: Path | None
    kind: str
    stdin: bool = False
    problem: GatewayError | None = None


def _targets(request: Request, skipped: Counter[str]) -> Iterator[_Target]:
    from mcp_server.operations.find_files import find
    from mcp_server.validate.kinds import parse_kind

    seen: set[str] = set()
    for path in dict.fromkeys(request.paths):
        if path == STDIN:
            yield _Target(Path(request.stdin_name) if request.stdin_name else None, request.kind, stdin=True)
            continue
        folder = _folder(path)
        if folder is None:
            targets = [_Target(Path(path), request.kind)]
        else:
            found = find(folder, parse_kind(request.kind))
            skipped.update(found.skipped)
            targets = [_Target(folder, request.kind, problem=problem) for problem in found.closed]
            targets += [_Target(file, kind or request.kind) for file, kind in found.files]
            if not targets:
                targets = [_Target(folder, request.kind, problem=_nothing(folder, request.kind))]
        for target in targets:
            key = str(target.file) if target.problem else os.path.abspath(target.file or "")  # noqa: PTH100 - no links
            if key not in seen or target.problem:
                seen.add(key)
                yield target


def _folder(path: str) -> Path | None:
    try:
        folder = Path(path).expanduser()
        return folder if folder.is_dir() else None
    except (OSError, ValueError, RuntimeError):
        return None  # reading it will say why


def _nothing(folder: Path, kind: str) -> GatewayError:
    what = "configuration of a known kind" if kind == "auto" else f"file of the kind {kind}"
    return GatewayError(
        f"no {what} was found in {quote(str(folder), 200)}, so nothing was checked.",
        "Name the files themselves; a kind that does not show in a file is given with --kind.",
    )


def _one(request: Request, target: _Target, baseline: Baseline | None) -> FileOutcome:
    path = _shown(target.file)
    if target.problem is not None:
        return _unread(path, target.problem)
    place = baseline_file.place(Path(request.baseline or ""), target.file)
    judge = None if baseline is None else partial(baseline.judge, place)
    try:
        repair = _repair(request, target, judge, path) if request.fix or request.diff else None
        # After a repair this is what is left; it is also the check that the baseline goes by.
        checked = _check(request, target, judge)
    except GatewayError as error:
        return _unread(path, error)
    if baseline is not None:
        baseline.checked.add(place)
    return _outcome(path, checked, repair)


def _check(request: Request, target: _Target, judge: Judge | None) -> Checked:
    name = None if target.file is None else str(target.file)
    return validate_config.check(
        None if target.stdin else name,
        request.stdin if target.stdin else None,
        target.kind,
        request.environment,
        name=name if target.stdin else None,
        litellm=request.litellm,
        selection=request.selection,
        known=judge() if judge else None,
    )


@dataclass(frozen=True)
class _Repair:
    """What was repaired (or would be), and the lines that changed without those that hold a secret."""

    count: int
    written: bool
    diff: str
    hidden: int


def _repair(request: Request, target: _Target, judge: Judge | None, path: str) -> _Repair:
    from mcp_server.document.edits import compare
    from mcp_server.document.lines import LINE_END
    from mcp_server.operations.fix_file import fix_file
    from mcp_server.validate.selection import ALL

    selection = request.selection or ALL
    fixed = fix_file(
        _check(request, target, judge),
        unsafe=request.unsafe,
        write=not request.diff,
        keep=lambda document, report: selection.narrow(document, report, judge() if judge else None),
    )
    diff, hidden = compare(LINE_END.split(fixed.before), LINE_END.split(fixed.after), path)
    return _Repair(len(fixed.applied), not request.diff, diff, hidden)


def _outcome(path: str, checked: Checked, repair: _Repair | None) -> FileOutcome:
    from mcp_server.document.document import Document
    from mcp_server.validate.outcome import FileOutcome

    read = checked.document
    # Only the lines are shown; the trees of thousands of files would fill the memory.
    lines = Document(read.language, read.text, read.name, read.bom) if checked.report.findings else None
    outcome = FileOutcome(path, checked.answer, checked.context.kind, lines, checked.report)
    if repair is None or not repair.count:
        return outcome
    answer = _with_diff(checked.answer, path, repair)
    return replace(outcome, answer=answer, diff=repair.diff, hidden=repair.hidden, fixed=repair.count)


def _with_diff(answer: Answer, path: str, repair: _Repair) -> Answer:
    """The Answer with the repairs as its first file; changes that are only proposed come after it."""
    from mcp_server.answer import ConfigFile

    said = (
        "these lines were changed in the file"
        if repair.written
        else "--fix would change these lines; nothing was written"
    )
    if repair.hidden:
        said += f" ({repair.hidden} not shown: a credential stands there)"
    made = ConfigFile(path=path, language="diff", content=repair.diff or "(not shown)\n", why=said)
    return answer.model_copy(update={"config": [made, *(answer.config if repair.written else [])]})


def _unread(path: str, error: GatewayError) -> FileOutcome:
    from mcp_server.answer import Answer, Check
    from mcp_server.validate.outcome import FileOutcome

    answer = Answer(
        verdict="unknown",
        quick_answer=f"{error.problem} {error.fix}",
        verification=[Check(title="reading the file", status="fail", detail=error.problem, if_not=error.fix)],
        context=["Nothing is known about this file: it was not checked."],
    )
    return FileOutcome(path, answer, unread=error)


def _shown(file: Path | None) -> str:
    """Relative to the working directory where ``file`` lies in it; as given elsewhere."""
    if file is None:
        return "standard input"
    whole = Path(os.path.abspath(file))  # noqa: PTH100 - resolve() would follow links
    with contextlib.suppress(ValueError, OSError):
        file = whole.relative_to(Path.cwd())
    return file.as_posix()
