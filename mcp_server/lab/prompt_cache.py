"""The prompt cache: what a request reads from it and writes to it, counted as the real service does.

Tools, system and messages are one sequence of blocks. A block marked with ``cache_control`` ends a prefix that is
kept; the longest kept prefix of a later request is read, what lies between it and the last mark is written. A prefix
below 1,024 tokens is not kept. Nothing expires.
"""

from __future__ import annotations

import hashlib
import json
import threading
from typing import Any

from mcp_server.lab import tokens
from mcp_server.lab.anthropic_messages import blocks_of, input_tokens

_LEAST_TOKENS = 1024


class PromptCache:
    """One cache for all models of an emulator; prefixes of different models do not meet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: set[str] = set()

    def usage(self, model: str, body: dict[str, Any]) -> dict[str, Any]:
        """The input side of ``usage``; remembers the prefixes that the request marks."""
        total, size, read, written, hour = input_tokens(body), 0, 0, 0, False
        digest = hashlib.sha256(model.encode())
        marks: list[str] = []
        with self._lock:
            for block in _blocks(body):
                mark = block.get("cache_control")
                plain = {key: value for key, value in block.items() if key != "cache_control"}
                digest.update(json.dumps(plain, sort_keys=True).encode())
                size = min(size + tokens.count(plain), total)
                if digest.hexdigest() in self._kept:
                    read = size
                if mark and size >= _LEAST_TOKENS:
                    marks.append(digest.hexdigest())
                    written, hour = size, mark.get("ttl") == "1h"
            self._kept.update(marks)
        read = min(read, written)
        new = written - read
        return {
            "input_tokens": total - written,
            "cache_creation_input_tokens": new,
            "cache_read_input_tokens": read,
            "cache_creation": {
                "ephemeral_5m_input_tokens": 0 if hour else new,
                "ephemeral_1h_input_tokens": new if hour else 0,
            },
        }


def _blocks(body: dict[str, Any]) -> list[dict[str, Any]]:
    blocks = [
        *(body.get("tools") or ()),
        *blocks_of({"content": body.get("system")}),
        *({**block, "role": message["role"]} for message in body["messages"] for block in blocks_of(message)),
    ]
    if blocks and body.get("cache_control"):  # at the top level it marks the last block
        blocks[-1] = {**blocks[-1], "cache_control": body["cache_control"]}
    return blocks
