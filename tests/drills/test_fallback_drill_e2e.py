"""The fallback drill with the real LiteLLM: a fallback that works, one under a name nobody asks for, and none."""

from __future__ import annotations

import pytest

from mcp_server.operations.drill import Rehearsed
from tests.drills.conftest import Write, deployment, problems, rehearse, rows

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def rehearsed(write: Write) -> Rehearsed:
    file = write(
        [
            deployment("sonnet", "anthropic/claude-sonnet-4-6"),
            deployment("vertex", "vertex_ai/claude-sonnet-4-6", vertex_project="mine", vertex_location="us-east5"),
            deployment("lonely", "openai/gpt-4o"),
            deployment("lost", "anthropic/claude-opus-4-6"),
        ],
        litellm_settings={"drop_params": True},
        router_settings={
            "num_retries": 0,
            "fallbacks": [{"sonnet": ["vertex"]}, {"lost": ["nowhere"]}],
            "model_group_alias": {"claude-alias": "sonnet"},
        },
    )
    return rehearse("fallback", file, "sonnet", "claude-alias", "lonely", "lost")


def test_each_outage_is_answered_by_the_fallbacks_deployment(rehearsed: Rehearsed) -> None:
    found = rows(rehearsed, model="sonnet")
    assert len(found) == 5
    for row in found:
        assert (row["status"], row["lost"]) == ("pass", 0), row
        assert row["answered_by"] == ["model_list[1] (vertex_ai/claude-sonnet-4-6)"]
        assert row["tries"] >= 1


def test_a_hang_costs_the_time_limit(rehearsed: Rehearsed) -> None:
    (hang,) = rows(rehearsed, model="sonnet", outage="the provider hangs")
    (error,) = rows(rehearsed, model="sonnet", outage="the provider answers 500")
    assert hang["added_seconds"] >= 2 > error["added_seconds"]


def test_a_fallback_under_the_groups_name_does_not_serve_its_alias(rehearsed: Rehearsed) -> None:
    assert {row["status"] for row in rows(rehearsed, model="claude-alias")} == {"fail"}
    (said,) = [f for f in rehearsed.answer.findings if "claude-alias" in f.problem]
    assert said.id == "fallback_not_applied"
    assert said.severity == "error"
    assert "router_settings.fallbacks: - claude-alias: [vertex]" in said.fix
    assert said.where is not None
    assert said.where.key == "router_settings.fallbacks"


def test_a_model_without_fallback_is_a_warning_with_the_setting_to_add(rehearsed: Rehearsed) -> None:
    assert {row["status"] for row in rows(rehearsed, model="lonely")} == {"warn"}
    (said,) = [f for f in rehearsed.answer.findings if "calls for lonely" in f.problem]
    assert said.severity == "warning"
    assert "fallbacks: - lonely: [sonnet]" in said.fix


def test_a_fallback_to_a_name_that_the_file_lacks_is_named(rehearsed: Rehearsed) -> None:
    assert any(
        "nowhere is no model_name of this file" in problem for problem in problems(rehearsed, "fallback_not_applied")
    )
    assert rehearsed.answer.verdict == "errors"


def test_what_was_changed_in_the_copy_is_told(rehearsed: Rehearsed) -> None:
    told = " ".join(rehearsed.answer.context)
    assert "router_settings.timeout is 3 here" in told
    assert "general_settings.master_key is a key of the laboratory" in told
