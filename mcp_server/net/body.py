"""Bodies of unknown size and encoding, read within bounds: bombs, wrong encodings and endless drips end."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Protocol


class Decoder:
    """Undoes gzip and deflate piece by piece; never yields more than it is allowed to.

    Another encoding, or bytes that do not fit the declared one, pass through unchanged with ``problem`` set.
    """

    def __init__(self, encoding: str | None) -> None:
        name = (encoding or "identity").strip().lower()
        self.problem = ""
        self._raw_allowed = name == "deflate"
        self._inflate: zlib._Decompress | None = None
        self._started = False
        if name in ("gzip", "x-gzip", "deflate"):
            self._inflate = zlib.decompressobj(47)  # gzip or zlib, recognised by the header
        elif name not in ("identity", ""):
            self.problem = f"content-encoding {name[:40]} was not asked for and cannot be undone here"

    def feed(self, piece: bytes, room: int) -> bytes:
        """At most ``room`` + 1 decoded bytes of ``piece`` (the extra one tells that there was more)."""
        if self._inflate is None:
            return piece[: room + 1]
        try:
            decoded = self._inflate.decompress(piece, room + 1)
        except zlib.error:
            if not self._started and piece[:2] != b"\x1f\x8b":
                return self._retry_raw(piece, room)
            self.problem = "the compressed body is damaged"
            self._inflate = None
            return b""
        self._started = self._started or bool(decoded)
        return decoded

    def _retry_raw(self, piece: bytes, room: int) -> bytes:
        """Some servers send deflate without the zlib header, others no compression at all."""
        raw = zlib.decompressobj(-15)
        try:
            if not self._raw_allowed:
                raise zlib.error
            decoded = raw.decompress(piece, room + 1)
        except zlib.error:
            self.problem = "the body is not compressed although its content-encoding says so"
            self._inflate = None
            return piece[: room + 1]
        self._inflate, self._started = raw, True
        return decoded


@dataclass(frozen=True)
class SseEvent:
    """One event of a ``text/event-stream``; ``at_seconds`` counts from the start of the request."""

    at_seconds: float
    event: str
    data: str


class EventReader(Protocol):
    """Turns the pieces of a body into events."""

    content_type: str
    """Under which the format travels."""
    problem: str
    """Not empty when the rest cannot be read; says why."""

    def feed(self, piece: bytes, now: float) -> list[SseEvent]:
        """Events completed by ``piece``, which arrived at ``now``."""

    def begins(self, head: bytes) -> bool:
        """Do the first bytes look like this format, whatever the content type says?"""

    @property
    def unfinished(self) -> bool:
        """True when the stream stopped inside an event."""


class SseParser:
    """Server-sent events out of arbitrary byte pieces (source: WHATWG HTML, section 9.2)."""

    content_type = "text/event-stream"
    problem = ""

    def __init__(self) -> None:
        self._rest = b""
        self._event = ""
        self._data: list[str] = []

    def feed(self, piece: bytes, now: float) -> list[SseEvent]:
        """Events completed by ``piece``."""
        text = self._rest + piece
        # A lone CR at the very end may be half of CR LF: wait for the next piece.
        held = text.endswith(b"\r")
        lines = (text[:-1] if held else text).replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        self._rest = lines.pop() + (b"\r" if held else b"")
        found: list[SseEvent] = []
        for line in lines:
            self._line(line.decode("utf-8", "replace"), now, found)
        return found

    def begins(self, head: bytes) -> bool:
        """Do the first bytes look like events, whatever the content type says?"""
        return head.lstrip().startswith((b"event:", b"data:", b":"))

    @property
    def unfinished(self) -> bool:
        """True when the stream stopped inside an event."""
        return bool(self._data or self._event or self._rest.strip())

    def _line(self, line: str, now: float, found: list[SseEvent]) -> None:
        if not line:
            if self._data:
                found.append(SseEvent(now, self._event or "message", "\n".join(self._data)))
            self._event, self._data = "", []
            return
        name, _, value = line.removeprefix("\ufeff").partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._event = value
        elif name == "data":
            self._data.append(value)
