"""What to look at when nothing decides: two observations that tell the leading causes apart."""

from __future__ import annotations

from itertools import combinations

import pytest

from mcp_server.catalogue.load import causes, layers, read_yaml
from mcp_server.diagnose.author import Symptom, read
from mcp_server.diagnose.evidence import UNKNOWN
from mcp_server.diagnose.observations import observations_for

KNOWN = sorted(set(causes()) - {UNKNOWN})


def commands(*candidates: str, text: str = "") -> list[str]:
    return [str(check.command) for check in observations_for(read(text), {}, candidates)]


def test_each_of_the_two_leading_causes_gets_an_observation_that_is_not_about_the_other() -> None:
    first, second = commands("gcp_adc_missing", "tls_ca_not_trusted")
    assert first == "llm-gateway diagnose --provider google --live"
    assert second == "llm-gateway check-proxy"


def test_an_observation_about_both_leading_causes_is_passed_over() -> None:
    assert any("/key/info" in c for c in commands("litellm_key_not_found", "gateway_error"))
    assert not any("/key/info" in c for c in commands("litellm_key_not_found", "gateway_rate_limit"))


def test_the_observation_names_the_cause_it_decides() -> None:
    checks = observations_for(Symptom(), {}, ["litellm_key_not_found", "gateway_model_not_mapped"])
    assert [c.detail for c in checks] == [
        "would decide whether it is litellm_key_not_found",
        "would decide whether it is gateway_model_not_mapped",
    ]
    assert "/key/info" in str(checks[0].command)


@pytest.mark.parametrize("cause", KNOWN)
def test_every_cause_alone_leads_to_two_different_observations(cause: str) -> None:
    found = observations_for(Symptom(), {}, [cause])
    assert len({c.command for c in found}) == 2
    assert all(c.command and c.expect and c.if_not and c.status == "todo" for c in found)
    assert found[0].detail == f"would decide whether it is {cause}"


def test_every_pair_of_causes_leads_to_two_different_observations() -> None:
    for pair in combinations(KNOWN, 2):
        assert len(set(commands(*pair))) == 2, pair


def test_without_candidates_the_author_and_the_status_choose() -> None:
    assert commands(text="bedrock ValidationException")[0] == "aws sts get-caller-identity"
    assert "/v1/models" in commands(text="401 from the gateway")[0]
    assert commands() == ["llm-gateway check-proxy", "llm-gateway test-model"]


def test_what_an_observation_is_about_exists() -> None:
    for line in read_yaml("cures.yaml")["observations"]:
        for subject in line.get("about", []):
            assert subject in layers() or any(cause.startswith(subject) for cause in KNOWN), subject
        assert {"about", "author", "status", "always"} & set(line)


def test_values_fill_the_command() -> None:
    checks = observations_for(
        Symptom(), {"region": "us-east5", "project": "p-1", "model": "m"}, ["vertex_quota_exhausted"]
    )
    assert "us-east5-aiplatform.googleapis.com/v1/projects/p-1" in str(checks[0].command)
