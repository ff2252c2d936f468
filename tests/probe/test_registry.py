"""The probes run in the order in which a request meets the layers."""

from __future__ import annotations

from mcp_server.catalogue.load import layers
from mcp_server.probe.registry import GATEWAY_PROBES, MODEL_PROBES, PATH_PROBES, PROBES


def test_probes_are_in_layer_order() -> None:
    order = [layers().index(probe.layer) for probe in PROBES]
    assert order == sorted(order)


def test_ids_are_unique_and_every_probe_asks_a_question() -> None:
    assert len({probe.id for probe in PROBES}) == len(PROBES)
    assert all(probe.question.endswith("?") for probe in PROBES)


def test_nothing_is_run_that_is_not_registered() -> None:
    assert (*PATH_PROBES, *GATEWAY_PROBES, *MODEL_PROBES) == PROBES
