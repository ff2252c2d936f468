"""The limits drill with the real LiteLLM: one limit that holds, one that is only a weight."""

from __future__ import annotations

import pytest

from mcp_server.operations.drill import Rehearsed
from tests.drills.conftest import Write, deployment, problems, rehearse, rows

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def rehearsed(write: Write) -> Rehearsed:
    models = [
        deployment("paced", "anthropic/claude-sonnet-4-6", rpm=60),
        deployment("narrow", "anthropic/claude-opus-4-6", max_parallel_requests=50),
    ]
    return rehearse("rate-limit", write(models, router_settings={"num_retries": 1}))


def test_a_single_429_is_waited_for_and_hidden(rehearsed: Rehearsed) -> None:
    (row,) = rows(rehearsed, model="paced", outage="one 429 with retry-after")
    assert (row["status"], row["answered"], row["tries"]) == ("pass", True, 2)
    assert row["waits_seconds"][0] >= 2.5


def test_a_lasting_429_reaches_the_client_as_429(rehearsed: Rehearsed) -> None:
    (row,) = rows(rehearsed, model="paced", outage="lasting 429 without retry-after")
    assert (row["status_seen"], row["answered"], row["tries"]) == (429, False, 2)


def test_parallel_requests_are_held_to_the_limit(rehearsed: Rehearsed) -> None:
    (row,) = rows(rehearsed, model="narrow", limit=3)
    assert (row["status"], row["peak"]) == ("pass", 3)


def test_an_rpm_that_limits_nothing_is_found(rehearsed: Rehearsed) -> None:
    (row,) = rows(rehearsed, model="paced", limit=3)
    assert (row["status"], row["reached"]) == ("warn", 5)
    (said,) = problems(rehearsed, "gateway_rate_limit")
    assert "rpm of paced is no limit" in said
