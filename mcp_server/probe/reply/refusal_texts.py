"""Wordings of refusals and the causes they stand for, most specific first (pure data).

Sources: LiteLLM 1.106.2 and claude gateway 2.1.330 in front of refusing upstreams, and the providers' published error
texts. Patterns are case-insensitive and bounded; they run on at most a few thousand characters.
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
        r"key_model_access_denied|team_model_access_denied|not allowed to (?:access|call) model"
        r"|not in your role.s availablemodels",
    ),
    (
        "gateway_model_not_mapped",
        r"invalid model name passed in|no .?model_name.? with this string|model_not_found"
        r"|not in the operator.s model allowlist",
    ),
    (
        "gateway_budget_exceeded",
        r"budget has been exceeded|budget_exceeded|exceededbudget|over budget|spend limit (?:reached|unavailable)",
    ),
    ("litellm_key_expired", r"expired_key|expired key|key expired"),
    # The database is lost (503); with none configured LiteLLM speaks of no connected db (400).
    ("litellm_db_unavailable", r"authentication database is temporarily unreachable|can.t reach database server"),
    ("litellm_key_not_found", r"no_db_connection|no connected db"),
    ("litellm_key_not_found", r"invalid proxy server token|token_not_found_in_db|unable to find token in cache"),
    ("litellm_key_format_invalid", r"expected to start with .?sk-|virtual key expected|malformed api key"),
    ("gateway_key_missing", r"no api key passed in"),
    (
        "oauth_passthrough_blocked",
        r"only authorized for use with claude code|oauth (?:authentication|token).{0,30}not (?:currently )?supported",
    ),
    (
        "gateway_rate_limit",
        r"max parallel request limit|crossed [tr]pm|(?:tpm|rpm|parallel).{0,30}limit.{0,30}(?:exceed|reach|hit)"
        r"|rate limit exceeded for (?:key|user|team|api_key|model_per_key)|deployment over (?:defined|user-defined)",
    ),
    ("gateway_dependency_missing", r"no module named|google cloud sdk not found|pip install .?litellm"),
    ("gateway_secret_not_resolved", r"os\.environ/|unable to decrypt|salt key"),
    ("gateway_config_invalid", r"llm provider not provided|unmapped llm provider"),
    ("gateway_outbound_tls_failed", r"certificate_verify_failed|certificate verify failed|ssl: "),
    # What claude gateway says instead of a cloud provider's own words, which may name accounts.
    ("gateway_upstream_credential_missing", r"upstream (?:authentication failed|denied the request)"),
    ("gateway_config_invalid", r"upstream resource not found"),
)

#: Words of a provider, quoted by a gateway or passed through.
UPSTREAM: tuple[tuple[str, str], ...] = (
    (
        "model_retired",
        r"end[- ]of[- ]life"
        r"|\b(?:model|deployment)\b.{0,160}\b(?:retired|decommissioned|discontinued|deprecated|sunset|shut ?down"
        r"|no longer (?:available|supported|offered|served))\b",
    ),
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
        r"unrecognizedclientexception|security token included in the request is invalid|signature we calculated"
        r"|credential should be scoped to|make sure your api key is valid",
    ),
    (
        "bedrock_inference_profile_required",
        r"on-demand throughput isn|inference profile (?:id|arn)|with an inference profile",
    ),
    ("bedrock_model_id_invalid", r"model identifier is invalid"),
    ("bedrock_model_access_missing", r"don.?t have access to the model|model access is denied|use case details"),
    ("bedrock_model_access_missing", r"not authorized to perform: bedrock:"),
    (
        "bedrock_throttled",
        r"throttlingexception|bedrock.{0,60}ratelimit|too many (?:tokens|requests), please wait before",
    ),
    (
        "upstream_rate_limited",
        r"(?:your|in) organi[sz]ation.{0,60}(?:rate limit|per min)|rate limit.{0,60} organi[sz]ation",
    ),
    ("upstream_overloaded", r"overloaded|^(?:server_error|upstream_error)\b"),
)

#: Words about the request itself: the path and the credentials are fine, the dialect is not.
PROTOCOL: tuple[tuple[str, str], ...] = (
    ("client_headers_not_preserved", r"anthropic-version.{0,60}(?:required|missing)"),
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
        r"thinking.{0,80}(?:not supported|not permitted|does not match|invalid)|\bthinking(?:\.\w{1,40}){0,3}: "
        r"|adaptive thinking|reasoning_effort|effort parameter|budget_tokens",
    ),
    ("cache_control_rejected", r"cache_control|cachedcontents|prompt caching"),
    ("context_window_mismatch", r"exceeds? (?:the )?context limit"),
    ("max_tokens_exceeds_model", r"max_?(?:output_?|completion_)?tokens"),
    (
        "tool_schema_rejected",
        r"input_schema|function_?declarations|(?:tool|function).{0,60}schema|json schema|invalid schema",
    ),
    (
        "context_window_mismatch",
        r"prompt is too long|context (?:length|window)|maximum context|input is too long|too many input tokens"
        r"|contextwindowexceeded|input token count|(?:exceed|maximum|over).{0,40}number of (?:input )?tokens allowed",
    ),
    ("request_body_too_large", r"request_too_large|entity too large|request too large"),
    (
        "body_field_rejected",
        r"extra (?:inputs|fields) (?:are )?not permitted|invalid label|cannot both be specified"
        r"|unsupported (?:parameter|field|value)|(?:parameter|field).{0,60}(?:not supported|unsupported|not allowed)"
        r"|unknown (?:name|field|parameter)|unrecognized request argument|cannot find field|string too long"
        r"|unsupportedparamserror|additional propert",
    ),
)


def _compiled(table: tuple[tuple[str, str], ...]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((cause, re.compile(pattern, re.IGNORECASE)) for cause, pattern in table)


#: What a server says that saw no credential at all; whose credential is missing, the circumstances tell.
_ABSENT = re.compile(
    r"(?:missing|no|without|empty) (?:\w{1,20} )?(?:api[- ]?key|key|bearer|token|jwt|credentials?|auth\w*)"
    r"|(?:api[- ]?key|authori[sz]ation|authentication|credentials?|token|jwt)(?: header)?(?: is| are|:)? "
    r"(?:required|missing|not (?:provided|found|present|supplied))"
    r"|(?:didn.?t|did not|must|failed to) (?:provide|supply|send) an? (?:api[- ]?key|token|credential)",
    re.IGNORECASE,
)
#: A model that is not there, in words of any server.
_NO_MODEL = re.compile(
    r"\b(?:unknown|invalid|unsupported|unrecogni[sz]ed|no such) model\b|not an? (?:\w{1,20} )?model\b"
    r"|no (?:allowed )?(?:endpoints?|providers?|deployments?) (?:found |available )?for (?:model )?\S"
    r"|\bmodels?\b.{0,120}(?:not (?:found|exist|available|supported|configured|recogni[sz]ed|served|allowed|known)"
    r"|(?:does|do) ?n.t exist|does not exist|is not a valid|unknown|no access)",
    re.IGNORECASE,
)
#: A credential that is refused although the status is not 401.
_BAD_KEY = re.compile(
    r"(?:invalid|incorrect|wrong|bad|unknown|malformed|revoked|expired) "
    r"(?:x-)?(?:api[- ]?key|token|credentials?|auth\w*)"
    r"|(?:api[- ]?key|token|credentials?) (?:is |was |has been )?"
    r"(?:invalid|not valid|incorrect|revoked|expired|unknown)"
    r"|unauthori[sz]ed|unauthenticated",
    re.IGNORECASE,
)
#: The paying account behind the gateway.
_UNPAID = re.compile(
    r"credit balance|insufficient (?:credits?|balance|funds)|billing_error|payment ?required|billing .{0,40}inactive"
    r"|account .{0,40}(?:suspended|past due|deactivated)",
    re.IGNORECASE,
)
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


#: Statuses and pages with one meaning, whatever the rest says: status (0: any), pattern, cause.
_PLAIN = (
    (403, r"^missing authentication token$", "route_not_found"),  # AWS API Gateway: no such path or method
    (400, r"plain http request was sent to https port", "plain_http_on_tls_port"),
    (400, r"no required ssl certificate|ssl certificate error", "tls_client_certificate_required"),
    (410, r"", "route_not_found"),
    (451, r"", "gateway_forbidden"),
    (511, r"", "redirect_to_login"),
)


def plain_cause(status: int, text: str) -> str | None:
    """The cause of a refusal that web servers word in one way only, or ``None``."""
    fits = (cause for known, says, cause in _PLAIN if status == known and re.search(says, text.strip(), re.IGNORECASE))
    return next(fits, None)


def says_no_credential(text: str) -> bool:
    """Nothing that could be a credential arrived there."""
    return _ABSENT.search(text) is not None


def says_no_model(text: str) -> bool:
    """The model's name is what is refused."""
    return _NO_MODEL.search(text) is not None


def says_bad_key(text: str) -> bool:
    """The credential is what is refused."""
    return _BAD_KEY.search(text) is not None


def says_unpaid(text: str) -> bool:
    """The provider's account has no money."""
    return _UNPAID.search(text) is not None


def _first(table: tuple[tuple[str, re.Pattern[str]], ...], text: str) -> str | None:
    return next((cause for cause, pattern in table if pattern.search(text)), None)
