"""Redaction grows linearly with hostile input: time for eight times the text, as a ratio, in one run.

Linear is 8, quadratic would be 64. The units are openings of patterns that never complete.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from mcp_server.redact import redact

UNITS = (
    *("a", "a.", "a@", "a://", "x-", "eyJ-", "%2FeyJ", "sk-", "1//", "SG.", "password", 'password="', "bearer "),
    *("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "api-key   ", r"\n", 'secret=\\"', "x-a-token"),
)


def seconds(unit: str, size: int) -> float:
    """Best of three runs over ``size`` characters."""
    text = unit * (size // len(unit))
    best = float("inf")
    for _ in range(3):
        begin = time.perf_counter()
        redact(text)
        best = min(best, time.perf_counter() - begin)
    return best


def main() -> None:
    worst = max((seconds(unit, 400_000) / max(seconds(unit, 50_000), 0.005), unit) for unit in UNITS)
    print(f"8 times the text takes at most {worst[0]:.1f} times as long (worst unit {worst[1]!r}; linear is 8)")


if __name__ == "__main__":
    main()
