"""Each fault between client and gateway, through the real path: right layer, right id, never green, never late."""

from __future__ import annotations

import json

import pytest

from mcp_server.catalogue.load import causes
from mcp_server.lab.faults import FAULTS
from tests.faults.laboratory import KEY, Run, run_faults

FRONT = [fault for fault in FAULTS.values() if fault.place == "front"]
#: Controls that a terminal obeys, and marks that turn text around.
_CONTROLS = {*map(chr, range(32)), "\x7f", "\u202e"} - {"\n"}


@pytest.fixture(scope="module")
def runs() -> dict[str, Run]:
    return run_faults(FRONT)


@pytest.mark.parametrize("id_", [fault.id for fault in FRONT])
def test_a_fault_before_the_gateway_is_named_with_its_layer_and_a_change(runs: dict[str, Run], id_: str) -> None:
    fault, seen = FAULTS[id_], runs[id_]
    assert seen.first == (fault.cause, fault.verdict), seen.said
    first = seen.answer.findings[0]
    assert causes()[first.id].layer == fault.layer
    assert first.fix.strip()
    assert first.problem in seen.answer.quick_answer


def test_no_run_takes_longer_than_ten_seconds_by_design(runs: dict[str, Run]) -> None:
    # Ten seconds are what an idle machine needs; a busy one gets room, a lost time limit (30 s and more) does not.
    longest = max(runs, key=lambda id_: runs[id_].seconds)
    assert runs[longest].seconds < 20, longest


def test_answers_about_hostile_servers_stay_small_clean_and_free_of_the_credential(runs: dict[str, Run]) -> None:
    for id_, seen in runs.items():
        shown = seen.answer.model_dump_json()
        assert KEY not in shown, id_
        assert len(shown) < 24_000, id_
        assert not _CONTROLS & set("".join(_texts(json.loads(shown)))), id_


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for part in value.values() for text in _texts(part)]
    return [text for part in value for text in _texts(part)] if isinstance(value, list) else []
