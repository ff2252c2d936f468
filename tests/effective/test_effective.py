from __future__ import annotations

from typing import Any

import pytest

from mcp_server.effective import client_target, resolve_model, settings_findings
from mcp_server.effective.no_proxy import meant_to_bypass, portable_no_proxy
from mcp_server.effective.proxy import proxy_decision
from mcp_server.net.route import route_of
from mcp_server.snapshot import Scope, SettingsFile, Snapshot

GATEWAY = {"ANTHROPIC_BASE_URL": "http://127.0.0.1:4000"}


def machine(shell: dict[str, str] | None = None, *files: SettingsFile, version: str | None = "2.1.330") -> Snapshot:
    return Snapshot(shell=shell or {}, settings_files=files, client_version=version)


def settings(scope: Scope = "user", **data: Any) -> SettingsFile:
    return SettingsFile(scope, f"/{scope}/settings.json", data)


def ids(snapshot: Snapshot) -> list[str]:
    return [f.id for f in settings_findings(snapshot, client_target(snapshot))]


# Endpoint and mode


def test_without_anything_the_target_is_anthropics_own_api() -> None:
    target = client_target(machine())
    assert (target.base_url.value, target.provider, target.credentials) == (
        "https://api.anthropic.com",
        "anthropic",
        (),
    )


@pytest.mark.parametrize(
    ("shell", "provider", "url"),
    [
        ({"CLAUDE_CODE_USE_BEDROCK": "1"}, "bedrock", "https://bedrock-runtime.us-east-1.amazonaws.com"),
        (
            {"CLAUDE_CODE_USE_BEDROCK": "1", "AWS_REGION": "eu-west-1"},
            "bedrock",
            "https://bedrock-runtime.eu-west-1.amazonaws.com",
        ),
        ({"CLAUDE_CODE_USE_VERTEX": "true"}, "vertex", "https://us-east5-aiplatform.googleapis.com/v1"),
        (
            {"CLAUDE_CODE_USE_VERTEX": "1", "CLOUD_ML_REGION": "global"},
            "vertex",
            "https://aiplatform.googleapis.com/v1",
        ),
        (
            {"CLAUDE_CODE_USE_VERTEX": "1", "CLOUD_ML_REGION": "evil.test/"},
            "vertex",
            "https://us-east5-aiplatform.googleapis.com/v1",
        ),
        ({"CLAUDE_CODE_USE_VERTEX": "1", "ANTHROPIC_VERTEX_BASE_URL": "http://gw"}, "vertex", "http://gw"),
        (
            {"CLAUDE_CODE_USE_FOUNDRY": "on", "ANTHROPIC_FOUNDRY_RESOURCE": "res"},
            "foundry",
            "https://res.services.ai.azure.com/anthropic",
        ),
        ({"CLAUDE_CODE_USE_VERTEX": "1", "CLAUDE_CODE_USE_BEDROCK": "1"}, "bedrock", None),
        ({"CLAUDE_CODE_USE_VERTEX": "1", "CLAUDE_CODE_USE_FOUNDRY": "1"}, "foundry", None),
        ({"CLAUDE_CODE_USE_VERTEX": "0", **GATEWAY}, "anthropic", "http://127.0.0.1:4000"),
        ({"CLAUDE_CODE_USE_VERTEX": "2", **GATEWAY}, "anthropic", "http://127.0.0.1:4000"),
    ],
)
def test_the_provider_switch_decides_the_endpoint(shell: dict[str, str], provider: str, url: str | None) -> None:
    target = client_target(machine(shell))
    assert target.provider == provider
    assert url is None or target.base_url.value == url


def test_an_empty_setting_cancels_a_switch_of_the_shell() -> None:
    snapshot = machine({"CLAUDE_CODE_USE_VERTEX": "1", **GATEWAY}, settings(env={"CLAUDE_CODE_USE_VERTEX": ""}))
    assert client_target(snapshot).provider == "anthropic"


def test_the_callers_base_url_replaces_the_configured_one() -> None:
    target = client_target(machine(GATEWAY), "https://other.test")
    assert target.base_url.value == "https://other.test"
    assert target.proxy.url == "https://other.test"


# Credentials: the rows were measured on 2.1.197 and 2.1.330


@pytest.mark.parametrize(
    ("shell", "data", "expected"),
    [
        ({"ANTHROPIC_API_KEY": "K"}, {}, {"x-api-key": "K"}),
        ({"ANTHROPIC_AUTH_TOKEN": " T\n"}, {}, {"Authorization": "Bearer T"}),
        ({"ANTHROPIC_API_KEY": "K", "ANTHROPIC_AUTH_TOKEN": "T"}, {}, {"Authorization": "Bearer T", "x-api-key": "K"}),
        ({}, {"apiKeyHelper": "echo H"}, {"Authorization": "Bearer H", "x-api-key": "H"}),
        ({"ANTHROPIC_API_KEY": "K"}, {"apiKeyHelper": "echo H"}, {"Authorization": "Bearer H", "x-api-key": "K"}),
        ({"ANTHROPIC_AUTH_TOKEN": "T"}, {"apiKeyHelper": "echo H"}, {"Authorization": "Bearer T", "x-api-key": "H"}),
        ({"CLAUDE_CODE_OAUTH_TOKEN": "O"}, {}, {"Authorization": "Bearer O"}),
        ({"CLAUDE_CODE_OAUTH_TOKEN": "O", "ANTHROPIC_API_KEY": "K"}, {}, {"x-api-key": "K"}),
        ({"CLAUDE_CODE_OAUTH_TOKEN": "O", "ANTHROPIC_AUTH_TOKEN": "T"}, {}, {"Authorization": "Bearer T"}),
        ({"ANTHROPIC_AUTH_TOKEN": ""}, {}, {}),
        (
            {"ANTHROPIC_AUTH_TOKEN": "T", "ANTHROPIC_CUSTOM_HEADERS": "X-API-KEY: c\nAuthorization: Basic x"},
            {},
            {"Authorization": "Bearer T", "X-API-KEY": "c"},
        ),
        (
            {"ANTHROPIC_API_KEY": "K", "ANTHROPIC_CUSTOM_HEADERS": "Authorization: Basic x"},
            {},
            {"x-api-key": "K", "Authorization": "Basic x"},
        ),
    ],
)
def test_the_headers_are_those_of_the_real_client(
    shell: dict[str, str], data: dict[str, Any], expected: dict[str, str]
) -> None:
    target = client_target(machine({**GATEWAY, **shell}, settings(**data)))
    assert target.request_headers(helper_value="H") == expected


def test_a_helper_that_was_not_run_leaves_its_headers_out() -> None:
    assert client_target(machine(GATEWAY, settings(apiKeyHelper="echo H"))).auth_headers() == {}


def test_no_secret_is_in_the_printed_target() -> None:
    shell = {
        **GATEWAY,
        "ANTHROPIC_AUTH_TOKEN": "planted-secret-1",
        "ANTHROPIC_API_KEY": "planted-secret-2",
        "ANTHROPIC_CUSTOM_HEADERS": "x-key: planted-secret-3",
        "HTTPS_PROXY": "http://u:planted-secret-4@p.test:3128",
    }
    snapshot = machine(shell, settings(apiKeyHelper="print planted-secret-5"))
    target = client_target(snapshot)
    assert "planted-secret" not in repr(target)
    assert "planted-secret" not in repr(route_of(target))
    assert "planted-secret" not in repr(settings_findings(snapshot, target))
    assert [c.name for c in target.credentials] == ["ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY", "apiKeyHelper"]


# Models: measured


@pytest.mark.parametrize(
    ("name", "shell", "data", "version", "expected"),
    [
        (None, {}, {}, "2.1.330", "claude-opus-5-5"),
        (None, {}, {}, "2.1.197", "claude-opus-4-8"),
        ("haiku", {}, {}, "2.1.197", "claude-haiku-4-5-20251001"),
        ("OPUS", {}, {}, "2.1.330", "claude-opus-5-5"),
        ("opusplan", {}, {}, "2.1.330", "claude-sonnet-5-5"),
        ("sonnet[1m]", {}, {}, "2.1.330", "claude-sonnet-5-5"),
        ("gw-x[1m]", {}, {}, "2.1.330", "gw-x"),
        ("best", {"ANTHROPIC_DEFAULT_OPUS_MODEL": "gw-opus"}, {}, "2.1.330", "gw-opus"),
        (None, {"ANTHROPIC_DEFAULT_OPUS_MODEL": "gw-opus"}, {}, "2.1.330", "gw-opus"),
        (None, {"ANTHROPIC_MODEL": "opus"}, {}, "2.1.330", "claude-opus-5-5"),
        (None, {"ANTHROPIC_MODEL": "default"}, {}, "2.1.330", "default"),
        (None, {"ANTHROPIC_MODEL": "gw-x"}, {"model": "gw-y"}, "2.1.330", "gw-x"),
        (None, {}, {"model": "gw-y"}, "2.1.330", "gw-y"),
        ("default", {"ANTHROPIC_MODEL": "gw-x"}, {"model": "gw-y"}, "2.1.330", "claude-opus-5-5"),
        (None, {"ANTHROPIC_DEFAULT_MODEL": "gw-z"}, {}, "2.1.330", "gw-z"),
        (None, {"ANTHROPIC_DEFAULT_MODEL": "gw-z"}, {}, "2.1.197", "claude-opus-4-8"),
        ("claude-opus-5-5", {}, {"modelOverrides": {"claude-opus-5-5": "arn:x"}}, "2.1.330", "arn:x"),
    ],
)
def test_a_model_name_becomes_the_id_the_real_client_sends(
    name: str | None, shell: dict[str, str], data: dict[str, Any], version: str, expected: str
) -> None:
    assert resolve_model(machine(shell, settings(**data), version=version), name).model == expected


def test_every_tier_and_the_subagent_model_are_listed() -> None:
    target = client_target(machine({"CLAUDE_CODE_SUBAGENT_MODEL": "haiku", "ANTHROPIC_DEFAULT_HAIKU_MODEL": "gw-h"}))
    assert set(target.models) == {"default", "opus", "sonnet", "haiku", "fable", "subagent"}
    assert target.models["subagent"].model == "gw-h"
    assert target.models["opus"].built_in


# Trust


def test_the_clients_ca_files_travel_with_the_route() -> None:
    shell = {"NODE_EXTRA_CA_CERTS": "/a.pem", "SSL_CERT_FILE": "/b.pem"}
    route = route_of(client_target(machine(shell)))
    assert (route.ca_file, route.extra_ca_files) == ("/a.pem", ("/b.pem",))


def test_a_ca_file_that_the_client_ignores_does_not() -> None:
    snapshot = machine({}, settings(env={"SSL_CERT_FILE": "/b.pem"}))
    assert route_of(client_target(snapshot)).ca_file is None
    assert "tls_ca_setting_ineffective" in ids(snapshot)


def test_a_shell_ca_file_counts_although_a_settings_entry_hides_it() -> None:
    files = settings(env={"SSL_CERT_FILE": "/settings.pem"})
    outside = client_target(machine({"SSL_CERT_FILE": "/shell.pem"}, files))
    below = client_target(machine({"SSL_CERT_FILE": "/settings.pem", "CLAUDECODE": "1"}, files))
    assert [(f.path, f.effective) for f in outside.ca_files] == [("/shell.pem", True)]
    assert [(f.path, f.effective) for f in below.ca_files] == [("/settings.pem", False)]


@pytest.mark.parametrize(
    ("value", "stores"),
    [("bundled", ("bundled",)), ("system", ("system",)), ("system,bundled", ("bundled", "system")), ("", None)],
)
def test_the_trust_stores_are_the_clients(value: str, stores: tuple[str, ...] | None) -> None:
    route = route_of(client_target(machine({"CLAUDE_CODE_CERT_STORE": value, "SSL_CERT_FILE": "/b.pem"})))
    assert route.stores == (stores or ("bundled", "system"))
    assert (route.ca_file is None) == (value == "bundled")


# Findings


@pytest.mark.parametrize(
    ("shell", "files", "expected"),
    [
        ({"ANTHROPIC_BASE_URL": "http://127.0.0.1:4000/v1"}, [], "base_url_path_duplicated"),
        ({"ANTHROPIC_BASE_URL": "http://127.0.0.1:4000/v1/messages/"}, [], "base_url_path_duplicated"),
        ({"ANTHROPIC_BASE_URL": "127.0.0.1:4000"}, [], "base_url_wrong_endpoint"),
        ({"ANTHROPIC_BASE_URL": "htp://gw"}, [], "base_url_wrong_endpoint"),
        ({"ANTHROPIC_BASE_URL": "http://[::1"}, [], "base_url_wrong_endpoint"),
        ({"ANTHROPIC_BASE_URL": "http://gw.test"}, [], "secret_exposed"),
        ({**GATEWAY, "CLAUDE_CODE_USE_VERTEX": "1"}, [], "provider_flag_overrides_base_url"),
        ({"ANTHROPIC_VERTEX_BASE_URL": "http://gw"}, [], "provider_flag_overrides_base_url"),
        ({"CLAUDE_CODE_USE_VERTEX": "1", "CLAUDE_CODE_SKIP_VERTEX_AUTH": "1"}, [], "gateway_key_missing"),
        (
            {**GATEWAY, "ANTHROPIC_AUTH_TOKEN": "T", "ANTHROPIC_API_KEY": "K"},
            [],
            "auth_conflict_multiple_credentials",
        ),
        (
            {**GATEWAY, "ANTHROPIC_API_KEY": "K"},
            [settings(apiKeyHelper="echo H")],
            "auth_conflict_multiple_credentials",
        ),
        ({**GATEWAY, "ANTHROPIC_AUTH_TOKEN": "Bearer sk-x"}, [], "auth_header_format_wrong"),
        ({**GATEWAY, "ANTHROPIC_AUTH_TOKEN": "sk-\nx"}, [], "auth_header_format_wrong"),
        ({**GATEWAY, "ANTHROPIC_AUTH_TOKEN": "“sk-x”"}, [], "auth_header_format_wrong"),
        ({**GATEWAY, "ANTHROPIC_AUTH_TOKEN": "${LITELLM_KEY}"}, [], "auth_header_format_wrong"),
        (GATEWAY, [], "gateway_key_missing"),
        (
            {"ANTHROPIC_AUTH_TOKEN": "T"},
            [settings("project", env={"ANTHROPIC_BASE_URL": "https://evil.test"})],
            "project_settings_redirect",
        ),
        ({}, [settings("project", env={"ANTHROPIC_BASE_URL": "https://evil.test"})], "project_settings_redirect"),
        ({}, [settings("project", env={"ANTHROPIC_AUTH_TOKEN": "T"})], "secret_exposed"),
        ({"ANTHROPIC_CUSTOM_HEADERS": "X-A: 1, X-B: 2"}, [], "custom_headers_malformed"),
        ({"ANTHROPIC_CUSTOM_HEADERS": '{"X-A": "1"}'}, [], "custom_headers_malformed"),
        ({"ANTHROPIC_CUSTOM_HEADERS": "no colon"}, [], "custom_headers_malformed"),
        ({"ANTHROPIC_CUSTOM_HEADERS": "X A: 1"}, [], "custom_headers_malformed"),
        ({"ANTHROPIC_CUSTOM_HEADERS": "X-A: 1\\nX-B: 2"}, [], "custom_headers_malformed"),
        ({"ANTHROPIC_CUSTOM_HEADERS": "anthropic-beta: x"}, [], "custom_headers_malformed"),
        (
            {"ANTHROPIC_AUTH_TOKEN": "T", "ANTHROPIC_CUSTOM_HEADERS": "Authorization: x"},
            [],
            "custom_headers_malformed",
        ),
        ({}, [SettingsFile("user", "/s", error="is not valid JSON at 3:7: x")], "settings_file_not_loaded"),
        ({}, [settings(env=["A=1"])], "settings_file_not_loaded"),
    ],
)
def test_each_settings_fault_is_found(shell: dict[str, str], files: list[SettingsFile], expected: str) -> None:
    assert expected in ids(machine(shell, *files))


@pytest.mark.parametrize(
    "shell",
    [
        {},
        {**GATEWAY, "ANTHROPIC_AUTH_TOKEN": "sk-fine"},
        {"ANTHROPIC_BASE_URL": "https://gw.test/prefix/", "ANTHROPIC_API_KEY": "k"},
        {"CLAUDE_CODE_USE_VERTEX": "1", "ANTHROPIC_VERTEX_BASE_URL": "https://gw.test/vertex/v1"},
        {**GATEWAY, "ANTHROPIC_CUSTOM_HEADERS": "Authorization: Basic x"},
        {**GATEWAY, "ANTHROPIC_AUTH_TOKEN": "sk-fine", "ANTHROPIC_CUSTOM_HEADERS": "X-A: 1\nX-B: a:b"},
    ],
)
def test_sound_settings_have_no_findings(shell: dict[str, str]) -> None:
    assert ids(machine(shell)) == []


def test_a_broken_file_is_pointed_at_with_line_and_column() -> None:
    snapshot = machine({}, SettingsFile("user", "/s.json", error="is not valid JSON at 3:7: expecting value"))
    where = settings_findings(snapshot, client_target(snapshot))[0].where
    assert where is not None
    assert (where.file, where.line, where.column) == ("/s.json", 3, 7)


# NO_PROXY


def test_the_portable_form_is_read_alike_everywhere() -> None:
    value = portable_no_proxy("*.corp.test  .a.test, 10.0.0.0/8 host:8443", ("gw.corp.test", "10.1.2.3"))
    assert value == (
        "corp.test,.corp.test,a.test,.a.test,10.0.0.0/8,host:8443,gw.corp.test,.gw.corp.test,10.1.2.3,"
        "localhost,127.0.0.1,::1"
    )


@pytest.mark.parametrize(
    ("entry", "url", "version", "words"),
    [
        ("*.corp.test", "https://gw.corp.test", "2.1.197", "is a wildcard"),
        ("10.0.0.0/8", "https://10.1.2.3", "2.1.197", "is an address range"),
        ("10.*", "https://10.1.2.3", "2.1.330", "is an address pattern"),
        ("localhost", "http://127.0.0.1:4000", "2.1.330", "separate entries"),
        ("127.0.0.1", "http://localhost:4000", "2.1.330", "separate entries"),
        ("gw.test:444", "https://gw.test", "2.1.330", "names port 444"),
        ("https://gw.test", "https://gw.test", "2.1.330", "is a URL"),
    ],
)
def test_an_entry_that_was_meant_and_does_not_count_is_explained(
    entry: str, url: str, version: str, words: str
) -> None:
    snapshot = machine({"HTTPS_PROXY": "http://p.test:3128", "NO_PROXY": entry}, version=version)
    assert words in (meant_to_bypass(snapshot, proxy_decision(snapshot, url)) or "")
