"""Merging into files: what is wished comes out, and nothing else of the file moves."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mcp_server.change.merge import MAX_BYTES, language_of, merged
from mcp_server.change.plain import plain
from mcp_server.change.wish import Put, Remove, Wish, setting, wished, wishes_of
from mcp_server.document.document import Language, parse
from mcp_server.errors import GatewayError, UsageError
from tests.change.written_files import DATA, KEYS, SCALARS, STYLES, Style, env_file, json_file, yaml_file

MANY = settings(max_examples=400, suppress_health_check=list(HealthCheck))
NOTE = re.compile(rb"(?:note|above|head) 0\.\d{9}")
VARIABLES = st.dictionaries(
    st.sampled_from(("A", "B_1", "ANTHROPIC_MODEL", "_X")),
    st.text(st.characters(codec="ascii", exclude_categories=("Cc",), exclude_characters="'\\"), max_size=12),
    max_size=4,
)


def read(data: bytes, language: Language) -> Any:
    text = data.decode("utf-8-sig")
    if language == "yaml":
        return yaml.safe_load(text) or {}
    return json.loads(text) if language == "json" else plain(parse(text, "jsonc").root)


def merged_or_refused(before: bytes, language: Language, wishes: list[Wish]) -> bytes | None:
    try:
        return merged(before, language, wishes, "file")
    except (GatewayError, UsageError):
        return None


def foreign_stays(before: bytes, after: bytes, wishes: list[Wish]) -> None:
    """Comments stay in their order (those inside a replaced value go with it), encoding and line ends stay."""
    if not any(isinstance(w, Remove) for w in wishes):
        kept = NOTE.findall(after)
        assert kept == [note for note in NOTE.findall(before) if note in kept]
    assert before.startswith(b"\xef\xbb\xbf") == after.startswith(b"\xef\xbb\xbf")
    if b"\r\n" in before:
        assert b"\n" not in after.replace(b"\r\n", b"")
    elif b"\n" in before:
        assert b"\r" not in after


def only_the_value_changed(before: bytes, after: bytes, old: Any) -> None:
    """What differs lies inside the old value as it was written."""
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    written = [json.dumps(old, ensure_ascii=flag).encode() for flag in (True, False)]
    assert any(before[start : len(before) - end] in text for text in written)


@MANY
@given(DATA, STYLES, KEYS, SCALARS, st.booleans())
def test_json_value_is_put_and_nothing_else_moves(
    data: dict[str, Any], style: Style, key: str, value: Any, comments: bool
) -> None:
    before = json_file(data, style, comments=comments)
    wish = Put((key,), value)
    after = merged(before, "jsonc" if comments else "json", [wish], "f.json")
    assert read(after, "jsonc" if comments else "json") == wished(data, [wish])
    foreign_stays(before, after, [wish])
    if key in data and not isinstance(data[key], (dict, list)):
        only_the_value_changed(before, after, data[key])
    if key not in data and data:
        # Taken out again, the file is the old one, byte for byte.
        assert merged(after, "jsonc" if comments else "json", [Remove((key,))], "f.json") == before


@MANY
@given(DATA, STYLES, KEYS, KEYS, SCALARS, st.booleans())
def test_nested_json_value_is_put_and_removed(
    data: dict[str, Any], style: Style, outer: str, inner: str, value: Any, comments: bool
) -> None:
    language: Language = "jsonc" if comments else "json"
    before = json_file(data, style, comments=comments)
    wishes: list[Wish] = [Put((outer, inner), value)]
    after = merged_or_refused(before, language, wishes)
    if data.get(outer) is not None and not isinstance(data[outer], dict):
        assert after is None
        return
    assert after is not None
    assert read(after, "jsonc" if comments else "json") == wished(data, wishes)
    foreign_stays(before, after, wishes)
    gone = merged(after, language, [Remove((outer, inner))], "f.json")
    assert read(gone, language) == wished(wished(data, wishes), [Remove((outer, inner))])


@MANY
@given(DATA, STYLES, KEYS, SCALARS)
def test_yaml_value_is_put_or_refused_and_nothing_else_moves(
    data: dict[str, Any], style: Style, key: str, value: Any
) -> None:
    before = yaml_file(data, style)
    assume(yaml.safe_load(before.decode("utf-8-sig")) == (data or None))
    wish = Put((key,), value)
    after = merged(before, "yaml", [wish], "f.yaml")
    assert read(after, "yaml") == wished(data, [wish])
    foreign_stays(before, after, [wish])
    if key in data and not isinstance(data[key], (dict, list)):
        only_the_value_changed(before, after, data[key])
    elif key not in data and data:
        assert after.startswith(before.rstrip()), "a new key stands behind everything else"


@MANY
@given(DATA, STYLES, KEYS, KEYS, st.one_of(SCALARS, st.just([{"a": ["b"]}]), st.just({"x": {"y": 1}})))
def test_nested_yaml_value_is_put(data: dict[str, Any], style: Style, outer: str, inner: str, value: Any) -> None:
    before = yaml_file(data, style)
    assume(yaml.safe_load(before.decode("utf-8-sig")) == (data or None))
    wishes: list[Wish] = [Put((outer, inner), value)]
    after = merged_or_refused(before, "yaml", wishes)
    if data.get(outer) is not None and not isinstance(data[outer], dict):
        assert after is None
    elif after is not None:
        assert read(after, "yaml") == wished(data, wishes)
        foreign_stays(before, after, wishes)
    else:
        assert data.get(outer) == {} or style.flow, "only a mapping in braces may be refused"


@MANY
@given(
    VARIABLES,
    STYLES,
    st.sampled_from(("A", "NEW_ONE")),
    st.text(st.characters(codec="ascii", exclude_categories=("Cc",)), max_size=12),
)
def test_variable_is_put_and_removed_and_nothing_else_moves(
    data: dict[str, str], style: Style, name: str, value: str
) -> None:
    import io

    from dotenv import dotenv_values

    before = env_file(data, style)
    wishes: list[Wish] = [Put((name,), value)]
    after = merged_or_refused(before, "env", wishes)
    if after is None:
        assert re.search(r"[\\']", value), "only backslashes and quotes have no form that all readers share"
        return
    foreign_stays(before, after, [Put((name,), value)])
    text = after.decode("utf-8-sig").replace("\r\n", "\n")
    assert dotenv_values(stream=io.StringIO(text), interpolate=False)[name] == value
    if name not in data and (not before.strip() or before.endswith(b"\n")):
        assert merged(after, "env", [Remove((name,))], ".env") == before


@pytest.mark.parametrize(
    ("before", "language", "said"),
    [
        (b'{"a": 1,}', "json", "comma"),
        (b"[1, 2]", "json", "a list at its top"),
        (b"\xff\xfe\x00", "json", "UTF-16"),
        (b"a: [1\nb: 2\n", "yaml", ":[12]:"),
        (b"- a\n", "yaml", "a list at its top"),
        (b'{"a": ' + b"1" * MAX_BYTES + b"}", "json", "too many"),
    ],
)
def test_file_that_cannot_be_read_is_refused_with_its_place(before: bytes, language: Language, said: str) -> None:
    with pytest.raises(GatewayError, match=said) as caught:
        merged(before, language, [Put(("x",), 1)], "/somewhere/file")
    assert "/somewhere/file" in caught.value.problem
    assert caught.value.fix


def test_missing_and_empty_files_get_their_first_content() -> None:
    assert merged(None, "json", [Put(("env", "A"), "1")], "f") == b'{\n  "env": {\n    "A": "1"\n  }\n}\n'
    assert merged(b"", "yaml", [Put(("a", "b"), 1)], "f") == b"a:\n  b: 1\n"
    assert merged(b"# only a comment\n", "yaml", [Put(("a",), True)], "f") == b"# only a comment\na: true\n"
    assert merged(None, "env", [Put(("A",), "1 2")], "f") == b"A='1 2'\n"


def test_anchors_and_merge_keys_are_refused_instead_of_guessed() -> None:
    text = b"base: &base\n  a: 1\nother:\n  <<: *base\n  b: 2\n"
    for path in (("base",), ("other", "a")):
        with pytest.raises((GatewayError, UsageError)):
            merged(text, "yaml", [Put(path, 7)], "f.yaml")
    assert merged(text, "yaml", [Put(("other", "b"), 3)], "f.yaml") == text.replace(b"b: 2", b"b: 3")


@pytest.mark.parametrize("value", ["a b", "it's", 'say "x"', "$HOME", "`id`", "a\\b", "#x", "é 😀", "", "a=b"])
def test_a_shell_reads_the_value_that_was_put(tmp_path: Path, value: str) -> None:
    file = tmp_path / ".env"
    file.write_bytes(merged(b"OTHER=1\n", "env", [Put(("A",), value)], ".env"))
    done = subprocess.run(
        ["sh", "-c", '. "$1"; printf %s "$A"', "sh", str(file)], capture_output=True, text=True, check=True
    )
    assert done.stdout == value


def test_value_with_a_line_break_is_refused_in_a_file_of_variables() -> None:
    with pytest.raises(UsageError, match="line break"):
        merged(b"A=1\n", "env", [Put(("A",), "x\ny")], ".env")


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("env.A=1", ("env", "A"), "1"),
        ("env.A=", ("env", "A"), ""),
        ("model=x=y", ("model",), "x=y"),
        ("a.b=[1]", ("a", "b"), [1]),
        ("flag=true", ("flag",), True),
        (r"a\.b.c=x", ("a.b", "c"), "x"),
    ],
)
def test_setting_of_the_command_line_is_understood(text: str, path: tuple[str, ...], value: Any) -> None:
    assert setting(text) == Put(path, value)


@pytest.mark.parametrize("text", ["novalue", "=x", "a..b=1", ".=1"])
def test_setting_that_is_none_is_explained(text: str) -> None:
    with pytest.raises(UsageError):
        setting(text)


def test_content_of_a_file_becomes_one_wish_for_each_value() -> None:
    found = list(wishes_of({"env": {"A": "1"}, "list": [1], "empty": {}}))
    assert found == [Put(("env", "A"), "1"), Put(("list",), [1]), Put(("empty",), {})]


@pytest.mark.parametrize(
    ("name", "language"), [("x.JSON", "json"), (".env.local", "env"), ("a.yml", "yaml"), ("p.env", "env")]
)
def test_language_goes_by_the_name(name: str, language: str) -> None:
    assert language_of(name) == language


def test_unknown_name_is_refused() -> None:
    with pytest.raises(UsageError, match=r"x\.toml"):
        language_of("x.toml")
