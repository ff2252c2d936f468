"""Findings of the settings layer: what is already wrong before a byte leaves the machine (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from mcp_server import redact
from mcp_server.answer import Finding, Where
from mcp_server.catalogue.finding import finding
from mcp_server.catalogue.load import read_yaml
from mcp_server.effective.company_gateway import sign_in_findings
from mcp_server.effective.file_findings import dropped_findings, file_findings
from mcp_server.effective.target import ClientTarget, filled, is_on
from mcp_server.hosts import is_loopback
from mcp_server.snapshot import Setting, Snapshot


def settings_findings(snapshot: Snapshot, target: ClientTarget) -> list[Finding]:
    """Problems of settings files, base URL, provider switches, credentials and headers; likeliest cause first."""
    found: list[Finding] = []
    for check in (
        file_findings,
        _base_url,
        sign_in_findings,
        _provider_switch,
        _project_redirect,
        _credentials,
        _headers,
        _trust,
        dropped_findings,
    ):
        found.extend(check(snapshot, target))
    return found


def _base_url(_snapshot: Snapshot, target: ClientTarget) -> Iterator[Finding]:
    setting = target.base_url
    if setting.scope == "default" and setting.source != "argument":
        return
    shown, where = redact.url(setting.value), _where(setting)
    try:
        parts = urlsplit(setting.value)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        yield finding(
            "base_url_wrong_endpoint",
            problem=f"{setting.name} ({setting.source}) is {shown}, whose host or port cannot be read",
            fix="Write it as https://host or http://127.0.0.1:4000.",
            where=where,
        )
        return
    if "://" not in setting.value:
        yield finding(
            "base_url_wrong_endpoint",
            problem=f"{setting.name} ({setting.source}) is {shown}: it has no scheme",
            why="Claude Code then fails with `Invalid URL`, or guesses http.",
            fix=f"Write {_with_scheme(shown)}",
            where=where,
        )
        return
    if parts.scheme.lower() not in ("http", "https") or not host:
        yield finding(
            "base_url_wrong_endpoint",
            problem=f"{setting.name} ({setting.source}) is {shown}: neither http:// nor https:// with a host",
            fix="Write it as https://host or http://127.0.0.1:4000.",
            where=where,
        )
        return
    path = parts.path.rstrip("/")
    repeated = re.search(r"(?:/v1)?/messages$|/v1$", path)
    if repeated and target.provider in ("anthropic", "foundry", "anthropic_aws", "mantle", "gateway"):
        wanted = setting.value.rstrip("/")[: -len(repeated[0])]
        yield finding(
            "base_url_path_duplicated",
            problem=f"{setting.name} ({setting.source}) ends in {repeated[0]}; Claude Code appends /v1/messages itself",
            why=f"Requests go to {path}/v1/messages, which gateways answer with 404.",
            fix=f"Use {redact.url(wanted)}",
            where=where,
        )
    if parts.username or parts.password:
        yield finding(
            "secret_exposed",
            severity="warning",
            problem=f"{setting.name} ({setting.source}) holds a user name or password inside the URL",
            fix="Take it out; credentials belong in ANTHROPIC_AUTH_TOKEN or apiKeyHelper.",
            where=where,
        )
    if parts.scheme.lower() == "http" and not is_loopback(host):
        yield finding(
            "secret_exposed",
            severity="warning",
            confidence="medium",
            problem=f"{shown} is plain http to another machine: the credential crosses the network in clear",
            fix="Serve the gateway over https.",
            where=where,
        )


def _provider_switch(snapshot: Snapshot, target: ClientTarget) -> Iterator[Finding]:
    if target.provider == "gateway":
        return
    base = filled(snapshot.variable("ANTHROPIC_BASE_URL"))
    switch = target.provider_switch
    if switch is not None and base is not None:
        yield finding(
            "provider_flag_overrides_base_url",
            problem=f"{switch.name} ({switch.source}) is on, so ANTHROPIC_BASE_URL ({base.source}) is ignored",
            fix=f'For the gateway, switch the provider off: set "{switch.name}": "" in the settings env block. '
            "For the provider, remove ANTHROPIC_BASE_URL.",
            where=_where(switch),
        )
    for mode in read_yaml("claude_code.yaml")["providers"]:
        if "switch" not in mode or (switch is not None and mode["id"] == target.provider):
            continue
        other = filled(snapshot.variable(mode["base_url"]))
        if other is not None and not is_on(snapshot.variable(mode["switch"])):
            yield finding(
                "provider_flag_overrides_base_url",
                severity="warning",
                confidence="medium",
                problem=f"{other.name} ({other.source}) has no effect: {mode['switch']} is not on",
                why="A provider's base URL is read only in that provider's mode.",
                fix=f"Set {mode['switch']}=1, or use ANTHROPIC_BASE_URL for a gateway that speaks the Anthropic API.",
                where=_where(other),
            )
    if target.skip_auth and target.base_url.scope == "default":
        yield finding(
            "gateway_key_missing",
            severity="warning",
            problem=f"authentication to {target.provider} is skipped, but no base URL leads to a gateway",
            why="Unsigned requests go to the real provider, which refuses them.",
            fix=f"Set {target.base_url.name}, or remove the skip-auth variable.",
        )


def _project_redirect(_snapshot: Snapshot, target: ClientTarget) -> Iterator[Finding]:
    """A repository that brings its own base URL gets the user's credential in ``claude -p`` (measured)."""
    base = target.base_url
    if base.scope != "project":
        return
    theirs = [c for c in target.credentials if c.headers and c.scope not in ("project", "local")]
    if theirs or not target.credentials:
        what = ", ".join(f"{c.name} ({c.source})" for c in theirs) or "the user's saved login"
        yield finding(
            "project_settings_redirect",
            problem=f"{base.source} sends {what} to {redact.url(base.value)}",
            why="A project's settings file comes with the repository; `claude -p` applies it without asking for trust.",
            fix="If you did not put it there, delete the line. If you did, move it to your user settings or to "
            ".claude/settings.local.json.",
            where=_where(base),
        )


def _credentials(snapshot: Snapshot, target: ClientTarget) -> Iterator[Finding]:
    used = [c for c in target.credentials if c.headers]
    senders = [c for c in target.credentials if c.name != "CLAUDE_CODE_OAUTH_TOKEN"]
    if target.provider == "anthropic" and len(senders) > 1:
        headers = ", ".join(f"{header} from {name}" for header, name in target.header_names.items())
        names = " and ".join(f"{c.name} ({c.source})" for c in senders)
        yield finding(
            "auth_conflict_multiple_credentials",
            severity="warning",
            problem=f"{names} are both set; what is sent: {headers}",
            why="The gateway decides which header it reads; many read x-api-key first.",
            fix=f'Keep one. To blank {senders[-1].name} set it to "" in the settings env block.'
            if senders[-1].command is None
            else f"Keep one: remove apiKeyHelper from {senders[-1].source}, or unset {senders[0].name}.",
        )
    for credential in used:
        value = credential.value.strip()
        where = Where(file=None if credential.scope == "shell" else credential.source, key=f"env.{credential.name}")
        if "Authorization" in credential.headers and value.lower().startswith("bearer "):
            yield finding(
                "auth_header_format_wrong",
                problem=f"{credential.name} ({credential.source}) starts with `Bearer `; `Bearer Bearer …` is sent",
                fix="Leave the word Bearer out; Claude Code adds it.",
                where=where,
            )
        elif re.search(r"[\r\n]", value) or not value.isascii():
            what = "a line break" if re.search(r"[\r\n]", value) else "a character outside ASCII"
            yield finding(
                "auth_header_format_wrong",
                problem=f"{credential.name} ({credential.source}) holds {what}; no header can carry it",
                fix="Store the value again without it (printf, not echo; no curly quotes).",
                where=where,
            )
        elif re.fullmatch(r"\$\{?\w+\}?|<.*>|os\.environ/\w+", value):
            yield finding(
                "auth_header_format_wrong",
                problem=f"{credential.name} ({credential.source}) is a placeholder that nobody replaced: "
                f"{redact.quote(value, 60)}",
                why="Settings files expand no variables; the text itself is sent as the credential.",
                fix="Put the value there, export it in the shell, or use apiKeyHelper.",
                where=where,
            )
        if credential.scope == "project" and value:
            yield finding(
                "secret_exposed",
                severity="warning",
                problem=f"{credential.name} stands in {credential.source}, a file that is usually committed",
                fix="Move it to ~/.claude/settings.json or .claude/settings.local.json and replace the key.",
                where=where,
            )
    own = {name.lower() for name in target.custom_headers.names} & {"authorization", "x-api-key"}
    if (
        target.provider == "anthropic"
        and not used
        and not own
        and base_given(target)
        and not snapshot.environment_hidden
    ):
        yield finding(
            "gateway_key_missing",
            severity="warning",
            confidence="medium",
            problem="a base URL is set, but no credential: neither ANTHROPIC_AUTH_TOKEN nor ANTHROPIC_API_KEY nor "
            "apiKeyHelper",
            why="Without a saved login Claude Code says `Not logged in` and sends nothing; with one it sends that "
            "login to the gateway.",
            fix="Set ANTHROPIC_AUTH_TOKEN (sent as Bearer) or apiKeyHelper.",
        )


def base_given(target: ClientTarget) -> bool:
    """Is the base URL configured (not the built-in one, not an argument)?"""
    return target.base_url.scope != "default"


def _headers(_snapshot: Snapshot, target: ClientTarget) -> Iterator[Finding]:
    setting = target.custom_headers.setting
    bearer = target.header_names.get("Authorization")
    if bearer and any(name.lower() == "authorization" for name in target.custom_headers.names):
        yield finding(
            "custom_headers_malformed",
            severity="warning",
            problem=f"the Authorization line of ANTHROPIC_CUSTOM_HEADERS has no effect: {bearer} fills that header",
            fix=f"Remove one of the two ({bearer} or the line).",
            where=_where(setting) if setting else None,
        )
    for problem in target.custom_headers.problems:
        yield finding(
            "custom_headers_malformed",
            severity="warning" if "silently" in problem or "anthropic-beta" in problem else "error",
            problem=f"ANTHROPIC_CUSTOM_HEADERS ({setting.source if setting else 'shell'}): {problem}",
            fix="One `Name: value` per line; in JSON write \\n between the lines.",
            where=_where(setting) if setting else None,
        )


def _trust(_snapshot: Snapshot, target: ClientTarget) -> Iterator[Finding]:
    for file in target.ca_files:
        if not file.effective:
            yield finding(
                "tls_ca_setting_ineffective",
                severity="warning",
                problem=f"SSL_CERT_FILE ({file.source}) has no effect on Claude Code",
                why=f"{file.note}.",
                fix=f"Use NODE_EXTRA_CA_CERTS={redact.quote(file.path, 200)}; it works in both places.",
                where=Where(file=None if file.scope == "shell" else file.source, key="env.SSL_CERT_FILE"),
            )


def _where(setting: Setting) -> Where | None:
    if setting.scope in ("shell", "default", "flag"):
        return Where(key=setting.name)
    return Where(file=setting.source, key=f"env.{setting.name}")


def _with_scheme(shown: str) -> str:
    bare = shown.lstrip("/")
    host = re.sub(r":\d*$", "", bare.partition("/")[0]).strip("[]").lower()
    return f"{'http' if is_loopback(host) else 'https'}://{bare}"
