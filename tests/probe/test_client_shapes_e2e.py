"""The stored shapes against the real clients; the whole comparison is ``maintenance/client_shapes.py --check``."""

from __future__ import annotations

import pytest

from maintenance.client_shapes import entry_of, record, stored_entry, stored_mode
from maintenance.request_shapes import without_sizes
from mcp_server.catalogue.shapes import recordings
from mcp_server.run.programs import claude_code, versions

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("version", versions()["claude_code"])
@pytest.mark.parametrize(
    ("provider", "mode", "model"),
    [
        ("anthropic", "default", "claude-opus-5-5"),
        ("anthropic", "tool-search-off", "gemini-2.5-pro"),
        ("bedrock", "default", "claude-opus-5-5"),
        ("vertex", "experimental-betas-off", "claude-sonnet-4-5"),
        ("gateway", "default", "claude-opus-5-5"),
    ],
)
def test_the_real_client_still_sends_what_is_stored(version: str, provider: str, mode: str, model: str) -> None:
    fresh = entry_of(record(claude_code(version), model, mode, provider))
    assert without_sizes(fresh) == without_sizes(stored_entry(recordings(version), stored_mode(provider, mode), model))
