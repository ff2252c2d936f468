"""Claude Code behind a company proxy, without a gateway: settings, shell, the other programs, hosts to allow."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from mcp_server.answer import Answer, Check, ConfigFile
from mcp_server.effective.allow_list import allow_list_file, needed_hosts
from mcp_server.effective.no_proxy import portable_no_proxy
from mcp_server.effective.program_lines import proxy_lines, trust_lines
from mcp_server.errors import UsageError
from mcp_server.generate.client import SETTINGS_FILES
from mcp_server.generate.document import json_text
from mcp_server.generate.network import client_variables, login_variable, proxy_exports, without_login
from mcp_server.generate.shell import export

if TYPE_CHECKING:
    from mcp_server.generate.asked import Asked
    from mcp_server.generate.spec import GenerateRequest

ID = "proxy-only"
SPELLINGS = ("proxy-only", "proxy only", "only a proxy", "only the proxy", "no gateway", "without a gateway")
#: Arguments that only a gateway has a use for.
_GATEWAY_ARGUMENTS = ("gateway_url", "models", "fallbacks", "routing", "token_env", "auth", "deployment")
_DEBIAN_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
_CHECKED = {"anthropic": "https://api.anthropic.com"}


def answer(asked: Asked) -> Answer:
    """The whole set-up. Raises UsageError without a proxy or CA, and for arguments that belong to a gateway."""
    request = asked.request
    _refuse(request)
    provider, region = _provider(request)
    variables = client_variables(request, ())
    path, reach = SETTINGS_FILES[request.scope or "user"]
    hosts = needed_hosts(provider, region)
    checked = _CHECKED.get(provider) or f"https://{hosts[0].host}"
    files = [
        ConfigFile(
            path=path,
            language="json",
            content=json_text({"env": variables}),
            why=f"Claude Code's way out, for {reach}. Merge into an existing file, do not replace it.",
        ),
        ConfigFile(
            path="shell: start Claude Code",
            language="shell",
            content="\n".join([*_shell(request, variables), "claude"]) + "\n",
            why="The same for one terminal. Where both set a variable, the settings file wins.",
        ),
        *_other_programs(request),
        allow_list_file(hosts, "What the proxy must let through for this."),
    ]
    return Answer(
        verdict="unknown",
        quick_answer=(
            f"Written, not yet proven: Claude Code through {_named(request)}, no gateway. "
            "check_proxy proves the way (command under Verification)."
        ),
        config=files,
        verification=_checks(checked),
        context=_notes(request),
    )


def _refuse(request: GenerateRequest) -> None:
    if not (request.proxy_url or request.ca_bundle):
        raise UsageError(
            "proxy-only needs proxy_url (or ca_bundle, where TLS is inspected without a proxy).",
            "Give proxy_url as http://host:port.",
        )
    given = [name for name in _GATEWAY_ARGUMENTS if getattr(request, name)]
    if given:
        raise UsageError(
            f"{', '.join(given)} belongs to a gateway, and proxy-only has none.",
            "Leave it out, or name the gateway: gateway litellm with the same proxy_url.",
        )


def _provider(request: GenerateRequest) -> tuple[str, str]:
    from mcp_server.generate.providers.registry import known_provider

    named = {known_provider(name) for name in request.providers}
    if len(named) > 1:
        raise UsageError(
            f"{', '.join(sorted(named))} are several providers, and Claude Code speaks to one at a time.",
            "Name one, or put a gateway such as litellm in front of them.",
        )
    if request.vertex_region or request.vertex_project or "vertex" in named:
        return "vertex", request.vertex_region or "global"
    if request.aws_region or "bedrock" in named:
        return "bedrock", request.aws_region
    return "anthropic", ""


def _named(request: GenerateRequest) -> str:
    return without_login(request.proxy_url) if request.proxy_url else "a network that inspects TLS"


def _shell(request: GenerateRequest, variables: dict[str, str]) -> list[str]:
    lines = proxy_exports(request)
    if "NO_PROXY" in variables:
        lines += [export("NO_PROXY", variables["NO_PROXY"]), 'export no_proxy="$NO_PROXY"']
    if request.ca_bundle:
        lines.append(export("NODE_EXTRA_CA_CERTS", request.ca_bundle))
    return lines


def _other_programs(request: GenerateRequest) -> list[ConfigFile]:
    files = []
    if request.proxy_url:
        place = without_login(request.proxy_url)
        if login_variable(request.proxy_url):
            place = place.replace("://", "://USER:PASSWORD@", 1)
        files.append(proxy_lines(place, portable_no_proxy(request.no_proxy)))
    if request.ca_bundle:
        files.append(trust_lines(request.ca_bundle, _DEBIAN_BUNDLE))
    return files


def _checks(url: str) -> list[Check]:
    return [
        Check(
            title="the way is open",
            status="todo",
            detail="Name, proxy, tunnel and TLS one by one; sends no model request.",
            command=f"llm-gateway check-proxy {shlex.quote(url)}",
            expect="every step passes",
            if_not="the first failing step names its cure",
        ),
        Check(
            title="the real client answers",
            status="todo",
            detail="One real request.",
            command="claude -p hi",
            expect="an answer",
            if_not="llm-gateway diagnose '<the message>'",
        ),
    ]


def _notes(request: GenerateRequest) -> list[str]:
    notes = [
        "Claude Code uses the first proxy variable for every URL, loopback included, hence NO_PROXY; a settings entry "
        "beats the shell. It signs in at a proxy with Basic only: for NTLM, Negotiate or Digest run a local relay (px) "
        "and give its address as proxy_url.",
        "Certificate checks are never switched off; a CA file must be PEM, not DER.",
    ]
    if login_variable(request.proxy_url):
        notes.insert(
            0,
            "Security: the proxy's login stands in no file; settings.json expands no variables, so the proxy is "
            "exported by the shell only. A desktop app or IDE does not see that: use a local relay there.",
        )
    return notes
