"""Wordings of refusals and the causes they stand for, most specific first (pure data).

Sources: LiteLLM 1.106.2 in front of refusing upstreams, and the providers' published error texts. Patterns are
case-insensitive and bounded; they run on at most a few thousand characters.
"""

from __future__ import annotations

import re

#: Words of the gateway itself (LiteLLM and its kind): the request never reached a provider.
GATEWAY: tuple[tuple[str, str], ...] = (
    (
        "all_deployments_cooling_down",
        r"no deployments available for selected model|cooldown_list|no healthy deployment",
    ),
    (
        "gateway_model_access_denied",
        r"key_model_access_denied|team_model_access_denied|not allowed to (?:access|call) model",
    ),
    ("gateway_model_not_mapped", r"invalid model name passed in|no .?model_name.? with this string|model_not_found"),
    ("gateway_budget_exceeded", r"budget has been exceeded|budget_exceeded|exceededbudget|over budget"),
    ("litellm_key_expired", r"expired_key|expired key|key expired"),
    ("litellm_key_not_found", r"no_db_connection|no connected db"),
    ("litellm_key_not_found", r"invalid proxy server token|token_not_found_in_db|unable to find token in cache"),
    ("litellm_key_format_invalid", r"expected to start with .?sk-|virtual key expected|malformed api key"),
    ("gateway_key_missing", r"no api key passed in|missing (?:api key|bearer token|credentials)"),
    (
        "gateway_rate_limit",
        r"max parallel request limit|crossed [tr]pm|(?:tpm|rpm|parallel).{0,30}limit.{0,30}(?:exceed|reach|hit)"
        r"|rate limit exceeded for (?:key|user|team|api_key|model_per_key)|deployment over (?:defined|user-defined)",
    ),
    ("gateway_dependency_missing", r"no module named|google cloud sdk not found|pip install .?litellm"),
    ("gateway_secret_not_resolved", r"os\.environ/|unable to decrypt|salt key"),
    ("gateway_config_invalid", r"llm provider not provided|unmapped llm provider"),
    ("gateway_outbound_tls_failed", r"certificate_verify_failed|certificate verify failed|ssl: "),
)

#: Words of a provider, quoted by a gateway or passed through.
UPSTREAM: tuple[tuple[str, str], ...] = (
    ("gcp_reauth_required", r"invalid_rapt|reauthentication is needed|reauth related"),
    (
        "gcp_adc_missing",
        r"default credentials were not found|defaultcredentialserror|could not load the default credentials",
    ),
    (
        "gcp_credential_file_invalid",
        r"invalid_grant|service account (?:info|file)|does not have a valid type|malformederror"
        r"|failed to load vertex credentials|unable to load (?:pem|credentials|vertex credentials)"
        r"|invalid jwt|could not deserialize key",
    ),
    (
        "gcp_project_setup_incomplete",
        r"service_disabled|has not been used in project|api .{0,60}is disabled|user_project_denied|quota project"
        r"|billing .{0,40}(?:disabled|enable)|project .{0,60}not found or deleted",
    ),
    (
        "gcp_iam_permission_denied",
        r"permission_denied|iam_permission_denied|permission .?aiplatform\.|aiplatform\.endpoints\.predict",
    ),
    (
        "vertex_quota_exhausted",
        r"resource_exhausted|resource (?:has been )?exhausted|quota exceeded for aiplatform"
        r"|vertex.{0,60}ratelimiterror",
    ),
    (
        "vertex_region_unsupported",
        r"not (?:available|supported|servable|served) in (?:the )?(?:region|location)"
        r"|unsupported region|location .{0,40}not supported",
    ),
    ("vertex_model_route_wrong", r"publishers?/google/models/[^ ]+ .{0,20}(?:was )?not found"),
    (
        "vertex_model_not_enabled",
        r"publisher model .{0,200}not found or your project|model garden|not enabled for (?:this )?project",
    ),
    (
        "aws_credentials_missing",
        r"unable to locate credentials|nocredentials|could not load credentials from any providers",
    ),
    ("aws_credentials_expired", r"expiredtoken|security token .{0,40}expired|token has expired and refresh failed"),
    (
        "aws_credentials_wrong",
        r"unrecognizedclientexception|security token included in the request is invalid|signature we calculated",
    ),
    (
        "bedrock_inference_profile_required",
        r"on-demand throughput isn|inference profile (?:id|arn)|with an inference profile",
    ),
    ("bedrock_model_id_invalid", r"model identifier is invalid"),
    ("bedrock_model_access_missing", r"don.?t have access to the model|model access is denied|use case details"),
    ("bedrock_throttled", r"throttlingexception|bedrock.{0,60}ratelimit"),
    ("upstream_overloaded", r"overloaded"),
)

#: Words about the request itself: the path and the credentials are fine, the dialect is not.
PROTOCOL: tuple[tuple[str, str], ...] = (
    ("beta_flag_rejected", r"anthropic-beta|invalid beta flag|unexpected value.{0,80}beta"),
    (
        "reasoning_signature_invalid",
        r"(?:invalid|missing|bad).{0,30}(?:thought.?)?signature|signature.{0,40}(?:invalid|missing|required)",
    ),
    (
        "system_role_rejected",
        r"valid role: user, model|unexpected role .{0,3}system|role .{0,3}system.{0,40}not supported"
        r"|input should be .?'?user'? or '?assistant|messages\.\d+\.role",
    ),
    (
        "model_lacks_tool_use",
        r"does not support (?:tool|function)|(?:tools?|function calling).{0,30}(?:is|are) not supported"
        r"|no endpoints found that support tool"
        r"|does not support parameters: \[[^\]]{0,200}'tools?'",
    ),
    (
        "thinking_param_unsupported",
        r"thinking.{0,80}(?:not supported|not permitted|does not match|invalid)"
        r"|adaptive thinking|reasoning_effort|effort parameter|budget_tokens",
    ),
    ("cache_control_rejected", r"cache_control|cachedcontents|prompt caching"),
    ("max_tokens_exceeds_model", r"max_?(?:output_?|completion_)?tokens"),
    (
        "tool_schema_rejected",
        r"input_schema|function_?declarations|(?:tool|function).{0,60}schema|json schema|invalid schema",
    ),
    (
        "context_window_mismatch",
        r"prompt is too long|context (?:length|window)|maximum context|input is too long|too many input tokens",
    ),
    ("request_body_too_large", r"request_too_large|entity too large|request too large"),
    (
        "body_field_rejected",
        r"extra inputs are not permitted|invalid label|unknown (?:name|field|parameter)"
        r"|unrecognized request argument|cannot find field|string too long|unsupportedparamserror|additional propert",
    ),
)


def _compiled(table: tuple[tuple[str, str], ...]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((cause, re.compile(pattern, re.IGNORECASE)) for cause, pattern in table)


_GATEWAY, _UPSTREAM, _PROTOCOL = _compiled(GATEWAY), _compiled(UPSTREAM), _compiled(PROTOCOL)


def gateway_cause(text: str) -> str | None:
    """The cause that the gateway itself names, or ``None``."""
    return _first(_GATEWAY, text)


def upstream_cause(text: str) -> str | None:
    """The cause that a provider names, or ``None``."""
    return _first(_UPSTREAM, text)


def protocol_cause(text: str) -> str | None:
    """The part of the request that is refused, or ``None``."""
    return _first(_PROTOCOL, text)


def _first(table: tuple[tuple[str, re.Pattern[str]], ...], text: str) -> str | None:
    return next((cause for cause, pattern in table if pattern.search(text)), None)
