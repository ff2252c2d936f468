"""All probes in the order in which a request meets the layers. A probe that is not here does not run."""

from __future__ import annotations

from mcp_server.probe import (
    auto_mode,
    count_tokens,
    gateway_auth,
    message,
    model,
    name,
    protocol,
    proxy,
    route,
    tcp,
    tls,
    upstream,
)
from mcp_server.probe.base import Probe

#: What marks a module of this package as a probe; a test looks for modules that are not registered.
PART_MARK = "PROBE = "

#: How the bytes get there; run by ``path.check_path`` on a path of their own.
PATH_PROBES: tuple[Probe, ...] = (name.PROBE, proxy.PROBE, tcp.PROBE, tls.PROBE)

#: Once per gateway, free of charge.
GATEWAY_PROBES: tuple[Probe, ...] = (route.PROBE, gateway_auth.PROBE, model.PROBE)

#: Once per model; these are billed (count_tokens is not).
MODEL_PROBES: tuple[Probe, ...] = (
    upstream.PROBE,
    message.PROBE,
    protocol.PROBE,
    auto_mode.PROBE,
    count_tokens.PROBE,
)

PROBES: tuple[Probe, ...] = (*PATH_PROBES, *GATEWAY_PROBES, *MODEL_PROBES)
