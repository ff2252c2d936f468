"""Portkey: a config object (strategy, targets, retry) becomes a LiteLLM file, ``x-portkey-`` headers become settings.

Source: Portkey's documentation of config objects and of Claude Code, and its published npm package
``@portkey-ai/gateway`` 1.15.2, read 2026-11-22 and 2026-11-25.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mcp_server.change.migrate import litellm_target, variables
from mcp_server.change.migrate.litellm_target import Deployment, Target
from mcp_server.change.migrate.model import Lost, Migration, Secrets, Source, said
from mcp_server.change.migrate.reading import Read, looks_like, read_json
from mcp_server.errors import GatewayError

ID = "portkey"
TITLE = "Portkey"
PLACES = ()

#: Portkey's name of a provider → LiteLLM's prefix.
_PREFIXES = {
    "openai": "openai",
    "anthropic": "anthropic",
    "google": "gemini",
    "vertex-ai": "vertex_ai",
    "bedrock": "bedrock",
    "groq": "groq",
    "deepseek": "deepseek",
    "openrouter": "openrouter",
    "mistral-ai": "mistral",
    "x-ai": "xai",
    "cerebras": "cerebras",
    "together-ai": "together_ai",
    "fireworks-ai": "fireworks_ai",
}
_NO_EQUIVALENT = {
    "cache": "an agent's requests never repeat exactly, so nothing would come from a cache",
    "guardrails": "rules that run at Portkey; LiteLLM has guardrails of its own",
    "input_guardrails": "rules that run at Portkey; LiteLLM has guardrails of its own",
    "output_guardrails": "rules that run at Portkey; LiteLLM has guardrails of its own",
    "before_request_hooks": "programs that run at Portkey",
    "after_request_hooks": "programs that run at Portkey",
    "on_status_codes": "LiteLLM decides by kind of error, not by status code",
}


def detect(name: str, data: bytes) -> bool:
    if looks_like(data):
        top = read_json(data, name).data
        return "targets" in top or ("provider" in top and ("api_key" in top or "virtual_key" in top))
    return re.search(rb"(?i)x-portkey-", data) is not None


def convert(source: Source) -> Migration:
    """A config object to LiteLLM; everything else stays with Portkey, in Claude Code's settings."""
    if not looks_like(source.data):
        migration = variables.convert(source)
        migration.title = f"{TITLE} ({said(source.name, 120)})"
        return migration
    read = read_json(source.data, source.name)
    if "env" in read.data and "targets" not in read.data:
        return variables.convert(source)
    return _config(read)


def _config(read: Read) -> Migration:
    migration, target, secrets = Migration(TITLE, local_gateway=True), Target(TITLE), Secrets()
    strategy = _camel(read.data.get("strategy"))
    mode = str(strategy.get("mode") or "single")
    targets = read.data.get("targets")
    entries = targets if isinstance(targets, list) else [read.data]
    paths = [f"targets[{n}]." for n in range(len(entries))] if isinstance(targets, list) else [""]
    if mode == "conditional":
        migration.lost.append(
            Lost("strategy conditional", "LiteLLM chooses by the model's name only; all targets are served")
        )
    for entry, path in zip(entries, paths, strict=True):
        if isinstance(entry, Mapping):
            _target(_camel(entry), path, mode, read, secrets, target, migration)
    if not target.deployments:
        raise GatewayError(
            f"{said(read.name)}: no target names a provider and a model that LiteLLM could serve.",
            "Give each target a provider and override_params.model, or generate a new file.",
        )
    if mode == "fallback" and len(target.names) > 1:
        names = target.names
        target.fallbacks = {names[0]: names[1:]}
        migration.kept.append(f"fallback: {' → '.join(said(n, 60) for n in names)}")
    elif mode == "loadbalance":
        migration.kept.append(f"load balancing by weight over {len(target.deployments)} deployments")
    retry = _camel(read.data.get("retry"))
    if isinstance(retry.get("attempts"), int):
        target.retries = min(retry["attempts"], 10)
        migration.kept.append(f"retry: {target.retries} attempts")
    for part in (read.data, strategy, retry):
        for key, why in _NO_EQUIVALENT.items():
            if part.get(key) and not any(lost.what == key for lost in migration.lost):
                migration.lost.append(Lost(key, why))
    migration.files = litellm_target.files(target)
    migration.secrets = secrets.found
    migration.guarded += secrets.values
    migration.by_hand.append(
        "Users' limits, budgets and logs of Portkey do not move: LiteLLM keeps its own in PostgreSQL."
    )
    return migration


def _target(
    entry: Mapping[str, Any], path: str, mode: str, read: Read, secrets: Secrets, target: Target, migration: Migration
) -> None:
    shown = f"target {path.rstrip('.') or 'of the config'}"
    if isinstance(entry.get("targets"), list):
        migration.lost.append(Lost(shown, "a strategy inside a strategy; LiteLLM knows one level"))
        return
    told = str(entry.get("provider") or "")
    model = str(_camel(entry.get("override_params")).get("model") or "")
    if "/" in model and model.startswith("@"):
        told, model = model.split("/", 1)
    slug = told.removeprefix("@") if told.startswith("@") else str(entry.get("virtual_key") or "")
    provider = told if told in _PREFIXES else next((p for p in _PREFIXES if slug == p or slug.startswith(f"{p}-")), "")
    if not provider:
        why = "its provider is known at Portkey only" if slug else f"provider {said(told, 40)} is not known here"
        migration.lost.append(Lost(shown, f"{why}; add the deployment by hand"))
        return
    if not model:
        if provider != "anthropic":
            migration.lost.append(Lost(shown, "it takes the model from the request; name one in override_params.model"))
            return
        model = "claude-*"
    key = str(entry.get("api_key") or "")
    variable = f"{provider}_API_KEY" if not slug else f"{slug}_API_KEY"
    name = secrets.variable(key or f"at Portkey: {slug or provider}", variable, _place(read, path, key, slug))
    params: dict[str, Any] = {"model": f"{_PREFIXES[provider]}/{model}"}
    if provider == "vertex-ai":
        params |= {"vertex_project": "os.environ/GOOGLE_CLOUD_PROJECT", "vertex_location": "global"}
    elif provider == "bedrock":
        params["aws_region_name"] = "os.environ/AWS_REGION"
    else:
        params["api_key"] = f"os.environ/{name}"
        target.variables += [] if name in target.variables else [name]
    if entry.get("custom_host"):
        params["api_base"] = str(entry["custom_host"])
    if isinstance(entry.get("request_timeout"), (int, float)):
        params["timeout"] = entry["request_timeout"] / 1000
    if isinstance(entry.get("weight"), (int, float)) and mode == "loadbalance":
        params["weight"] = entry["weight"]
    public = target.names[0] if mode == "loadbalance" and target.deployments and "*" not in model else model
    target.deployments.append(Deployment(public, params))
    migration.kept.append(f"{shown}: {said(params['model'], 80)}")
    if slug:
        migration.by_hand.append(
            f"{shown}: its key lies at Portkey ({said(slug, 60)}); put the provider's own key into {name}."
        )
    for key_, why in _NO_EQUIVALENT.items():
        if entry.get(key_):
            migration.lost.append(Lost(f"{key_} of {shown}", why))


def _place(read: Read, path: str, key: str, slug: str) -> str:
    return read.place(f"{path}api_key") if key else f"Portkey, virtual key {said(slug, 60)}"


def _camel(value: Any) -> dict[str, Any]:
    """Both spellings of Portkey's keys, as the one with underscores."""
    if not isinstance(value, Mapping):
        return {}
    return {re.sub(r"([a-z])([A-Z])", r"\1_\2", str(k)).lower(): v for k, v in value.items()}
