"""The generated production file on the real LiteLLM with a real PostgreSQL: keys, budgets, spend and rotation."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mcp_server.cli import main
from mcp_server.lab.clouds import clouds
from mcp_server.lab.stack import Generated, write_files
from mcp_server.net.litellm_keys import KeyApi
from mcp_server.net.ports import free_port
from mcp_server.net.route import Route
from mcp_server.operations import diagnose_auth, test_model
from mcp_server.run import programs
from mcp_server.run.claude import Reply, ask
from mcp_server.run.litellm import litellm_gateway
from mcp_server.run.litellm_database import litellm_database
from mcp_server.run.postgres import Database, postgres
from mcp_server.snapshot import Snapshot

pytestmark = [pytest.mark.e2e, pytest.mark.anyio]
GOAL = "production for a team of 20 developers, virtual keys with a budget of 50 USD"
MODEL = "claude-sonnet-5-5"
SMALLEST = 0.000_000_1
_SPEND_SECONDS = 90


@dataclass(frozen=True)
class Gateway:
    """The running gateway and its database."""

    url: str
    generated: Generated
    database: Database

    @property
    def api(self) -> KeyApi:
        return KeyApi(Route(self.url), self.generated.master_key)

    def environment(self, key: str) -> dict[str, str]:
        return {**self.generated.settings_environment, "ANTHROPIC_AUTH_TOKEN": key}

    async def command(self, title: str, name: str) -> dict[str, Any]:
        """What the generated command under the comment that starts with ``title`` prints, ``name`` in NAME's place."""
        block = next(f.content for f in self.generated.answer.config if f.path == "shell: make a key for each person")
        wanted = next(part for part in block.split("# ") if part.startswith(title)).partition("\n")[2]
        # By hand in a terminal, as a person of the team does it; the master key is exported there.
        variables = {"PATH": os.environ["PATH"], "LITELLM_MASTER_KEY": self.generated.master_key}
        script = ["bash", "-c", wanted.replace("NAME", name)]
        done = await asyncio.to_thread(
            subprocess.run, script, env=variables, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert isinstance(found, dict)
        return found

    async def new_key(self, name: str) -> str:
        return str((await self.command("for each person", name))["key"])

    async def spend(self, name: str) -> float:
        """What LiteLLM says a key has spent, once it says more than nothing; it writes spend every few seconds."""
        until = asyncio.get_running_loop().time() + _SPEND_SECONDS
        while asyncio.get_running_loop().time() < until:
            rows = (await self.command("what each has spent", name))["keys"]
            (row,) = [row for row in rows if row["key_alias"] == name]
            if row["spend"]:
                return float(row["spend"])
            await asyncio.sleep(1)
        raise AssertionError(f"no spend of {name} within {_SPEND_SECONDS} s")

    async def findings(self, key: str) -> list[str]:
        """What test_model finds wrong."""
        machine = Snapshot(shell=self.environment(key), client_version=programs.newest_claude_code())
        answer = await test_model.run(models=[MODEL], snapshot=machine)
        return [f.id for f in answer.findings if f.severity == "error"]

    async def say(self, key: str, folder: Path, prompt: str) -> Reply:
        return await ask(
            programs.claude_code(), prompt, home=folder / "home", project=folder, environment=self.environment(key)
        )

    async def diagnosed(self, key: str, symptom: str) -> str:
        machine = Snapshot(shell=self.environment(key), client_version=programs.newest_claude_code())
        return (await diagnose_auth.run(symptom=symptom, snapshot=machine)).findings[0].id


@pytest.fixture(scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    folder = tmp_path_factory.mktemp("keys and budgets é")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    async with AsyncExitStack() as stack:
        there = stack.enter_context(clouds(folder, ("anthropic",)))
        wanted = {"models": [MODEL], "providers": ["anthropic"], "goal": GOAL, "gateway_url": url}
        generated = write_files(wanted, folder, there.endpoint)
        database = await stack.enter_async_context(postgres(folder))
        prepared = await litellm_database(database, folder)
        own = {"LITELLM_MASTER_KEY": generated.master_key, "LITELLM_SALT_KEY": f"sk-{secrets.token_hex(16)}"}
        await stack.enter_async_context(
            litellm_gateway(
                programs.litellm_python(),
                generated.gateway_file,
                environment={**there.environment, **prepared.environment, **own},
                log=folder / "litellm.log",
                port=port,
                ready_seconds=240,
                packages=prepared.packages,
            )
        )
        yield Gateway(url, generated, database)


async def test_claude_code_works_with_a_key_of_the_generated_command_and_its_spend_is_kept(
    gateway: Gateway, tmp_path: Path
) -> None:
    key = await gateway.new_key("anna")
    word = f"word-{secrets.token_hex(6)}"
    reply = await gateway.say(key, tmp_path, f"Answer with exactly: {word}")
    assert (reply.is_error, reply.text.strip()) == (False, word)
    spend = await gateway.spend("anna")
    (row,) = await gateway.database.query(
        "SELECT spend, max_budget, models FROM \"LiteLLM_VerificationToken\" WHERE key_alias = 'anna'"
    )
    assert float(row["spend"]) == pytest.approx(spend)
    assert (float(row["max_budget"]), row["models"]) == (50.0, f"{{{MODEL}}}")
    assert await gateway.findings(key) == []
    logged = await gateway.database.query('SELECT DISTINCT messages, response FROM "LiteLLM_SpendLogs"')
    assert logged == [{"messages": "{}", "response": "{}"}], "prompts are kept although the file says they are not"


async def test_a_spent_budget_is_named_by_the_test_and_from_the_words_of_the_client(
    gateway: Gateway, tmp_path: Path
) -> None:
    key = await gateway.api.generate({"key_alias": "poor", "max_budget": SMALLEST, "budget_duration": "30d"})
    first = await gateway.say(key, tmp_path, "Answer with exactly: once")
    assert not first.is_error, first.text
    await gateway.spend("poor")
    refused = await gateway.say(key, tmp_path, "Answer with exactly: twice")
    assert refused.is_error
    assert await gateway.diagnosed(key, refused.text) == "gateway_budget_exceeded"
    assert await gateway.findings(key) == ["gateway_budget_exceeded"]


async def test_a_key_that_was_taken_back_is_unknown(gateway: Gateway, tmp_path: Path) -> None:
    key = await gateway.new_key("bert")
    assert await gateway.api.accepts(key)
    assert await gateway.command("take one back", "bert") == {"deleted_keys": ["bert"]}
    refused = await gateway.say(key, tmp_path, "Answer with exactly: gone")
    assert refused.is_error
    assert await gateway.diagnosed(key, refused.text) == "litellm_key_not_found"
    assert await gateway.findings(key) == ["litellm_key_not_found"]


async def test_an_expired_key_is_named_as_expired(gateway: Gateway) -> None:
    key = await gateway.api.generate({"key_alias": "short"})
    await gateway.api.expire(key, "1s")
    await asyncio.sleep(1.5)
    assert await gateway.findings(key) == ["litellm_key_expired"]


async def rotated(gateway: Gateway, old: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The key that ``llm-gateway rotate`` puts into the place of ``old``; every step passed and none showed a key."""
    settings = folder / ".claude" / "settings.json"
    settings.parent.mkdir()
    settings.write_text(json.dumps({"env": {"ANTHROPIC_BASE_URL": gateway.url, "ANTHROPIC_AUTH_TOKEN": old}}, indent=3))
    before = settings.read_text()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(folder))
        patch.setenv("LLM_GATEWAY_STATE", str(folder / "state"))
        patch.setenv("LITELLM_MASTER_KEY", gateway.generated.master_key)
        with pytest.raises(SystemExit) as ended:
            await asyncio.to_thread(main, ("rotate", "--file", str(settings), "--json"))
    said = capsys.readouterr().out
    assert ended.value.code in (0, None), said
    assert [step["status"] for step in json.loads(said)["verification"]] == ["pass"] * 6
    new = str(json.loads(settings.read_text())["env"]["ANTHROPIC_AUTH_TOKEN"])
    assert settings.read_text() == before.replace(old, new)
    assert old not in said
    assert new not in said
    return new


async def test_rotation_keeps_limits_and_spend_and_ends_the_old_key(
    gateway: Gateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rights = {
        "models": [MODEL],
        "max_budget": 50.0,
        "budget_duration": "30d",
        "rpm_limit": 900,
        "tpm_limit": 9_007_199_254_740_993,
        "metadata": {"team": "core", "model_rpm_limit": {MODEL: 800}},
        "budget_limits": [{"budget_duration": "24h", "max_budget": 5.0}],
        "router_settings": {"num_retries": 1},
        "object_permission": {"vector_stores": ["none"]},
        "soft_budget": 40.0,
        "aliases": {"mine": MODEL},
        "allowed_routes": ["llm_api_routes", "info_routes"],
    }
    old = await gateway.api.generate({"key_alias": "cleo", "duration": "30d", "spend": 1.25, **rights})
    was = await gateway.api.info(old)
    new = await rotated(gateway, old, tmp_path, capsys)
    row = await gateway.api.info(new)
    own = {"key_name", "key_alias", "created_at", "updated_at", "object_permission_id", "object_permission"}
    own |= {"expires", "budget_reset_at", "budget_limits"}  # moments, compared below where they matter
    assert {n: v for n, v in row.items() if n not in own} == {n: v for n, v in was.items() if n not in own}
    assert row["spend"] == 1.25, "a rotation gives the whole budget again"
    assert row["object_permission"]["vector_stores"] == ["none"]
    assert [limit["max_budget"] for limit in row["budget_limits"]] == [5.0]
    ends = [datetime.fromisoformat(info["expires"]) for info in (row, was)]
    assert abs(ends[0] - ends[1]) < timedelta(minutes=1), "a rotation moves the day on which the key ends"
    reply = await gateway.say(new, tmp_path, "Answer with exactly: after")
    assert (reply.is_error, reply.text.strip()) == (False, "after")
    assert await gateway.findings(old) == ["litellm_key_not_found"]
    left = await gateway.database.query(
        "SELECT key_alias FROM \"LiteLLM_VerificationToken\" WHERE key_alias LIKE 'cleo%'"
    )
    assert left == [{"key_alias": row["key_alias"]}]


async def test_a_leaked_key_is_rotated_even_when_its_budget_is_spent_and_stays_spent(
    gateway: Gateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = await gateway.api.generate({"key_alias": "dora", "max_budget": 2.0, "spend": 3.5})
    new = await rotated(gateway, old, tmp_path, capsys)
    assert await gateway.findings(new) == ["gateway_budget_exceeded"]
    assert await gateway.findings(old) == ["litellm_key_not_found"]


async def test_a_lost_database_is_named_and_not_taken_for_a_wrong_key(gateway: Gateway, tmp_path: Path) -> None:
    key = await gateway.new_key("emil")  # nothing was asked with it yet, so LiteLLM does not remember it
    await gateway.database.stop()
    refused = await gateway.say(key, tmp_path, "Answer with exactly: lost")
    assert refused.is_error
    assert await gateway.diagnosed(key, refused.text) == "litellm_db_unavailable"
    assert await gateway.findings(key) == ["litellm_db_unavailable"]
    await gateway.database.start()
