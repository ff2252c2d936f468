"""Which keys each section of a configuration reads: names only."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from typing import Any

from litellm_facts.source import Source, compared, module, named, package_value, parameters, text, within

SERVER = "proxy/proxy_server.py"
#: Keys that deployments carry for one provider and that no Pydantic model lists: read by name in the source
#: of that provider. Prefixes, because each release adds some.
PROVIDER_KEY_PREFIXES = ("vertex_", "aws_", "azure_", "watsonx_", "oci_", "sap_", "gdc_", "databricks_")
#: Sections that load_config iterates as a list, and those it reads as a mapping (seen by running it).
LIST_SECTIONS = (
    "model_list",
    "credential_list",
    "guardrails",
    "prompts",
    "include",
    "search_tools",
    "sandbox_tools",
    "vector_store_registry",
    "worker_registry",
    "policy_attachments",
    "agents",
    "agent_list",
    "finetune_settings",
    "files_settings",
    "mcp_tools",
)
MAPPING_SECTIONS = (
    "litellm_settings",
    "general_settings",
    "router_settings",
    "environment_variables",
    "callback_settings",
    "assistant_settings",
    "default_vertex_config",
    "mcp_servers",
    "policies",
)
#: Parameters of the router that load_config fills from elsewhere, for releases without a list of their own.
MANAGED_OUTSIDE = (
    "assistants_config",
    "ignore_invalid_deployments",
    "model_list",
    "router_general_settings",
    "search_tools",
)


def top(source: Source) -> set[str]:
    server = source.tree(SERVER)
    config_class = next(n for n in ast.walk(server) if isinstance(n, ast.ClassDef) and n.name == "ProxyConfig")
    keys = within(config_class, {"config"}) | within(source.tree("proxy/proxy_cli.py"), {"_config", "config"})
    # The others are read from the database's copy or only warned about; in a file they do nothing.
    return (keys & {*LIST_SECTIONS, *MAPPING_SECTIONS}) | {"include", "model_list"}


def general_settings(source: Source) -> set[str]:
    fields = set(getattr(named("litellm.proxy._types:ConfigGeneralSettings"), "model_fields", ()))
    return fields | source.keys_read({"general_settings", "_general_settings"}, "proxy")


def litellm_settings(source: Source) -> set[str]:
    keys = {name for node in source.tree("__init__.py").body for name in assigned(node)}
    keys |= set(compared(ast.walk(source.function(SERVER, "load_config")), "key"))
    keys |= source.keys_read({"litellm_settings"}, "proxy")
    for node in (n for path in source.holding(["getattr(litellm", "litellm,\n"]) for n in source.nodes(path)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "getattr"
            and isinstance(node.args[0], ast.Name)
            and node.args[0].id == "litellm"
        ):
            keys |= set(text(node.args[1]))
    # Names imported into the package that are settings all the same (set_verbose): data, not code.
    package = vars(module("litellm"))
    keys |= {k for k, v in package.items() if isinstance(v, (bool, int, float, str, list, dict))}
    values = {k: package_value(k) for k in keys}
    code = {k for k, v in values.items() if callable(v) or inspect.ismodule(v) or k[:1].isupper()}
    return {k for k in keys - code if not k.startswith("_") and k not in ("key", "annotations")}


def assigned(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id
    elif isinstance(node, ast.Assign):
        yield from (t.id for t in node.targets if isinstance(t, ast.Name))
    elif isinstance(node, (ast.If, ast.Try)):
        for child in node.body:
            yield from assigned(child)


def router_settings() -> set[str]:
    outside = set(named("litellm.constants:ROUTER_SETTINGS_MANAGED_OUTSIDE_CONFIG") or MANAGED_OUTSIDE)
    return set(parameters(named("litellm.router:Router"))) - outside


def litellm_params(source: Source) -> set[str]:
    keys = set(named("litellm.types.router:LiteLLM_Params").model_fields)
    for path in (
        "litellm.types.utils:all_litellm_params",
        "litellm.constants:OPENAI_CHAT_COMPLETION_PARAMS",
        "litellm.constants:DEFAULT_CHAT_COMPLETION_PARAM_VALUES",
    ):
        keys |= set(named(path) or ())
    keys |= set(inspect.signature(named("litellm.main:completion")).parameters)
    names = {"litellm_params", "optional_params", "kwargs", "litellm_params_dict", "non_default_params"}
    keys |= {k for k in source.keys_read(names, "llms") if k.startswith(PROVIDER_KEY_PREFIXES)}
    # Whatever a provider takes out of the request's parameters by name can be given in a deployment as well.
    keys |= source.keys_read({"optional_params", "litellm_params"}, "llms")
    keys |= _provider_config_attributes(source) | {"extra_body", "extra_headers"}
    keys |= set(named("litellm.llms.bedrock.base_aws_llm:BaseAWSLLM")().aws_authentication_params)
    return {k for k in keys if k.isidentifier() and k not in {"kwargs", "self"}}


def _provider_config_attributes(source: Source) -> set[str]:
    """Annotated attributes of the provider configuration classes: the parameters a provider understands."""
    return {
        child.target.id
        for path in source.holding(["Config"], "llms")
        for node in source.nodes(path)
        if isinstance(node, ast.ClassDef) and node.name.endswith("Config")
        for child in node.body
        if isinstance(child, ast.AnnAssign)
        and isinstance(child.target, ast.Name)
        # neither capabilities, which belong into model_info, nor constants
        and not (child.target.id.startswith("supports_") or child.target.id.isupper())
    }


def model_info(source: Source, litellm: Any) -> set[str]:
    """Typed fields, keys read by name, and every key of the price map: model_info is merged into its entry."""
    keys = set(named("litellm.types.router:ModelInfo").model_fields)
    keys |= set(getattr(named("litellm.types.utils:ModelInfo"), "__annotations__", ()))
    keys |= {key for entry in litellm.model_cost.values() if isinstance(entry, dict) for key in entry}
    names = {"model_info", "_model_info", "model_info_dict", "deployment_model_info", "_deployment_model_info"}
    return keys | source.keys_read(names, "")


def cache_params() -> set[str]:
    names = (
        "litellm.caching.caching:Cache",
        "litellm.caching.redis_cache:RedisCache",
        "litellm.caching.redis_cluster_cache:RedisClusterCache",
    )
    keys = {key for name in names for key in parameters(named(name))}
    keys |= set((named("litellm._redis:_get_redis_kwargs") or tuple)()) | {"redis_startup_nodes", "startup_nodes"}
    return {k for k in keys if k not in {"kwargs", "args", "self"}}
