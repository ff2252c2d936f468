"""What free words switch on in LiteLLM's file."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import yaml

from mcp_server.generate.build import generate
from mcp_server.generate.gateways.litellm.extras import Extras, read_extras
from mcp_server.generate.providers.registry import known_providers
from mcp_server.generate.spec import parse_request


def read(goal: str) -> Extras:
    return read_extras(goal, known_providers())


def config(goal: str, **more: Any) -> dict[str, Any]:
    answer = generate(
        parse_request({"gateway": "litellm", "providers": ["anthropic"], "goal": goal, **more}), date(2026, 11, 25)
    )
    return dict(yaml.safe_load(answer.config[0].content))


@pytest.mark.parametrize(
    ("goal", "expected"),
    [
        ("LiteLLM for me", Extras()),
        ("a team of 30", Extras(keys=True, people=30)),
        ("25 backend developers with a budget of $40 each", Extras(keys=True, people=25, budget=40)),
        ("virtual keys", Extras(keys=True)),
        ("three instances with Redis", Extras(instances=3, redis=True)),
        ("highly available", Extras(instances=2)),
        ("Prometheus, OTLP and JSON logs", Extras(prometheus=True, otel=True, json_logs=True)),
        ("Slack alerts, Microsoft Teams alerts", Extras(alerts=("slack", "ms_teams"))),
        ("without redis, no prometheus, without budgets", Extras()),
        ("costs $5", Extras()),
        ("the teams work in several regions", Extras(two_regions=True)),
    ],
)
def test_words_mean_what_they_say_and_nothing_more(goal: str, expected: Extras) -> None:
    assert read(goal) == expected


def test_keys_need_the_database_and_a_command_for_each_person() -> None:
    general = config("budgets of $40")["general_settings"]
    assert general["database_url"] == "os.environ/DATABASE_URL"
    assert general["store_prompts_in_spend_logs"] is False
    answer = generate(parse_request({"gateway": "litellm", "goal": "virtual keys, budgets of $40"}), date(2026, 11, 25))
    keys = next(f.content for f in answer.config if "key for each person" in f.path)
    assert '"max_budget": 40' in keys
    assert "@<(printf" in keys


def test_messages_are_never_logged_where_something_listens() -> None:
    for goal in ("prometheus", "otel", "budgets"):
        assert config(goal)["litellm_settings"]["turn_off_message_logging"] is True
    assert "turn_off_message_logging" not in config("")["litellm_settings"]


def test_instances_share_counters_but_no_answers() -> None:
    data = config("three instances")
    assert data["router_settings"]["redis_host"] == "os.environ/REDIS_HOST"
    assert data["litellm_settings"]["cache_params"]["supported_call_types"] == []
    assert "redis_host" not in config("")["router_settings"]


def test_alerts_go_where_they_are_wished_and_reports_need_spend() -> None:
    assert config("slack alerts")["general_settings"]["alerting"] == ["slack"]
    assert "spend_reports" not in config("slack alerts")["general_settings"]["alert_types"]
    assert "spend_reports" in config("slack alerts, budgets")["general_settings"]["alert_types"]
