"""Local TCP ports: choose a free one, see whether one is taken."""

from __future__ import annotations


def free_port() -> int:
    """A loopback port that is free now, chosen by the kernel."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def in_use(port: int) -> bool:
    """True when something listens on the loopback port, or the port may not be bound."""
    import socket

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False
