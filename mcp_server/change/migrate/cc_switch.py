"""cc-switch: the desktop program (``config.json`` of versions 1 and 2, ``cc-switch.db`` of version 3) and PyPI's.

Sources, read 2026-11-25: the desktop program's published source (provider, configuration and database schema), the
PyPI package cc-switch 0.9.12. The database reaches this module as
``{"providers": [{"id", "name", "settings_config", "meta", "is_current"}], "common": text}``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mcp_server.change.migrate import litellm_target
from mcp_server.change.migrate.litellm_target import Deployment, Target
from mcp_server.change.migrate.model import Lost, Migration, Secrets, Source, listed, said
from mcp_server.change.migrate.provider import Provider, deployment_params
from mcp_server.change.migrate.reading import Read, looks_like, read_json
from mcp_server.change.migrate.settings_target import CREDENTIALS, add_settings, without_secrets
from mcp_server.errors import GatewayError

ID = "cc-switch"
TITLE = "cc-switch"
PLACES = (".cc-switch/cc-switch.db", ".cc-switch/config.json", ".claude/cc-switch.json")
_TIERS = {
    "ANTHROPIC_DEFAULT_OPUS_MODEL": "opus",
    "ANTHROPIC_DEFAULT_SONNET_MODEL": "sonnet",
    "ANTHROPIC_DEFAULT_HAIKU_MODEL": "haiku",
}


def detect(name: str, data: bytes) -> bool:
    if name.endswith("cc-switch.json") and looks_like(data, "providers"):
        return True
    if not looks_like(data):
        return False
    top = read_json(data, name).data
    desktop = top.get("claude") if "providers" not in top else top
    return isinstance(desktop, Mapping) and "providers" in desktop and ("current" in desktop or "common" in desktop)


def convert(source: Source) -> Migration:
    """The provider that is switched on becomes the settings; the others are named."""
    read = read_json(source.data, source.name)
    data = read.data
    providers = data.get("providers")
    if isinstance(providers, list):
        return _database(read, providers)
    if isinstance(providers, Mapping) and any("base_url" in p for p in providers.values() if isinstance(p, Mapping)):
        return _pypi(read, providers)
    desktop = data.get("claude", data)
    return _desktop(read, desktop, "claude.providers" if "claude" in data else "providers")


def _desktop(read: Read, desktop: Any, path: str) -> Migration:
    providers = desktop.get("providers") if isinstance(desktop, Mapping) else None
    if not isinstance(providers, Mapping) or not providers:
        raise GatewayError(f"{said(read.name)} holds no provider for Claude Code.", "Name the file of the right tool.")
    current = desktop.get("current")
    current = current if isinstance(current, str) and current else next(iter(providers))
    entry = providers.get(current)
    if not isinstance(entry, Mapping):
        raise GatewayError(f"{said(read.name)}: the current provider {said(current, 60)} is not in the list.",
                           "Choose one in cc-switch first.")  # fmt: skip
    config = entry.get("settingsConfig")
    others = [p.get("name", i) for i, p in providers.items() if i != current and isinstance(p, Mapping)]
    where = f"{path}.{current}.settingsConfig"
    return _provider(read, str(entry.get("name") or current), config, entry.get("meta"), where, others, "")


def _database(read: Read, providers: list[Any]) -> Migration:
    entries = [p for p in providers if isinstance(p, Mapping)]
    if not entries:
        raise GatewayError(f"{said(read.name)} holds no provider for Claude Code.", "Add one in cc-switch first.")
    current = next((p for p in entries if p.get("is_current")), entries[0])
    others = [p.get("name", "") for p in entries if p is not current]
    common = read.data.get("common") or ""
    return _provider(
        read, str(current.get("name")), current.get("settings_config"), current.get("meta"), "", others, common
    )


def _provider(read: Read, name: str, config: Any, meta: Any, path: str, others: list[Any], common: str) -> Migration:
    migration = Migration(f"{TITLE}, provider {said(name, 60)}")
    config = config if isinstance(config, Mapping) else {}
    base = _json(common)
    env = {**_env(base), **_env(config)}

    def place(variable: str) -> str:
        known = f"{path}.env.{variable}"
        return read.place(known) if path else f"{said(read.name, 160)}, provider {said(name, 60)}, {variable}"

    wire = str(meta.get("apiFormat") or "") if isinstance(meta, Mapping) else ""
    account = isinstance(meta, Mapping) and meta.get("providerType")
    if account:
        raise GatewayError(
            f"provider {said(name, 60)} signs in with an account ({said(account, 40)}) through cc-switch's own proxy.",
            "There is nothing to convert: choose another provider in cc-switch, or stay with it for this one.",
        )
    if wire.startswith("openai"):
        _through_litellm(migration, name, env, place)
    else:
        settings = {**base, **config}
        add_settings(
            migration, env, place, key_variable=f"{name}_API_KEY", settings=without_secrets(settings, migration)
        )
    for other in others:
        migration.lost.append(Lost(f"provider {said(other, 60)}", "settings hold one; switch to it, run this again"))
    migration.hand_back = "end cc-switch, its marker ~/.cc-switch stays: use --although-managed to write the settings"
    migration.by_hand.append(
        "cc-switch writes settings.json again whenever a provider is chosen in it: end it for good."
    )
    return migration


def _through_litellm(migration: Migration, name: str, env: Mapping[str, str], place: Any) -> None:
    """cc-switch translated to OpenAI's protocol itself; that is LiteLLM's work now."""
    secrets, target = Secrets(), Target(migration.title)
    credential = next((c for c in CREDENTIALS if env.get(c)), "")
    key = secrets.variable(env[credential], f"{name}_API_KEY", place(credential)) if credential else ""
    models = {v: env[v] for v in ("ANTHROPIC_MODEL", *_TIERS) if env.get(v)}
    provider = Provider(
        name, "", env.get("ANTHROPIC_BASE_URL", ""), "", wire="openai", models=list(dict.fromkeys(models.values()))
    )
    target.deployments = [Deployment(m, deployment_params(provider, m, key)) for m in provider.models]
    target.main = env.get("ANTHROPIC_MODEL", "")
    target.tiers = {_TIERS[v]: m for v, m in models.items() if v in _TIERS}  # type: ignore[misc]
    target.variables = [key] if key else []
    migration.files = litellm_target.files(target)
    migration.secrets = secrets.found
    migration.guarded += secrets.values
    migration.local_gateway = True
    migration.kept.append(f"{len(provider.models)} models; LiteLLM translates instead of cc-switch's proxy")


def _pypi(read: Read, providers: Mapping[str, Any]) -> Migration:
    active = str(read.data.get("active") or "")
    name, _, model = active.partition("/")
    name = name if name in providers else next(iter(providers))
    entry = providers[name] if isinstance(providers[name], Mapping) else {}
    model = model or next((m for m in listed(entry.get("models")) if isinstance(m, str)), "")
    key = str(entry.get("api_key_name") or f"{name}_API_KEY")
    env = {"ANTHROPIC_BASE_URL": str(entry.get("base_url") or ""), "ANTHROPIC_AUTH_TOKEN": f"${key}"}
    if model:
        slots = (*_TIERS, "CLAUDE_CODE_SUBAGENT_MODEL")
        env |= {"ANTHROPIC_MODEL": model, **dict.fromkeys(slots, model)}
    env |= _env({"env": entry.get("extra_env")})
    migration = Migration(f"cc-switch (PyPI), provider {said(name, 60)}")
    add_settings(migration, env, lambda variable: read.place(f"providers.{name}.{variable}"))
    migration.by_hand.append(f"cc-switch keeps the key in the system's key ring: credstore get {said(key, 80)}")
    for other in providers:
        if other != name:
            migration.lost.append(Lost(f"provider {said(other, 60)}", "settings hold one at a time"))
    migration.hand_back = "rm ~/.claude/cc-switch.json (keep a copy if you may go back)"
    return migration


def _env(config: Any) -> dict[str, str]:
    env = config.get("env") if isinstance(config, Mapping) else None
    if not isinstance(env, Mapping):
        return {}
    return {str(k): v if isinstance(v, str) else json.dumps(v) for k, v in env.items() if v not in (None, "")}


def _json(text: Any) -> dict[str, Any]:
    if isinstance(text, Mapping):
        return dict(text)
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
