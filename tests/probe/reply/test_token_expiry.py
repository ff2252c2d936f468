from __future__ import annotations

import base64
import json
from datetime import datetime, timezone
from typing import Any

import pytest

from mcp_server.probe.reply.token_expiry import expired

NOW = datetime(2026, 11, 25, 20, 0, tzinfo=timezone.utc)


def token(claims: Any) -> str:
    middle = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"head.{middle}.signature"


def test_a_token_past_its_end_says_when_it_ended() -> None:
    assert expired(token({"exp": int(NOW.timestamp()) - 3600}), NOW) == "the token ended at 2026-11-25 19:00 UTC"


@pytest.mark.parametrize(
    "given",
    [
        token({"exp": int(NOW.timestamp()) + 60}),
        token({"sub": "nobody"}),
        token({"exp": "soon"}),
        token({"exp": 10**30}),
        token({"exp": None}),
        token([1]),
        "head.!!!.signature",
        "head.ÿÿ.signature",
        "a.b",
        "plain-gateway-key",
        "",
        f"head.{'[' * 9000}.signature",
        "head." + "A" * 30_000 + ".signature",
    ],
)
def test_nothing_is_claimed_about_any_other_token(given: str) -> None:
    assert expired(given, NOW) == ""
