"""Places: where an editor shows a key or value, whatever line ends, encodings and characters stand before it."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_server.answer import Where
from mcp_server.document.document import Document, Language, parse
from mcp_server.document.excerpt import excerpt
from mcp_server.document.nodes import Mapping, Mark, Node, Scalar, Sequence

#: Parts that stand before, between and behind the marked words; each is harmless YAML on a line of its own.
NOISE = (
    "# comment",
    "# tab\tin it",
    "# größe 漢字 🙂 e\u0301",
    "# next line\x85# still a comment for the parser",
    "# line separator\u2028# and paragraph separator\u2029#",
    "",
    "   ",
)
VALUES = (
    "{w}",
    "'{w}'",
    '"{w}"',
    "  {w}  # 漢字",
    "[{w}, 漢字]",
    "{{k: {w}, l: '🙂'}}",
    "['漢字', {w}]",
    '"\u2028", x{n}: {w}',
    "&anchor{n} {w}",
    "\n  - {w}\n  - y",
    "\n    k: {w}",
    "'\x85 \u2028 {w}'",
)


def editor_place(text: str, word: str) -> Mark:
    """Counted as editors do: CRLF, LF and CR end a line, and nothing else does."""
    before = text[: text.index(word)]
    lines = before.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return Mark(len(lines), len(lines[-1]) + 1)


def scalars(node: Node | None) -> list[Scalar]:
    found: list[Scalar] = []
    stack = [node]
    while stack:
        here = stack.pop()
        if isinstance(here, Scalar):
            found.append(here)
        elif isinstance(here, Mapping):
            stack += [n for e in here.entries for n in (e.key, e.value)]
        elif isinstance(here, Sequence):
            stack += here.items
    return found


def assert_places(document: Document, words: list[str]) -> None:
    by_word = {word: node for node in scalars(document.root) for word in re.findall(r"W\d+W", node.text)}
    assert sorted(by_word) == sorted(words)
    for word, node in by_word.items():
        place = editor_place(document.text, word)
        source = document.line(place.line)
        # a quote, anchor or other text of the same value may stand before the word
        lead = re.search(r"(?:&\w+ )?['\"]?[^'\",\[\]{}:#]*$", source[: place.column - 1])
        assert lead is not None
        assert place.line == node.mark.line
        assert place.column - len(lead[0]) <= node.mark.column <= place.column
        assert document.line(node.mark.line)[node.mark.column - 1 :].lstrip("&'\"").strip() != ""


@settings(max_examples=300)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from(VALUES), st.lists(st.sampled_from(NOISE), max_size=2)), min_size=1, max_size=8
    ),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    codec=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
)
def test_yaml_places_are_those_of_an_editor(rows: list[tuple[str, list[str]]], line_end: str, codec: str) -> None:
    words, lines = [], []
    for number, (value, noise) in enumerate(rows):
        words.append(f"W{number}W")
        written = value.format(w=f"W{number}W", n=number)
        if ", x" in written:
            written = "{y: " + written + "}"
        lines += [*noise, f"key{number}: {written}"]
    text = "\n".join(lines).replace("\n", line_end)
    document = parse(text.encode(codec), "yaml")
    assert document.readable, document.syntax
    assert_places(document, words)


@settings(max_examples=200)
@given(
    values=st.lists(st.text(alphabet='ab漢🙂\u0301\u2028\u2029\x85\t\\"', max_size=8), min_size=1, max_size=6),
    blank=st.sampled_from(["\n", "\r\n", "\r", "\t", " ", "\r\n\t\t"]),
    codec=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_json_places_are_those_of_an_editor(values: list[str], blank: str, codec: str) -> None:
    pairs = [f'{blank}{json.dumps(v + str(n), ensure_ascii=False)}:{blank}"W{n}W"' for n, v in enumerate(values)]
    document = parse(("{" + ",".join(pairs) + blank + "}").encode(codec), "json")
    assert document.readable, document.syntax
    for node in scalars(document.root):
        if node.text.startswith("W"):
            place = editor_place(document.text, node.text)
            assert node.mark == (place.line, place.column - 1)
            assert node.end == (place.line, place.column + len(node.text) + 1)


@pytest.mark.parametrize(
    ("language", "text", "place"),
    [
        ("yaml", "a: 1\x85b: [\n# c\n}", (3, 1)),
        ("yaml", "# \u2028\na: 1\n\tb: 2\n", (3, 1)),
        ("yaml", "a: 漢字🙂\r\nb: \x07\r\n", (2, 4)),
        ("yaml", "a: '漢\u2028字'\rb: {c: d: e}\r", (2, 9)),
        ("json", '{"a": "\u2028",\r"b": oops}', (2, 6)),
        ("json", '{"漢字🙂": "x\x01"}', (1, 11)),
    ],
)
def test_syntax_problem_is_placed_as_an_editor_shows_it(language: Language, text: str, place: tuple[int, int]) -> None:
    document = parse(text, language)
    assert [p.mark for p in document.syntax][-1:] == [place]


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_byte_that_is_no_utf8_is_placed_in_its_line(line_end: bytes) -> None:
    (problem,) = parse(line_end.join(["größe: 1".encode(), b"b: \xff"]), "yaml").syntax
    assert problem.mark == (2, 4)


def test_anchored_and_merged_values_keep_the_place_where_they_are_written() -> None:
    document = parse("x: &x\n  a: 1\ny:\n  <<: *x\n  b: *z\n".replace("*z", "2"), "yaml")
    assert isinstance(document.root, Mapping)
    y = document.root.get("y")
    assert isinstance(y, Mapping)
    assert {e.name: e.value.mark for e in y} == {"a": (2, 6), "b": (5, 6)}


def test_every_document_of_a_file_counts_lines_from_the_start_of_the_file() -> None:
    document = parse("a: 1\n---\n# c\nb: 2\n...\n---\nc: 3\n", "yaml", documents=True)
    marks = [r.entries[0].value.mark for r in document.roots if isinstance(r, Mapping)]
    assert marks == [(1, 4), (4, 4), (7, 4)]


def test_places_of_a_thousand_deployments_are_exact() -> None:
    entry = "  - model_name: W{0}W\n    litellm_params: {{model: openai/gpt-4o, api_key: os.environ/K{0}}}\n"
    text = "model_list:\n" + "".join(entry.format(n) for n in range(1_500))
    found = [node for node in scalars(parse(text, "yaml").root) if node.text.startswith("W")]
    assert [n.mark for n in sorted(found, key=lambda n: n.mark)] == [Mark(2 * n + 2, 17) for n in range(1_500)]


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("a: x", "x"),
        ("\ta:\tx", "x"),
        ("漢字: x", "x"),
        ("🙂 e\u0301 a: x", "x"),
        ("größe: 'ｗｉｄｅ'  # x: ZZZ", "ZZZ"),
        ("a" * 300 + ": x", "x"),
    ],
)
def test_caret_stands_under_the_place_in_a_terminal(line: str, word: str) -> None:
    document = parse(f"# first\n{line}\n", "yaml")
    column = line.rindex(word) + 1
    shown, caret = excerpt(document, Where(line=2, column=column))
    cells = "".join("xx" if ord(c) > 0x2E80 else "" if c == "\u0301" else c for c in shown)
    assert cells[caret.index("^") :].startswith(word[0])
