"""One provider as claude-code-router writes it, and what it is called in LiteLLM."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from mcp_server.change.migrate.model import listed
from mcp_server.hosts import is_loopback

#: Host of a provider that LiteLLM knows by name, and its prefix there; all others speak OpenAI's chat completions.
_BY_HOST = {
    "openrouter.ai": "openrouter",
    "api.openai.com": "openai",
    "api.deepseek.com": "deepseek",
    "api.groq.com": "groq",
    "api.cerebras.ai": "cerebras",
    "api.x.ai": "xai",
    "api.anthropic.com": "anthropic",
    "generativelanguage.googleapis.com": "gemini",
}
#: LiteLLM wants some key for OpenAI's protocol even where the server does not look at it.
NOT_NEEDED = "not-needed"
_ENDINGS = ("/chat/completions", "/v1/messages", "/messages", "/responses")
_VERTEX = frozenset(("vertex-gemini", "vertex-claude"))
_KEY_FIELDS = ("api_key", "apiKey", "apikey")
_URL_FIELDS = ("api_base_url", "baseUrl", "baseurl")


@dataclass(frozen=True)
class Provider:
    """``path`` is its place in the source; ``wire`` the protocol where the source names one."""

    name: str
    path: str
    url: str
    key: str = field(repr=False)
    key_field: str = "api_key"
    models: Sequence[str] = ()
    transformer: Any = None
    wire: str = ""
    enabled: bool = True
    extra_keys: int = 0

    @classmethod
    def of(cls, entry: Mapping[str, Any], path: str) -> Provider:
        """Versions 1 to 3 differ in the spelling of some keys, and are all read."""

        def first(names: Sequence[str]) -> tuple[str, str]:
            found = next(((n, entry[n]) for n in names if isinstance(entry.get(n), str) and entry[n]), (names[0], ""))
            return found[0], found[1].strip()

        key_field, key = first(_KEY_FIELDS)
        credentials = [
            c for c in listed(entry.get("credentials")) if isinstance(c, Mapping) and c.get("enabled") is not False
        ]
        if not key and credentials:
            inner = next((n for n in _KEY_FIELDS if credentials[0].get(n)), "")
            number = listed(entry.get("credentials")).index(credentials[0])
            key_field, key = f"credentials[{number}].{inner}", str(credentials[0].get(inner, ""))
        models = entry.get("models")
        return cls(
            name=str(entry.get("name") or entry.get("id") or "provider"),
            path=path,
            url=first(_URL_FIELDS)[1],
            key=key,
            key_field=key_field,
            models=[m for m in models if isinstance(m, str) and m] if isinstance(models, list) else (),
            transformer=entry.get("transformer"),
            wire=_wire(entry),
            enabled=entry.get("enabled") is not False,
            extra_keys=len(credentials) - 1,
        )

    def transformers(self, model: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Name and options of every transformer that acts on ``model``."""
        if not isinstance(self.transformer, Mapping):
            return
        own = self.transformer.get(model)
        for uses in (self.transformer.get("use"), own.get("use") if isinstance(own, Mapping) else None):
            for use in uses if isinstance(uses, list) else ():
                if isinstance(use, str):
                    yield use, {}
                elif isinstance(use, list) and use and isinstance(use[0], str):
                    yield use[0], use[1] if len(use) > 1 and isinstance(use[1], Mapping) else {}

    @property
    def uses_cloud_login(self) -> bool:
        """Whether Google's own credentials stand in for a key."""
        return any(name.lower() in _VERTEX for model in self.models for name, _ in self.transformers(model))

    @property
    def local(self) -> bool:
        """Whether it runs on this machine, where servers often want no key."""
        return is_loopback(urlsplit(self.url).hostname or "")


def deployment_params(provider: Provider, model: str, key: str) -> dict[str, Any]:
    """``litellm_params`` of one model; ``key`` is the variable of its key, empty where none is wanted."""
    prefix, base = _route(provider, model)
    params: dict[str, Any] = {"model": f"{prefix}/{model}"}
    if base:
        params["api_base"] = base
    if prefix == "vertex_ai":
        return params | {"vertex_project": "os.environ/GOOGLE_CLOUD_PROJECT", "vertex_location": "global"}
    params["api_key"] = f"os.environ/{key}" if key else NOT_NEEDED
    if prefix == "openai" and base and "openai-responses" not in {name for name, _ in provider.transformers(model)}:
        # LiteLLM would call /responses for Claude Code's requests, which few of these servers have.
        params["use_chat_completions_api"] = True
    return params


def _route(provider: Provider, model: str) -> tuple[str, str]:
    """LiteLLM's prefix, and the base URL where its own would be another."""
    used = {name.lower() for name, _ in provider.transformers(model)}
    host = (urlsplit(provider.url).hostname or "").lower()
    if used & _VERTEX:
        return "vertex_ai", ""
    known = _BY_HOST.get(host)
    if known and not (known == "deepseek" and "/anthropic" in provider.url):
        return known, ""
    base = provider.url.rstrip("/")
    for ending in _ENDINGS:
        base = base.removesuffix(ending)
    if provider.wire.startswith("openai"):
        return "openai", base
    if "anthropic" in used or provider.wire == "anthropic_messages" or "/anthropic" in urlsplit(provider.url).path:
        return "anthropic", base
    if "gemini" in used or provider.wire.startswith("gemini"):
        return "gemini", base.removesuffix("/models")
    return "openai", base


def _wire(entry: Mapping[str, Any]) -> str:
    """Version 3 names the protocol: in ``capabilities``, ``type`` or ``provider``."""
    for capability in listed(entry.get("capabilities")):
        if isinstance(capability, Mapping) and isinstance(capability.get("type"), str):
            return str(capability["type"])
    told = entry.get("type") or entry.get("protocol")
    return {"anthropic": "anthropic_messages", "gemini": "gemini_generate_content"}.get(str(told), str(told or ""))
