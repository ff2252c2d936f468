"""Claude Code's side of a custom gateway, the checks, and what a reader should know."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from mcp_server.answer import Check
from mcp_server.generate.client import ClientSide
from mcp_server.generate.deployments.kubernetes_words import helm_note
from mcp_server.generate.deployments.registry import DEPLOYMENTS
from mcp_server.generate.gateways.custom import envoy, nginx
from mcp_server.generate.gateways.custom.service import IMAGES, service
from mcp_server.generate.gateways.hosted import NOT_SUPPORTED
from mcp_server.generate.modes import gateway_notes, through_gateway
from mcp_server.generate.names import name_variables, only_claude
from mcp_server.generate.proof import proving_checks

if TYPE_CHECKING:
    from mcp_server.generate.gateways.custom.plan import Plan

_CHECKED = {
    "nginx": ("nginx -t", nginx.CONFIG_FILE, "syntax is ok, test is successful"),
    "envoy": (f"envoy --mode validate -c {envoy.CONFIG_FILE}", envoy.CONFIG_FILE, "configuration OK"),
}


def client_side(plan: Plan) -> ClientSide:
    """The base URL (of the provider's mode where it has one) and the person's key."""
    mode, models = plan.upstream.mode, plan.models
    if mode is None:
        variables = {
            "ANTHROPIC_BASE_URL": plan.url,
            **name_variables(models),
            **({} if only_claude(models) else {"ENABLE_TOOL_SEARCH": "false"}),
        }
    else:
        variables = through_gateway(mode, plan.request, plan.models, plan.url + plan.upstream.suffix)
    return ClientSide(
        request=plan.request,
        base_url=plan.url,
        variables=variables,
        auth=plan.request.auth or "token",
        key_variable=plan.key_variable,
        credential="ANTHROPIC_AUTH_TOKEN" if mode is not None else "",
        left_over=("ANTHROPIC_BASE_URL",) if mode is not None else (),
    )


def checks(plan: Plan) -> list[Check]:
    """Steps for the user, in the order in which things break."""
    url, key = shlex.quote(plan.url), plan.key_variable
    found = []
    if plan.program:
        command, _, expect = _CHECKED[plan.program]
        placed = DEPLOYMENTS[plan.deployment].checks(service(plan)) if plan.deployment != "local" else []
        found = placed or [
            Check(
                title="the file is sound",
                status="todo",
                detail="The program's own check; it needs the key files that the start commands make.",
                command=command,
                expect=expect,
                if_not="it names the line",
            )
        ]
        found.append(
            Check(
                title="a wrong key is refused",
                status="todo",
                detail="Costs nothing.",
                command=f"curl -sS -o /dev/null -w '%{{http_code}}' -X POST {url}{_probe_path(plan)}",
                expect="401",
                if_not="the gateway lets everybody in, or the path is not served",
            )
        )
    target = "" if plan.upstream.mode else f"--base-url {url} --token-env {key}"
    return [*found, *proving_checks(target, whole=plan.upstream.mode is None)]


def _locked_out(plan: Plan) -> str:
    if plan.deployment == "local":
        return "; reload nginx after it." if plan.program == "nginx" else "; it counts from the next request."
    return {
        "docker": "; then docker compose restart.",
        "kubernetes": f"; then make the Secret again and kubectl rollout restart deployment/{plan.service_name}.",
        "systemd": f"; then install the file again and systemctl restart {plan.service_name}.",
    }[plan.deployment]


def _probe_path(plan: Plan) -> str:
    return plan.upstream.exact[0] if plan.upstream.exact else f"{plan.upstream.beginnings[0]}x"


def notes(plan: Plan) -> list[str]:
    """Sentences for the Context section."""
    found = [] if only_claude(plan.models) else [NOT_SUPPORTED]
    if not plan.program:
        return [
            *found,
            "Security: no file here holds a credential. The gateway sees your code and prompts: know who runs it, what "
            "it logs, and where.",
            "The gateway must serve POST /v1/messages (with ?beta=true) and /v1/messages/count_tokens, stream "
            "unbuffered, pass every anthropic-* header and body field on, take 32 MB, and answer errors in Anthropic's "
            "shape. GET /v1/models and HEAD / are optional. LLM gateways are third-party software to Anthropic.",
            "The gateway cannot be run here: its side was not checked. Settings measured with Claude Code 2.1.330.",
        ]
    up = plan.upstream
    found += [
        f"Security: no file here holds a credential. {plan.title} takes each person's own key, removes it, and adds "
        f"the provider's from a file that only its account can read ({up.key_variable} at the time of the start "
        f"commands). Take a line away to lock a person out{_locked_out(plan)}",
        f"{plan.title} is third-party software; Anthropic neither runs nor supports it. Requests and answers pass "
        "unchanged: no caching, no rewriting of bodies, names or beta headers.",
    ]
    if plan.program == "nginx":
        found.append(f"nginx looks {up.host} up when it starts: reload it from a daily timer.")
    if up.refresh:
        found.append("Google's tokens live for an hour: the timer that renews the key file is part of the gateway.")
    if plan.assumed_url:
        found.append(
            f"No gateway_url was given: {plan.url} was assumed: this machine only. Give the https:// address of a team."
        )
    if plan.tls:
        where = f"in {plan.place.keys}" if plan.deployment == "local" else "given by the variables TLS_…_FILE"
        found.append(f"TLS (1.2 or newer) ends in the gateway: certificate and key are the files {where}.")
    if plan.deployment != "local":
        found += helm_note(plan.request.goal) if plan.deployment == "kubernetes" else []
        found += DEPLOYMENTS[plan.deployment].notes(service(plan))
        found.append(
            f"{plan.title} keeps no state, so any number of instances serve alike"
            + (
                "; probes ask port 8081 inside, in plain http, which is not published."
                if plan.place.health_port
                else "; under systemd one on each host."
            )
        )
    if plan.request.proxy_url:
        found.append(
            f"{plan.title} itself does not use a forward proxy: its host needs a way to {up.host}:{up.port}. The proxy "
            "here is Claude Code's way to the gateway."
        )
    found += gateway_notes(up.mode, plan.request, plan.models)
    if plan.deployment not in ("local", "systemd"):
        found.append(f"The image {IMAGES[plan.program]} was not pulled; its program read and ran the mounted files.")
    version = {"nginx": "nginx 1.22", "envoy": "Envoy 1.40.0"}[plan.program]
    if plan.program == "envoy" and not up.tls:
        return [*found, f"The file was accepted by {version}; it was not run before a LiteLLM."]
    found.append(f"The file was run in {version} with Claude Code 2.1.330 on 2026-11-25, streams and tools included.")
    return found
