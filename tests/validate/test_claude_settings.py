"""Claude Code settings against the data from the real client, and the real client's own verdict."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from mcp_server.answer import Finding
from mcp_server.catalogue.client_settings import (
    costs_only_itself,
    key_scope,
    key_versions,
    schemas,
    variable,
    variable_names,
    versions,
)
from mcp_server.document.document import parse
from mcp_server.operations.validate_config import run
from mcp_server.run.programs import claude_code
from mcp_server.run.programs import versions as pinned
from mcp_server.validate.context import Context, SettingsScope
from mcp_server.validate.engine import validate

TOKEN = {"env": {"ANTHROPIC_AUTH_TOKEN": "sk-test-token"}}


def findings(data: Any, scope: SettingsScope | None = None) -> list[Finding]:
    text = data if isinstance(data, str) else json.dumps(data)
    return validate(parse(text, "json", reader="Claude Code"), Context("claude-settings", scope=scope))


def errors(data: Any, scope: SettingsScope | None = None) -> list[str]:
    return [f.id for f in findings(data, scope) if f.severity == "error"]


def test_data_is_of_the_pinned_clients() -> None:
    assert list(versions()) == pinned()["claude_code"]
    assert all(len(schema["properties"]) > 100 for schema in schemas().values())
    assert len(variable_names()) > 1_000


def test_variables_carry_the_type_that_the_client_declares() -> None:
    switch, timeout, stream = (
        variable(n) for n in ("CLAUDE_CODE_USE_BEDROCK", "API_TIMEOUT_MS", "CLAUDE_STREAM_IDLE_TIMEOUT_MS")
    )
    assert switch
    assert timeout
    assert stream
    assert (switch.type, timeout.type, stream.minimum) == ("bool", "int", 1)
    assert variable("ANTHROPIC_BASEURL") is None


def test_keys_that_the_newest_client_hides_are_known_all_the_same() -> None:
    assert key_versions()["awaySummaryEnabled"] == versions()
    assert key_versions()["deniedModels"] == versions()[:1]
    assert key_scope("sandbox.bwrapPath") == "managed"


def test_a_wrong_value_is_an_error_where_the_file_is_lost_and_a_warning_where_only_the_key_is() -> None:
    assert errors({"cleanupPeriodDays": "30"}, "user") == ["setting-value-invalid"]
    assert errors({"cleanupPeriodDays": "30"}, "managed") == []
    assert errors({"effortLevel": "highest"}, "user") == []
    assert [f.severity for f in findings({"cleanupPeriodDays": "30"}, "managed")] == ["warning"]


def test_a_hook_that_may_guard_something_loses_the_file_and_another_only_itself() -> None:
    broken = [{"hooks": [{"type": "command"}]}]
    assert errors({"hooks": {"PreToolUse": broken}}) == ["setting-value-invalid"]
    (found,) = findings({"hooks": {"Stop": broken}})
    assert found.severity == "warning"
    assert "2.1.197 ignores the whole file" in found.why


def test_nested_keys_are_compared_with_their_own_place() -> None:
    (found,) = findings({"permissions": {"alow": []}})
    assert found.fix == "write allow"
    (found,) = findings({"permissions": {"allow": []}, "defaultMode": "plan"})
    assert "permissions.defaultMode" in found.fix


def test_numbers_beyond_the_range_of_floats_are_judged_and_not_tripped_over() -> None:
    assert errors('{"cleanupPeriodDays": 1e999}') == ["setting-value-invalid"]


def test_an_empty_settings_file_is_one_without_settings(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_bytes(b"\n")
    answer = run(path=str(file))
    assert [(f.id, f.severity) for f in answer.findings] == [("json-syntax", "info")]


def test_a_server_environment_is_no_client_configuration() -> None:
    text = "ANTHROPIC_API_KEY=x\nDISABLE_TELEMETRY=1\nMCP_TIMEOUT=30s\nAWS_REGION=us-east-1\n"
    document = parse(text, "env")
    ids = {f.id for f in validate(document, Context("env"))}
    assert not ids & {"client-version-needed", "client-number-unreadable", "unknown-client-variable"}


def claude(version: str, folder: Path, settings: str, *arguments: str) -> str:
    """What the real client prints, with ``settings`` as the user's settings file in a scratch home."""
    home = folder / "home"
    (home / ".claude").mkdir(parents=True)
    (home / ".claude" / "settings.json").write_text(settings, encoding="utf-8")
    return subprocess.run(
        [str(claude_code(version)), *arguments],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_AUTOUPDATER": "1",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    ).stdout


#: Files that the client drops, and files that it takes, for both versions.
DROPPED: dict[str, Any] = {
    "trailing comma": '{"env": {"ANTHROPIC_AUTH_TOKEN": "x",}}',
    "comment": '{"env": {"ANTHROPIC_AUTH_TOKEN": "x"} /* c */}',
    "model": {"model": {"name": "opus"}},
    "permission mode": {"permissions": {"defaultMode": "foo"}},
    "allow": {"permissions": {"allow": "Bash"}},
    "sandbox": {"sandbox": {"network": {"allowedDomains": "x"}}},
    "status line": {"statusLine": {"type": "command"}},
    "hook": {"hooks": {"PreToolUse": [{"hooks": [{"type": "command"}]}]}},
    "plugins": {"enabledPlugins": {"a@b": "yes"}},
    "zero days": {"cleanupPeriodDays": 0},
    "null": {"model": None},
}
TAKEN: dict[str, Any] = {
    "byte order mark": "\ufeff" + json.dumps(TOKEN),
    "same key twice": '{"env": {}, "env": {"ANTHROPIC_AUTH_TOKEN": "x"}}',
    "unknown key": {"modle": "opus", "anthropic": {"baseURL": "x"}},
    "ignored value": {"theme": "foo", "effortLevel": "foo", "forceLoginMethod": "foo"},
    "rule": {"permissions": {"allow": ["Bash(", 3]}},
    "event": {"hooks": {"PreTool": [], "Stop": "x"}},
    "number in env": {"env": {"ANTHROPIC_AUTH_TOKEN": "x", "A": 1}},
}


@pytest.mark.e2e
@pytest.mark.parametrize("version", pinned()["claude_code"])
@pytest.mark.parametrize("name", [*DROPPED, *TAKEN])
def test_the_real_client_drops_what_is_called_an_error_and_takes_the_rest(
    version: str, name: str, tmp_path: Path
) -> None:
    data = DROPPED.get(name, TAKEN.get(name))
    text = data if isinstance(data, str) else json.dumps({**TOKEN, **data})
    judged = {f.id for f in findings(text, "user") if f.severity == "error"} & {"json-syntax", "setting-value-invalid"}
    # the token in the file's env counts only when the client takes the file
    taken = json.loads(claude(version, tmp_path, text, "auth", "status"))["loggedIn"]
    assert taken == (name in TAKEN)
    assert taken == (not judged)


@pytest.mark.e2e
def test_doctor_of_the_newest_client_names_the_same_places(tmp_path: Path) -> None:
    types = {"string": 7, "integer": True, "number": True, "boolean": 1, "array": {"a": 1}, "object": ["x"]}
    schema = schemas()[versions()[0]]["properties"]
    aliases = ("additionalMarketplaces", "allowedMarketplaces")  # ignored beside the keys that they stand for
    data = {
        key: types[s["type"]] for key, s in schema.items() if s.get("type") in types and key not in ("env", *aliases)
    }
    said = claude(versions()[0], tmp_path, json.dumps(data), "doctor")
    fatal = set(re.findall(r"settings\.json › (\$?\w+): (?:Expected|Invalid)", said))
    found = [f for f in findings(data, "user") if f.id == "setting-value-invalid"]
    assert {f.where.key for f in found if f.where and f.severity == "error"} == fatal
    assert all(versions()[0] in costs_only_itself(key) for key in set(data) - fatal)
