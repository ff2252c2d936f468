"""What of a LiteLLM file cannot stay in the laboratory: it calls out, needs the user's code, or is a secret.

Source of the names: the configuration classes of LiteLLM 1.106.2.
"""

from __future__ import annotations

import re

#: Section (``""``: top level of the file), why its settings are left out, their names.
_RULES: tuple[tuple[str, str, str], ...] = (
    ("", "guardrails call other services", "guardrails policies policy_attachments prompts"),
    ("", "starts other tools", "mcp_servers mcp_tools mcp_aliases search_tools agent_list"),
    ("", "other services", "vector_store_registry files_settings finetune_settings assistant_settings worker_registry"),
    ("", "callbacks call out or are the user's code", "callback_settings"),
    (
        "litellm_settings",
        "callbacks call out or are the user's code",
        "callbacks success_callback failure_callback service_callback input_callback audit_log_callbacks "
        "post_call_rules pre_call_rules s3_callback_params default_team_settings datadog_params "
        "datadog_llm_observability_params aws_sqs_callback_params gcs_pub_sub_params newrelic_params "
        "generic_logger_params alerting",
    ),
    ("litellm_settings", "answers must come from the providers", "cache cache_params enable_redis_auth_cache"),
    ("litellm_settings", "runs the user's code or calls out", "guardrails custom_provider_map mcp_servers mcp_aliases"),
    ("litellm_settings", "the laboratory speaks plain HTTP on loopback", "ssl_verify ssl_certificate"),
    (
        "router_settings",
        "one LiteLLM without Redis runs here",
        "redis_url redis_host redis_port redis_password redis_db redis_startup_nodes redis_ssl "
        "cache_responses cache_kwargs caching_groups alerting_config",
    ),
    (
        "general_settings",
        "the user's database is never touched",
        "database_url database_url_replica database_type database_args database_connection_pool_limit "
        "store_model_in_db database_connection_timeout database_extra_connection_params "
        "use_redis_transaction_buffer use_prisma_migrate allow_requests_on_db_unavailable",
    ),
    (
        "general_settings",
        "runs the user's code",
        "custom_auth custom_auth_run_common_checks custom_key_generate custom_sso custom_ui_sso_sign_in_handler",
    ),
    (
        "general_settings",
        "asks an identity provider",
        "enable_jwt_auth litellm_jwtauth enable_oauth2_auth enable_oauth2_proxy_auth oauth2_config_mappings",
    ),
    ("general_settings", "the drill comes from 127.0.0.1", "allowed_ips use_x_forwarded_for"),
    (
        "general_settings",
        "secrets of the file are never fetched",
        "key_management_system key_management_settings use_google_kms use_azure_key_vault use_aws_secret_manager",
    ),
    (
        "general_settings",
        "alerts call out",
        "alerting alert_types alert_to_webhook_url alerting_args alerting_threshold",
    ),
    ("general_settings", "its calls would mix with the drill's", "background_health_checks"),
)
#: Section → setting → why it is left out.
LEFT_OUT: dict[str, dict[str, str]] = {
    section: {name: why for place, why, names in _RULES if place == section for name in names.split()}
    for section in dict.fromkeys(place for place, _, _ in _RULES)
}

#: Parameters of a deployment that lead to the user's provider; the laboratory sets its own.
PROVIDER_PARAMETERS = re.compile(
    r"^(?:api_?key|api_?base|base_url|api_version|azure_\w+|aws_\w+|vertex_project|vertex_credentials|vertex_ai_\w+"
    r"|gcs_bucket_name|watsonx_\w+|litellm_credential_name|client_id|client_secret|tenant_id|organization|region_name"
    r"|project_id|s3_\w+|oci_\w+|sap_\w+|use_in_pass_through|use_litellm_proxy|ssl_verify|custom_llm_provider)$"
)
#: Names whose value is a credential, wherever they stand.
CREDENTIAL = re.compile(
    r"(?i)(?:^|[_-])(?:api[_-]?key|secret|secret[_-]key|password|passwd|credentials?|(?:auth|access|session|bearer|refresh)[_-]token"
    r"|private[_-]key|authorization|cookie|webhook(?:_url)?|license(?:_key)?|salt[_-]key|master[_-]key)$"
)
#: Variables of the file's ``environment_variables`` that would send traffic elsewhere.
NETWORK_VARIABLE = re.compile(
    r"(?i)^(?:https?|all|no)_proxy$|_(?:url|uri|host|endpoint|base)$|^(?:redis|database|direct)_"
)
#: Values that cannot be a secret.
PLAIN_VALUE = re.compile(r"(?i)^(?:-?\d{1,6}(?:\.\d{1,6})?|true|false|yes|no|on|off)$")
