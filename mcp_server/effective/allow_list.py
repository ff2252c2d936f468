"""The hosts that a proxy must let through for this configuration (pure; the data stand in ``catalogue/hosts.yaml``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from mcp_server.answer import ConfigFile
from mcp_server.catalogue.load import read_yaml
from mcp_server.effective.target import ClientTarget
from mcp_server.hosts import is_loopback
from mcp_server.redact import quote
from mcp_server.snapshot import Snapshot

_MULTI_REGIONS = ("us", "eu")
#: Variables that name the region, the strongest first, by provider.
_REGION = {"vertex": ("CLOUD_ML_REGION",), "bedrock": ("AWS_REGION", "AWS_DEFAULT_REGION")}
_FIRST_REGION = {"vertex": "us-east5", "bedrock": "us-east-1"}


@dataclass(frozen=True)
class NeededHost:
    """One host and what it is for; ``without`` is the setting that makes it unnecessary."""

    host: str
    purpose: str
    without: str = ""


def needed_hosts(provider: str, region: str = "", resource: str = "") -> list[NeededHost]:
    """What ``provider`` (``anthropic``, ``vertex``, ``bedrock``, ``foundry``) and the client itself call."""
    data = read_yaml("hosts.yaml")
    place = region or _FIRST_REGION.get(provider, "")
    kind = "global" if place == "global" else "multi" if place in _MULTI_REGIONS else "single"
    found = [
        _host(entry, place, resource)
        for entry in data["providers"].get(provider, data["providers"]["anthropic"])
        if entry.get("regions", kind) == kind
    ]
    known = {needed.host for needed in found}
    return found + [_host(e, place, resource) for e in data["client"] if e["host"] not in known]


def hosts_of(machine: Snapshot, target: ClientTarget) -> list[NeededHost]:
    """The hosts that this machine's Claude Code needs: its gateway or its provider's, and the client's extras."""
    provider = target.provider
    region = next((s.value.strip() for n in _REGION.get(provider, ()) if (s := machine.variable(n))), "")
    resource = machine.variable("ANTHROPIC_FOUNDRY_RESOURCE")
    hosts = needed_hosts(provider, region, resource.value.strip() if resource else "RESOURCE")
    if target.base_url.scope == "default":
        return hosts
    parts = urlsplit(target.base_url.value)
    own = (
        []
        if is_loopback(parts.hostname or "")
        else [NeededHost(quote(parts.netloc.rpartition("@")[2], 200), "gateway")]
    )
    return own + [host for host in hosts if host.without]


def allow_list_file(hosts: list[NeededHost], why: str) -> ConfigFile:
    """The list for the people who run the proxy."""
    data = read_yaml("hosts.yaml")
    lines = [
        f"{_with_port(n.host)}   {n.purpose}{f' (not needed with {n.without})' if n.without else ''}" for n in hosts
    ]
    if any(n.purpose == "gateway" for n in hosts):
        lines.append(f"# {data['gateway_alone']}")
    return ConfigFile(path="for the proxy's administrators", language="text", content="\n".join(lines) + "\n", why=why)


def never_proxied() -> tuple[str, ...]:
    """Addresses at which clouds hand out credentials: they belong into NO_PROXY on cloud machines."""
    return tuple(read_yaml("hosts.yaml")["never_proxied"])


def _host(entry: Mapping[str, Any], region: str, resource: str) -> NeededHost:
    host = entry["host"].replace("{region}", quote(region, 60)).replace("{resource}", quote(resource, 60))
    return NeededHost(host, entry["purpose"], entry.get("without", ""))


def _with_port(host: str) -> str:
    return host if host.rpartition(":")[2].isdigit() else f"{host}:443"
