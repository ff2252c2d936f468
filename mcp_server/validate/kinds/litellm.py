"""A LiteLLM proxy configuration as its program reads it: sections, deployments, names that can be called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from mcp_server.catalogue.load import read_json
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.document import Document, Language
from mcp_server.validate.kinds.kind import Part
from mcp_server.validate.nodes import Mapping, Mark, Node, Scalar, Sequence, join, text, walk

ID: Kind = "litellm"
TITLE = "LiteLLM configuration"
LANGUAGE: Language = "yaml"
READER = "LiteLLM"
DOCUMENTS = False
NOT_CHECKED = (
    "Not checked here: whether the credentials are valid, the regions and quotas allow the models, and the gateway "
    "answers. Only a request does that: llm-gateway test-model."
)
NEXT = "llm-gateway test-model --base-url http://127.0.0.1:4000 --level claude-code"
_KEYS = re.compile(
    r"(?m)^[\"']?(model_list|litellm_settings|general_settings|router_settings|litellm_params|model_name|credential_list"
    r"|environment_variables|include|guardrails|mcp_servers)[\"']?\s*:"
)
_JSON_KEYS = re.compile(r'"(model_list|litellm_settings|general_settings)"\s*:')


def claims(name: str, text: str) -> bool:
    return _KEYS.search(text) is not None or (text.startswith("{") and _JSON_KEYS.search(text[:200_000]) is not None)


def parts(document: Document) -> Iterable[Part]:
    return ()


#: Settings that map a model group to its fallbacks; both sections may carry them, the router's wins.
FALLBACK_KEYS = ("fallbacks", "context_window_fallbacks", "content_policy_fallbacks")
FALLBACK_SECTIONS = ("litellm_settings", "router_settings")
_NOTHING = Mapping(Mark(1, 1))


@dataclass
class Schema:
    """What the pinned LiteLLM reads (``catalogue/litellm_schema.json``)."""

    data: dict[str, Any]

    @property
    def version(self) -> str:
        return str(self.data["litellm"])

    def keys(self, section: str) -> frozenset[str]:
        return self._keys[section]

    @cached_property
    def _keys(self) -> dict[str, frozenset[str]]:
        return {name: frozenset(keys) for name, keys in self.data["sections"].items()}

    def names(self, name: str) -> frozenset[str]:
        return frozenset(self.data[name])

    @cached_property
    def providers(self) -> frozenset[str]:
        return self.names("providers")

    @cached_property
    def bare_models(self) -> dict[str, str]:
        return {m: provider for provider, models in self.data["bare_models"].items() for m in models}

    @cached_property
    def generalizations(self) -> list[tuple[re.Pattern[str], str]]:
        return [
            (re.compile(rule["pattern"], re.IGNORECASE), rule["provider"])
            for rule in self.data["routing_generalizations"]
        ]


@cache
def schema() -> Schema:
    """The schema of the pinned release."""
    return Schema(read_json("litellm_schema.json"))


@dataclass
class Deployment:
    """One well-formed enough entry of ``model_list``; ``None`` where a part is absent or of the wrong type."""

    path: str
    node: Mapping
    name: str | None
    params: Mapping | None
    info: Mapping | None

    @property
    def model_node(self) -> Node | None:
        return self.params.get("model") if self.params else None

    @cached_property
    def model(self) -> str | None:
        return text(self.model_node)

    @cached_property
    def provider(self) -> str | None:
        """The provider LiteLLM resolves, ``None`` when it finds none or the model is a reference."""
        if self.model is None or self.params is None:
            return None
        return provider_of(self.model, self.params)

    @property
    def model_id(self) -> str:
        """The model string without the provider's prefix."""
        model = self.model or ""
        head, _, tail = model.partition("/")
        return tail if tail and head in schema().providers else model

    def param(self, name: str) -> str | None:
        return text(self.params.get(name)) if self.params else None

    def param_path(self, name: str) -> str:
        return f"{self.path}.litellm_params.{name}"


def provider_of(model: str, params: Mapping) -> str | None:
    """The provider of a model string, in the order of LiteLLM's own resolution."""
    known = schema()
    given = text(params.get("custom_llm_provider"))
    if given:
        return given if given in known.providers or given.startswith("os.environ/") else None
    head, separator, _ = model.partition("/")
    if (separator and head in known.providers) or model in known.providers:
        return head
    base = text(params.get("api_base")) or text(params.get("base_url")) or ""
    if base and any(
        endpoint.split("://")[-1].rstrip("/") in base for endpoint in known.data["openai_compatible_endpoints"]
    ):
        return "openai"
    if model in known.bare_models:
        return known.bare_models[model]
    if "ft:gpt-3.5-turbo" in model or "ft:gpt-4" in model or model.startswith("gpt-image") or model == "*":
        return "openai"
    return next((p for pattern, p in known.generalizations if pattern.search(model)), None)


class LiteLLMConfig:
    """Lazy view of one document. Every accessor tolerates wrong types: other rules report those."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.root: Mapping = document.root if isinstance(document.root, Mapping) else _NOTHING

    def section(self, name: str) -> Mapping:
        node = self.root.get(name)
        return node if isinstance(node, Mapping) else _NOTHING

    def setting(self, section: str, key: str) -> Node | None:
        return self.section(section).get(key)

    @cached_property
    def has_include(self) -> bool:
        return "include" in self.root

    @cached_property
    def deployments(self) -> list[Deployment]:
        return list(self._deployments())

    def _deployments(self) -> Iterator[Deployment]:
        node = self.root.get("model_list")
        if not isinstance(node, Sequence):
            return
        for index, item in enumerate(node.items):
            if isinstance(item, Mapping):
                params, info = item.get("litellm_params"), item.get("model_info")
                yield Deployment(
                    f"model_list[{index}]",
                    item,
                    text(item.get("model_name")),
                    params if isinstance(params, Mapping) else None,
                    info if isinstance(info, Mapping) else None,
                )

    @cached_property
    def groups(self) -> frozenset[str]:
        return frozenset(d.name for d in self.deployments if d.name)

    @cached_property
    def aliases(self) -> dict[str, Node]:
        """Names of ``router_settings.model_group_alias``, with the node of their target."""
        node = self.setting("router_settings", "model_group_alias")
        return {e.name: e.value for e in node} if isinstance(node, Mapping) else {}

    @cached_property
    def _wildcards(self) -> list[re.Pattern[str]]:
        return [re.compile(re.escape(g).replace(r"\*", ".*")) for g in self.groups if "*" in g]

    @cached_property
    def custom_providers(self) -> frozenset[str]:
        node = self.setting("litellm_settings", "custom_provider_map")
        items = node.items if isinstance(node, Sequence) else []
        return frozenset(p for i in items if isinstance(i, Mapping) and (p := text(i.get("provider"))))

    def callable_name(self, name: str) -> bool:
        """Whether a request (or fallback) for ``name`` finds a deployment of this file."""
        if name in self.groups or name in self.aliases:
            return True
        return any(pattern.fullmatch(name) for pattern in self._wildcards)

    def fallbacks(self) -> Iterator[tuple[str, Node]]:
        """Every fallback setting: its path and its node."""
        for section in FALLBACK_SECTIONS:
            for key in FALLBACK_KEYS:
                node = self.setting(section, key)
                if node is not None:
                    yield join(section, key), node

    @cached_property
    def pairs(self) -> list[tuple[str, str, Node, list[Node]]]:
        """Every well-formed fallback: path, source name, source key node, target nodes."""
        result = []
        for path, node in self.fallbacks():
            for index, item in enumerate(node.items if isinstance(node, Sequence) else []):
                if not isinstance(item, Mapping) or len(item) != 1:
                    continue  # fallback-shape reports it
                for entry in item:
                    value = entry.value
                    targets = value.items if isinstance(value, Sequence) else [value]
                    result.append((f"{path}[{index}].{entry.name}", entry.name, entry.key, targets))
        return result

    def runs_here(self, context: Context) -> bool:
        """Whether the visible environment looks like the one LiteLLM is started from: it holds variables this file
        asks for. A variable that is missing there is really missing; anywhere else it may be set on the gateway."""
        return any(context.is_set(name) for name in ("LITELLM_MASTER_KEY", *self.references))

    @cached_property
    def references(self) -> frozenset[str]:
        """Names of all variables that the file asks for with os.environ/NAME."""
        nodes = (node for _, node in walk(self.root) if isinstance(node, Scalar))
        return frozenset(n.text.removeprefix("os.environ/") for n in nodes if n.text.startswith("os.environ/"))

    def flag(self, section: str, key: str) -> bool:
        node = self.setting(section, key)
        return isinstance(node, Scalar) and str(node.value).lower() in {"true", "1", "yes", "on"}


def litellm(document: Document) -> LiteLLMConfig:
    """The view of ``document``, built once and shared by all rules."""
    view = document.views.get("litellm")
    if not isinstance(view, LiteLLMConfig):
        view = document.views["litellm"] = LiteLLMConfig(document)
    return view
