"""Every rule: registered, documented, proved by its own examples and by the case files in ``cases/<rule-id>/``.

A case file is named ``bad-WHAT.LINE.yaml`` (the rule must report exactly that line), ``good-WHAT.yaml`` (it must
stay silent). ``WHAT`` that starts with ``project`` is checked as a project's settings file.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

import mcp_server.validate.rules as package
from mcp_server.answer import Finding
from mcp_server.document.document import parse
from mcp_server.validate import kinds
from mcp_server.validate.context import Context, Kind, SettingsScope
from mcp_server.validate.engine import validate
from mcp_server.validate.manual import page, rules_markdown
from mcp_server.validate.rule import Rule
from mcp_server.validate.rules import RULES, get

#: Suffixes of case files by language.
SUFFIXES = {"yaml": (".yaml",), "json": (".json",), "jsonc": (".json", ".jsonc"), "env": (".env",)}
CASES = Path(__file__).parent / "cases"
#: Rules about a project's settings file: their examples are checked as one.
OF_PROJECTS = ("credential-in-project-settings", "key-sent-before-address", "setting-scope-ignored")
ROOT = Path(__file__).parents[2]
FILES = sorted(p for p in CASES.rglob("*") if p.is_file())


#: Kinds whose files hold parts of other kinds.
HOLDERS = ("docker-compose", "kubernetes")


def kind_of(rule: Rule, text: str, suffix: str | None = None) -> Kind:
    """The kind of a case: one of the rule's that claims it, or one that holds such parts; else the rule's first."""
    start = text.lstrip("\ufeff \t\r\n")
    modules = [m for m in kinds.KINDS if suffix is None or suffix in SUFFIXES.get(m.LANGUAGE, ())]
    claimed = [m.ID for m in modules if m.claims(f"case{suffix or ''}", start)]
    fitting = [k for k in rule.KINDS if suffix is None or suffix in SUFFIXES.get(kinds.get(k).LANGUAGE, ())]
    return ([k for k in claimed if k in rule.KINDS or k in HOLDERS] or fitting)[0]


def findings(
    rule: Rule, data: str | bytes, *, suffix: str | None = None, scope: SettingsScope | None = None
) -> list[Finding]:
    """Variables are set unless their name contains UNSET; files exist unless their path contains ``missing``."""
    text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
    names = re.findall(r"(?:os\.environ/|\$\{)(\w+)", text)
    context = Context(
        kind_of(rule, text, suffix),
        {name: "set" for name in names if "UNSET" not in name},
        exists=lambda path: "missing" not in path and not path.startswith("custom_"),
        scope=scope,
        today=date(2026, 11, 25),
    )
    kind = kinds.get(context.kind)
    document = parse(data, kind.LANGUAGE, "case", reader=kind.READER, documents=kind.DOCUMENTS)
    # What a comment silences only the other rules can tell.
    rules = RULES if rule.ID.startswith("suppression-") else (rule,)
    return [f for f in validate(document, context, rules) if f.id == rule.ID]


@pytest.mark.parametrize("file", FILES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_case_file_is_judged_as_its_name_says(file: Path) -> None:
    rule = get(file.parent.name)
    assert rule is not None, f"cases/{file.parent.name} belongs to no rule"
    verdict, *numbers = re.findall(r"^bad|^good|(?<=\.)\d+(?=\.)", file.name)
    scope: SettingsScope | None = "project" if "-project" in file.name else None
    found = findings(rule, file.read_bytes(), suffix=file.suffix, scope=scope)
    lines = {f.where.line for f in found if f.where}
    if verdict == "good":
        assert found == []
    else:
        assert lines == {int(n) for n in numbers}
        assert all(f.where and f.where.column and f.problem and f.why and f.fix for f in found)


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.ID)
def test_documented_bad_example_is_found_and_good_example_is_not(rule: Rule) -> None:
    scope: SettingsScope | None = "project" if rule.ID in OF_PROJECTS else None
    parts = page(rule)
    assert [f.id for f in findings(rule, parts.bad, scope=scope)][:1] == [rule.ID]
    assert findings(rule, parts.good, scope=scope) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.ID)
def test_every_rule_has_a_bad_and_a_good_case_file(rule: Rule) -> None:
    names = [p.name for p in (CASES / rule.ID).glob("*")]
    assert any(n.startswith("bad-") for n in names)
    assert any(n.startswith("good-") for n in names)


def test_every_file_of_the_rules_folder_is_registered_once_under_its_own_name() -> None:
    folder = Path(package.__file__).parent
    modules = {p.stem for p in folder.glob("*.py")} - {"__init__"}
    registered = [rule.__name__.rpartition(".")[2] for rule in RULES]  # type: ignore[attr-defined]
    assert sorted(registered) == sorted(modules)
    assert [rule.ID.replace("-", "_") for rule in RULES] == registered


def test_every_rule_has_known_kinds_and_severity() -> None:
    for rule in RULES:
        assert set(rule.KINDS) <= {kind.ID for kind in kinds.KINDS}
        assert rule.SEVERITY in ("error", "warning", "info")
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.ID)


def test_manual_page_is_up_to_date() -> None:
    committed = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    assert committed == rules_markdown(), "run: python maintenance/docs.py"


def test_repeated_model_name_is_load_balancing_and_no_finding() -> None:
    text = """
model_list:
  - model_name: sonnet
    litellm_params: {model: anthropic/claude-sonnet-4-6, api_key: os.environ/A}
  - model_name: sonnet
    litellm_params: {model: anthropic/claude-sonnet-4-6, api_key: os.environ/B}
general_settings: {master_key: os.environ/LITELLM_MASTER_KEY}
"""
    context = Context("litellm", {"A": "x", "B": "x", "LITELLM_MASTER_KEY": "x"}, today=date(2026, 11, 25))
    assert validate(parse(text, "yaml"), context) == []
