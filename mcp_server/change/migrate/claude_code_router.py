"""claude-code-router 1 and 2: ``~/.claude-code-router/config.json``, read as JSON5.

Sources: the published npm package ``@musistudio/claude-code-router`` 2.0.0 (program and README), read 2026-11-25.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mcp_server.change.migrate import litellm_target
from mcp_server.change.migrate.litellm_target import Deployment, Target
from mcp_server.change.migrate.model import Lost, Migration, Secrets, Source, needs_no_key, said
from mcp_server.change.migrate.provider import Provider, deployment_params
from mcp_server.change.migrate.reading import Read, looks_like, read_json
from mcp_server.effective.proxy_url import ProxyAddress, parse_proxy

ID = "claude-code-router"
TITLE = "claude-code-router 1/2"
PLACES = (".claude-code-router/config.json",)

_ROUTES = {"default": "main model", "background": "haiku tier", "think": "opus tier", "longContext": "long contexts"}
#: Keys with a meaning of the tool's own that nothing here needs.
_NOT_NEEDED = {
    "LOG": "LiteLLM writes its log to the terminal that starts it",
    "LOG_LEVEL": "LiteLLM takes it from LITELLM_LOG",
    "NON_INTERACTIVE_MODE": "claude -p needs no such switch",
    "HOST": "LiteLLM listens on 127.0.0.1; for a team put TLS in front",
    "PORT": "LiteLLM listens on port 4000 here, so both can run until the new one is proven",
    "CLAUDE_PATH": "start claude itself",
}
_NO_EQUIVALENT = {
    "CUSTOM_ROUTER_PATH": "routing by a program of your own per request: LiteLLM chooses by the model's name only",
    "REWRITE_SYSTEM_PROMPT": "the system prompt reaches the model as Claude Code wrote it",
    "StatusLine": "Claude Code has its own statusLine setting",
    "forceUseImageAgent": "images go to the model that was asked; choose one that sees images",
    "plugins": "programs of the router",
    "presets": "programs of the router",
}
#: Transformers whose work LiteLLM does by itself for the provider.
_BUILT_IN = frozenset(
    (
        *("anthropic", "deepseek", "gemini", "openrouter", "groq", "cerebras", "openai", "openai-responses", "vercel"),
        *(
            "vertex-gemini",
            "vertex-claude",
            "streamoptions",
            "cleancache",
            "tooluse",
            "reasoning",
            "maxcompletiontokens",
        ),
    )
)
_SAMPLING = ("temperature", "top_p", "top_k", "frequency_penalty", "presence_penalty", "repetition_penalty", "seed")


def detect(name: str, data: bytes) -> bool:
    return looks_like(data, "Providers") or (".claude-code-router" in name and looks_like(data))


def convert(source: Source) -> Migration:
    """Providers become deployments, routes the client's models, fallbacks LiteLLM's own."""
    return convert_read(read_json(source.data, source.name), TITLE)


def convert_read(read: Read, title: str) -> Migration:
    """The same for content that was read elsewhere."""
    migration, secrets, target = Migration(title, local_gateway=True), Secrets(), Target(title)
    names: dict[str, str] = {}
    for provider in _providers(read):
        _add_provider(provider, read, secrets, target, migration, names)
    _routes(read.data.get("Router"), target, migration, names)
    _fallbacks(read.data.get("fallback"), target, migration, names)
    _others(read, secrets, target, migration)
    target.aliases = {route: name for route, name in names.items() if "," in route}
    migration.files = litellm_target.files(target)
    migration.secrets = secrets.found
    migration.guarded += secrets.values
    unknown = litellm_target.window_unknown(target)
    if unknown:
        migration.by_hand.append(
            f"Context window of {', '.join(map(said, unknown[:8]))} is not known here: set "
            "CLAUDE_CODE_MAX_CONTEXT_TOKENS in the settings to the smallest of those you use."
        )
    return migration


def _providers(read: Read) -> Iterator[Provider]:
    listed = read.data.get("Providers") or read.data.get("providers") or []
    key = "Providers" if read.data.get("Providers") else "providers"
    for number, entry in enumerate(listed if isinstance(listed, list) else []):
        if isinstance(entry, Mapping):
            yield Provider.of(entry, f"{key}[{number}]")


def _add_provider(
    provider: Provider, read: Read, secrets: Secrets, target: Target, migration: Migration, names: dict[str, str]
) -> None:
    shown = said(provider.name, 60)
    if not provider.enabled:
        migration.lost.append(Lost(f"provider {shown}", "it is switched off"))
        return
    key = ""
    if not needs_no_key(provider.key) or not (provider.local or provider.uses_cloud_login):
        key = secrets.variable(
            provider.key, f"{provider.name}_API_KEY", read.place(f"{provider.path}.{provider.key_field}")
        )
        if key not in target.variables:
            target.variables.append(key)
    for model in provider.models:
        options = _options(provider, model, migration)
        name = model if model not in target.names else f"{provider.name}-{model}"
        params = deployment_params(provider, model, key) | options.params
        target.deployments.append(Deployment(name, params, options.info))
        names[f"{provider.name},{model}"] = name
        names.setdefault(f"{provider.name}/{model}", name)
    if provider.models:
        migration.kept.append(
            f"provider {shown}: {len(provider.models)} models, {said(provider.url or 'its usual address')}"
        )
    else:
        migration.lost.append(Lost(f"provider {shown}", "it names no model"))
    if provider.extra_keys > 0:
        migration.lost.append(
            Lost(f"{provider.extra_keys} more keys of {shown}", "add a second entry with the same model_name for each")
        )


class _Options:
    def __init__(self) -> None:
        self.params: dict[str, Any] = {}
        self.info: dict[str, Any] = {}


def _options(provider: Provider, model: str, migration: Migration) -> _Options:
    """What the transformers of a model mean in LiteLLM."""
    found = _Options()
    for name, options in provider.transformers(model):
        lower = name.lower()
        if lower == "maxtoken" and isinstance(options.get("max_tokens"), int):
            found.info |= {"max_output_tokens": options["max_tokens"], "max_tokens": options["max_tokens"]}
        elif lower == "sampling":
            found.params |= {key: options[key] for key in _SAMPLING if key in options}
        elif lower == "openrouter" and isinstance(options.get("provider"), Mapping):
            found.params["extra_body"] = {"provider": dict(options["provider"])}
        elif lower == "customparams" and options:
            found.params["extra_body"] = dict(options)
        elif lower not in _BUILT_IN and lower not in ("maxtoken", "sampling", "customparams"):
            lost = Lost(f"transformer {said(name, 40)}", "a program of the router; LiteLLM does not rewrite answers so")
            if lost not in migration.lost:
                migration.lost.append(lost)
    return found


def _routes(router: Any, target: Target, migration: Migration, names: dict[str, str]) -> None:
    routes = router if isinstance(router, Mapping) else {"default": router} if isinstance(router, str) else {}
    resolved: dict[str, str] = {}
    for route, value in routes.items():
        if not isinstance(value, str) or not value.strip():
            continue
        found = names.get(value.strip()) or names.get(value.strip().replace(",", "/", 1))
        if found is None:
            migration.lost.append(Lost(f"route {said(route, 40)}", f"{said(value, 80)} is none of the models listed"))
        elif route in _ROUTES:
            resolved[route] = found
            migration.kept.append(f"route {route} → {_ROUTES[route]}: {said(found, 80)}")
        else:
            why = "Claude Code asks one model for everything; a request is not sent elsewhere for what it holds"
            migration.lost.append(Lost(f"route {said(route, 40)} ({said(value, 80)})", why))
    target.main = resolved.get("default", target.names[0] if target.names else "")
    if "background" in resolved:
        target.tiers["haiku"] = resolved["background"]
    if "think" in resolved:
        target.tiers["opus"] = resolved["think"]
        migration.by_hand.append(
            "Thinking went to another model by itself; now you choose it: /model opus, or /model opusplan for plans."
        )
    if "longContext" in resolved and resolved["longContext"] != target.main:
        target.long_context = {target.main: [resolved["longContext"]]}
        migration.lost.append(
            Lost(
                "longContextThreshold",
                "LiteLLM changes the model when the first one refuses the length, not at a limit",
            )
        )


def _fallbacks(listed: Any, target: Target, migration: Migration, names: dict[str, str]) -> None:
    """``fallback``: scenario → models to try. The scenarios are those of the routes."""
    of = {"default": target.main, "background": target.tiers.get("haiku", ""), "think": target.tiers.get("opus", "")}
    for scenario, models in listed.items() if isinstance(listed, Mapping) else ():
        chain = [names[m] for m in models if isinstance(m, str) and m in names] if isinstance(models, list) else []
        name = of.get(scenario, "")
        chain = [m for m in chain if m != name]
        if name and chain:
            target.fallbacks.setdefault(name, chain)
            migration.kept.append(f"fallbacks of {said(scenario, 40)}: {', '.join(said(m, 60) for m in chain)}")
        elif chain:
            migration.lost.append(Lost(f"fallbacks of {said(scenario, 40)}", "there is no such route any more"))


def _others(read: Read, secrets: Secrets, target: Target, migration: Migration) -> None:
    data = read.data
    if data.get("APIKEY") or data.get("APIKEYS"):
        migration.kept.append("the router's own key: LiteLLM gets a new one, in a file readable only by you")
    if data.get("API_TIMEOUT_MS") not in (None, ""):
        target.client["API_TIMEOUT_MS"] = str(data["API_TIMEOUT_MS"])
        migration.kept.append("API_TIMEOUT_MS, in Claude Code's settings")
    proxy = data.get("PROXY_URL")
    if isinstance(proxy, str) and proxy.strip():
        _proxy(proxy.strip(), read, secrets, target, migration)
    for key in data:
        if key in _NOT_NEEDED and data[key] not in (None, "", False):
            migration.lost.append(Lost(key, _NOT_NEEDED[key]))
        elif key in _NO_EQUIVALENT and data[key]:
            migration.lost.append(Lost(key, _NO_EQUIVALENT[key]))
    migration.lost.append(
        Lost(
            "/model provider,model and <CCR-SUBAGENT-MODEL>",
            "the first still works as a hidden name; for a subagent write model: in its file",
        )
    )
    migration.by_hand.append("Stop the router when the new gateway is proven: ccr stop. Start claude, not ccr code.")


def _proxy(proxy: str, read: Read, secrets: Secrets, target: Target, migration: Migration) -> None:
    found = parse_proxy(proxy, "PROXY_URL")
    scheme, _, rest = proxy.partition("://")
    login, at, place = rest.rpartition("@")
    if at:
        name = secrets.variable(login, "PROXY_LOGIN", read.place("PROXY_URL"))
        target.variables.append(name)
        target.proxy_url = f"{scheme}://${{{name}}}@{place}"
    elif isinstance(found, ProxyAddress):
        target.proxy_url = proxy
    else:
        migration.lost.append(Lost("PROXY_URL", f"{found.problem}; {found.fix}"))
        return
    migration.kept.append("PROXY_URL, as HTTPS_PROXY of the gateway")
