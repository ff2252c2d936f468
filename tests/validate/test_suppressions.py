"""Comments that silence findings: which ones count, what they silence, and that nothing is silenced unseen."""

from __future__ import annotations

import pytest

from mcp_server.document.document import Document, parse
from mcp_server.operations.validate_config import check
from mcp_server.validate import suppressions
from mcp_server.validate.context import Context
from mcp_server.validate.engine import Report, report

#: The finding is number-as-string-breaks-streaming.
RULE = "number-as-string-breaks-streaming"


def judged(text: str) -> Report:
    document = parse(text, "yaml", "config.yaml")
    return report(document, Context("litellm", None))


def found(text: str) -> list[str]:
    return [f.id for f in judged(text).findings if f.id in (RULE, "suppression-unused", "suppression-unknown-rule")]


@pytest.mark.parametrize(
    "text",
    [
        f"router_settings:\n  num_retries: '3'  # llm-gateway: ignore[{RULE}]\n",
        f"router_settings:\n  num_retries: '3' #llm-gateway:ignore[ {RULE} ] reason\n",
        f"router_settings:\n  # llm-gateway: ignore[{RULE}] reason\n  num_retries: '3'\n",
        f"router_settings:\n  # llm-gateway: ignore[{RULE}]\n\n  # about the number\n  num_retries: '3'\n",
        f"# llm-gateway: ignore-file[{RULE}]\nrouter_settings:\n  num_retries: '3'\n",
        f"# a title\n\n# llm-gateway: ignore-file[{RULE}] reason\nrouter_settings:\n  num_retries: '3'\n",
        f"router_settings: {{num_retries: '3'}} # llm-gateway: ignore[{RULE}]\r\nmodel_list: []\r\n",
        f"router_settings:\n  num_retries: '3'  # see below # llm-gateway: ignore[{RULE}]\n",
    ],
)
def test_a_comment_at_the_line_or_above_it_or_for_the_file_silences_the_rule_it_names(text: str) -> None:
    result = judged(text)
    assert found(text) == []
    assert [s.finding.id for s in result.suppressed] == [RULE]


@pytest.mark.parametrize(
    "text",
    [
        f"router_settings:\n  # llm-gateway: ignore[{RULE}]\n  enable_pre_call_checks: true\n  num_retries: '3'\n",
        "router_settings:\n  num_retries: '3'  # llm-gateway: ignore[unknown-key]\n",
        f"router_settings:\n  num_retries: '3'  # llm-gateway: ignored[{RULE}]\n",
        f"router_settings:\n  num_retries: '3'  # ignore[{RULE}]\n",
        f"router_settings:\n  num_retries: '3'#llm-gateway: ignore[{RULE}]\n",
        f"router_settings:\n  num_retries: '3'  // llm-gateway: ignore[{RULE}]\n",
    ],
)
def test_another_line_another_rule_or_another_word_silences_nothing(text: str) -> None:
    assert RULE in found(text) or not parse(text, "yaml").readable


@pytest.mark.parametrize(
    "value",
    [
        '"text # llm-gateway: ignore-file[{rule}]"',
        "'two\n    lines # llm-gateway: ignore-file[{rule}]'",
        "|\n    # llm-gateway: ignore-file[{rule}]\n    text",
        ">-\n    text\n    # llm-gateway: ignore-file[{rule}]",
        "plain#llm-gateway:ignore-file[{rule}]",
    ],
)
def test_what_stands_inside_a_value_is_text(value: str) -> None:
    text = f"x-notes: {value.format(rule=RULE)}\nrouter_settings:\n  num_retries: '3'\n"
    assert RULE in found(text)
    assert judged(text).suppressed == []


def test_keys_duplicates_and_merged_mappings_hide_no_comment_and_are_none() -> None:
    text = (
        f'? "# llm-gateway: ignore-file[{RULE}]"\n: 1\n'
        f"base: &base {{note: '# llm-gateway: ignore-file[{RULE}]'}}\n"
        "router_settings:\n  <<: *base\n"
        f"  num_retries: '2 # llm-gateway: ignore-file[{RULE}]'\n  num_retries: '3'\n"
    )
    assert judged(text).suppressed == []


def test_the_line_of_a_block_scalar_may_end_in_a_comment() -> None:
    text = f"x-notes: |  # llm-gateway: ignore-file[{RULE}]\n  text\nrouter_settings:\n  num_retries: '3'\n"
    assert [s.finding.id for s in judged(text).suppressed] == [RULE]


def test_a_part_inside_a_value_has_comments_of_its_own() -> None:
    outer = parse('data: |\n  # llm-gateway: ignore[a]\n  key: "# llm-gateway: ignore[b]"\n', "yaml")
    inner = parse('\n\n  key: "# llm-gateway: ignore[b]"\n', "yaml")  # the same places
    part = Document("yaml", outer.text, roots=inner.roots)
    assert suppressions.attach(outer, [], []).comments == []
    comments = suppressions.attach(outer, [part], []).comments
    assert [c.names for c in comments] == [[("a", (2, 25))]]


def test_comments_of_json_with_comments_begin_with_two_slashes() -> None:
    document = parse('{\n  // llm-gateway: ignore[a] why\n  "k": "// llm-gateway: ignore[b]",\n  "n": 1\n}\n', "jsonc")
    if not document.roots:
        pytest.skip("no reader for JSON with comments yet")
    (comment,) = suppressions.attach(document, [], []).comments
    assert (comment.names[0][0], comment.line, comment.reason) == ("a", 3, "why")


def test_plain_json_has_no_comments() -> None:
    document = parse('{"k": "# llm-gateway: ignore[b]"}', "json")
    assert suppressions.attach(document, [], []).comments == []


def test_comments_of_an_environment_file_count() -> None:
    text = "# llm-gateway: ignore[a] why\nNAME='x # llm-gateway: ignore[b]'\nOTHER=1  # llm-gateway: ignore[c]\n"
    comments = suppressions.attach(parse(text, "env"), [], []).comments
    assert [(c.names[0][0], c.line) for c in comments] == [("a", 2), ("c", 3)]


def test_a_file_that_cannot_be_read_silences_nothing() -> None:
    result = judged("# llm-gateway: ignore-file[yaml-syntax]\nmodel_list: [\n")
    assert [f.id for f in result.findings] == ["yaml-syntax"]


def test_the_answer_lists_what_was_silenced_where_and_why() -> None:
    text = f"router_settings:\n  num_retries: '3'  # llm-gateway: ignore[{RULE}] never streamed\n"
    answer = check(content=text, kind="litellm", environment="ignore").answer
    (told,) = [c for c in answer.verification if "silenced" in c.title]
    assert told.title == "1 finding silenced by comments in the file"
    assert told.detail == f"{RULE} (line 2: never streamed)"
    assert told.status == "skip"


def test_a_reason_is_shown_without_secrets_and_control_characters() -> None:
    text = f"router_settings:\n  num_retries: '3'  # llm-gateway: ignore[{RULE}] key sk-ant-api03-{'Q7z' * 12}\n"
    (silenced,) = judged(text).suppressed
    assert "Q7z" not in silenced.reason


def test_a_comment_for_a_rule_that_did_not_run_is_not_called_unused() -> None:
    document = parse("# llm-gateway: ignore-file[tier-unmapped]\nrouter_settings: {}\n", "yaml")
    assert "suppression-unused" not in [f.id for f in report(document, Context("litellm", None)).findings]


def test_many_comments_cost_linear_time() -> None:
    lines = [f"  key_{n}: 'v # llm-gateway: ignore[a]'  # llm-gateway: ignore[{RULE}]" for n in range(20_000)]
    document = parse("router_settings:\n" + "\n".join(lines), "yaml")
    assert len(suppressions.attach(document, [], []).comments) == 20_000
