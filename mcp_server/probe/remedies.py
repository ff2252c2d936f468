"""The minimal change that cures each cause: one client variable or one gateway setting (pure data).

Source of the LiteLLM settings and client switches: measured with LiteLLM 1.106.2 and Claude Code 2.1.330.
"""

from __future__ import annotations

import re

from mcp_server.errors import nearest
from mcp_server.probe.context import Context
from mcp_server.redact import quote, url

_PROVIDER_SIDE = "Change it on the gateway; nothing in Claude Code's settings can cure it."

_FIXES: dict[str, str] = {
    # route
    "redirect_to_login": "Put a URL into ANTHROPIC_BASE_URL that answers API calls without a sign-in page, or let the "
    "gateway accept the bearer token on /v1/messages. Never put a redirect in front of a gateway.",
    "html_instead_of_api": "Point ANTHROPIC_BASE_URL at the gateway's API address (not its web page), and exempt it "
    "from captive portals and block pages.",
    "base_url_path_duplicated": "Cut the path from ANTHROPIC_BASE_URL ({base_url}): Claude Code appends /v1/messages "
    "itself, so {path} is sent twice.",
    "route_not_found": "Correct the path in ANTHROPIC_BASE_URL: {base_url}/v1/messages must exist. If the gateway has "
    "no Anthropic Messages route, put one that has (LiteLLM) in front of it.",
    "gateway_lacks_messages_api": "The gateway speaks only the OpenAI API. Put LiteLLM in front of it "
    "(model: openai/NAME with use_chat_completions_api: true) and point ANTHROPIC_BASE_URL there.",
    "base_url_wrong_endpoint": "Correct ANTHROPIC_BASE_URL: this address answers, but it is no LLM gateway.",
    "gateway_error": "Look into the log of the gateway and of the load balancer in front of it; the failure is theirs.",
    "request_body_too_large": "Raise the body limit of the reverse proxy (nginx: client_max_body_size 32m) on this "
    "path; Claude Code sends up to 32 MB.",
    # gateway_auth
    "litellm_key_not_found": "Put a key that this LiteLLM knows into {credential}: its master key, or a virtual key "
    "made on this instance (virtual keys need general_settings.database_url).",
    "litellm_key_format_invalid": "Put a LiteLLM key into {credential}; it begins with sk-.",
    "litellm_key_expired": "Make a new virtual key on LiteLLM (or extend its duration) and put it into {credential}.",
    "litellm_db_unavailable": "Set general_settings.database_url on LiteLLM if you use virtual keys; with the master "
    "key alone no database is needed.",
    "gateway_key_missing": "Set ANTHROPIC_AUTH_TOKEN (in the shell or in the env block of settings.json) to the "
    "gateway's key.",
    "gateway_key_rejected": "Put a valid key of this gateway into {credential}; the present one is wrong, expired or "
    "for another environment.",
    "gateway_forbidden": "Let the gateway's policy allow POST /v1/messages for this key (and exempt the path from "
    "body inspection by a web application firewall).",
    "auth_header_format_wrong": "Move the key from {credential} to {other_credential}: this gateway reads "
    "{other_header}.",
    "gateway_model_access_denied": "Allow the model {model} for this key, user or team on the gateway, or use a key "
    "that may call it.",
    # gateway_config
    "gateway_secret_not_resolved": "Fix the secret reference of this deployment on the gateway (environment variable "
    "set before the start, same salt key as when it was stored).",
    "gateway_config_invalid": "Correct the model entry on the gateway; validate_config names the line.",
    "gateway_dependency_missing": "Install the missing package where the gateway runs (for Vertex: "
    "pip install 'litellm[google]') and restart it.",
    # model
    "gateway_model_not_mapped": "Add model_name: {model} to model_list on the gateway, or set ANTHROPIC_MODEL to a "
    "name that it serves{listed}.",
    "model_alias_unmapped": "Set {tier_variable} to a name that the gateway serves{listed}, or add {model} there "
    "(LiteLLM: router_settings.model_group_alias).",
    "wrong_model_answered": "Check the route, fallback or default of {model} on the gateway: another model answers.",
    "model_lacks_tool_use": "Choose a model with tool use for ANTHROPIC_MODEL. If this model has it, let the tools "
    "through on the gateway (LiteLLM: allowed_openai_params: [tools, tool_choice]).",
    # upstream
    "gateway_upstream_credential_missing": "Correct the provider key of this deployment on the gateway; Claude Code's "
    "own key is fine.",
    "gateway_outbound_tls_failed": "Give the gateway the corporate CA: SSL_CERT_FILE and REQUESTS_CA_BUNDLE where "
    "LiteLLM runs.",
    "gcp_adc_missing": "Give the gateway Google credentials: vertex_credentials in litellm_params, or "
    "GOOGLE_APPLICATION_CREDENTIALS where it runs.",
    "gcp_reauth_required": "Run gcloud auth application-default login where the gateway runs, or use a service "
    "account.",
    "gcp_credential_file_invalid": "Give the gateway a complete service-account JSON that Google still accepts.",
    "gcp_iam_permission_denied": "Grant the gateway's principal roles/aiplatform.user in the project.",
    "gcp_project_setup_incomplete": "Enable aiplatform.googleapis.com in the project and set vertex_project to it.",
    "vertex_model_not_enabled": "Enable the model in Model Garden for this project (or choose its living successor).",
    "vertex_region_unsupported": "Set vertex_location of this deployment to a region that serves the model (often "
    "global).",
    "vertex_model_route_wrong": "Correct the model string of this deployment: publisher, id and version must be one "
    "that the project's location serves today.",
    "upstream_overloaded": "Try again later; add a second deployment or a fallback for {model} on the gateway.",
    "aws_credentials_missing": "Give the gateway AWS credentials for this deployment.",
    "aws_credentials_expired": "Renew the AWS session where the gateway runs and restart it.",
    "aws_credentials_wrong": "Correct the AWS key pair or region of this deployment.",
    "bedrock_model_id_invalid": "Use a Bedrock model id of that region for this deployment.",
    "bedrock_inference_profile_required": "Use the inference profile id (for example with the prefix us.) instead of "
    "the bare model id.",
    "bedrock_model_access_missing": "Request access to the model in the Bedrock console of that region.",
    # limits
    "vertex_quota_exhausted": "Raise the quota, use another region or provisioned throughput, or add a fallback for "
    "{model} on the gateway.",
    "bedrock_throttled": "Raise the Bedrock quota or lower CLAUDE_CODE_MAX_OUTPUT_TOKENS: reserved output counts.",
    "gateway_rate_limit": "Raise rpm, tpm or max_parallel_requests of this key or deployment on the gateway.",
    "gateway_budget_exceeded": "Raise or reset the budget of this key, user or team on the gateway.",
    "all_deployments_cooling_down": "Read the gateway's log for the first error: the cooldown only hides it. With one "
    "deployment per model set router_settings.disable_cooldowns: true.",
    "upstream_rate_limited": "Raise the rate limit at the provider, or add a second deployment of {model}.",
    # protocol
    "beta_flag_rejected": "Set CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS=1 in Claude Code's settings, or let the gateway "
    "drop beta names that its provider does not know.",
    "body_field_rejected": "Set CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS=1 (removes context_management and message-level "
    "output_config); for output_config itself set CLAUDE_CODE_EFFORT_LEVEL=auto. On LiteLLM: drop_params: true.",
    "thinking_param_unsupported": "Set CLAUDE_CODE_DISABLE_THINKING=1, or litellm_settings.drop_params: true on "
    "LiteLLM; for an effort field set CLAUDE_CODE_EFFORT_LEVEL=auto.",
    "reasoning_signature_invalid": "Let the gateway return thinking blocks and their signatures unchanged, or set "
    "CLAUDE_CODE_DISABLE_THINKING=1.",
    "tool_schema_rejected": "Update the gateway, or set litellm_settings.drop_params / modify_params: the provider "
    "refuses a JSON Schema keyword that Claude Code's tools use.",
    "tool_type_unsupported": "Deny the server tool in Claude Code's permissions (for example WebSearch).",
    "cache_control_rejected": "Set DISABLE_PROMPT_CACHING=1 (on LiteLLM with Gemini: "
    "litellm_settings.disable_anthropic_gemini_context_caching_transform: true).",
    "system_role_rejected": "Give the model a name that Claude Code treats as an older Claude (modelOverrides "
    '{{"claude-haiku-4-5-20251001": "{model}"}}), or a gateway that translates role system inside messages.',
    "max_tokens_exceeds_model": "Set CLAUDE_CODE_MAX_OUTPUT_TOKENS to the model's limit, or "
    "litellm_settings.modify_params: true on LiteLLM.",
    "context_window_mismatch": "Set CLAUDE_CODE_MAX_CONTEXT_TOKENS to the model's real window.",
    "response_shape_invalid": "Let the gateway answer POST /v1/messages with Anthropic Messages events "
    "(content-type text/event-stream).",
    "response_not_streamed": "Switch response buffering off on the way (nginx: proxy_buffering off; serverless and "
    "API gateways: response streaming on) for /v1/messages.",
    "stream_cut": "Raise the read timeout of every proxy on the way above 300 s and relay every event up to "
    "message_stop.",
    "stream_malformed": "Let the gateway relay the provider's events unchanged and in order, each with its event: "
    "line; update it if it translates.",
    "stream_or_request_timeout": "Raise the request timeout on the gateway, or find out in its log what it waits for.",
    "slow_first_byte": "Find out in the gateway's log what takes so long (retries, a tokenizer download, a cold "
    "start); API_TIMEOUT_MS raises Claude Code's patience.",
    "tool_call_lost": "Update the gateway or switch off what rewrites answers there: tool calls must come back "
    "complete, their input as input_json_delta events.",
    "usage_missing": "Let the gateway report usage (LiteLLM: stream_options include_usage upstream); without it "
    "Claude Code cannot tell when the context is full.",
    "client_headers_not_preserved": "Let the gateway forward anthropic-beta and anthropic-version unchanged.",
    "count_tokens_unsupported": "Nothing must be done: Claude Code then counts by other means. LiteLLM answers the "
    "route for most models.",
    "connection_reset": "Look into the gateway's log at this moment: it accepted the connection and closed it without "
    "an answer.",
    "proxy_auth_failed": "Put valid credentials, percent-encoded, into the proxy URL.",
    "unknown": "Send the quoted text and the gateway's log of this moment to diagnose_auth.",
}


#: Wordings that allow a more exact change than their cause alone.
_REFINED: tuple[tuple[str, str], ...] = (
    (
        r"invalid label",
        "Set labels: {{app: claude-code}} in litellm_params of {model}: without labels LiteLLM sends the client's long "
        "metadata.user_id as one.",
    ),
    (
        r"invalid 'user': string too long",
        "Set additional_drop_params: [user] in litellm_params of {model}: the client's user id is longer than 64.",
    ),
    (
        r"cannot connect to host|connection refused|connect call failed|name or service not known",
        "Check api_base of {model} and the gateway's own way out (proxy, firewall): it cannot reach its provider.",
    ),
    (
        r"paymentrequired|billing_error|credit balance",
        "Top up or reactivate the account at the provider; its key and the gateway are fine.",
    ),
    (
        r"notfounderror: anthropicexception",
        "Correct litellm_params.model (or api_base) of {model}: the provider does not know it.",
    ),
    (
        r"output_config: extra inputs",
        "Set CLAUDE_CODE_EFFORT_LEVEL=auto in Claude Code's settings; it removes output_config.",
    ),
)


def fix_for(cause: str, context: Context, said: str = "") -> str:
    """The minimal change for ``cause`` in this run; ``said`` is the refusal's text."""
    other = ("ANTHROPIC_API_KEY", "x-api-key")
    if "x-api-key" in context.headers and "authorization" not in context.headers:
        other = ("ANTHROPIC_AUTH_TOKEN", "Authorization: Bearer")
    refined = next((fix for pattern, fix in _REFINED if re.search(pattern, said, re.IGNORECASE)), None)
    return (refined or _FIXES.get(cause, _PROVIDER_SIDE)).format(
        base_url=url(context.route.base_url.rstrip("/")),
        path=context.base_path or "the path",
        credential=context.credential or "ANTHROPIC_AUTH_TOKEN",
        other_credential=other[0],
        other_header=other[1],
        model=context.model_name or "the model",
        tier_variable=_tier_variable(context),
        listed=_listed(context),
    )


def _tier_variable(context: Context) -> str:
    model = context.model
    if model is None or model.asked == "default":
        return "ANTHROPIC_MODEL"
    tier = model.asked.lower().removesuffix("[1m]")
    if tier in ("opus", "sonnet", "haiku", "fable"):
        return f"ANTHROPIC_DEFAULT_{tier.upper()}_MODEL"
    return "CLAUDE_CODE_SUBAGENT_MODEL" if tier == "subagent" else "ANTHROPIC_MODEL"


def _listed(context: Context) -> str:
    names = context.gateway.models or ()
    if not names:
        return ""
    close = nearest(context.model_name, names)
    shown = ", ".join(quote(name, 60) for name in ([close] if close else list(names[:6])))
    return f" (it lists {shown}{'' if close or len(names) <= 6 else ', …'})"
