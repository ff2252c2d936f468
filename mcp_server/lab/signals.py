"""Turns the signals that end a command into an orderly end, so that no process outlives it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP cancel the running task for as long as the block lasts; for the main thread only."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    signals = [s for s in (signal.SIGTERM, getattr(signal, "SIGHUP", None)) if s is not None]
    for sign in signals:
        loop.add_signal_handler(sign, lambda: task.cancel() if task else None)
    try:
        yield
    finally:
        for sign in signals:
            loop.remove_signal_handler(sign)
