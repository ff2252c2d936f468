"""Faults of name and TCP: the gateway's address does not lead to a gateway."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from mcp_server.lab.faults import raw
from mcp_server.lab.faults.base import Fault, Served, Stand


def _at(port: Callable[[], AbstractContextManager[int]], scheme: str = "http") -> Stand:
    @contextmanager
    def stand(_upstream: str, _folder: Path) -> Iterator[Served]:
        with port() as number:
            yield Served(f"{scheme}://{raw.LOOPBACK}:{number}")

    return stand


def _serving(handler: raw.Handler) -> Stand:
    return _at(lambda: raw.listening(handler))


@contextmanager
def _unknown_name(upstream: str, _folder: Path) -> Iterator[Served]:
    # .invalid never resolves (RFC 6761).
    yield Served(f"http://llm-gateway.lab.invalid:{upstream.rpartition(':')[2]}")


@contextmanager
def _versioned(upstream: str, _folder: Path) -> Iterator[Served]:
    yield Served(f"{upstream}/v1")


@contextmanager
def _whole_path(upstream: str, _folder: Path) -> Iterator[Served]:
    yield Served(f"{upstream}/v1/messages")


def _tcp(id_: str, title: str, cause: str, stand: Stand, layer: str = "tcp") -> Fault:
    return Fault(id_, title, cause, layer, stand=stand)


FAULTS = (
    _tcp("name-unknown", "the host name does not resolve", "name_not_resolved", _unknown_name, "name"),
    _tcp("tcp-refused", "nothing listens at the port", "gateway_unreachable", _at(raw.refused_port)),
    _tcp("tcp-blackhole", "a firewall drops the packets", "connection_timeout", _at(raw.silent_port)),
    _tcp("tcp-closed", "accepted and closed at once", "connection_reset", _serving(raw.close_at_once)),
    _tcp("tcp-reset", "accepted and reset at once", "connection_reset", _serving(raw.reset_at_once)),
    _tcp("tcp-reset-after-request", "reset after the request", "connection_reset", _serving(raw.reset_after_request)),
    _tcp("tcp-closed-unanswered", "closed without an answer", "connection_reset", _serving(raw.close_after_request)),
    _tcp(
        "tcp-other-protocol",
        "the port speaks another protocol (SSH)",
        "base_url_wrong_endpoint",
        _serving(raw.greeting(b"SSH-2.0-OpenSSH_9.6\r\n")),
        "route",
    ),
    _tcp("tcp-silent", "accepts and never answers", "slow_first_byte", _serving(raw.never_answer), "protocol"),
    _tcp("path-v1-doubled", "the base URL ends in /v1", "base_url_path_duplicated", _versioned, "route"),
    _tcp(
        "path-messages-doubled", "the base URL ends in /v1/messages", "base_url_path_duplicated", _whole_path, "route"
    ),
)
