"""A command that is told to end still tidies up."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from mcp_server.lab.signals import ended_by_signals


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_block_in_order_and_only_the_block(sign: signal.Signals) -> None:
    tidied: list[str] = []

    async def work() -> None:
        try:
            with ended_by_signals():
                os.kill(os.getpid(), sign)
                await asyncio.sleep(30)
        finally:
            tidied.append("done")

    before = signal.getsignal(sign)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(work())
    assert tidied == ["done"]
    assert signal.getsignal(sign) == before
