"""Several checked files for a terminal: a few lines a finding, file by file, and one line that sums up."""

from __future__ import annotations

import textwrap

from mcp_server.answer import Finding, Severity
from mcp_server.document.excerpt import excerpt
from mcp_server.render.markdown import place
from mcp_server.validate import kinds
from mcp_server.validate.outcome import FileOutcome, Outcome

_COLOURS: dict[Severity, str] = {"error": "1;31", "warning": "1;33", "info": "1;36"}
_DIFF = {"+": "32", "-": "31", "@": "36"}


def listing(outcome: Outcome, *, width: int = 100, colour: bool = False) -> str:
    """The findings of all files as text for ``width`` columns; files without any are only counted."""
    page = _Page(max(width, 40), colour)
    blocks = [block for file in outcome.files for block in page.file(file, outcome.written)]
    return "\n\n".join([*blocks, summary_line(outcome)]) + "\n"


def summary_line(outcome: Outcome) -> str:
    """``3 files checked: 1 error, 2 warnings; 1 silenced by comments; 4 other files skipped``."""
    n = outcome.summary()
    found = [_count(n[f"{word}s"], word) for word in ("error", "warning") if n[f"{word}s"]]
    found += [_count(n["infos"], "note")] if n["infos"] else []
    checked = f"{_count(n['files'], 'file')} checked: {', '.join(found) or 'nothing found'}"
    parts = [checked if n["files"] else "nothing was checked"]
    parts += [f"{n['fixed']} {'fixed' if outcome.written else 'can be fixed'}"] if n["fixed"] else []
    parts += [f"{n['suppressed']} silenced by comments"] if n["suppressed"] else []
    parts += [f"{n['known']} known from the baseline"] if n["known"] else []
    parts += [f"{n['stale']} of the baseline no longer there (--update-baseline drops them)"] if n["stale"] else []
    parts += [f"{outcome.baseline} written"] if outcome.updated else []
    parts += [f"{_count(n['unread'], 'place')} could not be checked"] if n["unread"] else []
    parts += [f"{_count(n['skipped'], 'other file')} skipped"] if n["skipped"] else []
    return "; ".join(parts)


class _Page:
    def __init__(self, width: int, colour: bool) -> None:
        self.width = width
        self.colour = colour

    def file(self, file: FileOutcome, written: bool) -> list[str]:
        """The file's findings, a block each; the first carries the heading."""
        if file.unread is not None:
            head = self._paint(f"{file.shown}: could not be checked", "1;31")
            said = [*self._wrap(file.unread.problem, "  = why: "), *self._wrap(file.unread.fix, "  = help: ")]
            return ["\n".join([head, *said])]
        blocks = [self._finding(finding, file) for finding in file.report.findings]
        if file.fixed:
            verb = "fixed" if written else "can be fixed"
            lines = [f"{_count(file.fixed, 'finding')} {verb}:", *map(self._change, file.diff.rstrip("\n").split("\n"))]
            lines += [f"({_count(file.hidden, 'place')} not shown: a credential stands there)"] if file.hidden else []
            blocks.insert(0, "\n".join(line for line in lines if line))
        if blocks:
            title = kinds.get(file.kind).TITLE if file.kind else ""
            blocks[0] = f"{self._paint(file.shown, '1')} ({title})\n\n{blocks[0]}"
        return blocks

    def _finding(self, finding: Finding, file: FileOutcome) -> str:
        label = self._paint(f"{finding.severity}[{finding.id}]", _COLOURS[finding.severity])
        hidden = len(label) - len(f"{finding.severity}[{finding.id}]")
        lines = self._wrap(finding.problem, f"{label}: ", indent=2, hidden=hidden)
        where = finding.where.model_copy(update={"file": file.shown}) if finding.where else None
        spot = place(where)
        if spot:
            lines.append(f"  --> {spot}")
        if file.document is not None:
            lines += excerpt(file.document, where)
        lines += self._wrap(finding.fix, "  = help: ")
        if finding.command:
            lines.append(f"          {finding.command}")
        return "\n".join(lines)

    def _change(self, line: str) -> str:
        return self._paint(line, _DIFF[line[0]]) if line[:1] in _DIFF and not line.startswith(("+++", "---")) else line

    def _wrap(self, text: str, first: str, *, indent: int | None = None, hidden: int = 0) -> list[str]:
        return textwrap.wrap(
            " ".join(text.split()),
            width=self.width + hidden,
            initial_indent=first,
            subsequent_indent=" " * (len(first) if indent is None else indent),
            break_long_words=False,
            break_on_hyphens=False,
        ) or [first.rstrip()]

    def _paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
