"""Runs test_model against targets of the fault laboratory, as a user's Claude Code would be set up for them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from mcp_server.answer import Answer
from mcp_server.lab.anthropic import AnthropicEmulator
from mcp_server.lab.faults import Fault, serve
from mcp_server.operations import test_model as operation
from mcp_server.snapshot import Snapshot

KEY = "laboratory-token"
MODEL = "claude-opus-5-5"
CLIENT = "2.1.330"
#: Far above every limit of a run: only a run that hangs is stopped by it.
HANG_SECONDS = 60
_SIDE_BY_SIDE = 6


@dataclass(frozen=True)
class Run:
    """One run's Answer and seconds."""

    answer: Answer
    seconds: float

    @property
    def first(self) -> tuple[str, str]:
        """Id of the first finding, and the verdict."""
        return (self.answer.findings[0].id if self.answer.findings else "", self.answer.verdict)

    @property
    def said(self) -> str:
        """For the message of a failed assertion."""
        return "; ".join(f"{f.severity} {f.id}: {f.problem}" for f in self.answer.findings) or self.answer.quick_answer


def machine(base_url: str, environment: Mapping[str, str] | None = None, key: str | None = KEY) -> Snapshot:
    """A machine whose Claude Code points at ``base_url``."""
    credential = {"ANTHROPIC_AUTH_TOKEN": key} if key else {}
    shell = {"ANTHROPIC_BASE_URL": base_url, "ANTHROPIC_MODEL": MODEL, **credential, **(environment or {})}
    return Snapshot(shell=shell, client_version=CLIENT)


async def run(snapshot: Snapshot, **more: Any) -> Run:
    """One run of test_model."""
    began = time.monotonic()
    answer = await asyncio.wait_for(operation.run(snapshot=snapshot, **more), HANG_SECONDS)
    return Run(answer, time.monotonic() - began)


def run_fault(fault: Fault, environment: Mapping[str, str] | None = None) -> Run:
    """``fault`` before a strict emulator."""
    with serve(AnthropicEmulator(credential=KEY), [fault.id]) as served:
        return asyncio.run(run(machine(served.base_url, {**served.environment, **(environment or {})})))


def run_faults(faults: Sequence[Fault]) -> dict[str, Run]:
    """Every fault, a few at a time."""
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        return dict(zip([fault.id for fault in faults], pool.map(run_fault, faults), strict=True))
