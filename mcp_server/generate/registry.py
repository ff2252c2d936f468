"""The gateways and providers that can be generated, and those that are known but not generated yet.

Every gateway and provider is one small module with one builder, listed here by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from mcp_server.catalogue.load import read_yaml
from mcp_server.errors import UsageError, nearest
from mcp_server.generate import litellm, proxy_only, vertex
from mcp_server.redact import quote

if TYPE_CHECKING:
    from mcp_server.answer import Answer, ConfigFile
    from mcp_server.generate.plan import Plan
    from mcp_server.generate.spec import GenerateRequest

#: A module that begins a line with this is a gateway or a provider and must stand below (a test compares).
PART_MARK = "ID = "
#: Gateway id → its files and commands for a plan.
GATEWAYS: dict[str, Callable[[Plan], list[ConfigFile]]] = {litellm.ID: litellm.files}
#: Set-ups without a gateway → the whole Answer for a request.
WITHOUT_GATEWAY: dict[str, Callable[[GenerateRequest], Answer]] = {proxy_only.ID: proxy_only.answer}
#: Provider id → the provider's part of one LiteLLM deployment.
PROVIDERS: dict[str, vertex.Deployment] = {vertex.ID: vertex.deployment}

#: Spellings by gateway id; one that is not in GATEWAYS is known and refused by name instead of guessed at.
_GATEWAY_SPELLINGS: dict[str, tuple[str, ...]] = {
    "litellm": ("litellm", "lite llm", "lite-llm"),
    "truefoundry": ("truefoundry", "true foundry"),
    "zuplo": ("zuplo",),
    "mintmcp": ("mintmcp", "mint mcp"),
    "claude-apps-gateway": ("claude-apps-gateway", "claude apps gateway", "claude gateway"),
    proxy_only.ID: ("proxy-only", "proxy only", "only a proxy", "only the proxy", "no gateway", "without a gateway"),
    "custom": ("custom gateway", "custom-gateway", "own gateway"),
}


def known_gateways() -> dict[str, tuple[str, ...]]:
    """Gateway id → what people call it."""
    return _GATEWAY_SPELLINGS


@cache
def known_providers() -> dict[str, tuple[str, ...]]:
    """Provider id → what people call it."""
    return {p["id"]: tuple(p["spellings"]) for p in read_yaml("providers.yaml")["providers"]}


def gateway_id(name: str) -> str:
    """The id of a gateway that can be generated. Raises ``UsageError`` for any other."""
    return _supported("gateway", name, _GATEWAY_SPELLINGS, (*GATEWAYS, *WITHOUT_GATEWAY))


def provider_id(name: str) -> str:
    """The id of a provider that can be generated. Raises ``UsageError`` for any other."""
    return _supported("provider", name, known_providers(), tuple(PROVIDERS))


def _supported(kind: str, name: str, known: dict[str, tuple[str, ...]], supported: tuple[str, ...]) -> str:
    wanted = name.strip().lower()
    found = next((key for key, words in known.items() if wanted == key or wanted in words), None)
    now = ", ".join(supported)
    if found in supported:
        return found
    if found:
        raise UsageError(
            f"configuration for the {kind} {found!r} is not generated yet, and none is invented.",
            f"Supported now: {now}. validate_config, check_proxy, test_model and diagnose_auth work with any gateway.",
        )
    close = nearest(wanted[:80], tuple(known))
    meant = f"Did you mean {close!r}? " if close else ""
    raise UsageError(f"{kind} {quote(name, 60)!r} is not known.", f"{meant}Supported now: {now}.")
