"""Claude Code's side: environment variables, once as shell exports and once as a settings file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_server.answer import ConfigFile
from mcp_server.catalogue.claude_code import tier_variables
from mcp_server.generate.document import json_text
from mcp_server.generate.network import client_variables, host, login_variable, proxy_exports
from mcp_server.generate.shell import double_quoted, export
from mcp_server.generate.spec import KEY_FILE, is_local

if TYPE_CHECKING:
    from mcp_server.generate.plan import Plan

#: Scope → file that Claude Code reads, and what the scope means.
SETTINGS_FILES: dict[str, tuple[str, str]] = {
    "user": ("~/.claude/settings.json", "every project of yours on this machine"),
    "project": (".claude/settings.json", "everyone who works in this repository; committed, so no credential in it"),
    "local": (".claude/settings.local.json", "you, in this repository only; keep it out of git"),
    "managed": (
        "/etc/claude-code/managed-settings.json",
        "all users of this machine; they cannot override it (Linux path)",
    ),
}
#: Provider switches left over in a shell make Claude Code ignore the base URL; an empty text switches them off.
_CLEARED = ("CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_USE_BEDROCK")
_CREDENTIALS = ("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY")


def files(plan: Plan) -> list[ConfigFile]:
    """The settings file of the chosen scope, and the same as exports."""
    path, reach = SETTINGS_FILES[plan.request.scope]
    credential = (
        "The key comes from the helper."
        if plan.request.auth == "helper"
        else f"It holds no key: export {credential_variable(plan)} as below."
    )
    return [
        ConfigFile(
            path=path,
            language="json",
            content=json_text(settings(plan)),
            why=f"Client settings for {reach}. Merge into an existing file, do not replace it. {credential}",
        ),
        ConfigFile(
            path="shell: start Claude Code",
            language="shell",
            content=exports(plan),
            why="The same for one terminal, with the key. Where both set a variable, the settings file wins.",
        ),
    ]


def settings(plan: Plan) -> dict[str, Any]:
    """The content of a Claude Code settings file. Never holds a credential."""
    cleared = dict.fromkeys([*_CLEARED, *_unused_credentials(plan)], "")
    data: dict[str, Any] = {"env": variables(plan) | cleared}
    if plan.request.auth == "helper":
        data["apiKeyHelper"] = helper(plan)
    return data


def variables(plan: Plan) -> dict[str, str]:
    """The variables that point Claude Code at the gateway and fit it to the models, without the credential."""
    env = {"ANTHROPIC_BASE_URL": plan.base_url, "ANTHROPIC_MODEL": plan.main.id}
    env |= {variable: plan.tiers[tier].id for tier, variable in tier_variables().items()}
    if not plan.only_claude:
        env["CLAUDE_CODE_MAX_CONTEXT_TOKENS"] = str(plan.context_window)
        env["ENABLE_TOOL_SEARCH"] = "false"
        env["CLAUDE_CODE_AUTO_MODE_SERVER"] = "0"
        env["CLAUDE_CODE_AUTO_MODE_MODEL"] = plan.tiers["sonnet"].id
    env["CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY"] = "1"
    return env | _network(plan)


def credential_variable(plan: Plan) -> str:
    """The variable in which Claude Code takes the gateway's key."""
    return "ANTHROPIC_API_KEY" if plan.request.auth == "api-key" else "ANTHROPIC_AUTH_TOKEN"


def helper(plan: Plan) -> str:
    """The command that prints the gateway's key and nothing else."""
    return f"printenv {plan.key_variable}" if plan.key_variable else f"cat {double_quoted(KEY_FILE)}"


def exports(plan: Plan) -> str:
    """The same as ``settings`` for one shell, with the credential by reference."""
    mine = credential_variable(plan)
    unset = [*_CLEARED, *(name for name in _CREDENTIALS if name != mine)]
    source = f'"${plan.key_variable}"' if plan.key_variable else f'"$({helper(plan)})"'
    lines = [f"unset {' '.join(unset)}", f"export {mine}={source}"]
    lines += [export(name, value) for name, value in variables(plan).items()]
    if login_variable(plan.request.proxy_url):
        lines += proxy_exports(plan.request)
    return "\n".join([*lines, "claude"]) + "\n"


def _unused_credentials(plan: Plan) -> list[str]:
    """Credentials that would be sent to the gateway besides, or instead of, its own key."""
    used = None if plan.request.auth == "helper" else credential_variable(plan)
    return [name for name in _CREDENTIALS if name != used]


def _network(plan: Plan) -> dict[str, str]:
    return client_variables(plan.request, (host(plan.base_url),) if is_local(plan.base_url) else ())
