"""The files of a Zuplo project: routes, policies, the project file, a module, and the variables it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_server.answer import ConfigFile
from mcp_server.generate.document import json_text

if TYPE_CHECKING:
    from mcp_server.generate.gateways.zuplo.plan import Plan

VERSION = "7.4.5"
_RUNTIME = "$import(@zuplo/runtime)"
_HEALTH = """\
// Claude Code opens its connection with HEAD /: answered here, nothing goes to the provider.
export default async function health(): Promise<Response> {
  return new Response(null, { status: 200 });
}
"""
_TITLES = {
    "/v1/messages": ("Messages", "One turn of the conversation, streamed. Body and beta headers pass unchanged."),
    "/v1/messages/count_tokens": ("Count tokens", "How many tokens a request has, before it is sent."),
    "/v1/models": ("Models", "The models that this gateway serves."),
}


def files(plan: Plan) -> list[ConfigFile]:
    """All files of the project, and the commands to try it."""
    return [
        ConfigFile(
            path="config/routes.oas.json",
            language="json",
            content=json_text(routes(plan)),
            why="What Claude Code asks for, and nothing else; every route checks the person first.",
        ),
        ConfigFile(
            path="config/policies.json",
            language="json",
            content=json_text({"policies": policies(plan)}),
            why="Who may in, and the swap of the person's key for the provider's. No policy touches a body.",
        ),
        ConfigFile(path="modules/health.ts", language="typescript", content=_HEALTH, why="The answer to HEAD /."),
        ConfigFile(
            path="zuplo.jsonc",
            language="json",
            content=json_text({"version": 1, "compatibilityDate": "2025-02-06", "projectType": "managed-edge"}),
            why="The project.",
        ),
        ConfigFile(
            path="package.json",
            language="json",
            content=json_text(
                {"name": "claude-gateway", "private": True, "type": "module", "devDependencies": {"zuplo": VERSION}}
            ),
            why="Pins Zuplo.",
        ),
        ConfigFile(
            path=".env.example",
            language="env",
            content="".join(f"# {meaning}\n{name}=\n" for name, meaning in variables(plan).items()),
            why="Copy to .env (never committed) for a local run; in the cloud: secret variables of the project.",
        ),
        ConfigFile(
            path="shell: run the project",
            language="shell",
            content=(
                "# Node.js 24 or newer\n"
                "npm install\n"
                "printf '%s\\n' .env node_modules .zuplo dist >> .gitignore\n"
                "test -f .env || (umask 077; cp .env.example .env)   # then fill it in\n"
                "ZUPLO_DO_NOT_TRACK=1 npx zuplo lint\n"
                "ZUPLO_DO_NOT_TRACK=1 npx zuplo dev --port 9000 --no-start-editor --no-start-docs\n"
            ),
            why="In the project's folder. zuplo dev listens on every address of this machine, so keep it short.",
        ),
    ]


def routes(plan: Plan) -> dict[str, Any]:
    """``config/routes.oas.json`` as data."""
    up = plan.upstream
    names = [policy["name"] for policy in policies(plan)]
    forward = {"export": "urlForwardHandler", "module": _RUNTIME, "options": {"baseUrl": plan.base_url}}
    paths: dict[str, Any] = {}
    for path in up.exact:
        method = "get" if path.endswith("/models") else "post"
        title, text = _TITLES[path]
        paths[path] = {
            "x-zuplo-path": {"pathMode": "open-api"},
            method: _operation(method + path.replace("/", "-"), title, text, forward, names),
        }
    for path in up.beginnings:
        paths[f"{path}(.*)"] = {
            "x-zuplo-path": {"pathMode": "url-pattern"},
            "post": _operation("post-model", "Model", "One call of a model; passes unchanged.", forward, names),
        }
    health = {"export": "default", "module": "$import(./modules/health)"}
    for path, method in (("/", "head"), ("/healthz", "get")):
        operation = _operation(f"health-{method}", "Health", "Whether the gateway answers.", health, [])
        paths[path] = {"x-zuplo-path": {"pathMode": "open-api"}, method: operation}
    info = {"title": "Claude Code", "version": "1.0.0", "description": "A gateway for Claude Code."}
    tags = [{"name": "Claude Code", "description": "What Claude Code asks a gateway for."}]
    return {"openapi": "3.1.0", "info": info, "tags": tags, "paths": paths}


def policies(plan: Plan) -> list[dict[str, Any]]:
    """The inbound policies, in the order in which they run."""
    up = plan.upstream
    found = [_person(plan)]
    if plan.per_minute:
        options = {"rateLimitBy": "user", "requestsAllowed": plan.per_minute, "timeWindowMinutes": 1}
        found.append(_policy("limit-per-person", "rate-limit-inbound", "RateLimitInboundPolicy", options))
    removed = {"headers": ["authorization", "x-api-key"]}
    key = {"name": up.header, "value": f"{up.prefix}$env({up.key_variable})", "overwrite": True}
    return [
        *found,
        _policy("remove-person-key", "remove-headers-inbound", "RemoveHeadersInboundPolicy", removed),
        _policy("add-provider-key", "set-headers-inbound", "SetHeadersInboundPolicy", {"headers": [key]}),
    ]


def variables(plan: Plan) -> dict[str, str]:
    """Every variable of the project → what it is."""
    up = plan.upstream
    found = {up.key_variable: f"the company's key for {up.title}"}
    if not up.tls:
        found["UPSTREAM_URL"] = "the https:// address of your LiteLLM, reachable from Zuplo"
    if plan.oidc:
        found |= {
            "OIDC_ISSUER": "the issuer of people's tokens, exactly as in the claim iss",
            "OIDC_AUDIENCE": "what the claim aud of those tokens holds",
            "OIDC_JWKS_URL": "jwks_uri of the issuer's discovery document",
        }
    return found


def _person(plan: Plan) -> dict[str, Any]:
    if plan.oidc:
        options: dict[str, Any] = {
            "issuer": "$env(OIDC_ISSUER)",
            "audience": "$env(OIDC_AUDIENCE)",
            "jwkUrl": "$env(OIDC_JWKS_URL)",
            "allowUnauthenticatedRequests": False,
        }
        return _policy("person", "open-id-jwt-auth-inbound", "OpenIdJwtInboundPolicy", options)
    options = {"allowUnauthenticatedRequests": False, "cacheTtlSeconds": 60}
    return _policy("person", "api-key-inbound", "ApiKeyInboundPolicy", options)


def _policy(name: str, kind: str, export: str, options: dict[str, Any]) -> dict[str, Any]:
    handler = {"export": export, "module": _RUNTIME, "options": options}
    return {"name": name, "policyType": kind, "handler": handler}


def _operation(name: str, title: str, text: str, handler: dict[str, Any], inbound: list[str]) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": title,
        "description": text,
        "tags": ["Claude Code"],
        "x-zuplo-route": {
            "label": title,
            "corsPolicy": "none",
            "handler": handler,
            **({"policies": {"inbound": list(inbound)}} if inbound else {}),
        },
    }
