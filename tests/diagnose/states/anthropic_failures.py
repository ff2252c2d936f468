"""Failure states of Anthropic's own keys, worded by the real Anthropic SDK; the service's refusals come from the strict
emulator or, where it has no such switch, from a stub with the service's public wording.
"""

from __future__ import annotations

from typing import Any

from mcp_server.lab.anthropic import AnthropicEmulator, error_body
from mcp_server.lab.serve import running

from .state_machine import Machine, State, answering, raised

API_KEY = "sk-" + "ant-api03-" + "Ab1" * 30
OAUTH = "sk-" + "ant-oat01-" + "Ab1" * 30
ADMIN = "sk-" + "ant-admin01-" + "Ab1" * 30
MODEL = "claude-sonnet-5-5"


def asked(machine: Machine, url: str | None, model: str = MODEL, **options: Any) -> str:
    """What the SDK raises on ``machine``, whose variables it reads itself."""
    from anthropic import Anthropic

    def call() -> None:
        with Anthropic(base_url=url, max_retries=0, timeout=5, **options) as client:
            client.messages.create(model=model, max_tokens=1, messages=[{"role": "user", "content": "hi"}])

    with machine.entered():
        return raised(call)


def refused(machine: Machine, status: int, kind: str, message: str, **variables: str) -> str:
    machine.variables |= variables or {"ANTHROPIC_API_KEY": API_KEY}
    with answering((status, error_body(kind, message))) as url:
        return asked(machine, url)


def missing(machine: Machine) -> str:
    return asked(machine, "http://127.0.0.1:9")


def key_header_missing(machine: Machine) -> str:
    with running(AnthropicEmulator(credential=API_KEY)) as url:
        return asked(machine, url, api_key="x", default_headers={"x-api-key": ""})


def with_line_break(machine: Machine) -> str:
    machine.variables |= {"ANTHROPIC_API_KEY": f"{API_KEY}\nsecond line"}
    return asked(machine, "http://127.0.0.1:9")


def key_revoked(machine: Machine) -> str:
    machine.variables |= {"ANTHROPIC_API_KEY": API_KEY}
    with running(AnthropicEmulator(credential="another")) as url:
        return asked(machine, url)


def oauth_as_key(machine: Machine) -> str:
    return refused(machine, 401, "authentication_error", "invalid x-api-key", ANTHROPIC_API_KEY=OAUTH)


def oauth_not_supported(machine: Machine) -> str:
    return refused(
        machine,
        401,
        "authentication_error",
        "OAuth authentication is currently not supported.",
        ANTHROPIC_AUTH_TOKEN=OAUTH,
    )


def key_as_token(machine: Machine) -> str:
    machine.variables |= {"ANTHROPIC_AUTH_TOKEN": API_KEY}
    with running(AnthropicEmulator(credential="another")) as url:
        return asked(machine, url)


def oauth_expired(machine: Machine) -> str:
    return refused(
        machine,
        401,
        "authentication_error",
        "OAuth token has expired. Please obtain a new token or refresh your existing token.",
        CLAUDE_CODE_OAUTH_TOKEN=OAUTH,
        ANTHROPIC_AUTH_TOKEN=OAUTH,
    )


def oauth_only_for_claude_code(machine: Machine) -> str:
    message = "This credential is only authorized for use with Claude Code and cannot be used for other API requests."
    return refused(machine, 400, "invalid_request_error", message, ANTHROPIC_AUTH_TOKEN=OAUTH)


def admin_key(machine: Machine) -> str:
    return refused(machine, 401, "authentication_error", "invalid x-api-key", ANTHROPIC_API_KEY=ADMIN)


def no_permission(machine: Machine) -> str:
    message = "Your API key does not have permission to use the specified resource."
    return refused(machine, 403, "permission_error", message)


def workspace_without_model(machine: Machine) -> str:
    return refused(machine, 403, "permission_error", f"Your workspace does not have access to the model {MODEL}.")


def credit_low(machine: Machine) -> str:
    message = (
        "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or "
        "purchase credits."
    )
    return refused(machine, 400, "invalid_request_error", message)


def organisation_disabled(machine: Machine) -> str:
    return refused(machine, 400, "invalid_request_error", "This organization has been disabled.")


def rate_limited(machine: Machine) -> str:
    message = (
        "This request would exceed your organization's rate limit of 50,000 input tokens per minute. For details, "
        "refer to: https://docs.claude.com/en/api/rate-limits."
    )
    return refused(machine, 429, "rate_limit_error", message)


def overloaded(machine: Machine) -> str:
    return refused(machine, 529, "overloaded_error", "Overloaded")


def model_unknown(machine: Machine) -> str:
    machine.variables |= {"ANTHROPIC_API_KEY": API_KEY}
    with running(AnthropicEmulator(strict_models=True)) as url:
        return asked(machine, url, "claude-sonnet-9")


def long_context_refused(machine: Machine) -> str:
    message = "The long context beta is not yet available for this subscription."
    return refused(machine, 400, "invalid_request_error", message)


def long_context_extra(machine: Machine) -> str:
    return refused(machine, 429, "rate_limit_error", "Extra usage is required for long context requests.")


def too_large(machine: Machine) -> str:
    return refused(machine, 413, "request_too_large", "Request exceeds the maximum size")


def path_doubled(machine: Machine) -> str:
    machine.variables |= {"ANTHROPIC_API_KEY": API_KEY}
    with running(AnthropicEmulator()) as url:
        machine.variables["ANTHROPIC_BASE_URL"] = f"{url}/v1"
        return asked(machine, f"{url}/v1")


def page_instead(machine: Machine) -> str:
    machine.variables |= {"ANTHROPIC_API_KEY": API_KEY}
    page = "<!DOCTYPE html><html><head><title>404 Not Found</title></head><body>nginx/1.25</body></html>"
    with answering((404, page, {"content-type": "text/html"})) as url:
        machine.variables["ANTHROPIC_BASE_URL"] = url
        return asked(machine, url)


def nobody_listens(machine: Machine) -> str:
    from mcp_server.net.ports import free_port

    url = f"http://127.0.0.1:{free_port()}"
    machine.variables |= {"ANTHROPIC_API_KEY": API_KEY, "ANTHROPIC_BASE_URL": url}
    return f"{asked(machine, url)} (httpx: connection refused by {url})"


REFUSED = ("gateway_key_rejected", "stale_env_credential")
STATES = (
    State("missing", missing, ("login_state_required",), ("ANTHROPIC_API_KEY|/login",)),
    State(
        "header-missing",
        key_header_missing,
        (*REFUSED, "gateway_key_missing", "auth_header_format_wrong"),
        ("ANTHROPIC_API_KEY",),
    ),
    State("line-break", with_line_break, ("auth_header_format_wrong",), ("line break", "ANTHROPIC_API_KEY")),
    State("revoked", key_revoked, REFUSED, ("ANTHROPIC_API_KEY", "platform.claude.com")),
    State("oauth-as-key", oauth_as_key, ("oauth_passthrough_blocked",), ("CLAUDE_CODE_OAUTH_TOKEN",)),
    State("oauth-not-supported", oauth_not_supported, ("oauth_passthrough_blocked",), ("CLAUDE_CODE_OAUTH_TOKEN",)),
    State(
        "key-as-token",
        key_as_token,
        (*REFUSED, "auth_header_format_wrong"),
        ("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY"),
    ),
    State("oauth-expired", oauth_expired, ("login_state_required",), ("/login|setup-token",)),
    State("oauth-elsewhere", oauth_only_for_claude_code, ("oauth_passthrough_blocked",), ("API key",)),
    State("admin-key", admin_key, ("auth_header_format_wrong",), ("admin key",)),
    State("no-permission", no_permission, ("gateway_forbidden", "gateway_model_access_denied"), ("workspace",)),
    State("workspace", workspace_without_model, ("gateway_model_access_denied",), ("workspace", MODEL)),
    State("credit-low", credit_low, ("gateway_budget_exceeded", "stale_env_credential"), ("credit|billing",)),
    State(
        "organisation-disabled",
        organisation_disabled,
        ("stale_env_credential",),
        ("ANTHROPIC_API_KEY", "organi[sz]ation"),
    ),
    State("rate-limited", rate_limited, ("upstream_rate_limited",), ("higher limit", "retry-after")),
    State("overloaded", overloaded, ("upstream_overloaded",), ("retry", "fallback")),
    State(
        "model-unknown", model_unknown, ("gateway_model_not_mapped", "model_retired"), ("claude-sonnet-9", "/v1/models")
    ),
    State(
        "long-context",
        long_context_refused,
        ("beta_flag_rejected", "context_window_mismatch"),
        (r"1M|\[1m\]|context-1m",),
    ),
    State(
        "long-context-extra",
        long_context_extra,
        ("upstream_rate_limited", "context_window_mismatch", "beta_flag_rejected"),
        (r"1M|\[1m\]|context-1m",),
    ),
    State("too-large", too_large, ("request_body_too_large",), ("32 MB|size",)),
    State("path-doubled", path_doubled, ("base_url_path_duplicated",), ("/v1",)),
    State(
        "page-instead",
        page_instead,
        ("base_url_wrong_endpoint", "route_not_found", "html_instead_of_api", "gateway_lacks_messages_api"),
        ("ANTHROPIC_BASE_URL",),
    ),
    State("nobody-listens", nobody_listens, ("gateway_unreachable",), ("start|address|port",)),
)
