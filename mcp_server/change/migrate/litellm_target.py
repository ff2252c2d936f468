"""A LiteLLM file and Claude Code's side of it, from deployments that were found in another tool's configuration."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mcp_server.answer import ConfigFile
from mcp_server.catalogue.claude_code import Tier, builtin_ids, tier_variables
from mcp_server.catalogue.models import Model, find_model
from mcp_server.errors import GatewayError
from mcp_server.generate import client
from mcp_server.generate.client import ClientSide
from mcp_server.generate.document import yaml_text
from mcp_server.generate.gateways.litellm.config import CONFIG_FILE, pinned_version
from mcp_server.generate.shell import double_quoted
from mcp_server.generate.spec import DEFAULT_URL, KEY_FILE, MASTER_KEY_VARIABLE, GenerateRequest

_NEW_KEY = "import secrets; print('sk-' + secrets.token_urlsafe(32))"
_CLAUDE_PREFIXES = ("anthropic/", "vertex_ai/claude", "bedrock/anthropic.", "bedrock/us.anthropic.")


@dataclass(frozen=True)
class Deployment:
    """One entry of ``model_list``; ``params`` are its ``litellm_params``."""

    name: str
    params: Mapping[str, Any]
    info: Mapping[str, Any] = field(default_factory=dict)

    @property
    def model(self) -> str:
        return str(self.params["model"])

    @property
    def is_claude(self) -> bool:
        return self.model.startswith(_CLAUDE_PREFIXES) or ("openrouter/anthropic/" in self.model)

    @property
    def known(self) -> Model | None:
        return find_model(self.model) or find_model(self.model.partition("/")[2])


@dataclass
class Target:
    """Everything that is to be written. ``tiers`` that are not given stand on the main model."""

    title: str
    deployments: list[Deployment] = field(default_factory=list)
    main: str = ""
    tiers: dict[Tier, str] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    fallbacks: dict[str, list[str]] = field(default_factory=dict)
    long_context: dict[str, list[str]] = field(default_factory=dict)
    retries: int | None = None
    client: dict[str, str] = field(default_factory=dict)
    """More variables for Claude Code."""
    variables: list[str] = field(default_factory=list)
    """Variables that LiteLLM reads when it starts."""
    proxy_url: str = ""
    """Way out of the gateway; ``${NAME}`` where the source held a login."""

    @property
    def names(self) -> list[str]:
        return list(dict.fromkeys(d.name for d in self.deployments))


def files(target: Target) -> list[ConfigFile]:
    """The gateway's file, its start, the client's settings and exports.

    Raises:
        GatewayError: there is no model to serve.
    """
    if not target.deployments:
        raise GatewayError(
            f"{target.title} names no model, so there is nothing that LiteLLM could serve.",
            "Name the models: llm-gateway generate --gateway litellm --models A,B",
        )
    target.main = target.main or target.names[0]
    return [
        ConfigFile(
            path=CONFIG_FILE,
            language="yaml",
            content=yaml_text(_config(target), _header(target)),
            why=f"The gateway: {len(target.names)} models. Holds no secret.",
        ),
        ConfigFile(
            path="shell: start the gateway",
            language="shell",
            content=_start(target),
            why="Type these in the folder of the file above; the gateway stays in the foreground.",
        ),
        *client.files(_client(target)),
    ]


def window_unknown(target: Target) -> list[str]:
    """Names of models whose context window the catalogue does not know."""
    return [d.name for d in target.deployments if not d.known and not d.is_claude]


def _config(target: Target) -> dict[str, Any]:
    router: dict[str, Any] = {
        "model_group_alias": {name: {"model": to, "hidden": True} for name, to in _aliases(target).items()},
        "disable_cooldowns": True,
        "num_retries": target.retries or 0,
    }
    if target.fallbacks:
        # LiteLLM looks a fallback up under the name that was asked for, before an alias is resolved.
        asked = {name: to for name, to in _aliases(target).items() if to in target.fallbacks}
        chains = target.fallbacks | {name: target.fallbacks[to] for name, to in asked.items()}
        router["fallbacks"] = [{name: chain} for name, chain in chains.items()]
    if target.long_context:
        router["context_window_fallbacks"] = [{name: chain} for name, chain in target.long_context.items()]
    settings: dict[str, Any] = {"drop_params": True, "modify_params": True}
    if any(d.model.startswith(("gemini/", "vertex_ai/gemini")) for d in target.deployments):
        settings["disable_anthropic_gemini_context_caching_transform"] = True
    return {
        "model_list": [_entry(d) for d in target.deployments],
        "litellm_settings": settings,
        "router_settings": router,
        "general_settings": {"master_key": f"os.environ/{MASTER_KEY_VARIABLE}"},
    }


def _entry(deployment: Deployment) -> dict[str, Any]:
    entry: dict[str, Any] = {"model_name": deployment.name, "litellm_params": dict(deployment.params)}
    return {**entry, "model_info": dict(deployment.info)} if deployment.info else entry


def _aliases(target: Target) -> dict[str, str]:
    """Names the old tool understood, and the ids that Claude Code calls by itself."""
    own = {name: target.tiers.get(tier, target.main) for name, tier in builtin_ids().items()}
    return {name: to for name, to in (own | target.aliases).items() if name not in target.names}


def _client(target: Target) -> ClientSide:
    env = {"ANTHROPIC_BASE_URL": DEFAULT_URL, "ANTHROPIC_MODEL": target.main}
    env |= {variable: target.tiers.get(tier, target.main) for tier, variable in tier_variables().items()}
    if not all(d.is_claude for d in target.deployments):
        used = {target.main, *target.tiers.values()}
        windows = [d.known.context_window for d in target.deployments if d.name in used and d.known]
        if windows:
            env["CLAUDE_CODE_MAX_CONTEXT_TOKENS"] = str(min(windows))
        env["ENABLE_TOOL_SEARCH"] = "false"
        env["CLAUDE_CODE_AUTO_MODE_SERVER"] = "0"
        env["CLAUDE_CODE_AUTO_MODE_MODEL"] = target.tiers.get("sonnet", target.main)
    env["CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY"] = "1"
    return ClientSide(
        request=GenerateRequest(scope="user"), base_url=DEFAULT_URL, variables=env | target.client, auth="helper"
    )


def _start(target: Target) -> str:
    key_file = double_quoted(KEY_FILE)
    lines = [
        "python3 -m venv .litellm",
        f".litellm/bin/pip install {shlex.quote(f'litellm[proxy]=={pinned_version()}')}",
        *_variables(target.variables),
    ]
    if target.proxy_url:
        address = f'"{target.proxy_url}"' if "$" in target.proxy_url else shlex.quote(target.proxy_url)
        lines.append(f"export HTTPS_PROXY={address}")
    return "\n".join(
        [
            *lines,
            "# a random gateway key, made once and readable only by you:",
            f'mkdir -p "$(dirname {key_file})"',
            f"test -s {key_file} || (umask 077; python3 -c {shlex.quote(_NEW_KEY)} > {key_file})",
            f'export {MASTER_KEY_VARIABLE}="$(cat {key_file})"',
            f".litellm/bin/litellm --config {CONFIG_FILE} --host 127.0.0.1 --port 4000",
            "",
        ]
    )


def _variables(names: Sequence[str]) -> list[str]:
    if not names:
        return []
    lines = ["# keys, typed unseen where the variable is not set yet:"]
    for name in names:
        lines += [f'test -n "${name}" || read -rsp {shlex.quote(f"{name}: ")} {name}', f"export {name}"]
    return lines


def _header(target: Target) -> tuple[str, ...]:
    return (
        f"LiteLLM {pinned_version()}, converted by llm-gateway migrate from {target.title}.",
        "drop_params, modify_params: drop or cut what Claude Code sends and a model does not take.",
        "disable_cooldowns: otherwise the first error hides behind a 429.",
        "model_group_alias: ids that Claude Code calls by itself, and the names the old tool understood.",
    )
