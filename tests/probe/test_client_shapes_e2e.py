"""The stored shapes against the real clients; the whole comparison is ``maintenance/client_shapes.py --check``."""

from __future__ import annotations

import json

import pytest

from maintenance.client_shapes import MODES, SIZES, header_shape, record, tool_shape, turn_shape
from mcp_server.catalogue.load import read_json
from mcp_server.run.programs import claude_code, versions
from tests.probe.request.test_shape_request import recorded, without_sizes

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("version", versions()["claude_code"])
@pytest.mark.parametrize(("model", "mode"), [("claude-opus-5-5", "default"), ("gemini-2.5-pro", list(MODES)[1])])
def test_the_real_client_still_sends_what_is_stored(version: str, model: str, mode: str) -> None:
    data, entry = read_json(f"shapes/{version}.json"), recorded(version, model, mode)
    first, second = record(claude_code(version), model, mode)
    assert SIZES
    assert without_sizes(turn_shape(*first)) == without_sizes(entry["first"])
    assert without_sizes(turn_shape(*second)) == without_sizes({**entry["first"], **entry["tool_result"]})
    assert header_shape(first[1]) == data["headers"][entry["headers"]]
    assert [tool_shape(tool) for tool in first[2]["tools"]] == [
        data["tools"][index] for index in data["toolsets"][entry["toolset"]]
    ]
    assert json.loads(first[2]["metadata"]["user_id"])
