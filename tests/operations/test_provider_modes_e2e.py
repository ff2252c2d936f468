"""The same settings for the real Claude Code and for test_model: one says what the other does."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from mcp_server.lab.bedrock import BedrockEmulator
from mcp_server.lab.serve import running
from mcp_server.operations import test_model as operation
from mcp_server.run.claude import ask
from mcp_server.run.programs import claude_code
from mcp_server.snapshot import Snapshot
from tests.operations.test_provider_modes import BEDROCK, Damaged, bedrock, vertex

pytestmark = pytest.mark.e2e

WORD = "copper lantern"


def signed(**more: str) -> tuple[BedrockEmulator, dict[str, str]]:
    emulator = BedrockEmulator()
    return emulator, {**BEDROCK, **emulator.environment, **more}


def cut(**more: str) -> tuple[Any, dict[str, str]]:
    emulator, variables = bedrock(**more)
    return Damaged(emulator, lambda stream: stream[:-60]), variables


def damaged(**more: str) -> tuple[Any, dict[str, str]]:
    emulator, variables = bedrock(**more)
    return Damaged(emulator, lambda stream: stream[:14] + bytes([stream[14] ^ 1]) + stream[15:]), variables


#: Name → set-up, changed variables, release, and whether it works.
CASES: dict[str, tuple[Any, dict[str, str], str, bool]] = {
    "bedrock behind a gateway": (bedrock, {}, "2.1.330", True),
    "bedrock behind a gateway, older client": (bedrock, {}, "2.1.197", True),
    "bedrock with the machine's own keys": (signed, {}, "2.1.330", True),
    "bedrock, damaged from the start": (damaged, {}, "2.1.330", True),
    "bedrock, cut": (cut, {}, "2.1.330", False),
    "bedrock without skip-auth": (bedrock, {"CLAUDE_CODE_SKIP_BEDROCK_AUTH": ""}, "2.1.330", False),
    "bedrock, wrong region": (bedrock, {"AWS_REGION": "eu-west-1"}, "2.1.330", False),
    "bedrock, wrong model": (bedrock, {"ANTHROPIC_MODEL": "claude-nope"}, "2.1.330", False),
    "vertex behind a gateway": (vertex, {}, "2.1.330", True),
    "vertex behind a gateway, older client": (vertex, {}, "2.1.197", True),
    "vertex without skip-auth": (vertex, {"CLAUDE_CODE_SKIP_VERTEX_AUTH": ""}, "2.1.330", False),
    "vertex, wrong region": (vertex, {"CLOUD_ML_REGION": "asia-east1"}, "2.1.330", False),
    "vertex without /v1": (vertex, {"ANTHROPIC_VERTEX_BASE_URL": "{url}"}, "2.1.330", False),
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[bool, bool, str]]:
    """For each case: did the client answer, would test_model say so, and what did they say? Two at a time."""
    return asyncio.run(_outcomes(tmp_path_factory.mktemp("modes")))


async def _outcomes(folder: Path) -> dict[str, tuple[bool, bool, str]]:
    places = asyncio.Semaphore(2)

    async def one(number: int, name: str) -> tuple[bool, bool, str]:
        setup, changes, version, _ = CASES[name]
        emulator, variables = setup()
        home, project = folder / f"home{number}", folder / f"project{number}"
        project.mkdir()
        async with places:
            with running(emulator) as url:
                filled = {k: v.replace("{url}", url) for k, v in {**variables, **changes}.items() if v}
                told = await operation.run(snapshot=Snapshot(shell=filled, client_version=version, home=str(home)))
                said = await ask(
                    claude_code(version),
                    f"Answer with exactly: {WORD}",
                    home=home,
                    project=project,
                    environment=filled,
                )
        works = not said.is_error and WORD in said.text
        return works, told.verdict in ("ok", "warnings"), f"client: {said.text} | we: {told.quick_answer}"

    found = await asyncio.gather(*(one(number, name) for number, name in enumerate(CASES)))
    return dict(zip(CASES, found, strict=True))


@pytest.mark.parametrize("name", CASES)
def test_the_client_works_exactly_where_the_answer_is_green(
    name: str, outcomes: dict[str, tuple[bool, bool, str]]
) -> None:
    works, green, said = outcomes[name]
    assert (works, green) == (CASES[name][3], CASES[name][3]), said
