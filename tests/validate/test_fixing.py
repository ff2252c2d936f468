"""``--fix`` in the pure core: exact, proven, repeatable; ruamel.yaml is the independent judge of what changed."""

from __future__ import annotations

import io
import random
import re
import warnings
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_server.answer import Finding
from mcp_server.document.document import Document, parse
from mcp_server.document.edit import Change, Edit
from mcp_server.document.nodes import Mark, Scalar
from mcp_server.validate import engine, kinds
from mcp_server.validate.context import Context, Kind, SettingsScope
from mcp_server.validate.engine import Report
from mcp_server.validate.fixing import Fixed, fix
from mcp_server.validate.rules import get
from tests.validate.test_rules import FILES, kind_of

BAD = [f for f in FILES if f.name.startswith("bad")]
BOM = b"\xef\xbb\xbf"
REST = """\
model_list:
  - model_name: m
    litellm_params: {model: openai/gpt-4o, api_key: os.environ/KEY}
  - model_name: n
    litellm_params: {model: openai/gpt-4o, api_key: os.environ/KEY}
general_settings: {master_key: os.environ/LITELLM_MASTER_KEY}
"""


def context(kind: Kind, text: str, scope: SettingsScope | None = None) -> Context:
    names = {n for n in re.findall(r"os\.environ/(\w+)", text) if "UNSET" not in n} | {"LITELLM_MASTER_KEY", "KEY"}
    return Context(
        kind,
        dict.fromkeys(names, "set"),
        exists=lambda path: "missing" not in path and not path.startswith("custom_"),
        scope=scope,
        today=date(2026, 11, 25),
    )


def read(data: bytes | str, kind: Kind) -> Document:
    module = kinds.get(kind)
    return parse(data, module.LANGUAGE, "case", reader=module.READER, documents=module.DOCUMENTS)


def fixed(
    data: bytes | str, kind: Kind = "litellm", *, unsafe: bool = False, scope: SettingsScope | None = None
) -> Fixed:
    text = data if isinstance(data, str) else data.decode("utf-8", "replace")
    where = context(kind, text, scope)
    return fix(read(data, kind), where, lambda document: engine.report(document, where), unsafe=unsafe)


def case(file: Path) -> tuple[bytes, Kind, SettingsScope | None]:
    rule = get(file.parent.name)
    assert rule is not None
    data = file.read_bytes()
    return (
        data,
        kind_of(rule, data.decode("utf-8", "replace"), file.suffix),
        "project" if "-project" in file.name else None,
    )


# --- what is changed


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("litellm_settings:\n  drop_param: true # yes\n", "litellm_settings:\n  drop_params: true # yes\n"),
        ("litellm_settings:\n  drop-params: true\n", "litellm_settings:\n  drop_params: true\n"),
        (
            "router_settings:\n  # why\n  drop_params: true # x\n  timeout: 3\nlitellm_settings:\n    cache: no\n",
            "router_settings:\n  timeout: 3\nlitellm_settings:\n    cache: no\n    # why\n    drop_params: true # x\n",
        ),
        ("litellm_settings:\n  callbacks: prometheus\n", "litellm_settings:\n  callbacks: [prometheus]\n"),
        ("router_settings:\n  num_retries: '3'\n", "router_settings:\n  num_retries: 3\n"),
        ("router_settings:\n  timeout: 2m\n", "router_settings:\n  timeout: 120\n"),
        (
            "router_settings:\n  enable_pre_call_checks: 'false'\n",
            "router_settings:\n  enable_pre_call_checks: false\n",
        ),
        (
            "router_settings:\n  routing_strategy: Simple_Shuffle\n",
            "router_settings:\n  routing_strategy: simple-shuffle\n",
        ),
        ("litellm_settings:\n  fallbacks: {m: [n]}\n", "litellm_settings:\n  fallbacks: [{m: [n]}]\n"),
        (
            "litellm_settings:\n  fallbacks:\n    m: [n]  # first\n    n: [m]\n",
            "litellm_settings:\n  fallbacks:\n    - m: [n]  # first\n    - n: [m]\n",
        ),
        (
            "litellm_settings:\n  fallbacks:\n  - m: n\n    n: [m]\n",
            "litellm_settings:\n  fallbacks:\n  - m: [n]\n  - n: [m]\n",
        ),
        ("litellm_settings: {x: 1, x: 1}\nfoo: ${KEY}\n", "litellm_settings: {x: 1}\nfoo: os.environ/KEY\n"),
        ("litellm_settings:\n  max_budget: 5\n  max_budget: 5\n", "litellm_settings:\n  max_budget: 5\n"),
    ],
)
def test_safe_change_is_exact(before: str, after: str) -> None:
    result = fixed(before + REST)
    assert result.after == after + REST
    assert result.applied


def test_setting_goes_into_a_new_section_when_its_own_is_missing() -> None:
    text = "litellm_settings:\n    routing_strategy: simple-shuffle  # even\n    cache: false\n" + REST
    assert fixed(text).after == text.replace("    routing_strategy: simple-shuffle  # even\n", "") + (
        "router_settings:\n    routing_strategy: simple-shuffle  # even\n"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("api_base: https://h.example/v1/", "api_base: https://h.example"),
        ("base_url: 'https://h.example'", "api_base: 'https://h.example'"),
        ("api_key: ${KEY}", "api_key: os.environ/KEY"),
        ("api_key: '$KEY'", "api_key: 'os.environ/KEY'"),
        ("api_key: k ", "api_key: k "),
        ('api_key: "os.environ/KEY "', 'api_key: "os.environ/KEY"'),
        ("vertex_projct: p", "vertex_project: p"),
        ("timeout: 30s", "timeout: 30"),
        ("api_version: 2024-10-21", 'api_version: "2024-10-21"'),
    ],
)
def test_parameter_of_a_deployment_is_repaired_in_place(before: str, after: str) -> None:
    text = "model_list:\n- model_name: m\n  litellm_params:\n    model: anthropic/claude-sonnet-4-6  # x\n    {}\n"
    assert fixed(text.format(before)).after == text.format(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"env": {"A": "b",},}', '{"env": {"A": "b"}}'),
        ("{'env': {'A': 'b'}}", '{"env": {"A": "b"}}'),
        ('{env: {"A": "b"}}', '{"env": {"A": "b"}}'),
        ('{"env": {"A": "b"}\n"model": "opus"}', '{"env": {"A": "b"},\n"model": "opus"}'),
        ('{"alwaysThinkingEnabled": True, "model": None}', '{"alwaysThinkingEnabled": true, "model": null}'),
        ('{"env": {"A": "b"},, "model": "opus"}', '{"env": {"A": "b"}, "model": "opus"}'),
        ('{"env": {"A": "b\tc"}}', '{"env": {"A": "b\\tc"}}'),
    ],
)
def test_json_syntax_is_repaired_where_it_leaves_no_doubt(before: str, after: str) -> None:
    result = fixed(before, "claude-settings")
    assert result.after == after
    assert "json-syntax" not in {f.id for f in result.left}


@pytest.mark.parametrize(
    "text",
    [
        '{\n  // the gateway of the team\n  "env": {}\n}',
        '{"apiKeyHelper": "C:\\keys\\print.exe"}',
        '{"env": {"A": "b"}',
        '{"env": "say "hi" now"}',
        "{\"A\": 'it's'}",
    ],
)
def test_json_syntax_with_more_than_one_reading_is_left_alone(text: str) -> None:
    result = fixed(text, "claude-settings")
    assert (result.after, result.applied) == (text, [])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("litellm_settings:\n\tdrop_params: true\n", "litellm_settings:\n  drop_params: true\n"),
        ("litellm_settings: {success_callback: [*]}\n", 'litellm_settings: {success_callback: ["*"]}\n'),
        ("environment_variables: {A: ${KEY}, B: '1'}\n", "environment_variables: {A: os.environ/KEY, B: '1'}\n"),
        ("environment_variables:\n  A: @home\n  B: 'x'\n", "environment_variables:\n  A: '@home'\n  B: 'x'\n"),
    ],
)
def test_yaml_syntax_is_repaired_where_it_leaves_no_doubt(before: str, after: str) -> None:
    assert fixed(before + REST).after == after + REST


@pytest.mark.parametrize(
    "text",
    [
        "litellm_settings:\n  a:\n\tb: 1\n",  # under a or beside it: both can be read
        "x: &a 1\ny: *b\n",  # a slip in the name of an anchor
        "a: b: c\n",
    ],
)
def test_yaml_syntax_with_more_than_one_reading_is_left_alone(text: str) -> None:
    assert fixed(text).after == text


def test_unsafe_changes_are_made_only_on_request() -> None:
    text = "model_list:\n- model_name: m\n  litellm_params:\n    model: openai/gpt-4o\n    api_base: h.example\n"
    text += "litellm_settings: {drop_params: true}\n"
    assert fixed(text).after == text
    result = fixed(text, unsafe=True)
    assert result.after == text.replace("h.example", "https://h.example")
    assert "api-base-no-scheme" in {f.id for f in result.applied}


def test_weak_master_key_is_never_replaced_without_being_asked() -> None:
    text = "general_settings:\n  master_key: sk-1234\n"
    assert fixed(text).after == text


# --- what is proved


def judged(*changes: Change) -> tuple[Fixed, list[str]]:
    """The text ``a: 1`` with findings whose changes are given; a text with ``BAD`` in it has an error."""
    seen: list[str] = []

    def judge(document: Document) -> Report:
        seen.append(document.text)
        root = document.root
        assert root is not None
        wrong = [("wrong", "error", None)] if "BAD" in document.text else []
        left = [(f"f{n}", "warning", c) for n, c in enumerate(changes) if c.edits[0].text not in document.text]
        found = [
            (Finding(id=i, severity=s, confidence="high", problem=i, why="", fix=""), c) for i, s, c in wrong + left
        ]  # type: ignore[arg-type]
        return Report(findings=[f for f, _ in found], changes=[c for _, c in found])

    document = read("a: 1\nb: 2\nc: 3\n", "litellm")
    return fix(document, context("litellm", ""), judge), seen


def put(line: int, text: str, *, safe: bool = True) -> Change:
    return Change((Edit(Mark(line, 4), Mark(line, 5), text),), safe)


def test_change_that_makes_an_error_appear_is_taken_back_and_the_others_stay() -> None:
    result, _ = judged(put(1, "one"), put(2, "BAD"), put(3, "three"))
    assert result.after == "a: one\nb: 2\nc: three\n"
    assert [f.id for f in result.applied] == ["f0", "f2"]
    assert [f.id for f in result.left] == ["f1"]


def test_change_after_which_the_file_cannot_be_read_is_taken_back() -> None:
    result, _ = judged(put(1, "["), put(3, "three"))
    assert result.after == "a: 1\nb: 2\nc: three\n"


def test_change_that_does_not_cure_its_finding_is_taken_back() -> None:
    useless = Change((Edit(Mark(1, 4), Mark(1, 5), "never"),), safe=True)

    def judge(document: Document) -> Report:
        finding = Finding(id="stays", severity="warning", confidence="high", problem="p", why="", fix="")
        return Report(findings=[finding], changes=[useless])

    result = fix(read("a: 1\n", "litellm"), context("litellm", ""), judge)
    assert (result.after, result.applied) == ("a: 1\n", [])


def test_changes_that_touch_are_made_one_after_the_other() -> None:
    result = fixed("router_settings:\n  num_retry: '3'\n  num_retries: 3\n" + REST)
    assert result.after.count("num_retries") <= 2  # whatever was chosen, nothing was garbled
    assert not [f for f in result.left if f.id == "duplicate-key"]


def test_anchored_value_is_not_replaced_by_one_without_the_anchor() -> None:
    text = "router_settings:\n  num_retries: &n '3'\nlitellm_settings:\n  num_retries: *n\n" + REST
    assert "&n" in fixed(text).after


def test_finding_that_the_judge_leaves_out_is_not_repaired() -> None:
    text = "litellm_settings:\n  drop_param: true\n" + REST
    assert fix(read(text, "litellm"), context("litellm", text), lambda _: Report()).after == text


# --- every bad case, in every dress


@pytest.mark.parametrize("file", BAD, ids=lambda p: f"{p.parent.name}/{p.name}")
@pytest.mark.parametrize("unsafe", [False, True], ids=["safe", "unsafe"])
def test_case_file_is_changed_only_where_intended(file: Path, unsafe: bool) -> None:
    data, kind, scope = case(file)
    result = fixed(data, kind, unsafe=unsafe, scope=scope)
    assert fixed(result.document.data, kind, unsafe=unsafe, scope=scope).after == result.after
    if result.before and b"\0" not in data and read(data, kind).readable:
        judge_with_ruamel(result, kinds.get(kind).LANGUAGE)


@settings(max_examples=300)
@given(
    file=st.sampled_from(BAD),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    mark=st.booleans(),
    final=st.booleans(),
    unsafe=st.booleans(),
    inserted=st.lists(st.tuples(st.integers(0, 40), st.sampled_from(["", "# note", "      # note", "#"])), max_size=6),
)
def test_line_ends_marks_and_comments_survive_and_a_second_run_changes_nothing(
    file: Path, line_end: str, mark: bool, final: bool, unsafe: bool, inserted: list[tuple[int, str]]
) -> None:
    data, kind, scope = case(file)
    if b"\0" in data or data.startswith((b"\xff\xfe", b"\xfe\xff")) or not _decodes(data):
        return
    text = dressed(data.decode("utf-8-sig"), kind, inserted)
    text = (text.rstrip("\n") + "\n" if final else text.rstrip("\n")).replace("\n", line_end)
    bytes_ = (BOM if mark else b"") + text.encode()
    result = fixed(bytes_, kind, unsafe=unsafe, scope=scope)
    changed = result.document.data
    assert changed.startswith(BOM) == mark
    assert fixed(changed, kind, unsafe=unsafe, scope=scope).after == result.after
    if not result.applied:
        assert changed == bytes_
    body = changed[3:] if mark else changed
    others = {b"\n": b"\r", b"\r\n": b"", b"\r": b"\n"}[line_end.encode()]
    bare = body.replace(line_end.encode(), b"")
    assert b"\n" not in bare
    assert b"\r" not in bare
    assert not others or others not in body
    if read(bytes_, kind).readable and not unsafe:
        assert comments(result.before) == comments(result.after)


def _decodes(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def dressed(text: str, kind: Kind, inserted: list[tuple[int, str]]) -> str:
    """The text with comments and blank lines between its lines, where they are no part of a value."""
    lines, language = text.split("\n"), kinds.get(kind).LANGUAGE
    document = read(text, kind)
    inside = {
        n
        for _, node in document.nodes
        if isinstance(node, Scalar)
        for n in range(node.mark.line + 1, node.end.line + 1)
    }
    for number, (place, what) in enumerate(inserted):
        line = place % len(lines)
        if not document.readable or inside or (what and language != "yaml"):
            continue
        lines.insert(line, f"{what}-{number}" if what.endswith("note") else what)
    return "\n".join(lines)


def comments(text: str) -> list[str]:
    """The text of all comments, sorted: a moved entry takes its own along."""
    return sorted(re.findall(r"# note-\d+", text))


# --- the judge


def judge_with_ruamel(result: Fixed, language: str) -> None:
    """What another library reads differs only where the findings are, and no comment of the file is gone."""
    if language != "yaml":
        return
    before, after = (dict(leaves(load(text))) for text in (result.before, result.after))
    keys = [f.where.key or "" for f in result.applied if f.where]
    ends = {key.rpartition(".")[2].split("[")[0] for key in keys}
    gone = {path: value for path, value in before.items() if after.get(path, result) != value}
    new = {path: value for path, value in after.items() if before.get(path, result) != value}
    for path, value in [*gone.items(), *new.items()]:
        moved = value in (new if path in gone else gone).values()
        named = path.rpartition(".")[2].split("[")[0] in ends
        emptied = value == "None" and any(inner.startswith(f"{path}.") for inner in (*keys, *new))
        about = any(path == key or path.startswith((f"{key}.", f"{key}[")) for key in keys)
        about = about or any(f".{path}." in key for key in keys)  # a file inside a value
        assert moved or named or emptied or about, f"{path} differs, and no finding is about it: {keys}"
    if not any(f.id == "duplicate-key" or f.id.startswith("suppression-") for f in result.applied):
        assert ruamel_comments(result.before) == ruamel_comments(result.after)


def load(text: str) -> Any:
    from ruamel.yaml import YAML

    yaml = YAML(typ="safe", pure=True)
    yaml.version = (1, 1)
    yaml.allow_duplicate_keys = True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # 1e3 is text in YAML 1.1, and ruamel says so
        documents = list(yaml.load_all(text))
    return documents[0] if len(documents) == 1 else documents


def ruamel_comments(text: str) -> list[str]:
    from ruamel.yaml import YAML

    found: list[str] = []
    for token in YAML().scan(io.StringIO(text)):
        stack = list(getattr(token, "_comment", None) or [])
        while stack:
            part = stack.pop()
            if isinstance(part, list):
                stack += part
            elif part is not None:
                found += re.findall(r"#[^\n]*", part.value)
    return sorted(found)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from leaves(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from leaves(inner, f"{path}[{index}]")
    else:
        yield path, repr(value)


def test_judge_sees_a_change_at_a_place_that_no_finding_names() -> None:
    finding = Finding(id="x", severity="error", confidence="high", problem="", why="", fix="")
    wrong = Fixed("a: 1\nb: 2\n", "a: 1\nb: 3\n", [finding], [], read("a: 1\n", "litellm"))
    with pytest.raises(AssertionError, match="b differs"):
        judge_with_ruamel(wrong, "yaml")
    lost = Fixed("a: 1  # why\n", "a: 1\n", [], [], read("a: 1\n", "litellm"))
    with pytest.raises(AssertionError):
        judge_with_ruamel(lost, "yaml")


def test_thousand_deployments_with_a_mistake_each_are_repaired() -> None:
    entry = "- model_name: m{0}\n  litellm_params:\n    model: openai/gpt-4o  # {0}\n"
    entry += "    api_key: ${{KEY}}\n    timeout: 30s\n"
    numbers = list(range(1_000))
    random.Random(3).shuffle(numbers)
    text = "model_list:\n" + "".join(entry.format(n) for n in numbers)
    result = fixed(text)
    assert result.after == text.replace("${KEY}", "os.environ/KEY").replace("30s", "30")
    assert len(result.applied) == 2_000
