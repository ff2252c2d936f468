from __future__ import annotations

from typing import Any

import pytest

from mcp_server.errors import UsageError
from mcp_server.generate.spec import ARGUMENTS, GenerateRequest, is_local, parse_request

SECRET = "sk-ant-api03-abcdefghijklmnop"


def refused(**arguments: Any) -> str:
    with pytest.raises(UsageError) as caught:
        parse_request(arguments)
    return str(caught.value)


def test_nothing_said_is_an_empty_request() -> None:
    assert parse_request({}) == parse_request({"models": None, "goal": ""}) == GenerateRequest()


def test_lists_are_taken_as_lists_or_as_comma_separated_text() -> None:
    assert parse_request({"models": "a, b"}).models == parse_request({"models": ["a", "b"]}).models == ("a", "b")


def test_an_unknown_argument_is_refused_with_the_nearest() -> None:
    assert "Did you mean 'vertex_project'?" in refused(vertex_projct="x")


@pytest.mark.parametrize("name", ARGUMENTS)
def test_a_value_of_the_wrong_type_is_refused_by_name(name: str) -> None:
    assert name in refused(**{name: 7})
    assert name in refused(**{name: {"a": 1}})


@pytest.mark.parametrize("name", [n for n in ARGUMENTS if n != "goal"])
def test_a_secret_in_an_argument_is_refused_and_not_repeated(name: str) -> None:
    message = refused(**{name: [SECRET] if name in ("providers", "models", "fallbacks") else SECRET})
    assert "abcdefgh" not in message
    assert name in message


@pytest.mark.parametrize("name", ["gateway_url"])
@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("localhost:4000", "no http:// or https:// scheme"),
        ("ftp://host", "no http:// or https:// scheme"),
        ("http://", "no http:// or https:// scheme"),
        ("http://host:99999", "not a URL"),
        ("http://[::1", "not a URL"),
        ("http://user:hunter22@host", "user name or password"),
        ("http://host?a=1", "query or fragment"),
        ("http://host#x", "query or fragment"),
        ("http://ho st", "not a usable URL"),
        ("http://host:0", "not a usable URL"),
    ],
)
def test_a_url_that_cannot_be_a_base_is_refused_with_the_reason(name: str, value: str, said: str) -> None:
    message = refused(**{name: value})
    assert said in message
    assert "hunter22" not in message


@pytest.mark.parametrize("value", ["my project", "My-Project", "x", "$(id)", "a" * 31, "1", "pröject"])
def test_an_impossible_project_id_is_refused(value: str) -> None:
    assert "Google Cloud project id" in refused(vertex_project=value)


@pytest.mark.parametrize("value", ["my-project", "example.com:my-project", "123456789012"])
def test_project_ids_and_numbers_are_taken(value: str) -> None:
    assert parse_request({"vertex_project": value}).vertex_project == value


@pytest.mark.parametrize("value", ["US-central1", "us central1", "us-central1/x", "us-central"])
def test_an_impossible_location_is_refused(value: str) -> None:
    assert "Vertex AI location" in refused(vertex_region=value)


@pytest.mark.parametrize("value", ["1KEY", "MY KEY", "$KEY", "KEY=1"])
def test_what_is_not_the_name_of_a_variable_is_refused(value: str) -> None:
    assert "NAME of an environment variable" in refused(token_env=value)


@pytest.mark.parametrize(
    ("name", "value", "near"), [("scope", "users", "user"), ("deployment", "k8s", None), ("auth", "tokens", "token")]
)
def test_a_choice_that_does_not_exist_is_answered_with_the_choices(name: str, value: str, near: str | None) -> None:
    message = refused(**{name: value})
    assert "Choose one of" in message
    if near:
        assert f"Did you mean '{near}'" in message


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\x00b", "a\x1bb", "a\x85b", "a\u2028b", "a\u200bb"])
def test_a_line_break_in_a_value_is_refused(value: str) -> None:
    assert "on one line" in refused(ca_bundle=value)


def test_endless_input_is_refused_without_repeating_it() -> None:
    assert len(refused(goal="x" * 1_000_000)) < 300
    assert len(refused(models=["x"] * 1_000_000)) < 300


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:4000", True),
        ("http://localhost", True),
        ("http://[::1]:4000", True),
        ("http://127.0.0.1.example.com", False),
        ("https://gateway.example.com", False),
    ],
)
def test_loopback_is_told_by_the_whole_host(url: str, loopback: bool) -> None:
    assert is_local(url) is loopback
