"""Provider mode of the client, and the region it uses there (pure)."""

from __future__ import annotations

from typing import Any

from mcp_server.catalogue.load import read_yaml
from mcp_server.effective.dialect import dialect_of
from mcp_server.effective.loaded import managed_by_host
from mcp_server.snapshot import GatewayLogin, Setting, Snapshot

#: Name of the credential, and of what chose the mode, where no variable did.
SIGN_IN = "saved gateway sign-in"


def provider_mode(snapshot: Snapshot) -> tuple[dict[str, Any], Setting | None]:
    """The entry of ``claude_code.yaml`` that applies, and the switch that chose it (``None``: Anthropic format)."""
    company: dict[str, Any] = read_yaml("claude_code.yaml")["company_gateway"]
    if switched_to_gateway(snapshot):
        return company, snapshot.variable(company["switch"])
    login = signed_in(snapshot)
    if login is not None:
        return company, Setting(SIGN_IN, login.url, "user", login.source)
    providers: list[dict[str, Any]] = read_yaml("claude_code.yaml")["providers"]
    rules, _ = dialect_of(snapshot.client_version)
    for mode in providers:
        if "switch" in mode and rules.measured in mode.get("versions", (rules.measured,)):
            switch = snapshot.variable(mode["switch"])
            if is_on(switch):
                return mode, switch
    return providers[-1], None


def switched_to_gateway(snapshot: Snapshot) -> bool:
    """Does the environment put the client into the mode of ``claude gateway``?"""
    company = read_yaml("claude_code.yaml")["company_gateway"]
    needed = [filled(snapshot.variable(name)) for name in company["needs"]]
    return is_on(snapshot.variable(company["switch"])) and None not in needed


def signed_in(snapshot: Snapshot) -> GatewayLogin | None:
    """The saved sign-in that this client uses; it beats every URL, token, key, helper and provider switch."""
    login = snapshot.gateway_login
    if login is None or not login.usable or switched_to_gateway(snapshot):
        return None
    rules, _ = dialect_of(snapshot.client_version)
    hides = read_yaml("claude_code.yaml")["company_gateway"]["host_hides_sign_in"]
    return None if rules.measured in hides and managed_by_host(snapshot.shell) else login


def region_of(snapshot: Snapshot, mode: dict[str, Any]) -> str:
    """The region that the client takes in this mode; empty where there is none."""
    rules, _ = dialect_of(snapshot.client_version)
    for name in mode.get("region_variables", ()):
        told = filled(snapshot.variable(name))
        # A value with slash, dot or blank is treated as unset, but not by 2.1.197 (measured).
        if told is not None and (rules.measured == "2.1.197" or not set("/. ") & set(told.value.strip())):
            return told.value.strip()
    if "AWS_REGION" in mode.get("region_variables", ()):
        from mcp_server.effective.aws import profile_region

        told = profile_region(snapshot)
        if told is not None:
            return told.value.strip()
    return str(mode.get("default_region", ""))


def is_on(setting: Setting | None) -> bool:
    """Is an on/off variable on? ``1``, ``true``, ``yes`` and ``on`` are; anything else is not (measured)."""
    return setting is not None and setting.value.strip().lower() in ("1", "true", "yes", "on")


def filled(setting: Setting | None) -> Setting | None:
    """``setting`` unless it is blank: an empty variable counts as unset."""
    return setting if setting is not None and setting.value.strip() else None
