"""Where the facts about nested sections come from: the classes and variables that hold them in LiteLLM."""

from __future__ import annotations

import re

#: What nobody writes into a file although an annotation leads there: parts of requests, and the router's own arguments.
LEFT_OUT = re.compile(
    r"(litellm_params|model_entry|agents\[\]|assistant_settings)\.|router_settings\.(model_list|guardrail_list|search_tools"
    r"|assistants_config|router_general_settings)|guardrails\[\]\.litellm_params\."
)
UPPERBOUND = "litellm.types.proxy.management_endpoints.ui_sso:LiteLLM_UpperboundKeyGenerateParams"
#: Nested sections that load_config builds from a class, where no annotation leads to it.
CLASSES = {
    "credential_list[]": "litellm.types.utils:CredentialItem",
    "guardrails[]": "litellm.types.guardrails:Guardrail",
    "prompts[]": "litellm.types.prompts.init_prompts:PromptSpec",
    "search_tools[]": "litellm.types.router:SearchToolTypedDict",
    "vector_store_registry[]": "litellm.types.vector_stores:LiteLLM_VectorStoreConfig",
    "worker_registry[]": "litellm.proxy._types:WorkerRegistryEntry",
    "agents[]": "litellm.types.agents:AgentConfig",
    "assistant_settings": "litellm.types.router:AssistantsTypedDict",
    "router_settings.model_group_alias.*": "litellm.types.router:RouterModelGroupAliasItem",
    "litellm_settings.default_team_settings[]": "litellm.proxy._types:TeamDefaultSettings",
    "litellm_settings.priority_reservation_settings": "litellm.types.utils:PriorityReservationSettings",
    "litellm_settings.model_group_settings": "litellm.types.router:ModelGroupSettings",
    "litellm_settings.upperbound_key_generate_params": UPPERBOUND,
    "general_settings.pass_through_endpoints[]": "litellm.proxy._types:PassThroughGenericEndpoint",
    "general_settings.litellm_jwtauth": "litellm.proxy._types:LiteLLM_JWTAuth",
    "general_settings.alerting_args": "litellm.types.integrations.slack_alerting:SlackAlertingArgs",
}
#: Nested sections that are read key by key: the variables that hold them, and where.
READ = {
    "mcp_servers.*": ({"server_config"}, "proxy/_experimental/mcp_server/mcp_server_manager.py"),
    "mcp_tools[]": ({"tool_config"}, "proxy/_experimental/mcp_server/tool_registry.py"),
    "sandbox_tools[]": ({"tool", "sandbox_tool"}, "sandbox/sandbox_tools.py"),
    "callback_settings.*": ({"callback_config", "otel_settings"}, ""),
    "general_settings.pass_through_endpoints[]": (
        {"endpoint_data", "endpoint"},
        "proxy/pass_through_endpoints/pass_through_endpoints.py",
    ),
    "guardrails[]": ({"guardrail"}, "proxy/guardrails"),
    "credential_list[]": ({"cred"}, "proxy/proxy_server.py"),
}
#: Tables of the admin UI that describe settings.
TABLES = {
    "router_settings": "litellm.types.management_endpoints:ROUTER_SETTINGS_FIELDS",
    "litellm_settings.cache_params": "litellm.types.management_endpoints:CACHE_SETTINGS_FIELDS",
}
