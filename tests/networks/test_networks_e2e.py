"""Laboratory networks of real proxies: check_proxy names the cause, its cure makes the real Claude Code answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from network_lab import Lab, laboratory
from run_network import TABLE, Generated, Outcome, all_networks, generated

from mcp_server.run.programs import proxy_tools

pytestmark = pytest.mark.e2e

LIMIT_SECONDS = 10
BROKEN = [n for n in TABLE if "cause" in n]
CURABLE = [n for n in BROKEN if "incurable" not in n]
HEALTHY = [n for n in TABLE if "cause" not in n]


def names(networks: list[dict[str, object]]) -> list[str]:
    return [str(n["id"]) for n in networks]


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with laboratory(proxy_tools()) as running:
        yield running


@pytest.fixture(scope="module")
def set_ups(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Generated]:
    return asyncio.run(generated(lab, tmp_path_factory.mktemp("generated")))


@pytest.fixture(scope="module")
def outcomes(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Outcome]]:
    """Every network, taken through once; with ``-s`` the table of both programs' words is printed."""
    found = asyncio.run(all_networks(lab, tmp_path_factory.mktemp("networks"), proxy_tools()))
    yield {outcome.network: outcome for outcome in found}
    rows = ["", "| network | Claude Code says | check_proxy says | after the cure |", "| --- | --- | --- | --- |"]
    for o in found:
        cured = "answers" if o.cured or o.answered else "-"
        rows.append(f"| {o.network} | {o.client[:160]} | {o.found[:1]} {o.first[:160]} | {cured} |")
    print("\n".join(rows))  # noqa: T201 - the table is this test's second purpose


@pytest.mark.parametrize("network", BROKEN, ids=names(BROKEN))
def test_the_cause_is_named(network: dict[str, str], outcomes: dict[str, Outcome]) -> None:
    seen = outcomes[network["id"]]
    assert not seen.answered, "the real client works here, so nothing is broken"
    assert seen.found[:1] == [network["cause"]], seen.first
    assert network["says"] in seen.first


@pytest.mark.parametrize("network", HEALTHY, ids=names(HEALTHY))
def test_a_healthy_network_is_called_healthy_and_the_real_client_answers(
    network: dict[str, str], outcomes: dict[str, Outcome]
) -> None:
    seen = outcomes[network["id"]]
    assert seen.answered, seen.client
    assert seen.found == []


@pytest.mark.parametrize("network", CURABLE, ids=names(CURABLE))
def test_the_cure_makes_the_real_client_answer(network: dict[str, str], outcomes: dict[str, Outcome]) -> None:
    seen = outcomes[network["id"]]
    assert seen.cured, f"{seen.after}\n{seen.config}"


@pytest.mark.parametrize("network", TABLE, ids=names(TABLE))
def test_the_check_ends_in_time_and_shows_no_password(network: dict[str, str], outcomes: dict[str, Outcome]) -> None:
    seen = outcomes[network["id"]]
    assert seen.seconds < LIMIT_SECONDS
    for secret in ("planted", "s3cret"):
        assert secret not in seen.document


def test_there_are_at_least_thirty_networks() -> None:
    assert len(TABLE) >= 30
    assert len({n["id"] for n in TABLE}) == len(TABLE)


@pytest.mark.parametrize("way", ["settings", "shell"])
def test_a_generated_proxy_set_up_makes_the_real_client_answer(way: str, set_ups: dict[str, Generated]) -> None:
    made = set_ups[way]
    assert made.answered, f"{made.said}\n{made.content}"
    assert "s3cret" not in made.content
