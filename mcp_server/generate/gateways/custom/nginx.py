"""nginx as the gateway (measured with 1.22): a file for its conf.d folder, and the commands for its key files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_server.answer import ConfigFile
from mcp_server.generate.deployments.service import SCRATCH
from mcp_server.generate.gateways.custom import errors
from mcp_server.generate.gateways.custom.nginx_text import Line, block, line, nginx_text, note

if TYPE_CHECKING:
    from mcp_server.generate.gateways.custom.plan import Plan

CONFIG_NAME = "claude-gateway.conf"
CONFIG_FILE = f"/etc/nginx/conf.d/{CONFIG_NAME}"
MAIN_FILE = "nginx.conf"
#: Anthropic takes 32 MB.
_BODY = "40m"


def files(plan: Plan) -> list[ConfigFile]:
    """The file, and the commands around it."""
    return [
        config_file(plan),
        ConfigFile(
            path="shell: start the gateway",
            language="shell",
            content=start_commands(plan),
            why="As root: makes the key files, checks the file, loads it.",
        ),
    ]


def config_file(plan: Plan) -> ConfigFile:
    """The gateway's file; in a deployment it stands beside a main file of its own."""
    return ConfigFile(
        path=CONFIG_FILE if plan.deployment == "local" else CONFIG_NAME,
        language="nginx",
        content=nginx_text(config(plan)),
        why=f"The gateway. It holds no key: people's keys and the provider's lie in {plan.place.keys}.",
    )


def main_file(plan: Plan, workers: int) -> ConfigFile:
    """The main file of an nginx that runs for this alone: without root, with nothing to write on but /tmp."""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    content = [
        note("nginx as a gateway for Claude Code: the program. Written by llm-gateway."),
        line("daemon", "off"),
        line("worker_processes", str(workers)),
        line("pid", f"{SCRATCH}/nginx.pid"),
        line("error_log", "stderr", "warn"),
        block(("events",), line("worker_connections", "2048")),
        block(
            ("http",),
            line("server_tokens", "off"),
            line("map_hash_bucket_size", "256"),
            *(line(f"{kind}_temp_path", f"{SCRATCH}/{kind}") for kind in kinds),
            line("include", f"{plan.place.config}/{CONFIG_NAME}"),
        ),
    ]
    why = "The program around it: in the foreground, no root, logs to its output."
    return ConfigFile(path=MAIN_FILE, language="nginx", content=nginx_text(content), why=why)


def config(plan: Plan) -> list[Line]:
    """The content of the file."""
    up, folder = plan.upstream, plan.place.keys
    return [
        note("nginx as a gateway for Claude Code. Written by llm-gateway."),
        note(f"Who may use it: {folder}/keys.conf, one line a person. Empty: not known."),
        *(
            [note("A key of more than 32 characters needs map_hash_bucket_size 256 in nginx.conf.")]
            if plan.deployment == "local"
            else []
        ),
        block(
            ("map", "$http_" + plan.key_header.replace("-", "_"), "$claude_user"),
            line("default", ""),
            line("include", f"{folder}/keys.conf"),
        ),
        block(("upstream", "claude_provider"), line("server", f"{up.host}:{up.port}"), line("keepalive", "32")),
        line("log_format", "claude", '$time_iso8601 $claude_user "$request_method $uri" $status $request_time'),
        block(("server",), *_server(plan)),
        *_health(plan),
    ]


def _health(plan: Plan) -> list[Line]:
    """A plain server for probes, which know no certificate; it is not reachable from outside."""
    if not plan.place.health_port:
        return []
    said = block(("location", "=", "/healthz"), line("return", "200"))
    body = (line("access_log", "off"), said, block(("location", "/"), line("return", "404")))
    return [block(("server",), line("listen", f"{plan.place.address}:{plan.place.health_port}"), *body)]


def _server(plan: Plan) -> list[Line]:
    up, place = plan.upstream, plan.place
    lines = [line("listen", f"{_bracketed(place.address)}:{place.port}", *(("ssl",) if plan.tls else ()))]
    lines.append(line("server_name", plan.host))
    if plan.tls:
        lines += [
            line("ssl_certificate", f"{place.keys}/tls.crt"),
            line("ssl_certificate_key", f"{place.keys}/tls.key"),
            line("ssl_protocols", "TLSv1.2", "TLSv1.3"),
        ]
    lines += [
        line("access_log", place.log, "claude"),
        line("default_type", "application/json"),
        note("The default of 1 MB ends a long conversation with 413."),
        line("client_max_body_size", _BODY),
        line("proxy_request_buffering", "off"),
        note("Answers are streams: every event passes at once, and thinking may pause for minutes."),
        line("proxy_buffering", "off"),
        line("proxy_cache", "off"),
        line("proxy_read_timeout", "600s"),
        line("proxy_send_timeout", "600s"),
        line("proxy_http_version", "1.1"),
        line("proxy_set_header", "Connection", ""),
        line("proxy_set_header", "Host", up.host),
        note("The person's key stays here; the provider's own is added."),
        line("proxy_set_header", up.other_header, ""),
        line("include", f"{place.keys}/provider-key.conf"),
    ]
    if up.tls:
        lines += [
            note("nginx verifies nobody unless it is told to."),
            line("proxy_ssl_server_name", "on"),
            line("proxy_ssl_name", up.host),
            line("proxy_ssl_verify", "on"),
            line("proxy_ssl_verify_depth", "4"),
            line("proxy_ssl_trusted_certificate", plan.trusted),
        ]
    return [*lines, *_locations(plan), *_errors()]


def _locations(plan: Plan) -> list[Line]:
    up = plan.upstream
    provider = f"{'https' if up.tls else 'http'}://claude_provider"
    denied = block(("if", '($claude_user = "")'), line("return", "401", errors.body(401)))
    found = [
        block(("location", "=", f"{plan.path}{path}"), denied, line("proxy_pass", provider + path)) for path in up.exact
    ]
    # Without a path of its own proxy_pass sends model ids encoded as they came.
    found += [block(("location", path), denied, line("proxy_pass", provider)) for path in up.beginnings]
    return [
        *found,
        note("Claude Code opens its connection with HEAD."),
        block(("location", "=", plan.path or "/"), line("return", "200")),
        *([block(("location", "=", f"{plan.path}/"), line("return", "200"))] if plan.path else []),
        block(("location", "=", "/healthz"), line("access_log", "off"), line("return", "200", '{"status":"ok"}')),
        block(("location", "/"), line("return", "404", errors.body(404))),
    ]


def _errors() -> list[Line]:
    """nginx's own errors in Anthropic's shape; the provider's pass as they are."""
    found = []
    for status in (413, 502, 504):
        found += [
            line("error_page", str(status), f"@claude_{status}"),
            block(("location", f"@claude_{status}"), line("return", str(status), errors.body(status))),
        ]
    return found


def start_commands(plan: Plan) -> str:
    """Key files, check, reload."""
    folder, lines = plan.place.keys, key_commands(plan, plan.place.keys)
    if plan.tls:
        lines.append(f"test -s {folder}/tls.crt && test -s {folder}/tls.key   # certificate and key of {plan.host}")
    return "\n".join([*lines, "nginx -t && nginx -s reload"]) + "\n"


def key_commands(plan: Plan, folder: str) -> list[str]:
    """Shell lines that make the key files in ``folder``."""
    up = plan.upstream
    bearer = "Bearer " if plan.key_header == "authorization" else ""
    provider = (
        f'printf \'proxy_set_header {up.header} "{up.prefix}%s";\\n\' "${up.key_variable}" > {folder}/provider-key.conf'
    )
    lines = [
        "umask 077",
        f"mkdir -p {folder}",
        "# a key for each person; give it to nobody else:",
        "for person in ${PEOPLE:-$(id -un)}; do",
        f'  test -s {folder}/"$person".key || openssl rand -hex 16 > {folder}/"$person".key',
        "done",
        f"for file in {folder}/*.key; do",
        '  test "$file" = ' + f"{folder}/tls.key && continue",
        f'  printf \'"{bearer}%s" %s;\\n\' "$(cat "$file")" "$(basename "$file" .key)"',
        f"done > {folder}/keys.conf",
        "# the provider's key, which nobody else sees:",
    ]
    if up.refresh:
        lines += [
            "# it lives for an hour: run these lines and the reload from a timer, every 30 minutes",
            f'{up.key_variable}="$({up.refresh})"',
        ]
    lines.append(f': "${{{up.key_variable}:?export the key of the provider under this name first}}"')
    return [*lines, provider]


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
