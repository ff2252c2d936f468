"""What a refused token says about itself: a JWT carries its own end (RFC 7519), readable without its key (pure)."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timezone

_LONGEST = 20_000


def expired(token: str, now: datetime) -> str:
    """``the token ended at 2026-11-25 18:28 UTC`` when ``token`` is a JWT that is past its end; else empty."""
    parts = token.split(".")
    if len(parts) != 3 or len(token) > _LONGEST:
        return ""
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        end = datetime.fromtimestamp(claims["exp"], timezone.utc)
    except (ValueError, KeyError, TypeError, OverflowError, OSError, RecursionError):
        return ""
    return f"the token ended at {end:%Y-%m-%d %H:%M} UTC" if end <= now else ""
