"""The usage drill with the real LiteLLM: a priced model, and one whose price nobody knows."""

from __future__ import annotations

import pytest

from mcp_server.operations.drill import Rehearsed
from tests.drills.conftest import Write, deployment, problems, rehearse, rows

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def rehearsed(write: Write) -> Rehearsed:
    models = [deployment("sonnet", "anthropic/claude-sonnet-4-6"), deployment("house", "hosted_vllm/of-the-house")]
    return rehearse("usage-logging", write(models))


@pytest.mark.parametrize("kind", ["whole answer", "stream", "tool call, streamed"])
def test_the_same_numbers_reach_client_and_record(rehearsed: Rehearsed, kind: str) -> None:
    (row,) = rows(rehearsed, model="sonnet", kind=kind)
    assert row["status"] == "pass", rehearsed.answer.verification
    assert row["counted"] == row["told"] == row["recorded"]
    assert min(row["counted"]) > 0
    assert row["cost_usd"] > 0


def test_a_model_without_price_is_found(rehearsed: Rehearsed) -> None:
    assert {row["cost_usd"] for row in rows(rehearsed, model="house")} == {0}
    (said,) = problems(rehearsed, "cost_map_missing")
    assert "house" in said
    assert rehearsed.answer.verdict == "warnings"


def test_a_file_without_database_is_told_so(rehearsed: Rehearsed) -> None:
    (check,) = [c for c in rehearsed.answer.verification if c.title == "spend in the database"]
    assert check.status == "skip"
    assert "no database_url" in check.detail
