"""claude-code-router 3: the mapping under ``default`` in table ``app_config`` of ``config.sqlite``.

Source: the published npm package ``@musistudio/claude-code-router`` 3.1.1 (program and README), read 2026-11-25. It
still takes over a ``config.json`` of version 2; there is no official way back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcp_server.change.migrate import claude_code_router
from mcp_server.change.migrate.model import Lost, Migration, Source, listed, said
from mcp_server.change.migrate.reading import Read, looks_like, read_json

ID = "claude-code-router-3"
TITLE = "claude-code-router 3"
PLACES = (".claude-code-router/config.sqlite",)
#: What the operation reads out of the database.
TABLE, KEY = "app_config", "default"
_TIERS = {"haikuModel": "background", "opusModel": "think"}


def detect(_name: str, data: bytes) -> bool:
    return looks_like(data, "Providers", "profile") or (
        looks_like(data, "Providers", "Router") and b"builtInRules" in data
    )


def convert(source: Source) -> Migration:
    """Its Claude Code profile names the models, its rules have no equivalent, its fallback chain has."""
    read = read_json(source.data, source.name)
    profile = _profile(read.data)
    routes = {route: _route(profile.get(key)) for key, route in _TIERS.items()}
    main = _route(profile.get("model") or profile.get("sonnetModel"))
    router = read.data.get("Router")
    router = router if isinstance(router, Mapping) else {}
    fallback = router.get("fallback")
    fallback = fallback if isinstance(fallback, Mapping) else {}
    chain = [_route(m) for m in listed(fallback.get("models")) if isinstance(m, str)]
    data = {
        **{
            k: v for k, v in read.data.items() if k in ("Providers", "APIKEY", "APIKEYS", "API_TIMEOUT_MS", "PROXY_URL")
        },
        "CUSTOM_ROUTER_PATH": read.data.get("CUSTOM_ROUTER_PATH"),
        "Router": {k: v for k, v in {"default": main, **routes}.items() if v},
        "fallback": {"default": chain} if fallback.get("mode") == "model-chain" else {},
    }
    migration = claude_code_router.convert_read(Read(read.name, data, read.lines), TITLE)
    for rule in listed(router.get("rules")):
        if isinstance(rule, Mapping) and rule.get("enabled") is not False:
            why = "a condition on the request; LiteLLM chooses by the model's name only"
            migration.lost.append(Lost(f"rule {said(rule.get('name') or rule.get('id'), 60)}", why))
    if fallback.get("mode") == "retry":
        migration.lost.append(Lost("retries of the router", "Claude Code retries by itself, up to ten times"))
    for key, what in (("virtualModelProfiles", "virtual models"), ("plugins", "plugins"), ("agent", "MCP servers")):
        value = read.data.get(key)
        if value and value != {"mcpServers": []}:
            migration.lost.append(Lost(what, "part of the router's own program"))
    return migration


def _profile(data: Any) -> Mapping[str, Any]:
    """The first profile of Claude Code that is switched on."""
    profile = data.get("profile")
    listed = profile.get("profiles") if isinstance(profile, Mapping) else None
    for entry in listed if isinstance(listed, list) else ():
        if isinstance(entry, Mapping) and entry.get("agent") == "claude-code" and entry.get("enabled") is not False:
            return entry
    return {}


def _route(model: Any) -> str:
    """``Provider/model`` or ``Provider,model`` as version 2 writes it."""
    return (
        model.strip().replace("/", ",", 1) if isinstance(model, str) and "," not in model else str(model or "").strip()
    )
