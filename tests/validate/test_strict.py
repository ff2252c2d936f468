"""The comparison with a strict schema, and how claude gateway understands plain YAML values."""

from __future__ import annotations

import pytest

from mcp_server.document.document import parse
from mcp_server.document.nodes import Scalar
from mcp_server.validate.kinds.claude_gateway import value
from mcp_server.validate.schemas.strict import Schema, Strict, Unknown, as_number

NUMBER: Schema = {"type": "number", "integer": True, "minimum": 1, "maximum": 9}
EITHER: Schema = {
    "any_of": [
        {"type": "object", "keys": {"api_key": {"type": "string"}}, "required": ["api_key"]},
        {"type": "object", "keys": {"id": {"type": "string"}, "file": {}}, "required": ["file", "id"]},
    ]
}


def defects(schema: Schema, text: str) -> list[tuple[str, str, str]]:
    root = parse(text, "yaml").root
    assert root is not None
    return [(d.sort, d.path, d.name) for d in Strict(schema, value).check(root)]


@pytest.mark.parametrize("text", ["true", "True", "TRUE"])
def test_yaml_12_truth_values(text: str) -> None:
    assert value(scalar(text)) is True


@pytest.mark.parametrize("text", ["yes", "on", "No", "off", "1_000", "2024-01-01", "12:30", '"5"', "'true'"])
def test_what_looks_like_a_value_in_yaml_11_is_text_in_12(text: str) -> None:
    assert isinstance(value(scalar(text)), str)


@pytest.mark.parametrize(("text", "number"), [("0o17", 15), ("017", 17), ("0x1f", 31), (".5", 0.5), ("1e3", 1000.0)])
def test_yaml_12_numbers(text: str, number: float) -> None:
    assert value(scalar(text)) == number


@pytest.mark.parametrize("text", ["${A}", '"x${A}y"', "${file:/run/secret}"])
def test_references_are_unknown(text: str) -> None:
    assert isinstance(value(scalar(text)), Unknown)


@pytest.mark.parametrize("text", ["$A", "${A:-x}", '"x ${file:/run/secret}"'])
def test_other_forms_are_plain_text(text: str) -> None:
    assert isinstance(value(scalar(text)), str)


def test_numbers_are_read_as_javascript_does() -> None:
    assert [as_number(v) for v in ("8080", " 12 ", "", None, True, "0x10", "http", "1_0")] == [
        *(8080, 12, 0, 0, 1, 16),
        *("http", "1_0"),
    ]


@pytest.mark.parametrize(
    ("text", "sort"),
    [("0", "value"), ("10", "value"), ("1.5", "value"), ("text", "type"), ("[1]", "type"), ("", "type"), ("5", None)],
)
def test_numbers_with_limits(text: str, sort: str | None) -> None:
    found = defects({"type": "map", "values": NUMBER}, f"a: {text}")
    assert found == ([] if sort is None else [(sort, "a", "")])


def test_alternatives_name_what_is_missing_and_what_does_not_belong() -> None:
    assert defects(EITHER, "{}") == [("missing-key", "", "api_key")]
    assert defects(EITHER, "{id: x}") == [("missing-key", "", "file")]
    assert defects(EITHER, "{api_key: x}") == []
    root = parse("{api_key: x, id: y}", "yaml").root
    assert root is not None
    (found,) = Strict(EITHER, value).check(root)
    assert (found.sort, found.name, found.instead) == ("unknown-key", "id", ("api_key", "file with id"))


def test_a_reference_fits_text_and_numbers_read_from_text_only() -> None:
    for schema, fits in (
        ({"type": "string", "enum": ["a"]}, True),
        ({"type": "number", "reads_text": True}, True),
        ({"type": "number"}, False),
        ({"type": "boolean"}, False),
        ({"const": True}, False),
    ):
        assert (defects({"type": "map", "values": schema}, "a: ${A}") == []) is fits


def test_a_misspelt_tag_is_named_with_its_values() -> None:
    schema: Schema = {"tag": "type", "variants": {"one": {"type": "object", "keys": {"type": {}}, "required": []}}}
    assert defects(schema, "{type: two, other: 1}") == [("value", "type", "")]
    assert defects(schema, "{other: 1}") == [("missing-key", "", "type")]


def test_an_empty_value_is_allowed_only_where_the_schema_says_so() -> None:
    assert defects({"type": "map", "values": {"type": "string", "null": True}}, "a:") == []
    assert defects({"type": "map", "values": {"type": "string"}}, "a:") == [("type", "a", "")]


def test_a_schema_may_contain_itself() -> None:
    tree: Schema = {"type": "object", "keys": {"below": {"ref": "tree"}}, "required": []}
    root = parse("below: {below: {under: 1}}", "yaml").root
    assert root is not None
    found = list(Strict({"ref": "tree"}, value, {"tree": tree}).check(root))
    assert [(d.path, d.valid) for d in found] == [("below.below.under", ("below",))]


def scalar(text: str) -> Scalar:
    root = parse(f"a: {text}", "yaml").root
    node = root.get("a") if root is not None else None  # type: ignore[attr-defined]
    assert isinstance(node, Scalar)
    return node
