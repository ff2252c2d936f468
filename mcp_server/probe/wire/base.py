"""What a wire is: one format in which the client speaks to a provider or to a gateway in that provider's mode.

Probes and checks build requests in Anthropic's own format. The wire turns them into what this provider mode of the
client sends, and its reader turns the answer back into the events of a Messages stream.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mcp_server.catalogue.shapes import RequestShape
from mcp_server.net.body import EventReader, SseParser

_MESSAGES = "/v1/messages"


@dataclass(frozen=True)
class Sent:
    """One request as it leaves. ``path`` is appended to the base URL."""

    path: str
    headers: dict[str, str]
    body: Any


def _as_written(_model: str) -> str:
    return f"{_MESSAGES}?beta=true"


@dataclass(frozen=True)
class Wire:
    """Anthropic's own format, which most provider modes share; the others derive from it."""

    mode: str = "anthropic"
    """Id of the provider in ``claude_code.yaml``."""
    place: Callable[[str], str] = _as_written
    """Model → path of a message to it."""
    default_model: str = ""
    """Asked where a free request needs a model in its path."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """More headers of this mode (a workspace id)."""
    guarded: bool = False
    """The client refuses an answer with another content type than ``content_type``."""

    content_type = "text/event-stream"
    counts_tokens = True

    @property
    def lists_models(self) -> bool:
        """Has the mode a list of models that the client reads (``GET /v1/models``)?"""
        return self.mode in ("anthropic", "gateway")

    def message(self, shape: RequestShape, path: str, headers: Mapping[str, str], body: Any) -> Sent:  # noqa: ARG002
        """The request that the client sends in this mode instead of the Messages request ``path``."""
        return Sent(path, {**headers, **self.headers}, body)

    def free(self, path: str, body: Any) -> tuple[str, Any]:
        """Path and body of a request that costs nothing (token count, empty message, list), in this mode's words."""
        return path, body

    def reader(self) -> EventReader:
        """A fresh reader for one answer."""
        return SseParser()


def is_message(path: str) -> bool:
    """Is this the path of a Messages request?"""
    return path.partition("?")[0] == _MESSAGES


def is_count(path: str) -> bool:
    """Is this the path of a token count?"""
    return path.partition("?")[0] == f"{_MESSAGES}/count_tokens"


def ordered(body: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    """``body`` with its keys in the client's order; keys that the client does not send come last."""
    known = {key: body[key] for key in keys if key in body}
    return {**known, **{key: value for key, value in body.items() if key not in known}}
