"""The providers that LiteLLM can be generated for.

One module each with ``ID``, ``deployments``, ``variables``, ``login`` and ``findings``.
"""

from __future__ import annotations

from functools import cache
from types import ModuleType

from mcp_server.catalogue.load import read_yaml
from mcp_server.generate.providers import anthropic, bedrock, vertex

#: A module that begins a line with this is a provider and must stand below (a test compares).
PART_MARK = "ID = "
PROVIDERS: dict[str, ModuleType] = {module.ID: module for module in (vertex, bedrock, anthropic)}


@cache
def known_providers() -> dict[str, tuple[str, ...]]:
    """Provider id → what people call it."""
    return {p["id"]: tuple(p["spellings"]) for p in read_yaml("providers.yaml")["providers"]}


def provider_id(name: str) -> str:
    """The id of a provider that can be generated. Raises ``UsageError`` for any other."""
    from mcp_server.generate.registry import supported

    return supported("provider", name, known_providers(), tuple(PROVIDERS))


def known_provider(name: str) -> str:
    """The id of a provider of the catalogue. Raises ``UsageError`` for any other."""
    from mcp_server.generate.registry import supported

    return supported("provider", name, known_providers(), tuple(known_providers()))
