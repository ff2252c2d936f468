"""The failover drill with the real LiteLLM: a group that loses nothing, and one that may not try again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.drills.conftest import Write, deployment, problems, rehearse, rows

pytestmark = pytest.mark.e2e


def balanced(write: Write, **router: Any) -> Path:
    models = ("anthropic/claude-sonnet-4-6", "anthropic/claude-opus-4-6")
    return write([*(deployment("pair", model) for model in models)], router_settings=router)


def test_a_deployment_that_is_down_is_left_out_and_taken_back(write: Write) -> None:
    result = rehearse("failover", balanced(write, num_retries=3, allowed_fails=0, cooldown_time=2))
    (row,) = rows(result, model="pair")
    assert (row["status"], row["lost"]) == ("pass", 0), result.answer.verification
    assert row["out_after_seconds"] < 4
    assert row["back_after_seconds"] is not None
    assert result.answer.verdict == "ok"


def test_calls_are_lost_when_nobody_tries_again(write: Write) -> None:
    result = rehearse("failover", balanced(write, num_retries=0, disable_cooldowns=True))
    (row,) = rows(result, model="pair")
    assert row["status"] == "fail"
    assert row["lost"] == row["tries"] > 0
    (said,) = problems(result, "fallback_not_applied")
    assert "although 1 other deployment of the group is well" in said
