"""A sample of docs/faults.md: the real Claude Code still says, or copes with, what the page tells."""

from __future__ import annotations

import asyncio
import json

import pytest

from maintenance import fault_table
from mcp_server.lab.faults import FAULTS

#: One of each kind of answer: works, blames the model, blames the login, its own words, another's words.
SAMPLE = (
    *("tcp-refused", "tls-expired", "proxy-407", "redirect-302", "html-200", "key-401-plain", "no-messages-api"),
    *("stream-cut", "stream-cut-late", "stream-whole-json", "beta-refused", "tool-arguments-dropped"),
)

pytestmark = [pytest.mark.e2e, pytest.mark.anyio]


async def test_a_sample_of_the_table_is_still_true() -> None:
    kept = json.loads(fault_table.DATA.read_text(encoding="utf-8"))["faults"]
    seen = await fault_table.measure([FAULTS[id_] for id_ in SAMPLE])
    assert fault_table.differences({id_: kept[id_] for id_ in SAMPLE}, seen) == []


def test_every_fault_before_the_gateway_is_in_the_table() -> None:
    kept = json.loads(fault_table.DATA.read_text(encoding="utf-8"))["faults"]
    assert set(kept) == {fault.id for fault in FAULTS.values() if fault.place == "front"}


def test_the_page_is_made_from_the_data() -> None:
    kept = json.loads(fault_table.DATA.read_text(encoding="utf-8"))["faults"]
    assert fault_table.PAGE.read_text(encoding="utf-8") == fault_table.page(kept)


def test_where_the_client_works_nothing_is_called_an_error_and_where_it_fails_nothing_is_called_ok() -> None:
    kept = json.loads(fault_table.DATA.read_text(encoding="utf-8"))["faults"]
    wrong = [
        id_
        for id_, row in kept.items()
        if (row["client"]["works"] and row["ours"]["verdict"] == "errors") or row["ours"]["verdict"] == "ok"
    ]
    assert wrong == []


async def test_the_table_is_measured_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    running, most = 0, 0

    async def both(_fault: object) -> dict[str, object]:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        return {"client": {"works": True, "says": ""}}

    monkeypatch.setattr(fault_table, "both", both)
    monkeypatch.setattr(fault_table, "claude_code", lambda _version: None)
    await fault_table.measure([FAULTS[id_] for id_ in SAMPLE])
    assert most == 2
