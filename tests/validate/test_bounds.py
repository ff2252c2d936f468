"""Bounds on what is listed and compared: never silent, and never in the way of a real file."""

from __future__ import annotations

import pytest

from mcp_server.answer import Finding
from mcp_server.document.document import MAX_LINES, parse
from mcp_server.document.yaml_reader import MAX_PROBLEMS
from mcp_server.validate import engine, kinds
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.engine import MAX_FINDINGS
from mcp_server.validate.kinds.kind import MAX_PARTS
from mcp_server.validate.schemas.names import MAX_COMPARED, close_name, evident
from tests.validate.test_fixing import fixed

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c#}\ndata:\n  config.yaml: |\n    model_list: []\n---\n"


def found(text: str, kind: Kind, rule: str) -> list[Finding]:
    module = kinds.get(kind)
    document = parse(text, module.LANGUAGE, "f", reader=module.READER, documents=module.DOCUMENTS)
    return [f for f in engine.validate(document, Context(kind, None)) if f.id == rule]


def test_findings_of_one_rule_end_with_a_note_that_there_are_more() -> None:
    text = "general_settings:\n" + "".join(f"  nonsense_{n}: 1\n" for n in range(MAX_FINDINGS + 200))
    listed = found(text, "litellm", "unknown-key")
    assert len(listed) == MAX_FINDINGS + 1
    assert [f.problem for f in listed if "there is more of this" in f.problem] == [listed[-1].problem]
    assert listed[-1].severity == "info"
    assert listed[-1].where is not None
    assert listed[-1].where.line == MAX_FINDINGS + 2
    exactly = text.split("\n")[: MAX_FINDINGS + 1]
    assert all("more of this" not in f.problem for f in found("\n".join(exactly), "litellm", "unknown-key"))


def test_more_mistakes_than_are_listed_are_repaired_all_the_same() -> None:
    entry = "- model_name: m#\n  litellm_params: {model: openai/gpt-4o, api_key: '${KEY}'}\n"
    text = "model_list:\n" + "".join(entry.replace("#", str(n)) for n in range(MAX_FINDINGS + 200))
    assert fixed(text).after == text.replace("${KEY}", "os.environ/KEY")


def test_configurations_beyond_the_bound_are_named_as_unchecked() -> None:
    few = "".join(CONFIG_MAP.replace("#", str(n)) for n in range(MAX_PARTS))
    assert not [f for f in found(few, "kubernetes", "yaml-syntax") if "from here on none is checked" in f.problem]
    (note,) = [f for f in found(few + CONFIG_MAP, "kubernetes", "yaml-syntax") if "none is checked" in f.problem]
    assert note.severity == "warning"
    assert note.where is not None
    assert note.where.line == MAX_PARTS * 7 + 6


def test_syntax_problems_of_one_file_are_bounded() -> None:
    problems = parse("a:\n" + "- !x 1\n" * (MAX_PROBLEMS + 50), "yaml").syntax
    assert len(problems) == MAX_PROBLEMS + 1
    assert "more than" in problems[-1].problem


def test_file_of_more_lines_than_memory_allows_is_refused_with_their_number() -> None:
    (problem,) = parse("\n" * (MAX_LINES + 1), "yaml").syntax
    assert f"{MAX_LINES + 1:,} lines" in problem.problem
    assert parse("a: 1" + "\n" * MAX_LINES, "yaml").readable


def test_near_name_is_found_among_few_and_among_many_names() -> None:
    few = [f"setting_{n}" for n in range(100)]
    many = [f"setting_{n}" for n in range(MAX_COMPARED + 1)]
    for names in (few, many):
        assert close_name("request_timeot", [*names, "request_timeout"]) == "request_timeout"
        assert close_name("Request-Timeout", [*names, "request_timeout"]) == "request_timeout"
        assert close_name("something_else", names) is None


@pytest.mark.parametrize(
    ("word", "name", "answer"),
    [
        ("drop_param", "drop_params", True),
        ("drop-params", "drop_params", True),
        ("dropParams", "drop_params", True),
        ("Simple_Shuffle", "simple-shuffle", True),
        ("usage-based-routing-v3", "usage-based-routing-v2", False),
        ("timeout", "stream_timeout", False),
        ("rpm", "tpm", False),
    ],
)
def test_only_a_slip_is_evident(word: str, name: str, answer: bool) -> None:
    assert evident(word, name) is answer


def test_circle_of_fallbacks_is_found_in_a_file_full_of_chains() -> None:
    chains = "".join(f"  - m{n}: [m{n + 1}]\n" for n in range(3_000))
    circle = "  - a: [b]\n  - b: [c]\n  - c: [a, m0]\n"
    text = f"litellm_settings:\n  fallbacks:\n{chains}{circle}"
    assert len(found(text, "litellm", "fallback-cycle")) == 1
    assert found(text.replace("[a, m0]", "[m0]"), "litellm", "fallback-cycle") == []
