"""Signatures of thinking blocks: made when the model thinks, checked when a client sends the block back.

A signature holds the thought and seals it, as the real one does (opaque to clients), so a block whose text was left
out on request (``display: omitted``) can be checked too. One seal for all emulators: Anthropic's signatures pass
between its platforms.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

_SEAL = b"laboratory"
_SIZE = hashlib.sha256().digest_size


def signature(thought: str) -> str:
    """The signature of a thinking block."""
    content = thought.encode()
    return base64.b64encode(_seal(content) + content).decode("ascii")


def genuine(given: str) -> str | None:
    """The thought that ``given`` signs, or ``None`` when the laboratory never made it."""
    try:
        raw = base64.b64decode(given, validate=True)
        thought = raw[_SIZE:].decode()
    except ValueError:
        return None
    return thought if hmac.compare_digest(_seal(raw[_SIZE:]), raw[:_SIZE]) else None


def _seal(content: bytes) -> bytes:
    return hmac.new(_SEAL, content, hashlib.sha256).digest()
