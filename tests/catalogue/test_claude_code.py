from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from mcp_server.catalogue.claude_code import TIERS, builtin_ids, client, clients, tier_variables
from mcp_server.catalogue.load import read_yaml
from mcp_server.run.programs import claude_code, versions


def test_the_known_versions_are_the_pinned_ones() -> None:
    assert [c.version for c in clients()] == versions()["claude_code"]


def test_every_version_names_an_id_for_every_tier() -> None:
    assert all(tuple(c.builtin) == TIERS for c in clients())
    assert tuple(tier_variables()) == TIERS


def test_every_id_a_client_calls_by_itself_has_a_tier_that_answers() -> None:
    called = {name for c in clients() for name in (*c.builtin.values(), *c.calls.values())}
    assert called == builtin_ids().keys()
    assert builtin_ids()["claude-haiku-4-5-20251001"] == "haiku"
    assert builtin_ids()["claude-sonnet-5"] == "sonnet"


def test_an_unknown_version_is_taken_as_the_newest() -> None:
    assert client("9.9.9") == client(None) == clients()[0]
    assert client("2.1.197").builtin["opus"] == "claude-opus-4-8"


def test_the_facts_are_dated_and_sourced() -> None:
    data = read_yaml("claude_code.yaml")
    assert data["checked_on"]
    assert all(s["source"] and s["checked_on"] for s in data["sources"])


@pytest.mark.e2e
@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("version", versions()["claude_code"])
def test_the_real_client_calls_the_id_the_catalogue_says(version: str, tier: str, tmp_path: Path) -> None:
    from mcp_server.lab.anthropic import AnthropicEmulator
    from mcp_server.lab.serve import running
    from mcp_server.run.claude import ask

    emulator = AnthropicEmulator(models=tuple(builtin_ids()))
    project = tmp_path / "project"
    project.mkdir()
    with running(emulator) as url:
        reply = anyio.run(
            lambda: ask(
                claude_code(version),
                "Answer with exactly: ready",
                home=tmp_path / "home",
                project=project,
                environment={"ANTHROPIC_BASE_URL": url, "ANTHROPIC_AUTH_TOKEN": "laboratory-token"},
                options=("--model", tier),
            )
        )
    assert reply.text == "ready"
    assert {r.model for r in emulator.requests if r.model} == {client(version).builtin[tier]}  # type: ignore[index]
