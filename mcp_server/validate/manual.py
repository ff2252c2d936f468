"""The rules' manual: generated from the docstrings, for ``docs/rules.md``, the terminal and code scanning."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from inspect import cleandoc
from typing import Any, Literal

from mcp_server.document.document import parse
from mcp_server.validate import kinds
from mcp_server.validate.context import Context, Kind, SettingsScope
from mcp_server.validate.engine import report
from mcp_server.validate.rule import Rule
from mcp_server.validate.rules import RULES

Repair = Literal["safe", "unsafe", "no"]

SECTIONS = ("What", "Why", "Fix", "Bad", "Good")
_SECTION = re.compile(r"(?m)^(What|Why|Fix|Bad|Good):[ \n]")


@dataclass(frozen=True)
class Page:
    """A rule's docstring in parts. ``bad`` and ``good`` are complete examples."""

    title: str
    what: str
    why: str
    fix: str
    bad: str
    good: str


def page(rule: Rule) -> Page:
    """The parts of the docstring.

    Raises:
        ValueError: a section is missing (a test shows it before any user can).
    """
    text = cleandoc(rule.__doc__ or "")
    title, *pieces = _SECTION.split(text)
    parts = dict(zip(pieces[::2], pieces[1::2], strict=True))
    missing = [name for name in SECTIONS if not parts.get(name, "").strip()]
    if missing or not title.strip():
        raise ValueError(f"the docstring of {rule.ID} lacks {', '.join(missing) or 'a title'}")
    prose = [" ".join(parts[name].split()) for name in SECTIONS[:3]]
    examples = [cleandoc("\n" + parts[name]).strip("\n") + "\n" for name in SECTIONS[3:]]
    return Page(" ".join(title.split()), *prose, *examples)


def example_kind(rule: Rule) -> Kind:
    """The kind of file that the rule's examples are."""
    bad = kinds.start_of(page(rule).bad)
    return next((kind for kind in rule.KINDS if kinds.get(kind).claims("", bad)), rule.KINDS[0])


def repair(rule: Rule) -> Repair:
    """What ``--fix`` makes of the bad example: safe, only with ``--unsafe-fixes``, or nothing."""
    kind = kinds.get(example_kind(rule))
    scope: SettingsScope | None = "project" if "project" in rule.ID else None
    document = parse(page(rule).bad, kind.LANGUAGE, reader=kind.READER, documents=kind.DOCUMENTS)
    rules = RULES if rule.ID.startswith("suppression-") else (rule,)
    found = report(document, Context(kind.ID, {}, scope=scope), rules)
    changes = [c for f, c in zip(found.findings, found.changes, strict=True) if c is not None and f.id == rule.ID]
    return "no" if not changes else "safe" if any(change.safe for change in changes) else "unsafe"


def rules_data() -> list[dict[str, Any]]:
    """One row a rule, for ``--list-rules``."""
    return [
        {
            "id": rule.ID,
            "kinds": list(rule.KINDS),
            "severity": rule.SEVERITY,
            "fix": repair(rule),
            "title": page(rule).title.rstrip("."),
        }
        for rule in RULES
    ]


def rules_table() -> str:
    """The same as lines for a terminal."""
    rows = [("rule", "severity", "fix", "what", "files")]
    rows += [(r["id"], r["severity"], r["fix"], r["title"], ", ".join(r["kinds"])) for r in rules_data()]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return (
        "\n".join(
            "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), f"{row[3]} ({row[4]})"])
            for row in rows
        )
        + "\n"
    )


def page_text(rule: Rule, width: int = 100) -> str:
    """One rule's page for a terminal."""
    parts = page(rule)

    def prose(name: str, text: str) -> str:
        return textwrap.fill(
            text, max(width, 40), initial_indent=f"{name}: ", subsequent_indent="  ", break_on_hyphens=False
        )

    def example(name: str, text: str) -> str:
        return f"{name}:\n" + textwrap.indent(text.rstrip("\n"), "    ")

    blocks = [
        f"{rule.ID} ({rule.SEVERITY}; {', '.join(rule.KINDS)}; fix: {repair(rule)})\n{parts.title}",
        "\n".join([prose("What", parts.what), prose("Why", parts.why), prose("Fix", parts.fix)]),
        example("Bad", parts.bad),
        example("Good", parts.good),
        f"To silence one finding: # llm-gateway: ignore[{rule.ID}] reason",
    ]
    return "\n\n".join(blocks) + "\n"


def rules_markdown() -> str:
    """``docs/rules.md``: contents by kind, then a section per rule."""
    lines = [
        "# Rules of `validate_config`",
        "",
        "Generated from the docstrings in `mcp_server/validate/rules/`; change them there. A rule's default",
        "severity is *error* (the program does not start, or cannot work with Claude Code), *warning* (it works",
        "otherwise than written) or *info*; one finding may be milder. All rules work offline. *Fix* says what",
        "`--fix` makes of the bad example: a safe change, one that needs `--unsafe-fixes`, or none.",
        "",
        "| rule | files | severity | fix | |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| [`{r['id']}`](#{r['id']}) | {', '.join(r['kinds'])} | {r['severity']} | {r['fix']} | {_cell(r['title'])} |"
        for r in rules_data()
    ]
    for rule in RULES:
        lines += ["", *_section(rule)]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.rstrip(".").replace("|", "\\|")


def _section(rule: Rule) -> list[str]:
    return [f"## {rule.ID}", "", *_page_lines(rule)]


def page_markdown(rule: Rule) -> str:
    """One rule's page as Markdown, without a heading."""
    return "\n".join(_page_lines(rule)) + "\n"


def _page_lines(rule: Rule) -> list[str]:
    parts = page(rule)
    language = kinds.get(example_kind(rule)).LANGUAGE
    return [
        parts.title,
        "",
        f"*{rule.SEVERITY}* · {', '.join(rule.KINDS)} · fix: {repair(rule)}",
        "",
        f"**What:** {parts.what}",
        "",
        f"**Why:** {parts.why}",
        "",
        f"**Fix:** {parts.fix}",
        "",
        "Bad:",
        "",
        f"```{language}",
        *parts.bad.rstrip("\n").split("\n"),
        "```",
        "",
        "Good:",
        "",
        f"```{language}",
        *parts.good.rstrip("\n").split("\n"),
        "```",
    ]
