"""LiteLLM's configuration file and the commands that start it on this machine."""

from __future__ import annotations

import shlex
from functools import cache
from importlib.resources import files as resource_files
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mcp_server.answer import ConfigFile
from mcp_server.catalogue.models import checked_on
from mcp_server.generate.document import yaml_text
from mcp_server.generate.network import proxy_exports
from mcp_server.generate.providers import vertex
from mcp_server.generate.shell import double_quoted
from mcp_server.generate.spec import KEY_FILE, MASTER_KEY_VARIABLE, is_local

if TYPE_CHECKING:
    from mcp_server.catalogue.models import Model
    from mcp_server.generate.gateways.litellm.plan import Plan

CONFIG_FILE = "litellm-config.yaml"
_ENVIRONMENT = ".litellm"
_NEW_KEY = "import secrets; print('sk-' + secrets.token_urlsafe(32))"


@cache
def pinned_version() -> str:
    """The LiteLLM version that this product is tested with."""
    import json

    text = resource_files("mcp_server.run").joinpath("versions.json").read_text(encoding="utf-8")
    return str(json.loads(text)["litellm"])


def files(plan: Plan) -> list[ConfigFile]:
    """The gateway's file and its start commands."""
    return [
        ConfigFile(
            path=CONFIG_FILE,
            language="yaml",
            content=yaml_text(config(plan), _header()),
            why=f"The gateway: {len(plan.models)} models under the names Claude Code asks for. Holds no secret.",
        ),
        ConfigFile(
            path="shell: start the gateway",
            language="shell",
            content=start_commands(plan),
            why="Type these in one terminal, in the folder of the file above; the gateway stays in the foreground.",
        ),
    ]


def config(plan: Plan) -> dict[str, Any]:
    """The content of LiteLLM's ``config.yaml`` as plain data."""
    return {
        "model_list": [
            {"model_name": m.id, "litellm_params": vertex.deployment(plan, m), "model_info": _model_info(m)}
            for m in plan.models
        ],
        "litellm_settings": _litellm_settings(plan),
        "router_settings": _router_settings(plan),
        "general_settings": {"master_key": f"os.environ/{MASTER_KEY_VARIABLE}"},
    }


def start_commands(plan: Plan) -> str:
    """Install, credentials, key and start, as a person types them."""
    provider = vertex.provider()
    packages = [f"litellm[proxy]=={pinned_version()}", *(p["name"] for p in provider["packages"])]
    key_file = double_quoted(KEY_FILE)
    lines = [
        *_way_out(plan),
        f"python3 -m venv {_ENVIRONMENT}",
        *_trust(plan),
        f"{_ENVIRONMENT}/bin/pip install {' '.join(map(shlex.quote, packages))}",
        "# Google credentials, once per machine (or set GOOGLE_APPLICATION_CREDENTIALS to a service-account file):",
        provider["login"],
    ]
    if not plan.request.vertex_project:
        lines += [
            "# your Google Cloud project:",
            f'export {provider["variables"]["project"]}="$(gcloud config get-value project)"',
        ]
    lines += [
        "# a random gateway key, made once and readable only by you:",
        f'mkdir -p "$(dirname {key_file})"',
        f"test -s {key_file} || (umask 077; python3 -c {shlex.quote(_NEW_KEY)} > {key_file})",
        f'export {MASTER_KEY_VARIABLE}="$(cat {key_file})"',
        f"{_ENVIRONMENT}/bin/litellm --config {CONFIG_FILE} {_listen(plan.base_url)}",
    ]
    return "\n".join(lines) + "\n"


def _listen(base_url: str) -> str:
    """Where LiteLLM listens: what the client's URL names when it is plain http on this machine, else behind a proxy."""
    parts = urlsplit(base_url)
    if parts.scheme != "http" or not is_local(base_url):
        return "--host 127.0.0.1 --port 4000"
    host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname
    return f"--host {host} --port {parts.port or 80}"


def _model_info(model: Model) -> dict[str, Any]:
    """The name in the client's picker, and the limits where LiteLLM's own map is wrong: it cuts max_tokens by them."""
    info: dict[str, Any] = {"display_name": model.title}
    if "context_window" in model.corrections:
        info["max_input_tokens"] = model.context_window
    if "max_output" in model.corrections:
        info |= {"max_output_tokens": model.max_output, "max_tokens": model.max_output}
    return info


def _litellm_settings(plan: Plan) -> dict[str, Any]:
    settings: dict[str, Any] = {"drop_params": True, "modify_params": True}
    for model in plan.models:
        settings.update(model.requires)
    return settings


def _router_settings(plan: Plan) -> dict[str, Any]:
    settings: dict[str, Any] = {
        # hidden: the client's own ids are answered but not listed as if Claude were behind them.
        "model_group_alias": {name: {"model": to, "hidden": True} for name, to in plan.aliases.items()},
        "disable_cooldowns": True,
        "num_retries": 0,
    }
    if plan.request.routing:
        settings["routing_strategy"] = plan.request.routing
    chains = {m.id: _fallbacks_of(m, plan) for m in plan.models}
    # LiteLLM looks a fallback up under the name that was asked for, before the alias is resolved (measured).
    chains |= {name: chains[to] for name, to in plan.aliases.items()}
    if any(chains.values()):
        settings["fallbacks"] = [{name: chain} for name, chain in chains.items() if chain]
    return settings


def _fallbacks_of(model: Model, plan: Plan) -> list[str]:
    """All fallbacks for an ordinary model; for a fallback only those behind it, or two would call each other."""
    names = [f.id for f in plan.fallbacks]
    return names[names.index(model.id) + 1 :] if model.id in names else names


def _way_out(plan: Plan) -> list[str]:
    lines = proxy_exports(plan.request, everything=True)
    return ["# the way out, for pip and for LiteLLM:", *lines] if lines else []


def _trust(plan: Plan) -> list[str]:
    """One bundle, because both variables replace LiteLLM's own list of CAs instead of adding to it."""
    if not plan.request.ca_bundle:
        return []
    bundle = f"{_ENVIRONMENT}/ca-bundle.pem"
    return [
        "# the public CAs and yours in one file, for pip, LiteLLM's model calls and Google's token calls:",
        f'cat "$({_ENVIRONMENT}/bin/python -m pip._vendor.certifi)" {shlex.quote(plan.request.ca_bundle)} > {bundle}',
        # Model calls obey the first, google-auth's token call only the second (measured on LiteLLM 1.106.2).
        f'export SSL_CERT_FILE="$PWD/{bundle}"',
        f'export REQUESTS_CA_BUNDLE="$PWD/{bundle}"',
    ]


def _header() -> tuple[str, ...]:
    return (
        f"LiteLLM {pinned_version()}, Vertex AI, for Claude Code. Written by llm-gateway, facts of {checked_on()}.",
        "drop_params, modify_params: drop or cut what Claude Code sends and a model does not take.",
        "disable_cooldowns: otherwise the first error hides behind a 429. num_retries 0: the client retries itself.",
        "model_group_alias: ids that Claude Code calls by itself, whatever model was picked.",
    )
