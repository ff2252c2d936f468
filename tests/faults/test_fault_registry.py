"""The registry of faults: named, described, combinable, and harmless when no fault is on."""

from __future__ import annotations

import re

import pytest

from mcp_server.catalogue.load import causes
from mcp_server.errors import UsageError
from mcp_server.lab.anthropic import AnthropicEmulator
from mcp_server.lab.faults import FAULTS, named, serve
from tests.faults.laboratory import KEY, machine, run

pytestmark = pytest.mark.anyio


def test_there_are_faults_of_every_layer_that_a_request_meets() -> None:
    layers = {"name", "proxy", "tcp", "tls", "route", "gateway_auth", "model", "upstream", "limits", "protocol"}
    assert {fault.layer for fault in FAULTS.values()} >= layers
    assert len(FAULTS) >= 100


@pytest.mark.parametrize("id_", FAULTS)
def test_a_fault_says_what_is_broken_and_points_at_the_vocabulary(id_: str) -> None:
    fault = FAULTS[id_]
    assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", fault.id)
    assert causes()[fault.cause].layer == fault.layer
    assert (fault.apply is None) != (fault.stand is None)
    assert fault.title


def test_titles_are_different() -> None:
    titles = [(fault.place, fault.title) for fault in FAULTS.values()]
    assert len(set(titles)) > 0.95 * len(titles)


def test_an_unknown_fault_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UsageError) as refused:
        named(["tls-selfsigned"])
    assert "tls-self-signed" in refused.value.fix


def test_two_ways_to_the_target_exclude_each_other() -> None:
    with pytest.raises(UsageError, match="tcp-refused and tls-expired"):
        named(["tcp-refused", "tls-expired"])


async def test_without_a_fault_everything_is_green() -> None:
    with serve(AnthropicEmulator(credential=KEY)) as served:
        seen = await run(machine(served.base_url))
    assert seen.answer.verdict == "ok", seen.said


async def test_faults_combine_and_the_first_one_that_a_request_meets_is_reported() -> None:
    with serve(AnthropicEmulator(credential=KEY), ["key-401-plain", "stream-cut"]) as served:
        seen = await run(machine(served.base_url))
    assert seen.first == ("gateway_key_rejected", "errors"), seen.said
