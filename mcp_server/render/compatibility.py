"""The compatibility report for people: as text for a terminal and as Markdown."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from mcp_server.answer import Finding
from mcp_server.matrix import LEVELS, Cell, Column, Costs, Matrix, Outcome

_MARKS: dict[Outcome, str] = {"pass": "✓", "warn": "!", "fail": "✗", "skip": "–", "undecided": "?"}
_COLOURS: dict[Outcome, str] = {"pass": "32", "warn": "33", "fail": "31", "skip": "2", "undecided": "36"}
_LEGEND = "✓ passed · ! short of the protocol, Claude Code copes · ✗ failed · – does not apply · ? not decided"
_MAX_COLUMN = 18


def text(matrix: Matrix, *, width: int = 100, colour: bool = False) -> str:
    """The report for ``width`` columns; ``colour`` adds ANSI attributes and nothing else."""
    lines = _wrapped(headline(matrix), width)
    lines += [""] + [line for finding in matrix.findings for line in _finding_text(finding, width)]
    if matrix.columns:
        lines += _table(matrix, colour, width)
        lines += ["", *_wrapped(_LEGEND, width)]
    for column in matrix.columns:
        lines += _column_text(column, width)
    lines += ["", *_wrapped(costs(matrix), width)]
    for note in matrix.notes:
        lines += textwrap.wrap(note, width, initial_indent="• ", subsequent_indent="  ", break_long_words=False)
    return "\n".join(lines) + "\n"


def markdown(matrix: Matrix) -> str:
    """The report as Markdown: scores, the matrix, every shortfall with its cure, the costs."""
    lines = ["# Gateway compatibility with Claude Code", "", headline(matrix), ""]
    lines += [line for finding in matrix.findings for line in _finding_markdown("", finding)]
    if matrix.columns:
        lines += [*score_table(matrix), "", *matrix_table(matrix), "", _LEGEND, ""]
        for column in matrix.columns:
            shortfalls = list(_shortfalls(column))
            if not shortfalls and not column.findings and not column.note:
                continue
            lines += [f"## {_plain(column.model)}", "", *([column.note, ""] if column.note else [])]
            lines += [line for finding in column.findings for line in _finding_markdown("", finding)]
            lines += [line for cell in shortfalls for line in _cell_markdown(cell)]
            lines.append("")
    lines += ["## Cost", "", costs(matrix), ""]
    lines += [f"- {_plain(note)}" for note in matrix.notes]
    return "\n".join(lines).rstrip("\n") + "\n"


def headline(matrix: Matrix) -> str:
    """One sentence: does it work?"""
    about = f"{matrix.base_url} ({matrix.gateway}), requests of Claude Code {matrix.client_version}, {matrix.date}"
    if matrix.planned:
        return f"Nothing was sent. Planned for {about}."
    if not matrix.columns:
        return f"No model could be asked at {about}."
    whole = [column for column in matrix.columns if _complete(column)]
    if len(whole) == len(matrix.columns):
        return f"All {len(whole)} model(s) meet every must of the gateway protocol at {about}."
    return f"{len(whole)} of {len(matrix.columns)} model(s) meet every must of the gateway protocol at {about}."


def costs(matrix: Matrix) -> str:
    """What was estimated, what was counted, and what the budget left out."""
    spent: Costs = matrix.costs
    estimated = f"Estimated before: about {spent.estimated_tokens:,} tokens in and out."
    counted = (
        f" Counted after: {spent.requests} requests, {spent.billed_requests} of them billed, "
        f"{spent.input_tokens:,} tokens in and {spent.output_tokens:,} out."
    )
    left_out = ""
    if spent.left_out:
        left_out = f" Left out for the budget of {spent.budget or 0:,}: {', '.join(spent.left_out)}."
    return f"{estimated}{'' if matrix.planned else counted}{left_out}"


def score_table(matrix: Matrix) -> list[str]:
    """One row a model."""
    rows = [f"| model | {' | '.join(LEVELS)} | not decided | seconds |", "| --- | --- | --- | --- | --- | --- |"]
    for column in matrix.columns:
        scores = " | ".join("{} of {}".format(*column.score(level)) for level in LEVELS)
        rows.append(f"| {_plain(column.model)} | {scores} | {len(column.undecided)} | {column.seconds:.1f} |")
    return rows


def matrix_table(matrix: Matrix) -> list[str]:
    """One row a check, one column a model."""
    models = [_plain(column.model) for column in matrix.columns]
    rows = [f"| check | level | {' | '.join(models)} |", f"| --- | --- |{' --- |' * len(models)}"]
    for check, level, cells in _rows(matrix):
        marks = " | ".join(_MARKS[cell.outcome] if cell else " " for cell in cells)
        rows.append(f"| `{check}` | {level} | {marks} |")
    return rows


def _complete(column: Column) -> bool:
    passed, asked = column.score("must")
    return passed == asked and asked > 0


def _rows(matrix: Matrix) -> list[tuple[str, str, list[Cell | None]]]:
    first = matrix.columns[0]
    by_check = [{cell.check: cell for cell in column.cells} for column in matrix.columns]
    return [(cell.check, cell.requirement, [cells.get(cell.check) for cells in by_check]) for cell in first.cells]


def _table(matrix: Matrix, colour: bool, width: int) -> list[str]:
    """Columns are headed by the models' names, or by numbers where those are too long for ``width``."""
    names = [column.model[:_MAX_COLUMN] for column in matrix.columns]
    rows = _rows(matrix)
    wide = max((len(check) for check, _, _ in rows), default=0)
    lines = []
    if wide + 12 + sum(len(name) + 2 for name in names) > width:
        lines = [f"[{number}] {column.model}" for number, column in enumerate(matrix.columns, 1)] + [""]
        names = [f"[{number}]".ljust(5) for number in range(1, len(names) + 1)]
    lines.append(f"{'check':{wide}}  level     {'  '.join(names)}".rstrip())
    for check, level, cells in rows:
        marks = [_paint(cell, len(name), colour) for cell, name in zip(cells, names, strict=True)]
        lines.append(f"{check:{wide}}  {level:8}  {'  '.join(marks)}".rstrip())
    for level in LEVELS:
        scores = ["{}/{}".format(*column.score(level)) for column in matrix.columns]
        padded = "  ".join(f"{score:{len(name)}}" for score, name in zip(scores, names, strict=True))
        lines.append(f"{'score':{wide}}  {level:8}  {padded}".rstrip())
    return lines


def _paint(cell: Cell | None, width: int, colour: bool) -> str:
    mark = _MARKS[cell.outcome] if cell else " "
    padding = " " * (width - 1)
    return f"\x1b[{_COLOURS[cell.outcome]}m{mark}\x1b[0m{padding}" if colour and cell else f"{mark}{padding}"


def _shortfalls(column: Column) -> Sequence[Cell]:
    """Everything but the passed, failed musts first; cells that were never reached say nothing of their own."""
    order = {"fail": 0, "warn": 1, "undecided": 2}
    levels = {level: number for number, level in enumerate(LEVELS)}
    cells = [cell for cell in column.cells if cell.outcome in order]
    if column.findings:
        cells = [cell for cell in cells if cell.outcome != "undecided"]
    return sorted(cells, key=lambda cell: (order[cell.outcome], levels[cell.requirement]))


def _column_text(column: Column, width: int) -> list[str]:
    shortfalls = _shortfalls(column)
    if not shortfalls and not column.findings and not column.note:
        return []
    lines = ["", f"── {column.model} ".ljust(min(width, 100), "─")]
    lines += _wrapped(column.note, width) if column.note else []
    lines += [line for finding in column.findings for line in _finding_text(finding, width)]
    for cell in shortfalls:
        lines += _hanging(f"{_MARKS[cell.outcome]} {cell.check} ({cell.requirement}): {cell.detail}", width, "  ")
        for finding in cell.findings[:1]:
            lines += _hanging(f"  = {finding.id}: {finding.fix}", width, "      ")
    return lines


def _finding_text(finding: Finding, width: int) -> list[str]:
    lines = _hanging(f"{finding.severity}[{finding.id}] {finding.problem}", width, "  ")
    return [*lines, *_hanging(f"  = help: {finding.fix}", width, "      ")]


def _cell_markdown(cell: Cell) -> list[str]:
    lines = [f"- {_MARKS[cell.outcome]} **`{cell.check}`** ({cell.requirement}): {_plain(cell.detail)}"]
    return lines + [f"  - `{finding.id}`: {_plain(finding.fix)}" for finding in cell.findings[:1]]


def _finding_markdown(indent: str, finding: Finding) -> list[str]:
    said = f"{indent}- **{finding.severity}[{finding.id}]** {_plain(finding.problem)}"
    return [said, f"{indent}  - fix: {_plain(finding.fix)}"]


def _plain(said: str) -> str:
    """What a server or a person wrote, without effect on the Markdown around it."""
    for sign, shown in (("|", "\\|"), ("<", "&lt;"), ("`", "'"), ("[", "\\[")):
        said = said.replace(sign, shown)
    return " ".join(said.split())


def _wrapped(said: str, width: int) -> list[str]:
    return textwrap.wrap(said, width, break_long_words=False, break_on_hyphens=False)


def _hanging(said: str, width: int, indent: str) -> list[str]:
    return textwrap.wrap(said, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
