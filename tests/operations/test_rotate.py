"""``llm-gateway rotate``: the order of the steps, what a failure leaves behind, and that no key is shown."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from litellm_key_server import ADMIN, KeyServer, serving

from mcp_server.change.rotation import new_key_request, swapped
from mcp_server.cli import main
from mcp_server.errors import GatewayError

OLD = "sk-" + "oldq7Zt" * 4
ROW = {
    "key_alias": "team",
    "models": ["sonnet"],
    "max_budget": 5.0,
    "spend": 3.2,
    "tpm_limit": None,
    "metadata": {"team": "core"},
    "user_id": "anna",
    "expires": None,
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    (home / ".claude").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("LLM_GATEWAY_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("CLAUDE_CONFIG_DIR", raising=False)
    monkeypatch.setenv("LITELLM_MASTER_KEY", ADMIN)
    monkeypatch.chdir(tmp_path)
    return home


@pytest.fixture
def server() -> Iterator[KeyServer]:
    with serving(KeyServer({OLD: dict(ROW), ADMIN: {}})) as running:
        yield running


@pytest.fixture
def settings(home: Path, server: KeyServer) -> Path:
    file = home / ".claude/settings.json"
    content = {"env": {"ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_AUTH_TOKEN": OLD}, "model": "sonnet"}
    file.write_text(json.dumps(content, indent=4) + "\r\n")
    return file


def rotate(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    """Exit code and Answer; neither output holds a key."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(("rotate", *arguments, "--json"))
    said = capsys.readouterr()
    assert "q7Zt" not in said.out + said.err
    assert "Zt7q" not in said.out + said.err
    return int(ended.value.code or 0), json.loads(said.out or "{}") or {"error": said.err}


def steps(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(s["title"], s["status"]) for s in answer["verification"]]


def test_new_key_is_proven_before_and_after_the_swap_and_then_the_old_one_ends(
    settings: Path, server: KeyServer, capsys: pytest.CaptureFixture[str]
) -> None:
    before = settings.read_bytes()
    code, answer = rotate(capsys, "--file", str(settings))
    assert (code, answer["verdict"]) == (0, "ok")
    assert {status for _, status in steps(answer)} == {"pass"}
    (new,) = server.made
    assert settings.read_bytes() == before.replace(OLD.encode(), new.encode())
    assert OLD not in server.keys
    row = server.keys[new]
    assert row["key_alias"].startswith("team-20")
    assert {k: row[k] for k in ("models", "max_budget", "metadata", "user_id")} == {
        "models": ["sonnet"],
        "max_budget": 5.0,
        "metadata": {"team": "core"},
        "user_id": "anna",
    }
    assert row["spend"] == 3.2, "a rotation does not give the whole budget again"
    order = [url.partition("?")[0] for _, url, _ in server.calls]
    assert order == [
        *("/v1/models", "/key/info", "/key/generate", "/v1/models", "/v1/models"),
        *("/v1/models", "/key/delete", "/v1/models"),
    ]
    assert not [url for _, url, _ in server.calls if OLD in url], "no key in an address"


@pytest.mark.parametrize(
    ("path", "left"),
    [("/key/info", 0), ("/key/generate", 0), ("/v1/models", 0)],
)
def test_failure_before_the_swap_changes_nothing(
    path: str, left: int, settings: Path, server: KeyServer, capsys: pytest.CaptureFixture[str]
) -> None:
    before = settings.read_bytes()
    server.fail[path] = 500
    code, answer = rotate(capsys, "--file", str(settings))
    assert (code, answer["verdict"]) == (1, "errors")
    assert settings.read_bytes() == before
    assert len(server.keys) == 2 + left
    assert "the old key was not touched and stays valid" in answer["quick_answer"]


def test_new_key_that_is_refused_is_deleted_again(
    settings: Path, server: KeyServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.refuse_new = True
    before = settings.read_bytes()
    code, answer = rotate(capsys, "--file", str(settings))
    assert code == 1
    assert settings.read_bytes() == before
    assert set(server.keys) == {OLD, ADMIN}
    assert ("Taken back: the new key", "pass") in steps(answer)


def test_file_without_the_key_stops_the_swap_of_all_files(
    settings: Path, server: KeyServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".env").write_text("OTHER=1\n")
    before = settings.read_bytes()
    code, answer = rotate(capsys, "--file", str(settings), "--file", str(tmp_path / ".env"))
    assert code == 1
    assert settings.read_bytes() == before
    assert set(server.keys) == {OLD, ADMIN}
    assert "does not hold the old key" in str(answer["verification"])


def test_read_only_file_leaves_the_old_key_everywhere(
    settings: Path, server: KeyServer, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.chmod(0o444)
    code, _ = rotate(capsys, "--file", str(settings))
    assert code == 1
    assert OLD in settings.read_text()
    assert set(server.keys) == {OLD, ADMIN}


def test_old_key_that_cannot_be_deleted_is_told_and_the_new_one_stays(
    settings: Path, server: KeyServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.fail["/key/delete"] = 403
    code, answer = rotate(capsys, "--file", str(settings))
    assert code == 1
    assert "the old one is still valid" in answer["quick_answer"]
    assert server.made[0] in settings.read_text()
    assert {OLD, server.made[0]} <= set(server.keys)


def test_key_of_a_variable_goes_into_a_private_file_and_the_old_one_expires(
    home: Path, server: KeyServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TEAM_KEY", OLD)
    new_file = tmp_path / "new.key"
    options = ("--variable", "TEAM_KEY", "--new-key-file", str(new_file), "--base-url", server.url)
    code, answer = rotate(capsys, *options)
    assert (code, answer["verdict"]) == (0, "ok")
    assert new_file.read_text().strip() == server.made[0]
    assert stat.S_IMODE(new_file.stat().st_mode) == 0o600
    assert server.keys[OLD]["duration"] == "24h"
    assert rotate(capsys, *options)[0] == 1, "the file exists now"
    assert len([k for k in server.made if k in server.keys]) == 1


def test_without_an_administrators_key_there_is_a_plan_and_no_request(
    settings: Path, server: KeyServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("LITELLM_MASTER_KEY")
    code, answer = rotate(capsys, "--variable", "PORTKEY_API_KEY", "--base-url", "https://api.portkey.ai")
    assert (code, answer["verdict"]) == (0, "unknown")
    assert [s["title"] for s in answer["verification"]][:2] == ["New key", "The new key works"]
    assert all(s["status"] == "todo" and s.get("if_not") for s in answer["verification"])
    assert server.calls == []
    code, _ = rotate(capsys, "--file", str(settings), "--dry-run")
    assert (code, server.calls) == (0, [])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "needs to know the key"),
        (("--variable", "A", "--key-file", "b"), "needs to know the key"),
        (("--variable", "TEAM_KEY"), "never printed"),
        (("--variable", "TEAM_KEY", "--new-key-file", "x", "--base-url", "http://127.0.0.1:9"), "is not set in"),
        (("--variable", "TEAM_KEY", "--new-key-file", "x"), "address is not known"),
        (("--variable", "A", "--keep-old", "soon"), "is no duration"),
        (("--key-file", "none.key"), "holds no key"),
    ],
)
def test_incomplete_wishes_are_refused(
    arguments: tuple[str, ...], words: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, answer = rotate(capsys, *arguments)
    assert code in (1, 2)
    assert words in answer["error"]


def test_gateway_that_is_down_is_told_as_that(
    settings: Path, server: KeyServer, capsys: pytest.CaptureFixture[str]
) -> None:
    code, answer = rotate(capsys, "--file", str(settings), "--base-url", "http://127.0.0.1:9")
    assert code == 1
    assert "the gateway cannot be reached" in str(answer["verification"])


def test_key_file_without_a_restart_command_is_a_plan(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = home / "gateway.key"
    file.write_text(OLD + "\n")
    code, answer = rotate(capsys, "--key-file", str(file))
    assert (code, answer["verdict"]) == (0, "unknown")
    assert file.read_text() == OLD + "\n"
    assert "LITELLM_SALT_KEY" in str(answer["context"])


def test_restart_that_fails_brings_the_old_key_file_back(
    home: Path, server: KeyServer, capsys: pytest.CaptureFixture[str]
) -> None:
    file = home / "gateway.key"
    file.write_text(OLD + "\n")
    code, answer = rotate(capsys, "--key-file", str(file), "--base-url", server.url, "--restart", "false")
    assert code == 1
    assert file.read_text() == OLD + "\n"
    assert ("Taken back: the key file", "pass") in steps(answer)
    assert "ended with exit code 1" in str(answer["verification"])


def test_expiry_and_aliases_of_the_old_key_are_carried_over() -> None:
    now = datetime(2026, 11, 25, 12, tzinfo=timezone.utc)
    body = new_key_request({"key_alias": "a-20260101T000000", "expires": (now + timedelta(hours=2)).isoformat()}, now)
    assert body == {"key_alias": "a-20261125T120000", "duration": "7200s"}
    with pytest.raises(GatewayError, match="has expired"):
        new_key_request({"expires": "2026-11-25T11:00:00Z"}, now)


def test_swap_replaces_every_place_and_refuses_short_keys() -> None:
    assert swapped(f"a={OLD}\nb='{OLD}'\r\n".encode(), OLD, "sk-new", "f") == b"a=sk-new\nb='sk-new'\r\n"
    with pytest.raises(GatewayError, match="too short"):
        swapped(b"a=abc", "abc", "sk-new", "f")


def test_interruption_takes_the_new_key_back(
    settings: Path, server: KeyServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import asyncio

    from mcp_server.net.litellm_keys import KeyApi

    accepts, calls = KeyApi.accepts, []

    async def interrupted(api: KeyApi, key: str) -> bool:
        calls.append(key)
        if len(calls) == 3:
            raise asyncio.CancelledError
        return await accepts(api, key)

    monkeypatch.setattr(KeyApi, "accepts", interrupted)
    before = settings.read_bytes()
    with pytest.raises(SystemExit) as ended:
        main(("rotate", "--file", str(settings)))
    assert ended.value.code == 130
    assert set(server.keys) == {OLD, ADMIN}
    assert settings.read_bytes() == before
    assert "q7Zt" not in capsys.readouterr().out
