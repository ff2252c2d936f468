from __future__ import annotations

from datetime import date

import pytest

from mcp_server.catalogue.models import EIGHT
from mcp_server.errors import UsageError
from mcp_server.generate.goal import Wish, read_goal

TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    "text",
    [
        "set up LiteLLM with all eight Vertex models",
        "all 8 models on vertex please",
        "LiteLLM for the eight Vertex AI models",
        "give me all of the eight models",
    ],
)
def test_all_eight_are_understood(text: str) -> None:
    assert read_goal(text, TODAY).models == EIGHT


def test_the_eight_by_their_names_are_understood() -> None:
    text = (
        "LiteLLM with Gemini 2.5 Flash, Gemini 2.5 Pro, DeepSeek R1, Llama 3 (3.1) 405B, Codestral, "
        "Qwen3 Coder 480B, Qwen3 235B and GPT-OSS 20B on Vertex AI"
    )
    assert read_goal(text, TODAY) == Wish("litellm", ("vertex",), EIGHT)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("use gemini-2.5-pro and codestral", ("gemini-2.5-pro", "codestral")),
        ("use vertex_ai/meta/llama-3.1-405b-instruct-maas", ("llama-3.1-405b",)),
        ("Claude Opus for Claude Code on Vertex", ("claude-opus-5-5",)),
        ("I want llama", ("llama-4-maverick",)),  # a family: what lives of it
        ("qwen coder", ("qwen3-coder-480b",)),
        ("qwen", ("qwen3-coder-480b", "qwen3-235b")),  # nothing of it lives: all, each with its finding
    ],
)
def test_models_are_found_in_free_words(text: str, meant: tuple[str, ...]) -> None:
    assert read_goal(text, TODAY).models == meant


@pytest.mark.parametrize(
    "text",
    [
        "set up LiteLLM with the Vertex models",
        "make Claude Code work with my gateway",
        "a fast pro coder for chat, instruct me",
        "",
        "Claude Code via LiteLLM, 3 users, flash sale",
        "¿qué?" * 50,
    ],
)
def test_words_that_name_no_model_name_none(text: str) -> None:
    assert read_goal(text, TODAY).models == ()


def test_what_is_excepted_is_left_out() -> None:
    without = tuple(m for m in EIGHT if m != "llama-3.1-405b")
    assert read_goal("all eight models except Llama 405B", TODAY).models == without
    assert read_goal("without docker, codestral please", TODAY).models == ("codestral",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("LiteLLM with gemini 9.9 pro", "'gemini 9.9' is not in the catalogue"),
        ("LiteLLM with gemini-9.9-pro please", "Did you mean 'gemini-2.5-pro'"),
        ("use llama 70b", "'llama 70b' is not in the catalogue"),
    ],
)
def test_a_version_that_does_not_exist_is_told_and_not_replaced(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read_goal(text, TODAY)


@pytest.mark.parametrize(
    ("text", "gateway", "providers"),
    [
        ("LiteLLM on GCP", "litellm", ("vertex",)),
        ("TrueFoundry with Bedrock", "truefoundry", ("bedrock",)),
        ("the Claude apps gateway", "claude-apps-gateway", ()),
        ("litellms vertexes", "", ()),
    ],
)
def test_gateways_and_providers_are_understood_as_whole_words(
    text: str, gateway: str, providers: tuple[str, ...]
) -> None:
    wish = read_goal(text, TODAY)
    assert (wish.gateway, wish.providers) == (gateway, providers)
