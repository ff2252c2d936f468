"""Edits: applied to the text exactly, shown as the diff that the standard library would show."""

from __future__ import annotations

from difflib import unified_diff

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_server.document.edit import Change, Edit
from mcp_server.document.edits import apply, compare, diff, whole_lines
from mcp_server.document.nodes import Mark

LINES = [f"line {n}: value {n}" for n in range(1, 13)]
TEXT = "\n".join(LINES)


def at(line: int, start: int, end: int, text: str) -> Change:
    return Change((Edit(Mark(line, start), Mark(line, end), text),))


CHANGES = st.one_of(
    st.builds(at, st.integers(1, 12), st.just(1), st.just(5), st.sampled_from(["LINE", "a\nb", ""])),
    st.builds(at, st.integers(1, 12), st.just(8), st.just(8), st.sampled_from([" new", "\n"])),
    st.builds(
        lambda first, more, text: Change((whole_lines(first, min(first + more, 12), text),)),
        *(st.integers(1, 12), st.integers(0, 3), st.sampled_from(["", "x\n", "x\ny\n"])),
    ),
)


@settings(max_examples=300)
@given(st.lists(CHANGES, max_size=6))
def test_diff_says_what_apply_does(changes: list[Change]) -> None:
    after, _ = apply(TEXT, changes)
    shown, hidden = diff(LINES, changes, "f")
    assert hidden == 0
    assert patched(LINES, shown) == after.split("\n")
    assert compare(LINES, after.split("\n"), "f")[0] == "".join(
        f"{line}\n" for line in unified_diff(LINES, after.split("\n"), "f", "f", n=0, lineterm="")
    )


def patched(lines: list[str], diff_text: str) -> list[str]:
    """What ``patch`` would make of it, reading only the old line numbers."""
    result, taken, rows = [], 0, diff_text.split("\n")[2:-1]
    for row in rows:
        if row.startswith("@@"):
            start, _, count = row.split()[1][1:].partition(",")
            place = int(start) - (count != "0")
            result += lines[taken:place]
            taken = place
        elif row.startswith("-"):
            assert row[1:] == lines[taken]
            taken += 1
        else:
            result.append(row[1:])
    return result + lines[taken:]


def test_change_that_touches_an_earlier_one_is_left_out_whole() -> None:
    first, second = at(1, 1, 5, "A"), Change((Edit(Mark(1, 3), Mark(1, 7), "B"), Edit(Mark(2, 1), Mark(2, 5), "B")))
    text, made = apply(TEXT, [first, second])
    assert (made, text) == ([first], "A" + TEXT[4:])


def test_texts_inserted_at_one_place_keep_their_order() -> None:
    assert apply("a", [at(1, 2, 2, "b"), at(1, 2, 2, "c")])[0] == "abc"


@pytest.mark.parametrize("line_end", ["\r\n", "\r", "\n"])
def test_new_lines_end_as_the_file_does(line_end: str) -> None:
    assert apply(f"a{line_end}b", [at(2, 2, 2, "\nc")])[0] == f"a{line_end}b{line_end}c"


def test_hunk_with_a_secret_is_counted_and_not_shown() -> None:
    secret = "sk-ant-api03-" + "Q7z" * 12
    lines = ["a: 1", "b: 1", f"key: {secret}"]
    shown, hidden = diff(lines, [at(1, 4, 5, "2"), at(3, 1, 4, "api_key")], "f")
    assert secret not in shown
    assert (shown.count("@@ "), hidden) == (1, 1)
