"""Envoy as the gateway (measured with 1.40.0): one static file; keys are files that it reads by itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mcp_server.answer import ConfigFile
from mcp_server.generate.document import yaml_text
from mcp_server.generate.gateways.custom import errors

if TYPE_CHECKING:
    from mcp_server.generate.gateways.custom.plan import Plan

CONFIG_FILE = "claude-envoy.yaml"
CHECK_NAME, SECRET_NAME = "keys.lua", "provider-key.yaml"
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
        *config_files(plan),
        ConfigFile(
            path="shell: start the gateway",
            language="shell",
            content=start_commands(plan),
            why="Makes the key files, checks the file, starts Envoy in the foreground.",
        ),
    ]


def config_files(plan: Plan) -> list[ConfigFile]:
    """What Envoy reads beside the key files; the start commands of a host write the last one themselves."""
    secret = ConfigFile(
        path=SECRET_NAME,
        language="yaml",
        content=secret_text(plan),
        why="Tells Envoy which file holds the provider's key.",
    )
    return [
        ConfigFile(
            path=CONFIG_FILE,
            language="yaml",
            content=yaml_text(config(plan), _header(plan)),
            why=f"The gateway. It holds no key: people's keys and the provider's lie in {plan.place.keys}.",
        ),
        ConfigFile(
            path=_check_file(plan) if plan.deployment == "local" else CHECK_NAME,
            language="lua",
            content=_check(plan),
            why="Takes each person's key and removes it; who is not known gets 401 in Anthropic's shape.",
        ),
        *([] if plan.deployment == "local" else [secret]),
    ]


def _check_file(plan: Plan) -> str:
    return f"{plan.place.config}/{CHECK_NAME}"


def config(plan: Plan) -> dict[str, Any]:
    """The content of the file as plain data."""
    keys, place = plan.place.keys, plan.place
    chain: dict[str, Any] = {"filters": [{"name": "http", "typed_config": _connection(plan)}]}
    if plan.tls:
        pair = {
            "certificate_chain": {"filename": f"{keys}/tls.crt"},
            "private_key": {"filename": f"{keys}/tls.key"},
        }
        chain["transport_socket"] = {
            "name": "tls",
            "typed_config": {
                "@type": f"{_TLS}.DownstreamTlsContext",
                "common_tls_context": {
                    "tls_params": {"tls_minimum_protocol_version": "TLSv1_2"},
                    "tls_certificates": [pair],
                },
            },
        }
    listeners = [{"name": "claude", "address": _socket(place.address, place.port), "filter_chains": [chain]}]
    if place.health_port:
        listeners.append(_health(plan))
    node = {"id": "claude-gateway", "cluster": "claude-gateway"}  # a key from a file needs both
    return {"node": node, "static_resources": {"listeners": listeners, "clusters": [_cluster(plan)]}}


def _health(plan: Plan) -> dict[str, Any]:
    """A plain listener for probes, which know no certificate; it is not reachable from outside."""
    answers = {"match": {"path": "/healthz"}, "direct_response": {"status": 200}}
    manager = {
        "@type": f"type.googleapis.com/{_MANAGER}",
        "stat_prefix": "health",
        "http_filters": [{"name": "router", "typed_config": _of("router.v3.Router")}],
        "route_config": {"virtual_hosts": [{"name": "health", "domains": ["*"], "routes": [answers]}]},
    }
    chain = {"filters": [{"name": "http", "typed_config": manager}]}
    address = _socket(plan.place.address, plan.place.health_port)
    return {"name": "health", "address": address, "filter_chains": [chain]}


def _connection(plan: Plan) -> dict[str, Any]:
    return {
        "@type": f"type.googleapis.com/{_MANAGER}",
        "stat_prefix": "claude",
        # Thinking may pause for minutes; the default of five ends the stream.
        "stream_idle_timeout": "900s",
        "access_log": [_access_log()],
        "http_filters": [
            _keys(plan),
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
    return _CHECK.format(denied=denied, folder=plan.place.keys, root=plan.path or "/")


def _keys(plan: Plan) -> dict[str, Any]:
    source = {"default_source_code": {"filename": _check_file(plan)}}
    return {"name": "keys", "typed_config": {**_of("lua.v3.Lua"), **source}}


def _provider_key(plan: Plan) -> dict[str, Any]:
    """Adds the provider's key from a file; Envoy reads the file again when it is replaced."""
    place = plan.place
    watched = {"path": f"{place.config}/{SECRET_NAME}", "watched_directory": {"path": place.keys}}
    source = {"path_config_source": watched}
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
            "trusted_ca": {"filename": plan.trusted},
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
    folder = plan.place.keys
    lines = [
        *key_commands(plan, folder),
        f"cat > {folder}/provider-key.new <<'END'",
        secret_text(plan).rstrip("\n"),
        "END",
        f"mv {folder}/provider-key.new {folder}/{SECRET_NAME}",
        f"envoy --mode validate -c {CONFIG_FILE} && envoy -c {CONFIG_FILE}",
    ]
    return "\n".join(lines) + "\n"


def key_commands(plan: Plan, folder: str) -> list[str]:
    """Shell lines that make the key files in ``folder``."""
    up = plan.upstream
    lines = [
        "umask 077",
        f"mkdir -p {folder}",
        "# a key for each person; give it to nobody else:",
        f'grep -qs "^$(id -un) " {folder}/keys || echo "$(id -un) $(openssl rand -hex 32)" >> {folder}/keys',
        "# the provider's key, which nobody else sees:",
    ]
    if up.refresh:
        lines += [
            "# it lives for an hour: run these lines up to mv from a timer, every 30 minutes",
            f'{up.key_variable}="$({up.refresh})"',
        ]
    lines.append(f': "${{{up.key_variable}:?export the key of the provider under this name first}}"')
    return [*lines, f"printf '{up.prefix}%s' \"${up.key_variable}\" > {folder}/provider-key"]


def secret_text(plan: Plan) -> str:
    """The file that tells Envoy where the provider's key lies."""
    secret = {"secret": {"filename": f"{plan.place.keys}/provider-key"}}
    kind = f"{_TLS}.Secret"
    data = {"resources": [{"@type": kind, "name": "provider-key", "generic_secret": secret}]}
    return yaml_text(data)


def _socket(host: str, port: int) -> dict[str, Any]:
    return {"socket_address": {"address": host, "port_value": port}}


def _of(kind: str) -> dict[str, Any]:
    return {"@type": f"{_HTTP}.{kind}"}


def _header(plan: Plan) -> tuple[str, ...]:
    return (
        "Envoy as a gateway for Claude Code. Written by llm-gateway.",
        f"Who may use it: {plan.place.keys}/keys, one line a person: NAME KEY.",
    )
