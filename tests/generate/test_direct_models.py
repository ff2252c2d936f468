"""Without a gateway nothing translates: a model that is not Claude is refused instead of written down."""

from __future__ import annotations

from datetime import date

import pytest

from mcp_server.errors import UsageError
from mcp_server.generate.build import generate
from mcp_server.generate.spec import parse_request


@pytest.mark.parametrize("provider", ["anthropic", "vertex", "bedrock"])
def test_a_model_that_is_not_claude_needs_a_gateway(provider: str) -> None:
    request = {"gateway": "direct", "providers": [provider], "models": ["gemini-3.8-flash"]}
    with pytest.raises(UsageError, match=r"gemini-3.8-flash: no Claude model.*gateway litellm"):
        generate(parse_request(request), date(2026, 11, 25))


@pytest.mark.parametrize("model", ["claude-opus-5-5"])
def test_a_claude_model_needs_none(model: str) -> None:
    request = {"gateway": "direct", "providers": ["anthropic"], "models": [model]}
    assert model in str(generate(parse_request(request), date(2026, 11, 25)).config)
