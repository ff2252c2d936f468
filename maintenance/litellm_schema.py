"""Extracts from an installed LiteLLM what the validator must know, and writes or checks the data file.

    <python of the LiteLLM environment> maintenance/litellm_schema.py [--check] [--output FILE]

Facts come from the program itself: signatures, Pydantic fields, enumerations, constants, and the string keys
that its source reads from each section (found by walking the syntax tree). Nothing is sent anywhere.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import importlib
import inspect
import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, get_args

HERE = Path(__file__).resolve().parent
DEFAULT_OUTPUT = HERE.parent / "mcp_server" / "catalogue" / "litellm_schema.json"
SECTIONS = ("litellm_settings", "general_settings", "router_settings")

#: Keys that deployments carry for one provider and that no Pydantic model lists: read by name in the source
#: of that provider. Prefixes, because each release adds some.
PROVIDER_KEY_PREFIXES = ("vertex_", "aws_", "azure_", "watsonx_", "oci_", "sap_", "gdc_", "databricks_")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the committed file, change nothing")
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT)
    arguments = parser.parse_args()
    new = json.dumps(extract(), indent=1, ensure_ascii=True, sort_keys=True) + "\n"
    if not arguments.check:
        arguments.output.write_text(new, encoding="utf-8")
        print(f"wrote {arguments.output} ({len(new):,} characters)")
        return 0
    old = arguments.output.read_text(encoding="utf-8") if arguments.output.exists() else ""
    if old == new:
        print(f"{arguments.output.name} agrees with the installed LiteLLM")
        return 0
    sys.stdout.writelines(
        list(difflib.unified_diff(old.splitlines(True), new.splitlines(True), "committed", "installed"))[:80]
    )
    print(f"{arguments.output.name} has drifted: run this script without --check and review the difference")
    return 1


def extract() -> dict[str, Any]:
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # the map of this release, not of today
    os.environ.setdefault("LITELLM_LOG", "ERROR")
    litellm = importlib.import_module("litellm")
    from importlib.metadata import version

    root = Path(litellm.__file__).parent
    source = Source(root)
    return {
        "litellm": version("litellm"),
        "source": "maintenance/litellm_schema.py, run in the environment of this LiteLLM release",
        "sections": {
            "top": sorted(top_level_keys(source)),
            "general_settings": sorted(general_settings_keys(source)),
            "litellm_settings": sorted(litellm_settings_keys(source)),
            "router_settings": sorted(router_keys()),
            "litellm_params": sorted(litellm_params_keys(source)),
            "model_entry": ["blocked", "litellm_params", "model_info", "model_name", "rpm", "tpm"],
        },
        "list_sections": sorted(LIST_SECTIONS),
        "mapping_sections": sorted(MAPPING_SECTIONS),
        "moved_router_keys": ["health_check_concurrency", "health_check_interval"],
        "providers": providers(litellm),
        "bare_models": bare_models(litellm),
        "routing_generalizations": generalizations(),
        "openai_compatible_endpoints": sorted(str(e) for e in litellm.openai_compatible_endpoints),
        "routing_strategies": list(
            importlib.import_module("litellm.router_utils.routing_groups").VALID_ROUTING_STRATEGIES
        ),
        "callbacks": callbacks(litellm, source),
        "guardrails": sorted(
            str(m.value) for m in importlib.import_module("litellm.types.guardrails").SupportedGuardrailIntegrations
        ),
        "cache_types": sorted(str(m.value) for m in importlib.import_module("litellm.types.caching").LiteLLMCacheType),
        "cache_params": cache_params(),
        "key_management_systems": sorted(
            str(m.value) for m in importlib.import_module("litellm.types.secret_managers.main").KeyManagementSystem
        ),
        "blocked_environment_variables": sorted(
            importlib.import_module("litellm.proxy.proxy_server").ProxyConfig._BLOCKED_ENV_KEYS
        ),
        "weak_master_key_sha256": sorted(
            importlib.import_module("litellm.proxy.auth.master_key_boot_check").PUBLICLY_KNOWN_MASTER_KEY_SHA256_DIGESTS
        ),
        "retry_policy": sorted(importlib.import_module("litellm.types.router").RetryPolicy.model_fields),
        "typed_params": typed_fields("LiteLLM_Params"),
        "typed_info": typed_fields("ModelInfo"),
        "pre_call_checks": sorted(pre_call_checks()),
        "retirement_dates": retirement_dates(litellm),
    }


#: Sections that load_config iterates as a list, and those it reads as a mapping (seen by running it).
LIST_SECTIONS = [
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
]
MAPPING_SECTIONS = [
    "litellm_settings",
    "general_settings",
    "router_settings",
    "environment_variables",
    "callback_settings",
    "assistant_settings",
    "default_vertex_config",
    "mcp_servers",
    "policies",
]


class Source:
    """The syntax trees of the installed package, parsed once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._trees: dict[Path, ast.Module] = {}

    def tree(self, path: Path) -> ast.Module:
        if path not in self._trees:
            self._trees[path] = ast.parse(path.read_text(encoding="utf-8"))
        return self._trees[path]

    def files(self, under: str) -> list[Path]:
        base = self.root / under
        return [base] if base.is_file() else sorted(base.rglob("*.py"))

    def keys_read(self, names: set[str], under: str) -> Iterator[str]:
        """String keys read from a variable or attribute of one of these names: get, [], in, pop."""
        for path in self.files(under):
            for node in ast.walk(self.tree(path)):
                yield from _key_read(node, names)


def _key_read(node: ast.AST, names: set[str]) -> Iterator[str]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in {"get", "pop", "setdefault"} and _named(node.func.value, names) and node.args:
            yield from _text(node.args[0])
    elif isinstance(node, ast.Subscript) and _named(node.value, names):
        yield from _text(node.slice)
    elif (
        isinstance(node, ast.Compare)
        and isinstance(node.ops[0], (ast.In, ast.NotIn))
        and _named(node.comparators[0], names)
    ):
        yield from _text(node.left)


def _named(node: ast.AST, names: set[str]) -> bool:
    # `(general_settings or {}).get(...)` reads the section as well
    if isinstance(node, ast.BoolOp):
        return any(_named(value, names) for value in node.values)
    return (isinstance(node, ast.Name) and node.id in names) or (isinstance(node, ast.Attribute) and node.attr in names)


def _text(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def _function(tree: ast.Module, name: str) -> ast.AST:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name:
            return node
    raise SystemExit(f"LiteLLM has no function {name} any more: adapt maintenance/litellm_schema.py")


def _within(nodes: Iterable[ast.AST], names: set[str]) -> Iterator[str]:
    for node in nodes:
        for child in ast.walk(node):
            yield from _key_read(child, names)


def top_level_keys(source: Source) -> set[str]:
    server = source.tree(source.root / "proxy" / "proxy_server.py")
    config_class = next(n for n in ast.walk(server) if isinstance(n, ast.ClassDef) and n.name == "ProxyConfig")
    keys = set(_within([config_class], {"config"}))
    keys |= set(_within([source.tree(source.root / "proxy" / "proxy_cli.py")], {"_config", "config"}))
    # Read from the database copy or only warned about; in a file they do nothing.
    return (keys & {*LIST_SECTIONS, *MAPPING_SECTIONS}) | {"include", "model_list"}


def general_settings_keys(source: Source) -> set[str]:
    types = importlib.import_module("litellm.proxy._types")
    keys = set(types.ConfigGeneralSettings.model_fields)
    return keys | set(source.keys_read({"general_settings", "_general_settings"}, "proxy"))


def litellm_settings_keys(source: Source) -> set[str]:
    init = source.tree(source.root / "__init__.py")
    keys = {name for node in init.body for name in _assigned(node)}
    load = _function(source.tree(source.root / "proxy" / "proxy_server.py"), "load_config")
    for node in ast.walk(load):
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Name) and node.left.id == "key":
            for comparator in node.comparators:
                keys |= set(_text(comparator))
                if isinstance(comparator, ast.Set):
                    keys |= {t for element in comparator.elts for t in _text(element)}
    keys |= set(source.keys_read({"litellm_settings"}, "proxy"))
    for node in (n for path in source.files("") for n in ast.walk(source.tree(path))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "getattr"
            and isinstance(node.args[0], ast.Name)
            and node.args[0].id == "litellm"
        ):
            keys |= set(_text(node.args[1]))
    # Names imported into the package that are settings all the same (set_verbose): data, not code.
    litellm = importlib.import_module("litellm")
    keys |= {k for k, v in vars(litellm).items() if isinstance(v, (bool, int, float, str, list, dict))}
    return {k for k in keys if not k.startswith("_") and k != "key"}


def _assigned(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id
    elif isinstance(node, ast.Assign):
        yield from (t.id for t in node.targets if isinstance(t, ast.Name))
    elif isinstance(node, (ast.If, ast.Try)):
        for child in node.body:
            yield from _assigned(child)


def router_keys() -> set[str]:
    router = importlib.import_module("litellm.router")
    outside = set(importlib.import_module("litellm.proxy.proxy_server").ROUTER_SETTINGS_MANAGED_OUTSIDE_CONFIG)
    return set(router.Router.get_valid_args()) - outside


def litellm_params_keys(source: Source) -> set[str]:
    router_types = importlib.import_module("litellm.types.router")
    utils = importlib.import_module("litellm.types.utils")
    constants = importlib.import_module("litellm.constants")
    keys = set(router_types.LiteLLM_Params.model_fields) | set(utils.all_litellm_params)
    keys |= set(constants.OPENAI_CHAT_COMPLETION_PARAMS) | set(constants.DEFAULT_CHAT_COMPLETION_PARAM_VALUES)
    keys |= set(inspect.signature(importlib.import_module("litellm.main").completion).parameters)
    names = {"litellm_params", "optional_params", "kwargs", "litellm_params_dict", "non_default_params"}
    keys |= {k for k in source.keys_read(names, "llms") if k.startswith(PROVIDER_KEY_PREFIXES)}
    # Whatever a provider takes out of the request's parameters by name can be given in a deployment as well.
    keys |= set(source.keys_read({"optional_params", "litellm_params"}, "llms"))
    keys |= provider_config_attributes(source) | {"extra_body", "extra_headers"}
    auth = importlib.import_module("litellm.llms.bedrock.base_aws_llm").BaseAWSLLM
    keys |= set(auth().aws_authentication_params)
    return {k for k in keys if k.isidentifier() and k not in {"kwargs", "self"}}


def provider_config_attributes(source: Source) -> set[str]:
    """Annotated attributes of the provider configuration classes: the parameters a provider understands."""
    return {
        child.target.id
        for path in source.files("llms")
        for node in ast.walk(source.tree(path))
        if isinstance(node, ast.ClassDef) and node.name.endswith("Config")
        for child in node.body
        if isinstance(child, ast.AnnAssign)
        and isinstance(child.target, ast.Name)
        and not child.target.id.startswith("supports_")  # capabilities, which belong into model_info
    }


def providers(litellm: Any) -> list[str]:
    registry = importlib.import_module("litellm.llms.openai_like.json_loader").JSONProviderRegistry
    names = {str(getattr(p, "value", p)) for p in litellm.provider_list} | set(registry.list_providers())
    return sorted(names)


def bare_models(litellm: Any) -> dict[str, list[str]]:
    """Model names without a provider prefix that this release resolves, by the provider it infers."""
    known = set(providers(litellm))
    lists = [v for k, v in vars(litellm).items() if k.endswith("_models") and isinstance(v, (set, list, tuple))]
    everything = {*litellm.model_cost, *litellm.model_list, *(m for names in lists for m in names)}
    candidates = {m for m in everything if isinstance(m, str) and m.split("/")[0] not in known}
    litellm.suppress_debug_info = True
    found: dict[str, list[str]] = {}
    for model in sorted(candidates):
        try:
            provider = litellm.get_llm_provider(model=model)[1]
        except litellm.exceptions.BadRequestError:
            continue
        found.setdefault(str(provider), []).append(model)
    return found


def pre_call_checks() -> tuple[str, ...]:
    (literal,) = get_args(importlib.import_module("litellm.types.router").OptionalPreCallChecks)
    return tuple(str(name) for name in get_args(literal))


def retirement_dates(litellm: Any) -> dict[str, str]:
    """Deprecation dates of the price map for chat models of the providers Claude Code is routed to."""
    return {
        model: str(entry["deprecation_date"])
        for model, entry in sorted(litellm.model_cost.items())
        if isinstance(entry, dict)
        and entry.get("deprecation_date")
        and entry.get("mode") == "chat"
        and str(entry.get("litellm_provider", "")).startswith(("anthropic", "vertex", "gemini", "openai", "bedrock"))
    }


def generalizations() -> list[dict[str, str]]:
    """Last-resort rules of the price map: ``pattern`` (searched, any case) to ``provider``."""
    rules = importlib.import_module("litellm.litellm_core_utils.fallback_generalizations")
    return [{"pattern": rule.pattern.pattern, "provider": rule.provider} for rule in rules._registry.routing_rules]


def callbacks(litellm: Any, source: Source) -> list[str]:
    known = {str(getattr(c, "value", c)) for c in litellm._known_custom_logger_compatible_callbacks}
    proxy = source.tree(source.root / "proxy" / "common_utils" / "callback_utils.py")
    init = _function(proxy, "initialize_callbacks_on_proxy")
    for node in ast.walk(init):
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Name) and "callback" in node.left.id:
            for comparator in node.comparators:
                known |= set(_text(comparator))
    logging = source.tree(source.root / "litellm_core_utils" / "litellm_logging.py")
    legacy: set[str] = set()
    for node in ast.walk(logging):
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Name) and node.left.id == "callback":
            for comparator in node.comparators:
                legacy |= set(_text(comparator))
    return [*sorted(known), *sorted(f"legacy:{name}" for name in legacy - known)]


def cache_params() -> list[str]:
    caching = importlib.import_module("litellm.caching.caching")
    redis = importlib.import_module("litellm._redis")
    keys = set(inspect.signature(caching.Cache.__init__).parameters) - {"self", "kwargs"}
    keys |= set(redis._get_redis_kwargs())
    keys |= set(inspect.signature(importlib.import_module("litellm.caching.redis_cache").RedisCache).parameters)
    cluster = importlib.import_module("litellm.caching.redis_cluster_cache").RedisClusterCache
    keys |= set(inspect.signature(cluster).parameters) | {"redis_startup_nodes", "startup_nodes"}
    return sorted(k for k in keys if k not in {"kwargs", "args", "self"})


def typed_fields(model: str) -> dict[str, str]:
    """Keys whose Pydantic type is checked when a deployment is built: another type there drops it."""
    fields = getattr(importlib.import_module("litellm.types.router"), model).model_fields
    result = {}
    for name, field in fields.items():
        kinds = {str(getattr(kind, "__name__", kind)) for kind in get_args(field.annotation) or (field.annotation,)}
        kinds.discard("NoneType")
        if len(kinds) == 1 and (kind := kinds.pop().partition("[")[0]) in {
            "int",
            "float",
            "bool",
            "str",
            "dict",
            "list",
        }:
            result[name] = kind
    return result


if __name__ == "__main__":
    raise SystemExit(main())
