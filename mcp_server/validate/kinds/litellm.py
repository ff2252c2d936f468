"""A LiteLLM proxy configuration as its program reads it: sections, deployments, names that can be called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import translate
from functools import cached_property

from mcp_server.document.document import Document, Language
from mcp_server.document.nodes import Mapping, Mark, Node, Scalar, Sequence, join, text, walk
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.kind import Part
from mcp_server.validate.schemas.litellm_schema import schema as schema

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
EXPECT = "verdict ok for every model"
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

#: With more wildcards than that, every name counts as served: trying all would take longer than reading the file.
MAX_WILDCARDS = 200


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
    if separator and head in known.providers:
        return head
    if model in known.providers:
        return None  # LiteLLM looks for a model behind it and drops the deployment
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
    """Lazy view of one document. Every accessor tolerates wrong types: other rules report those.

    A configuration may stand in several files (``validate/includes.py``). ``section``, ``setting``, ``deployments``,
    ``fallbacks`` and ``pairs`` are those written in this file; names and switches are those of all files together.
    """

    def __init__(self, document: Document, main: LiteLLMConfig | None = None) -> None:
        self.name = document.name
        self.root: Mapping = document.root if isinstance(document.root, Mapping) else _NOTHING
        self.unread = "include" in self.root
        """Something is included that cannot be looked into, so that names may be defined there."""
        # A view of one file holds no reference to itself: it is freed with its document, without the cycle collector.
        self._main = main
        self._included: list[LiteLLMConfig] = []
        if main is not None:
            main._included.append(self)

    @property
    def files(self) -> list[LiteLLMConfig]:
        """The main file, then the included ones in the order in which LiteLLM merges them."""
        main = self._main or self
        return [main, *main._included]

    @property
    def is_main(self) -> bool:
        return self._main is None

    @property
    def incomplete(self) -> bool:
        """Whether models and settings may exist that no file here shows: unread includes, or a database."""
        return any(file.unread for file in self.files) or self.flag("general_settings", "store_model_in_db")

    def section(self, name: str) -> Mapping:
        node = self.root.get(name)
        return node if isinstance(node, Mapping) else _NOTHING

    def setting(self, section: str, key: str) -> Node | None:
        return self.section(section).get(key)

    def effective(self, name: str) -> Mapping:
        """A section as LiteLLM sees it: the last file that has it replaces it whole."""
        return next((f.section(name) for f in reversed(self.files) if name in f.root), _NOTHING)

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
        return frozenset(d.name for file in self.files for d in file.deployments if d.name)

    @cached_property
    def aliases(self) -> dict[str, Node]:
        """Names of ``router_settings.model_group_alias``, with the node of their target."""
        node = self.effective("router_settings").get("model_group_alias")
        return {e.name: e.value for e in node} if isinstance(node, Mapping) else {}

    @cached_property
    def _wildcards(self) -> list[re.Pattern[str]]:
        names = [g.replace("[", "[[]").replace("?", "[?]") for g in self.groups if "*" in g]
        return [re.compile(translate(name)) for name in names]  # matches in linear time, unlike .*a.*a.*

    @cached_property
    def custom_providers(self) -> frozenset[str]:
        node = self.effective("litellm_settings").get("custom_provider_map")
        items = node.items if isinstance(node, Sequence) else []
        return frozenset(p for i in items if isinstance(i, Mapping) and (p := text(i.get("provider"))))

    @cached_property
    def credentials(self) -> frozenset[str]:
        """Names in ``credential_list``."""
        lists = [node for file in self.files if isinstance(node := file.root.get("credential_list"), Sequence)]
        items = [item for node in lists for item in node.items if isinstance(item, Mapping)]
        return frozenset(name for item in items if (name := text(item.get("credential_name"))))

    def callable_name(self, name: str) -> bool:
        """Whether a request (or fallback) for ``name`` finds a deployment of this file."""
        return name in self.aliases or self.served(name)

    def served(self, name: str) -> bool:
        """The same without aliases, of which LiteLLM follows only one. A wildcard is also tried with the provider that
        LiteLLM infers for the bare name."""
        if name in self.groups:
            return True
        if not self._wildcards or len(self._wildcards) > MAX_WILDCARDS:
            return bool(self._wildcards)
        provider = provider_of(name, _NOTHING)
        return any(p.fullmatch(name) or (provider and p.fullmatch(f"{provider}/{name}")) for p in self._wildcards)

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
        nodes = (node for file in self.files for _, node in walk(file.root) if isinstance(node, Scalar))
        return frozenset(n.text.removeprefix("os.environ/") for n in nodes if n.text.startswith("os.environ/"))

    def flag(self, section: str, key: str) -> bool:
        """Whether a switch is on in the end."""
        node = self.effective(section).get(key)
        return isinstance(node, Scalar) and str(node.value).lower() in {"true", "1", "yes", "on"}


def litellm(document: Document) -> LiteLLMConfig:
    """The view of ``document``, built once and shared by all rules."""
    view = document.views.get("litellm")
    if not isinstance(view, LiteLLMConfig):
        view = document.views["litellm"] = LiteLLMConfig(document)
    return view
