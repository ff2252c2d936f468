"""Which answering model counts as the one asked for."""

from __future__ import annotations

import pytest

from mcp_server.probe.reply.same_model import compare


@pytest.mark.parametrize(
    ("asked", "answered", "verdict"),
    [
        ("claude-opus-5-5", "claude-opus-5-5", "same"),
        ("claude-opus-5-5", "claude-opus-5-5-20261101", "same"),
        ("claude-sonnet-4-5", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "same"),
        ("vertex_ai/claude-sonnet-4-5@20250929", "claude-sonnet-4-5", "same"),
        ("deepseek-r1", "deepseek-ai/deepseek-r1-0528-maas", "same"),
        ("llama-405b", "meta/llama-3.1-405b-instruct-maas", "same"),
        ("gemini-2.5-pro[1m]", "gemini-2.5-pro", "same"),
        ("claude-opus-5-5", "claude-haiku-4-5", "other"),
        ("claude-opus-5-5", "claude-opus-4-8", "other"),
        ("gemini-2.5-flash", "gemini-2.5-flash-lite", "other"),
        ("gemini-2.5-pro", "gpt-4o-mini", "other"),
        ("fast", "gemini-2.5-flash", "unknown"),
        ("claude-gemini", "gemini-2.5-pro", "unknown"),
        ("gemini-2.5-pro", "model-x", "unknown"),
        ("gemini-2.5-pro", None, "unknown"),
    ],
)
def test_names_are_compared_by_what_they_name(asked: str, answered: str | None, verdict: str) -> None:
    assert compare(asked, answered) == verdict
