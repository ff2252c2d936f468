from __future__ import annotations

from datetime import date

from mcp_server.catalogue.models import EIGHT, models
from mcp_server.catalogue.recommend import recommend

TODAY = date(2026, 11, 25)


def test_every_use_has_a_living_model_with_tool_use() -> None:
    found = recommend(models().values(), TODAY)
    assert list(found) == ["agentic coding", "reasoning", "long context", "cheap background work", "code completion"]
    assert all(m.tool_use and m.state_on(TODAY) == "living" for m in found.values())
    assert found["code completion"].id == "codestral"
    assert found["reasoning"].reasoning
    assert found["long context"].context_window >= 1_000_000


def test_cheap_background_work_goes_to_the_cheapest_roomy_model() -> None:
    among = [models()[i] for i in ("gemini-3.8-flash", "gemini-3.5-flash-lite", "gpt-oss-120b")]
    # gpt-oss-120b costs least, but its window is too small for the client's requests.
    assert recommend(among, TODAY)["cheap background work"].id == "gemini-3.5-flash-lite"


def test_a_use_that_no_living_model_serves_is_left_out() -> None:
    of_the_eight = recommend([models()[i] for i in EIGHT], TODAY)
    assert {use: m.id for use, m in of_the_eight.items()} == {
        "agentic coding": "codestral",
        "code completion": "codestral",
    }
    assert recommend([], TODAY) == {}
