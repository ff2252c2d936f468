"""The credential drill with the real LiteLLM: a protected gateway, and one that permits itself no key."""

from __future__ import annotations

import pytest

from mcp_server.operations.drill import Rehearsed
from tests.drills.conftest import Write, deployment, problems, rehearse, rows

pytestmark = pytest.mark.e2e
MODELS = [deployment("sonnet", "anthropic/claude-sonnet-4-6")]
PASSED = {"path": "/partner", "auth": False, "target": "https://partner.example/v1", "headers": {"x-word": "plain"}}


@pytest.fixture(scope="module")
def protected(write: Write) -> Rehearsed:
    return rehearse("auth-bypass", write(MODELS, general_settings={"pass_through_endpoints": [PASSED]}))


@pytest.fixture(scope="module")
def opened(write: Write) -> Rehearsed:
    general = {"master_key": None, "dangerously_permit_weak_or_unset_master_key": True}
    return rehearse("auth-bypass", write(MODELS, general_settings=general))


def test_a_protected_gateway_calls_no_provider_without_a_key(protected: Rehearsed) -> None:
    own = [row for row in protected.measured if row.get("kind") == "costs" and row["path"] != "/partner"]
    assert len(own) >= 20
    assert not any(row["provider_called"] for row in own)
    assert {row["status"] for row in own} == {"pass"}


def test_a_pass_through_endpoint_that_anybody_may_use_is_found(protected: Rehearsed) -> None:
    found = rows(protected, path="/partner", credential="no credential")
    assert [row["provider_called"] for row in found] == [True]
    assert any("/partner answers" in problem for problem in problems(protected, "gateway_config_invalid"))


def test_the_right_key_is_taken_in_both_headers_of_claude_code(protected: Rehearsed) -> None:
    taken = {row["placement"]: row["taken"] for row in protected.measured if "placement" in row}
    assert taken["Authorization: Bearer"]
    assert taken["x-api-key"]
    assert not taken["the query (?key=)"]


def test_a_gateway_without_master_key_sells_to_everybody(opened: Rehearsed) -> None:
    (row,) = rows(opened, path="/v1/messages", credential="no credential")
    assert (row["status"], row["provider_called"]) == ("fail", True)
    (models,) = rows(opened, path="/v1/models", credential="a wrong key")
    assert models["status"] == "fail"
    assert opened.answer.verdict == "errors"
    assert "has no master key" in opened.answer.findings[0].problem
    assert opened.answer.verification[0].status == "fail"
