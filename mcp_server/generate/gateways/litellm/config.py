"""LiteLLM's configuration file, and what starts it: by hand here, or as a service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_server.answer import ConfigFile
from mcp_server.catalogue.models import checked_on
from mcp_server.generate.document import yaml_text
from mcp_server.generate.gateways.litellm.router import balanced, model_list, router_settings
from mcp_server.generate.gateways.litellm.service import placed, service
from mcp_server.generate.gateways.litellm.settings import general_settings, litellm_settings
from mcp_server.generate.gateways.litellm.start import new_keys, start_commands
from mcp_server.generate.gateways.litellm.version import CONFIG_FILE, pinned_version

if TYPE_CHECKING:
    from mcp_server.generate.gateways.litellm.plan import Plan

__all__ = ["CONFIG_FILE", "config", "files", "pinned_version"]


def files(plan: Plan) -> list[ConfigFile]:
    """The gateway's file, then its start commands or the files of its deployment, then the commands for keys."""
    text = yaml_text(config(plan), _header(plan))
    found = [
        ConfigFile(
            path=CONFIG_FILE,
            language="yaml",
            content=text,
            why="The gateway: its models under the names Claude Code asks for. Holds no secret.",
        )
    ]
    if plan.deployment == "local":
        found.append(
            ConfigFile(
                path="shell: start the gateway",
                language="shell",
                content=start_commands(plan),
                why="Type these in one terminal, in the folder of the file above; the gateway stays in the foreground.",
            )
        )
    else:
        found += placed(plan).files(service(plan, text))
    if plan.extras.keys:
        found.append(
            ConfigFile(
                path="shell: make a key for each person",
                language="shell",
                content=new_keys(plan),
                why="In a second terminal with LITELLM_MASTER_KEY, once the gateway is up.",
            )
        )
    return found


def config(plan: Plan) -> dict[str, Any]:
    """The content of LiteLLM's ``config.yaml`` as plain data."""
    return {
        "model_list": model_list(plan),
        "litellm_settings": litellm_settings(plan),
        "router_settings": router_settings(plan),
        "general_settings": general_settings(plan),
    }


def _header(plan: Plan) -> tuple[str, ...]:
    retries = (
        "num_retries, cooldown_time: entries of one name stand in for each other; cooldown_time 0 where nothing can."
        if balanced(plan)
        else "disable_cooldowns: otherwise the first error hides behind a 429. "
        "num_retries 0: the client retries itself."
    )
    return (
        f"LiteLLM {pinned_version()}, {plan.places}, for Claude Code. Written by llm-gateway, facts of {checked_on()}.",
        "drop_params, modify_params: drop or cut what Claude Code sends and a model does not take.",
        retries,
        "model_group_alias: ids that Claude Code calls by itself, whatever model was picked.",
    )
