"""Envoy as the gateway (measured with 1.40.0): one static file; keys are files that it reads by itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mcp_server.answer import ConfigFile
from mcp_server.generate.document import yaml_text
from mcp_server.generate.gateways.custom import errors
from mcp_server.generate.gateways.custom.nginx import SYSTEM_CA

if TYPE_CHECKING:
    from mcp_server.generate.gateways.custom.plan import Plan

CONFIG_FILE = "claude-envoy.yaml"
FOLDER = "/etc/envoy/claude"
CHECK_FILE = f"{FOLDER}/keys.lua"
_HTTP = "type.googleapis.com/envoy.extensions.filters.http"
_TLS = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3"
_NAME = "claude_provider"
_MANAGER = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
#: Reads the file of keys on every request, so that a key can be taken away at once; it is a few lines long.
_CHECK = """\
local denied = {denied}
local function person(key)
  if not key or key == "" then return nil end
  local file = io.open("{folder}/keys", "r")
  if not file then return nil end
  local found = nil
  for line in file:lines() do
    local name, known = line:match("^(%S+)%s+(%S+)$")
    if known == key then found = name end
  end
  file:close()
  return found
end
function envoy_on_request(handle)
  local headers = handle:headers()
  local path = headers:get(":path")
  local bearer = headers:get("authorization")
  local key = bearer and bearer:match("^[Bb]earer (%S+)$") or headers:get("x-api-key")
  headers:remove("authorization")
  headers:remove("x-api-key")
  if path == "{root}" or path == "/healthz" then return end
  local name = person(key)
  if not name then
    handle:respond({{[":status"] = "401", ["content-type"] = "application/json"}}, denied)
    return
  end
  handle:streamInfo():dynamicMetadata():set("claude", "user", name)
end
"""


def files(plan: Plan) -> list[ConfigFile]:
    """The file, and the commands around it."""
    return [
        ConfigFile(
            path=CONFIG_FILE,
            language="yaml",
            content=yaml_text(config(plan), _header()),
            why=f"The gateway. It holds no key: people's keys and the provider's lie in {FOLDER}.",
        ),
        ConfigFile(
            path=CHECK_FILE,
            language="lua",
            content=_check(plan),
            why="Takes each person's key and removes it; who is not known gets 401 in Anthropic's shape.",
        ),
        ConfigFile(
            path="shell: start the gateway",
            language="shell",
            content=start_commands(plan),
            why="Makes the key files, checks the file, starts Envoy in the foreground.",
        ),
    ]


def config(plan: Plan) -> dict[str, Any]:
    """The content of the file as plain data."""
    chain: dict[str, Any] = {"filters": [{"name": "http", "typed_config": _connection(plan)}]}
    if plan.tls:
        pair = {
            "certificate_chain": {"filename": f"{FOLDER}/tls.crt"},
            "private_key": {"filename": f"{FOLDER}/tls.key"},
        }
        chain["transport_socket"] = {
            "name": "tls",
            "typed_config": {
                "@type": f"{_TLS}.DownstreamTlsContext",
                "common_tls_context": {"tls_certificates": [pair]},
            },
        }
    listener = {"name": "claude", "address": _socket(plan.address, plan.port), "filter_chains": [chain]}
    node = {"id": "claude-gateway", "cluster": "claude-gateway"}  # a key from a file needs both
    return {"node": node, "static_resources": {"listeners": [listener], "clusters": [_cluster(plan)]}}


def _connection(plan: Plan) -> dict[str, Any]:
    return {
        "@type": f"type.googleapis.com/{_MANAGER}",
        "stat_prefix": "claude",
        # Thinking may pause for minutes; the default of five ends the stream.
        "stream_idle_timeout": "900s",
        "access_log": [_access_log()],
        "http_filters": [
            _keys(),
            _provider_key(plan),
            {"name": "router", "typed_config": _of("router.v3.Router")},
        ],
        "route_config": {"virtual_hosts": [{"name": "claude", "domains": ["*"], "routes": _routes(plan)}]},
    }


def _routes(plan: Plan) -> list[dict[str, Any]]:
    up = plan.upstream
    # timeout is for the whole answer: the default of 15 s cuts streams off.
    to = {"cluster": _NAME, "timeout": "0s", "idle_timeout": "600s", "host_rewrite_literal": up.host}
    found = [
        {"match": {"path": f"{plan.path}{path}"}, "route": {**to, **({"prefix_rewrite": path} if plan.path else {})}}
        for path in up.exact
    ]
    found += [{"match": {"prefix": path}, "route": dict(to)} for path in up.beginnings]
    fine = {"status": 200}
    return [
        *found,
        {"match": {"path": plan.path or "/"}, "direct_response": dict(fine)},
        {"match": {"path": "/healthz"}, "direct_response": dict(fine)},
        {
            "match": {"prefix": "/"},
            "direct_response": {"status": 404, "body": {"inline_string": errors.body(404)}},
            "response_headers_to_add": [
                {
                    "header": {"key": "content-type", "value": "application/json"},
                    "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
                }
            ],
        },
    ]


def _check(plan: Plan) -> str:
    denied = json.dumps(errors.body(401))  # a JSON text is a Lua text, too, as long as it is plain ASCII
    return _CHECK.format(denied=denied, folder=FOLDER, root=plan.path or "/")


def _keys() -> dict[str, Any]:
    source = {"default_source_code": {"filename": CHECK_FILE}}
    return {"name": "keys", "typed_config": {**_of("lua.v3.Lua"), **source}}


def _provider_key(plan: Plan) -> dict[str, Any]:
    """Adds the provider's key from a file; Envoy reads the file again when it is replaced."""
    source = {"path_config_source": {"path": f"{FOLDER}/provider-key.yaml", "watched_directory": {"path": FOLDER}}}
    generic = "type.googleapis.com/envoy.extensions.http.injected_credentials.generic.v3.Generic"
    credential = {"name": "provider-key", "sds_config": {**source, "resource_api_version": "V3"}}
    return {
        "name": "provider-key",
        "typed_config": {
            **_of("credential_injector.v3.CredentialInjector"),
            "overwrite": True,
            "credential": {
                "name": "generic",
                "typed_config": {"@type": generic, "credential": credential, "header": plan.upstream.header},
            },
        },
    }


def _cluster(plan: Plan) -> dict[str, Any]:
    up = plan.upstream
    endpoint = {"endpoint": {"address": _socket(up.host, up.port)}}
    cluster: dict[str, Any] = {
        "name": _NAME,
        "type": "LOGICAL_DNS",
        "dns_lookup_family": "V4_PREFERRED",
        "connect_timeout": "10s",
        "load_assignment": {"cluster_name": _NAME, "endpoints": [{"lb_endpoints": [endpoint]}]},
    }
    if up.tls:
        name = {"san_type": "DNS", "matcher": {"exact": up.host}}
        trust = {
            "trusted_ca": {"filename": plan.request.ca_bundle or SYSTEM_CA},
            "match_typed_subject_alt_names": [name],
        }
        cluster["transport_socket"] = {
            "name": "tls",
            "typed_config": {
                "@type": f"{_TLS}.UpstreamTlsContext",
                "sni": up.host,
                "common_tls_context": {"validation_context": trust},
            },
        }
    return cluster


def _access_log() -> dict[str, Any]:
    line = '%START_TIME% %DYNAMIC_METADATA(claude:user)% "%REQ(:METHOD)%" %RESPONSE_CODE% %DURATION%\n'
    return {
        "name": "stdout",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog",
            "log_format": {"text_format_source": {"inline_string": line}},
        },
    }


def start_commands(plan: Plan) -> str:
    """Key files, check, start."""
    up = plan.upstream
    lines = [
        "umask 077",
        f"mkdir -p {FOLDER}",
        "# a key for each person; give it to nobody else:",
        f'grep -qs "^$(id -un) " {FOLDER}/keys || echo "$(id -un) $(openssl rand -hex 32)" >> {FOLDER}/keys',
        "# the provider's key, which nobody else sees:",
    ]
    if up.refresh:
        lines += [
            "# it lives for an hour: run these lines up to mv from a timer, every 30 minutes",
            f'{up.key_variable}="$({up.refresh})"',
        ]
    lines.append(f': "${{{up.key_variable}:?export the provider\'s key under this name first}}"')
    lines += [
        f"printf '{up.prefix}%s' \"${up.key_variable}\" > {FOLDER}/provider-key",
        f"cat > {FOLDER}/provider-key.new <<'END'",
        yaml_text(secret_file()).rstrip("\n"),
        "END",
        f"mv {FOLDER}/provider-key.new {FOLDER}/provider-key.yaml",
        f"envoy --mode validate -c {CONFIG_FILE} && envoy -c {CONFIG_FILE}",
    ]
    return "\n".join(lines) + "\n"


def secret_file() -> dict[str, Any]:
    """The file that tells Envoy where the provider's key lies."""
    secret = {"secret": {"filename": f"{FOLDER}/provider-key"}}
    kind = f"{_TLS}.Secret"
    return {"resources": [{"@type": kind, "name": "provider-key", "generic_secret": secret}]}


def _socket(host: str, port: int) -> dict[str, Any]:
    return {"socket_address": {"address": host, "port_value": port}}


def _of(kind: str) -> dict[str, Any]:
    return {"@type": f"{_HTTP}.{kind}"}


def _header() -> tuple[str, ...]:
    return (
        "Envoy as a gateway for Claude Code. Written by llm-gateway.",
        f"Who may use it: {FOLDER}/keys, one line a person: NAME KEY.",
    )
