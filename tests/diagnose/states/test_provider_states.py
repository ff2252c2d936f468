"""Failure states of the four providers, produced by the real libraries: the right cause first, the cure by name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from mcp_server.answer import Answer
from mcp_server.operations.diagnose_auth import run

from . import anthropic_failures, aws_failures, gateway_failures, google_failures
from .state_machine import Machine, State

pytestmark = pytest.mark.anyio
Produced = Callable[[State], tuple[str, Machine]]
PROVIDERS = {
    "google": google_failures.STATES,
    "aws": aws_failures.STATES,
    "anthropic": anthropic_failures.STATES,
}


def by_id(state: State) -> str:
    return state.id


@pytest.fixture(scope="module")
def produced(tmp_path_factory: pytest.TempPathFactory) -> Produced:
    """Each state is produced once: the words of the library, and the machine on which it was said."""
    known: dict[str, tuple[str, Machine]] = {}

    def once(state: State) -> tuple[str, Machine]:
        name = f"{state.make!r} {state.id}"
        if name not in known:
            machine = Machine(tmp_path_factory.mktemp("state"))
            known[name] = (state.make(machine), machine)
        return known[name]

    return once


async def diagnosed(state: State, produced: Produced, provider: str = "auto") -> Answer:
    text, machine = produced(state)
    return await run(text, provider=provider, snapshot=machine.snapshot())


def check(state: State, answer: Answer) -> None:
    assert answer.findings[0].id in state.causes, answer.context
    told = json.dumps(
        answer.model_dump(include={"quick_answer", "findings", "config", "verification"}), ensure_ascii=False
    )
    assert [name for name in state.names if not re.search(name, told)] == []
    assert answer.verdict == "errors"


@pytest.mark.parametrize("state", google_failures.STATES, ids=by_id)
async def test_a_google_failure_is_named_with_its_cure(state: State, produced: Produced) -> None:
    check(state, await diagnosed(state, produced))


@pytest.mark.parametrize("state", aws_failures.STATES, ids=by_id)
async def test_an_aws_failure_is_named_with_its_cure(state: State, produced: Produced) -> None:
    check(state, await diagnosed(state, produced))


@pytest.mark.parametrize("state", anthropic_failures.STATES, ids=by_id)
async def test_a_failure_of_anthropics_keys_is_named_with_its_cure(state: State, produced: Produced) -> None:
    check(state, await diagnosed(state, produced))


@pytest.mark.e2e
@pytest.mark.parametrize("state", gateway_failures.STATES, ids=by_id)
async def test_a_failure_of_a_gateway_key_is_named_with_its_cure(state: State, produced: Produced) -> None:
    check(state, await diagnosed(state, produced))


@pytest.mark.e2e
def test_the_laboratory_gateway_serves_a_living_key() -> None:
    seen = gateway_failures.refusals()
    assert [seen[name]["status"] for name in ("works", "works-with-master-key")] == [200, 200]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_each_provider_has_more_than_a_dozen_states(provider: str) -> None:
    states = PROVIDERS[provider]
    assert len({s.id for s in states}) == len(states) > 12


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_naming_the_provider_changes_no_right_answer(provider: str, produced: Produced) -> None:
    answers = {state.id: (await diagnosed(state, produced, provider)).findings[0].id for state in PROVIDERS[provider]}
    assert {s.id: answers[s.id] for s in PROVIDERS[provider] if answers[s.id] not in s.causes} == {}
