"""What leads ``/login`` to a company's gateway counts in the user's own file: the rule and the client's view agree."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mcp_server.document.document import parse
from mcp_server.effective.loaded import loaded
from mcp_server.snapshot import SettingsFile
from mcp_server.validate.context import Context, SettingsScope
from mcp_server.validate.engine import validate
from mcp_server.validate.rules import get

URL = "https://gateway.example.com"
PAIR = {"forceLoginMethod": "gateway", "forceLoginGatewayUrl": URL}


def reported(data: dict[str, Any], scope: SettingsScope) -> set[str]:
    """The keys that the rule calls ignored."""
    document = parse(json.dumps(data), "json", "settings.json")
    found = validate(document, Context("claude-settings", {}, scope=scope), (get("setting-scope-ignored"),))
    return {str(f.where.key) for f in found if f.where}


@pytest.mark.parametrize(
    ("data", "scope", "ignored"),
    [
        (PAIR, "user", set()),
        (PAIR, "project", set(PAIR)),
        (PAIR, "local", set(PAIR)),
        (PAIR, "managed", set()),
        ({"forceLoginMethod": "gateway"}, "user", {"forceLoginMethod"}),
        ({**PAIR, "forceLoginMethod": "console"}, "user", {"forceLoginMethod"}),
        ({"forceLoginGatewayUrl": URL}, "user", set()),
    ],
)
def test_only_together_and_only_in_the_users_file(
    data: dict[str, Any], scope: SettingsScope, ignored: set[str]
) -> None:
    assert reported(data, scope) == ignored
    (file,) = loaded([SettingsFile(scope, "settings.json", data)], "2.1.330")
    assert {key for key, _ in file.dropped} == ignored
