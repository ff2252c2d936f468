"""A client setting that is said to cure a fault does cure it."""

from __future__ import annotations

import pytest

from mcp_server.lab.faults import FAULTS
from tests.faults.laboratory import run_fault

CURABLE = [fault for fault in FAULTS.values() if fault.cure]


@pytest.mark.parametrize("id_", [fault.id for fault in CURABLE])
def test_the_named_setting_cures_the_fault(id_: str) -> None:
    fault = FAULTS[id_]
    assert run_fault(fault).answer.findings[0].id == fault.cause
    cured = run_fault(fault, fault.cure)
    assert cured.answer.verdict == "ok", cured.said


@pytest.mark.parametrize("id_", [fault.id for fault in CURABLE if fault.verdict == "errors"])
def test_the_fix_names_the_setting_that_cures(id_: str) -> None:
    fix = run_fault(FAULTS[id_]).answer.findings[0].fix
    assert all(name in fix for name in FAULTS[id_].cure), fix
