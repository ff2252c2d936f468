"""Reading: places, what YAML and JSON mean, and bounds on hostile input."""

from __future__ import annotations

import pytest

from mcp_server.document.document import MAX_DEPTH, Document, Language, parse
from mcp_server.document.nodes import Mapping, Mark, Node, Scalar, Sequence, walk


def root(document: Document) -> Mapping:
    assert isinstance(document.root, Mapping)
    return document.root


def child(node: Node | None, *path: str | int) -> Node:
    for step in path:
        if isinstance(step, int):
            assert isinstance(node, Sequence)
            node = node.items[step]
        else:
            assert isinstance(node, Mapping)
            node = node.get(step)
    assert node is not None
    return node


def test_keys_and_values_carry_one_based_places() -> None:
    document = parse("model_list:\n  - model_name: 'größe'  # x\n    rpm: 3\n", "yaml")
    entry = child(document.root, "model_list", 0)
    assert isinstance(entry, Mapping)
    name = entry.effective["model_name"]
    assert (name.key.mark, name.value.mark, name.value.end) == (Mark(2, 5), Mark(2, 17), Mark(2, 24))
    assert child(entry, "rpm").mark == Mark(3, 10)


def test_places_do_not_move_with_bom_and_crlf() -> None:
    plain = parse("a: 1\nb:\n  c: 2\n", "yaml")
    other = parse(b"\xef\xbb\xbfa: 1\r\nb:\r\n  c: 2\r\n", "yaml")
    assert [(p, n.mark) for p, n in plain.nodes] == [(p, n.mark) for p, n in other.nodes]
    assert other.line(3) == "  c: 2"


def test_json_places_count_tabs_as_one_column() -> None:
    document = parse('{\r\n\t"env": {\r\n\t\t"A": "ü", "B": [1, true, null]}}', "json")
    env = root(document).effective["env"]
    assert (env.key.mark, env.value.mark) == (Mark(2, 2), Mark(2, 9))
    assert [child(env.value, "B", i).mark for i in range(3)] == [Mark(3, 19), Mark(3, 22), Mark(3, 28)]
    assert [getattr(child(env.value, "B", i), "value", 0) for i in range(3)] == [1, True, None]


def test_duplicates_are_kept_and_the_last_one_counts() -> None:
    mapping = root(parse("a: 1\na: 2\n", "yaml"))
    assert [e.value.mark.line for e in mapping.entries] == [1, 2]
    assert child(mapping, "a").mark.line == 2


def test_merge_keys_fill_in_and_written_keys_win() -> None:
    mapping = child(parse("x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\nz:\n  <<: [*x, *y]\n  a: 9\n", "yaml").root, "z")
    assert isinstance(mapping, Mapping)
    assert {e.name: getattr(e.value, "value", None) for e in mapping} == {"a": 9, "b": 2, "c": 4}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[("yes", True), ("off", False), ("~", None), ("null", None), ("", None), ("0x1F", 31), ("1_000", 1000)],
        *[("3e-6", "3e-6"), ("3.0e-6", 3e-6), ("'12'", "12"), ("1:30", 90), ("0o17", "0o17"), ("!!str 12", "12")],
        *[("2026-99-99", "2026-99-99"), (".inf", float("inf"))],
    ],
)
def test_scalars_mean_what_pyyaml_makes_of_them(text: str, value: object) -> None:
    import yaml

    node = child(parse(f"a: {text}\n", "yaml").root, "a")
    assert isinstance(node, Scalar)
    assert node.value == value
    if text != "2026-99-99":  # PyYAML raises ValueError; the text is kept and other rules go on
        assert yaml.safe_load(f"a: {text}\n")["a"] == value


def alias_bomb() -> str:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    return "\n".join(levels)


HOSTILE: dict[str, tuple[Language, str | bytes]] = {
    "alias bomb": ("yaml", alias_bomb()),
    "deep flow lists": ("yaml", "a: " + "[" * 10_000),
    "deep flow mappings": ("yaml", "{a: " * 10_000),
    "deep blocks": ("yaml", "".join(" " * i + "a:\n" for i in range(2_000))),
    "deep block lists": ("yaml", "- " * 10_000 + "x"),
    "self reference": ("yaml", "a: &a\n  b: *a\n"),
    "merge with itself": ("yaml", "a: &a\n  <<: *a\n"),
    "python object": ("yaml", "a: !!python/object/apply:os.system ['touch /tmp/executed']\n"),
    "decimal number without end": ("yaml", "a: " + "1" * 3_000_000),
    "hexadecimal number without end": ("yaml", "a: 0x" + "f" * 3_000_000),
    "sexagesimal number without end": ("yaml", "a: 1" + ":1" * 1_000_000),
    "unknown escape": ("yaml", 'a: "\\q"\n'),
    "nul": ("yaml", b"a: \0"),
    "lone surrogate": ("yaml", "a: \ud800\n"),
    "broken utf-16": ("yaml", b"\xff\xfea"),
    "millions of values": ("yaml", "- a\n" * 2_000_000),
    "millions of json values": ("json", "[" + "1," * 4_000_000 + "1]"),
    "deep json lists": ("json", "[" * 10_000),
    "deep json objects": ("json", '{"a":' * 10_000),
    "open json string": ("json", '{"a": "' + "x" * 3_000_000),
    "huge json number": ("json", '{"a": ' + "9" * 5_000_000 + "}"),
    "json garbage": ("json", "\x00\x01\x02"),
    "json lone surrogate": ("json", '{"a": "\\ud800"}\ud800'),
    "comma storm": ("json", "[" + "," * 1_000_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_becomes_one_clear_problem(name: str) -> None:
    language, data = HOSTILE[name]
    document = parse(data, language, "x")
    assert not document.readable
    assert all(p.problem and p.fix and p.mark.line >= 1 and p.mark.column >= 1 for p in document.syntax)
    assert document.syntax
    if name.startswith("deep"):
        assert "levels deep" in document.syntax[0].problem


def test_depth_just_below_the_limit_is_read() -> None:
    languages: tuple[Language, ...] = ("yaml", "json")
    for language in languages:
        document = parse("[" * MAX_DEPTH + "]" * MAX_DEPTH, language)
        assert document.readable
        assert document.root is not None
        assert len(list(walk(document.root))) == MAX_DEPTH


def test_an_alias_shared_many_times_is_not_copied() -> None:
    document = parse("a: &a {k: v}\nb: [" + ", ".join(["*a"] * 1_000) + "]\n", "yaml")
    shared = child(document.root, "b")
    assert isinstance(shared, Sequence)
    assert len({id(n) for n in shared.items}) == 1
    assert document.readable
