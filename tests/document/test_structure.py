"""Edits of structure: each touches its own place only, in the style of the file."""

from __future__ import annotations

import pytest

from mcp_server.document import structure
from mcp_server.document.document import Document, Language, parse
from mcp_server.document.edit import Change
from mcp_server.document.edits import apply
from mcp_server.document.nodes import Entry, Mapping, Node, Sequence
from mcp_server.document.writing import set_text


def read(text: str, language: Language = "yaml") -> tuple[Document, Mapping]:
    document = parse(text, language)
    assert isinstance(document.root, Mapping), document.syntax
    return document, document.root


def entry(mapping: Node | None, *names: str) -> Entry:
    found = None
    for name in names:
        assert isinstance(mapping, Mapping)
        found = next(e for e in reversed(mapping.entries) if e.name == name)
        mapping = found.value
    assert found is not None
    return found


def result(document: Document, change: Change | None) -> str:
    assert change is not None
    text, made = apply(document.text, [change])
    assert made == [change]
    return text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a:\n  x: 1  # one\n  y: 2\n", "a:\n  z: 1  # one\n  y: 2\n"),
        ("a: {'x': 1}\n", "a: {'z': 1}\n"),
        ('{"a": {"x": 1}}', '{"a": {"z": 1}}'),
        ("a:\r\n    'x' : 1\r\n", "a:\r\n    'z' : 1\r\n"),
    ],
)
def test_renamed_key_keeps_its_quotes_and_everything_around(before: str, after: str) -> None:
    document, root = read(before)
    assert result(document, structure.rename_key(document, entry(root, "a", "x"), "z")) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("# top\na:\n  # about x\n  x: 1  # one\n  y: 2\n", "# top\na:\n  # about x\n  y: 2\n"),
        ("a:\n  y: 2\n  x:\n    - 1\n    # in x\n    - 2\n\n# end\nb: 1\n", "a:\n  y: 2\n\n# end\nb: 1\n"),
        ("a:\n  y: 2\n  x:\n  - 1\n  - {b: c,\n  d: e}\nb: 1\n", "a:\n  y: 2\nb: 1\n"),
        ("a:\n  x: |\n    # text\n\n    more\n  y: 2\n", "a:\n  y: 2\n"),
        ("a:\n  y: 1\n  x: 2", "a:\n  y: 1\n"),
        ("a: {x: 1, y: 2}\n", "a: {y: 2}\n"),
        ("a: {y: 2, x: [1, 2]}\n", "a: {y: 2}\n"),
        ("a: {x: 1}\n", "a: {}\n"),
        ("a:\n  <<: {q: 1}\n  x: 1\n  y: 2\n", "a:\n  <<: {q: 1}\n  y: 2\n"),
        ("a:\n  x: 1\n  <<: {q: 1}\n", "a:\n  <<: {q: 1}\n"),
    ],
)
def test_deleted_entry_takes_its_own_lines_and_no_comment_above(before: str, after: str) -> None:
    document, root = read(before)
    mapping = entry(root, "a").value
    assert isinstance(mapping, Mapping)
    assert result(document, structure.delete_entry(document, mapping, entry(root, "a", "x"))) == after


def test_first_key_of_a_list_item_leaves_the_dash_to_the_next() -> None:
    document, root = read("a:\n- x: 1  # one\n  y: 2\n- x: 1\n  # about y\n  y: 2\n")
    items = entry(root, "a").value
    assert isinstance(items, Sequence)
    first, second = items.items
    assert isinstance(first, Mapping)
    assert isinstance(second, Mapping)
    change = structure.delete_entry(document, first, entry(first, "x"))
    assert result(document, change) == "a:\n- y: 2\n- x: 1\n  # about y\n  y: 2\n"
    assert structure.delete_entry(document, second, entry(second, "x")) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a:\n    y: 2  # two\n\n# end\n", "a:\n    y: 2  # two\n    k: true\n\n# end\n"),
        ("a:\r\n  y: 2", "a:\r\n  y: 2\r\n  k: true"),
        ("a:\n  y:\n  - 1\n  - 2\nb: 1\n", "a:\n  y:\n  - 1\n  - 2\n  k: true\nb: 1\n"),
        ("a:\n  y: >\n    folded\n\n    text\nb: 1\n", "a:\n  y: >\n    folded\n\n    text\n  k: true\nb: 1\n"),
        ("a: {y: 2}\n", "a: {y: 2, k: true}\n"),
        ("a: {}\n", "a: {k: true}\n"),
        ("a:  # later\nb: 1\n", "a:  # later\n  k: true\nb: 1\n"),
        ("b: 1\n", "b: 1\na:\n  k: true\n"),
        ("b: 1", "b: 1\na:\n  k: true"),
        ("b:\n    c: 1\n# end\n", "b:\n    c: 1\n# end\na:\n    k: true\n"),
        ('{"b": 1}\n', '{"b": 1, "a": {"k": true}}\n'),
        (
            '{\n  "b": 1,\n  "a": {\n    "c": 1\n  }\n}\n',
            '{\n  "b": 1,\n  "a": {\n    "c": 1,\n    "k": true\n  }\n}\n',
        ),
    ],
)
def test_new_setting_comes_last_in_its_section_in_the_style_of_the_file(before: str, after: str) -> None:
    document, root = read(before)
    assert result(document, structure.set_in_section(document, root, "a", "k", "true")) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a:\n  x: 1  # one\n  y: 2\nb:\n  z: 3\n", "a:\n  y: 2\nb:\n  z: 3\n  x: 1  # one\n"),
        (
            "a:\n  # about x\n  x:\n    - 1\n  y: 2\nb:\n    z: 3\n",
            "a:\n  y: 2\nb:\n    z: 3\n    # about x\n    x:\n      - 1\n",
        ),
        ("b:\n  z: 3\na:\n  y: 2\n  x: 1\n", "b:\n  z: 3\n  x: 1\na:\n  y: 2\n"),
        ("a:\n  y: 2\n  x: 1\n", "a:\n  y: 2\nb:\n  x: 1\n"),
    ],
)
def test_moved_entry_takes_its_comments_along(before: str, after: str) -> None:
    document, root = read(before)
    origin = entry(root, "a").value
    assert isinstance(origin, Mapping)
    assert result(document, structure.move_entry(document, origin, entry(root, "a", "x"), root, "b")) == after


@pytest.mark.parametrize(
    "text",
    [
        "a:\n  x: 1\n  y: 2\nb: {z: 3, x: 4}\n",
        "a:\n  x: 1\n  y: 2\nb: &b\n  z: 3\n",
        "a: {x: 1}\nb: {z: 3}\n",
        "a:\n  x: |+\n    text\n\n  y: 2\nb:\n  z: 3\n",
        "a:\n  x: 1\nb:\n  z: 3\n",
        "a:\n  x: 1\n  y: 2\nb: text\n",
    ],
)
def test_unusual_places_are_left_to_a_person(text: str) -> None:
    document, root = read(text)
    origin = entry(root, "a").value
    assert isinstance(origin, Mapping)
    assert structure.move_entry(document, origin, entry(root, "a", "x"), root, "b") is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: x  # c\n", "a: [x]  # c\n"),
        ("a: 'x, y'\n", "a: ['x, y']\n"),
        ("a: x, y\n", 'a: ["x, y"]\n'),
        ("b: 'q'\na: x:{y}\n", "b: 'q'\na: ['x:{y}']\n"),
    ],
)
def test_value_wrapped_into_a_list_stays_the_same_text(before: str, after: str) -> None:
    document, root = read(before)
    assert result(document, structure.wrap_in_list(document, entry(root, "a").value)) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: {x: [1], y: 2}\n", "a: [{x: [1]}, {y: 2}]\n"),
        ("a:\n  x: [1]  # one\n\n  # two\n  y:\n    - 2\n", "a:\n  - x: [1]  # one\n\n  # two\n  - y:\n      - 2\n"),
    ],
)
def test_mapping_becomes_a_list_of_one_key_mappings(before: str, after: str) -> None:
    document, root = read(before)
    mapping = entry(root, "a").value
    assert isinstance(mapping, Mapping)
    assert result(document, structure.one_item_per_key(document, mapping)) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: [{x: [1], y: 2}]\n", "a: [{x: [1]}, {y: 2}]\n"),
        ("a:\n  -   x: [1]  # one\n      y:\n      - 2\n", "a:\n  -   x: [1]  # one\n  -   y:\n      - 2\n"),
    ],
)
def test_item_with_two_keys_becomes_two_items(before: str, after: str) -> None:
    document, root = read(before)
    items = entry(root, "a").value
    assert isinstance(items, Sequence)
    (item,) = items.items
    assert isinstance(item, Mapping)
    assert result(document, structure.one_item_per_key(document, item, in_list=True)) == after


@pytest.mark.parametrize(
    ("before", "new", "after"),
    [
        ("a: old\n", "new", "a: new\n"),
        ("a: 'old'  # c\n", "it's", "a: 'it''s'  # c\n"),
        ('a: "old"\n', 'say "x"', 'a: "say \\"x\\""\n'),
        ("a: old\n", "yes", 'a: "yes"\n'),
        ("b: 'q'\na: old\n", "12", "b: 'q'\na: '12'\n"),
        ("a: old\n", "https://host:4000/v1?x=1", "a: https://host:4000/v1?x=1\n"),
        ("a: old\n", "*", 'a: "*"\n'),
        ("a: old\n", "x: y", 'a: "x: y"\n'),
        ('{"a": "old"}', "new", '{"a": "new"}'),
    ],
)
def test_text_is_written_in_the_quotes_of_what_it_replaces(before: str, new: str, after: str) -> None:
    document, root = read(before)
    text = result(document, set_text(document, entry(root, "a").value, new))
    assert text == after
    assert getattr(entry(read(text)[1], "a").value, "value", None) == new


@pytest.mark.parametrize("text", ["a: &x old\n", "a: !!str old\n", "a: |\n  old\n", "b: &x old\na: *x\n"])
def test_anchored_tagged_and_multi_line_values_are_not_rewritten(text: str) -> None:
    document, root = read(text)
    assert set_text(document, entry(root, "a").value, "new") is None


def test_edits_of_json_keep_indentation_and_commas() -> None:
    document, root = read('{\n\t"env": {\n\t\t"A": "1"\n\t},\n\t"B": "2"\n}\n', "json")
    change = structure.move_entry(document, root, entry(root, "B"), root, "env")
    assert result(document, change) == '{\n\t"env": {\n\t\t"A": "1",\n\t\t"B": "2"\n\t}\n}\n'
