"""The weaker layer: what the words of a paste resemble, and how little that may decide."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from mcp_server.catalogue.load import causes, read_json
from mcp_server.diagnose.author import read
from mcp_server.diagnose.credentials import CredentialFacts, CredentialState
from mcp_server.diagnose.evidence import UNKNOWN, diagnose
from mcp_server.diagnose.signals import Knowledge, Signal, signals
from mcp_server.diagnose.words import features, resembling

HERE = Path(__file__).parent
TYPICAL: dict[str, list[str]] = yaml.safe_load((HERE / "typical.yaml").read_text(encoding="utf-8"))["causes"]
#: No signal knows this wording; the words of it are those of a window that is too small.
VAGUE = "the gateway's small backend gives up as the conversation grows: window of the model 32768, tokens 41000"


def test_every_typical_text_is_ranked_among_the_first_three() -> None:
    texts = [(cause, text) for cause, listed in TYPICAL.items() for text in listed]
    assert set(TYPICAL) <= set(causes())
    lost = [
        (cause, text)
        for cause, text in texts
        if cause not in [r.cause for r in diagnose(read(text + " (Claude Code, gateway)")).ranked[:3]]
    ]
    assert len(lost) <= 0.03 * len(texts), lost


def test_words_alone_are_never_more_than_a_guess_and_say_which_words() -> None:
    known = Knowledge(dict.fromkeys(signals(), ()))
    texts = [f"{text} (Claude Code, gateway)" for listed in TYPICAL.values() for text in listed]
    results = [diagnose(read(text), knowledge=known) for text in texts]
    assert {r.confidence for r in results} == {"low"}
    answered = [r for r in results if r.cause != UNKNOWN]
    assert len(answered) > 0.8 * len(results)
    assert all(r.ranked[0].supporting[0].says == "typical words" for r in answered)
    assert all(r.ranked[0].supporting[0].seen and r.ranked[0].firm == 0 for r in answered)


def test_words_help_where_no_signal_speaks() -> None:
    without = diagnose(read(VAGUE), knowledge=Knowledge(signals(), {}))
    assert without.ranked == ()
    result = diagnose(read(VAGUE))
    assert "context_window_mismatch" in [r.cause for r in result.ranked[:3]]
    assert result.confidence == "low"


def test_words_alone_do_not_answer_a_text_that_nobody_of_this_field_signed() -> None:
    known = Knowledge({}, {"zebra": ("zebra", {"upstream_overloaded": 90.0})})
    unsigned = read("the zebra does not come back")
    assert unsigned.relevance < 1
    assert diagnose(unsigned, knowledge=known).cause == UNKNOWN
    assert diagnose(read("the zebra of the gateway does not come back"), knowledge=known).cause == "upstream_overloaded"


def test_a_pair_of_neighbours_says_what_its_words_alone_do_not() -> None:
    known = Knowledge({}, {"empty answer": ("empty answer", {"response_shape_invalid": 60.0})})
    assert diagnose(read("gateway: empty answer"), knowledge=known).cause == "response_shape_invalid"
    assert diagnose(read("gateway: answer, then empty"), knowledge=known).cause == UNKNOWN


def test_words_decide_a_tie_and_do_not_overturn_a_lead_of_the_evidence() -> None:
    table = {"zebra": ("zebra", {"upstream_overloaded": 30.0})}

    def cause(weight: float) -> str:
        lines = {
            "gateway_error": (Signal(weight, "leads", (re.compile("bad gateway"),)),),
            "upstream_overloaded": (Signal(5, "follows", (re.compile("bad"),)),),
        }
        result = diagnose(read("gateway: bad gateway zebra"), knowledge=Knowledge(lines, table))
        assert {r.cause for r in result.ranked} == set(lines)
        return result.cause

    assert cause(6) == "upstream_overloaded"
    assert cause(8) == "gateway_error"


def test_what_reads_like_an_error_of_another_program_gets_no_support_from_words() -> None:
    table = {"zebra": ("zebra", {"upstream_overloaded": 9.0}), "lion": ("lion", {UNKNOWN: 12.0})}
    known = Knowledge({}, table)
    assert diagnose(read("gateway zebra"), knowledge=known).cause == "upstream_overloaded"
    assert diagnose(read("gateway zebra lion"), knowledge=known).ranked == ()


def test_words_do_not_bring_back_what_a_verified_credential_rules_out() -> None:
    state = CredentialState(
        "google", "file", "user login", "a token was minted", verified=True, rules_out=("gcp_adc_missing",)
    )
    result = diagnose(read("google credentials default adc missing on vertex"), credentials=CredentialFacts((state,)))
    assert "gcp_adc_missing" not in [r.cause for r in result.ranked]


def test_a_word_shown_is_the_tables_own_and_not_a_piece_of_a_secret() -> None:
    text = "litellm budget exceeded token budgetarysecretabcdefgh key=gatewayhunter2zzz"
    own = {word for word, _ in read_json("cause_words.json")["features"].values()}
    for like in resembling(read(text)):
        assert set(like.words) <= own
    shown = str([e.seen for r in diagnose(read(text)).ranked for e in r.supporting if e.says == "typical words"])
    assert "hunter2" not in shown
    assert "budgetarysecret" not in shown


@pytest.mark.parametrize("provider", ["google", "aws"])
def test_a_named_provider_keeps_the_other_clouds_causes_out(provider: str) -> None:
    other = {"google": ("aws_", "bedrock_"), "aws": ("gcp_", "vertex_")}[provider]
    result = diagnose(read("cloud credentials of the session expired for the model"), provider=provider)
    assert [r.cause for r in result.ranked if r.cause.startswith(other) and r.firm == 0] == []


def test_an_inflected_word_counts_like_its_base_form() -> None:
    assert set(features(read("permission"))) == set(features(read("permissions")))


def test_the_table_of_words_is_what_its_sources_give() -> None:
    script = HERE.parents[1] / "maintenance/diagnosis_words.py"
    done = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_table_holds_words_only() -> None:
    for feature, (word, weights) in read_json("cause_words.json")["features"].items():
        for part in feature.split(" "):
            assert re.fullmatch(r"@?[a-z_]+|\d{3}|[\u4e00-\u9fff]{2}", part), feature
        assert feature.count(" ") == word.count(" ") <= 1 or feature.startswith("@")
        assert len(word) <= 120
        assert weights
        assert set(weights) <= set(causes())
