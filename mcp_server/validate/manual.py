"""The rules' manual: one page, generated from the docstrings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from inspect import cleandoc

from mcp_server.validate import kinds
from mcp_server.validate.rule import Rule
from mcp_server.validate.rules import RULES

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


def rules_markdown() -> str:
    """``docs/rules.md``: contents by kind, then a section per rule."""
    lines = [
        "# Rules of `validate_config`",
        "",
        "Generated from the docstrings in `mcp_server/validate/rules/`; change them there. A rule's default",
        "severity is *error* (the program does not start, or cannot work with Claude Code), *warning* (it works",
        "otherwise than written) or *info*; one finding may be milder. All rules work offline.",
        "",
        "| rule | files | severity | |",
        "| --- | --- | --- | --- |",
    ]
    lines += [
        f"| [`{rule.ID}`](#{rule.ID}) | {', '.join(rule.KINDS)} | {rule.SEVERITY} | {_cell(page(rule).title)} |"
        for rule in RULES
    ]
    for rule in RULES:
        lines += ["", *_section(rule)]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.rstrip(".").replace("|", "\\|")


def _section(rule: Rule) -> list[str]:
    parts = page(rule)
    language = kinds.get(rule.KINDS[0]).LANGUAGE
    return [
        f"## {rule.ID}",
        "",
        parts.title,
        "",
        f"*{rule.SEVERITY}* · {', '.join(rule.KINDS)}",
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
