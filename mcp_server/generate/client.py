"""Claude Code's side of any set-up: its settings file, and the same as shell exports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mcp_server.answer import ConfigFile, Finding, Where
from mcp_server.generate.document import json_text
from mcp_server.generate.network import client_variables, host, login_variable, proxy_exports
from mcp_server.generate.shell import double_quoted, export
from mcp_server.generate.spec import KEY_FILE, is_local

if TYPE_CHECKING:
    from mcp_server.generate.spec import GenerateRequest

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
_SWITCHES = ("CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_USE_BEDROCK")
#: Credentials that Claude Code would send to a gateway besides, or instead of, the one that is meant.
_CREDENTIALS = ("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY")


@dataclass(frozen=True)
class ClientSide:
    """How Claude Code is told to use one set-up. No value here is a credential."""

    request: GenerateRequest
    base_url: str
    """Where the client's requests go; only the network part is derived from it."""
    variables: Mapping[str, str]
    """Every ``env`` entry but credentials and the way through a proxy."""
    auth: str = "token"
    """``token``, ``api-key`` or ``helper``; ``none``: the client needs no key of the user's."""
    key_variable: str | None = None
    """Variable of the user's shell that holds the key; ``None``: the local gateway's key file."""
    credential: str = ""
    """The client's own variable for the key; by default after ``auth``."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Entries of the settings file beside ``env``."""
    secret_variables: Mapping[str, str] = field(default_factory=dict)
    """Client variable → shell expression with the user's variables in it (custom headers that carry a key): exported
    only, never in a file."""

    left_over: tuple[str, ...] = ()
    """Further variables that must not be set, such as the base URL of a gateway that is no longer used."""

    @property
    def scope(self) -> str:
        return self.request.scope or "user"

    @property
    def credential_variable(self) -> str:
        """The variable in which Claude Code takes the key; empty for none."""
        if self.auth in ("none", "helper"):
            return ""
        return self.credential or ("ANTHROPIC_API_KEY" if self.auth == "api-key" else "ANTHROPIC_AUTH_TOKEN")

    @property
    def helper(self) -> str:
        """The command that prints the key and nothing else."""
        return f"printenv {self.key_variable}" if self.key_variable else f"cat {double_quoted(KEY_FILE)}"


def files(side: ClientSide) -> list[ConfigFile]:
    """The settings file of the chosen scope, and the same as exports."""
    path, reach = SETTINGS_FILES[side.scope]
    return [
        ConfigFile(
            path=path,
            language="json",
            content=json_text(settings(side)),
            why=(
                f"Client settings for {reach}. Merge into an existing file, do not replace it. "
                f"{_credential(side)}{_everyone(side)}"
            ),
        ),
        ConfigFile(
            path="shell: start Claude Code",
            language="shell",
            content=exports(side),
            why="The same for one terminal, with the key. Where both set a variable, the settings file wins.",
        ),
    ]


def findings(side: ClientSide) -> list[Finding]:
    """A key of the gateway that Claude Code would show to Anthropic first.

    Until it has read a project's settings, the client knows no address but its own: it asks api.anthropic.com for
    policies with any ANTHROPIC_API_KEY of the shell, and waits there for up to 20 s where that is blocked (measured
    with 2.1.330 and 2.1.197; neither with ANTHROPIC_AUTH_TOKEN nor with the address in the shell).
    """
    in_project = side.scope in ("project", "local")
    if not (in_project and side.base_url and side.credential_variable == "ANTHROPIC_API_KEY"):
        return []
    return [
        Finding(
            id="secret_exposed",
            severity="warning",
            confidence="high",
            where=Where(file=SETTINGS_FILES[side.scope][0], key="ANTHROPIC_BASE_URL"),
            problem="the gateway's key would be sent to api.anthropic.com when Claude Code starts.",
            why="It reads a project's settings, and with them the gateway's address, only after it has asked there for "
            "policies with the ANTHROPIC_API_KEY of the shell; where that host is blocked, it waits up to 20 s.",
            fix="Export ANTHROPIC_BASE_URL beside the key (the shell commands do both), or choose scope user.",
        )
    ]


def settings(side: ClientSide) -> dict[str, Any]:
    """The content of a Claude Code settings file. Never holds a credential."""
    data: dict[str, Any] = {"env": environment(side) | dict.fromkeys(cleared(side), ""), **side.settings}
    if side.auth == "helper":
        data["apiKeyHelper"] = side.helper
    return data


def environment(side: ClientSide) -> dict[str, str]:
    """The variables of the set-up and its way out."""
    local = (host(side.base_url),) if side.base_url and is_local(side.base_url) else ()
    return {**side.variables, **client_variables(side.request, local)}


def cleared(side: ClientSide) -> list[str]:
    """Variables left over in a shell that would redirect the client or send another key; empty text switches them
    off."""
    switches = [name for name in _SWITCHES if name not in side.variables]
    credentials = [name for name in _CREDENTIALS if name != side.credential_variable]
    return [*side.left_over, *switches, *credentials]


def exports(side: ClientSide) -> str:
    """The same as ``settings`` for one shell, with the credential by reference."""
    lines = [f"unset {' '.join(_unset(side))}"]
    if side.auth != "none":
        lines.append(_key(side, side.credential_variable or "ANTHROPIC_AUTH_TOKEN"))
    lines += [export(name, value) for name, value in environment(side).items()]
    lines += [f'export {name}="{value}"' for name, value in side.secret_variables.items()]
    if login_variable(side.request.proxy_url):
        lines += proxy_exports(side.request)
    return "\n".join([*lines, "claude"]) + "\n"


def _key(side: ClientSide, variable: str) -> str:
    if side.key_variable == variable:
        return f': "${{{variable}:?export your key under this name first}}"; export {variable}'
    source = f'"${side.key_variable}"' if side.key_variable else f'"$({side.helper})"'
    return f"export {variable}={source}"


def _unset(side: ClientSide) -> Sequence[str]:
    mine = side.credential_variable or ("ANTHROPIC_AUTH_TOKEN" if side.auth == "helper" else "")
    return [name for name in cleared(side) if name != mine]


def _everyone(side: ClientSide) -> str:
    if side.scope != "project" or not side.base_url:
        return ""
    return (
        " Whoever opens the repository sends their own key to this address (claude -p without being asked), so this "
        "is for a team that uses the gateway as a whole."
    )


def _credential(side: ClientSide) -> str:
    if side.auth == "helper":
        return "The key comes from the helper."
    if side.auth == "none" and not side.secret_variables:
        return "It needs no key of yours."
    return f"It holds no key: export {side.credential_variable or ', '.join(side.secret_variables)} as below."
