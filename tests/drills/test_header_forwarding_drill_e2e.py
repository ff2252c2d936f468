"""The header drill with the real LiteLLM: headers that the file asks for in the right and in a wrong section."""

from __future__ import annotations

import pytest

from mcp_server.operations.drill import Rehearsed
from tests.drills.conftest import Write, deployment, problems, rehearse, rows

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def rehearsed(write: Write) -> Rehearsed:
    file = write(
        [deployment("sonnet", "anthropic/claude-sonnet-4-6"), deployment("gpt", "openai/gpt-4o")],
        litellm_settings={
            "model_group_settings": {"forward_client_headers_to_llm_api": ["sonnet"]},
            "forward_client_headers_to_llm_api": True,
        },
    )
    return rehearse("header-forwarding", file)


@pytest.mark.parametrize("header", ["x-claude-code-session-id", "x-drill-team"])
def test_headers_arrive_where_the_switch_counts(rehearsed: Rehearsed, header: str) -> None:
    (good,) = rows(rehearsed, model="sonnet", header=header)
    (lost,) = rows(rehearsed, model="gpt", header=header)
    assert (good["status"], good["arrived"]) == ("pass", True)
    assert (lost["status"], lost["arrived"], lost["wanted"]) == ("fail", False, True)


def test_the_switch_in_a_wrong_section_is_named_with_its_place(rehearsed: Rehearsed) -> None:
    (said,) = [f for f in rehearsed.answer.findings if f.id == "client_headers_not_preserved"]
    assert said.where is not None
    assert said.where.key == "litellm_settings.forward_client_headers_to_llm_api"
    assert said.where.line is not None
    assert "Set general_settings.forward_client_headers_to_llm_api: true" in said.fix


def test_the_clients_key_reaches_no_provider(rehearsed: Rehearsed) -> None:
    keys = [row for row in rehearsed.measured if "leaked" in row]
    assert {row["header"] for row in keys} == {"authorization", "x-api-key"}
    assert not any(row["leaked"] for row in keys)
    assert not problems(rehearsed, "secret_exposed")


def test_betas_of_the_client_reach_anthropic(rehearsed: Rehearsed) -> None:
    (beta,) = rows(rehearsed, model="sonnet", header="anthropic-beta")
    assert beta["arrived"]
