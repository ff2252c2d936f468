"""What each key of each section takes: type, allowed values, default, bounds.

The result maps a section to its keys and a key to its facts: ``type`` (JSON name, or a list of them; absent: anything),
``values``, ``items`` (facts of a list's items), ``default``, ``required``, bounds. Nested sections are named
by their path: ``general_settings.pass_through_endpoints[]`` (items), ``mcp_servers.*`` (values of any name).
"""

from __future__ import annotations

import ast
import inspect
import sys
from pathlib import Path
from typing import Any

from litellm_facts import names, sections
from litellm_facts.annotations import Shape, has_fields, hints, shape
from litellm_facts.nested import CLASSES, LEFT_OUT, READ, TABLES
from litellm_facts.source import ABSENT, Source, literal, module, named, package_value, parameters, within

Facts = dict[str, dict[str, Any]]
DEPTH = 2


class Details:
    """Collects the facts of one installed release."""

    def __init__(self, source: Source, litellm: Any) -> None:
        self.source = source
        self.litellm = litellm
        self.sections: dict[str, Facts] = {}
        self.extra: dict[str, str] = {}

    def collect(self) -> None:
        source = self.source
        self._top()
        self._add("general_settings", named("litellm.proxy._types:ConfigGeneralSettings"), open_=True)
        self._read("general_settings", {"general_settings", "_general_settings"}, "proxy")
        self._litellm_settings()
        self._signature("router_settings", named("litellm.router:Router"))
        self.sections["router_settings"]["routing_strategy"]["values"] = names.routing_strategies()
        self._add("model_entry", named("litellm.types.router:Deployment"), only=("model_name", "blocked"), open_=True)
        self._add("litellm_params", named("litellm.types.router:LiteLLM_Params"), open_=True)
        self._signature("litellm_params", named("litellm.main:completion"), values=False)
        self._add("model_info", named("litellm.types.utils:ModelInfo"), open_=True, values=False)
        self._add("model_info", named("litellm.types.router:ModelInfo"), open_=True)
        for path in ("caching:Cache", "redis_cache:RedisCache", "redis_cluster_cache:RedisClusterCache"):
            self._signature("litellm_settings.cache_params", named(f"litellm.caching.{path}"))
        for path, kind in CLASSES.items():
            self._add(path, named(kind))
        for path, (variables, under) in READ.items():
            self._read(path, variables, under)
        self._add("mcp_servers.*", named("litellm.types.mcp_server.mcp_server_manager:MCPServer"), known=True)
        for path, table in TABLES.items():
            self._table(path, named(table))
        self._keep("top", sections.top(source))
        self._keep("general_settings", sections.general_settings(source))
        self._keep("litellm_settings", sections.litellm_settings(source))
        self._keep("router_settings", sections.router_settings())
        self._keep("litellm_params", sections.litellm_params(source))
        self._keep("model_info", sections.model_info(source, self.litellm))
        self._keep("model_entry", {"blocked", "litellm_params", "model_info", "model_name", "rpm", "tpm"})
        self._keep("litellm_settings.cache_params", sections.cache_params())

    def _keep(self, section: str, keys: set[str]) -> None:
        """Exactly these keys: those without facts get none, the others are not read from a file."""
        facts = self.sections.get(section, {})
        self.sections[section] = {key: facts.get(key, {}) for key in keys}

    def _merge(self, section: str, facts: Facts) -> None:
        """Later sources fill in what earlier ones leave open."""
        known = self.sections.setdefault(section, {})
        for key, found in facts.items():
            known[key] = {**found, **known.get(key, {})}

    # Where facts come from

    def _add(
        self,
        path: str,
        kind: Any,
        *,
        only: tuple[str, ...] = (),
        open_: bool = False,
        values: bool = True,
        known: bool = False,
        above: tuple[Any, ...] = (),
    ) -> None:
        """The fields of a Pydantic model or TypedDict as a section, and those of the classes its fields hold.

        ``open_``: other keys are welcome. ``values=False``: nothing checks the values that the annotations list.
        ``known``: only of keys that are in the section already, which the program hands over to this class.
        """
        if kind is None or kind in above or len(above) > DEPTH or LEFT_OUT.match(path):
            return
        facts: Facts = {}
        fields = getattr(kind, "model_fields", None)
        if fields is not None:
            self.extra.setdefault(path, "allow" if open_ else str(kind.model_config.get("extra") or "ignore"))
            facts = {name: {} for name in self._converted(kind)}
            for name, field in fields.items():
                key = field.alias or name
                facts[key] = self._facts(shape(field.annotation), path, key, (*above, kind))
                if field.is_required():
                    facts[key]["required"] = True
                else:
                    _default(facts[key], field.default)
                for bound in field.metadata:
                    for sign in ("gt", "ge", "lt", "le"):
                        if isinstance(value := getattr(bound, sign, None), (int, float)):
                            facts[key][sign] = value
        else:
            self.extra.setdefault(path, "allow" if open_ else "ignore")
            needed = getattr(kind, "__required_keys__", frozenset())
            for name, annotation in hints(kind).items():
                facts[name] = self._facts(shape(annotation), path, name, (*above, kind))
                if name in needed and not open_:
                    facts[name]["required"] = True
        if known:
            only = tuple(self.sections[path])
            facts = {k: {n: v for n, v in f.items() if n != "required"} for k, f in facts.items()}
        self._merge(path, _checked({k: f for k, f in facts.items() if not only or k in only}, values))

    def _facts(self, found: Shape, path: str, key: str, above: tuple[Any, ...] = ()) -> dict[str, Any]:
        place = key if path in ("top", "") else f"{path}.{key}"
        for suffix, inner in (("", found), ("[]", found.item), (".*", found.value)):
            kind = inner.fields if inner else None
            if kind is not None and has_fields(kind):
                self._add(place + suffix, kind, above=above)
        return found.facts()

    def _signature(self, section: str, function: Any, *, values: bool = True) -> None:
        facts: Facts = {}
        annotations = hints(function.__init__ if isinstance(function, type) else function) if function else {}
        for name, parameter in parameters(function).items():
            annotation = annotations.get(name, parameter.annotation)
            if annotation is inspect.Parameter.empty:
                facts[name] = {}
            else:
                facts[name] = self._facts(shape(annotation), section, name)
            if parameter.default is not inspect.Parameter.empty:
                _default(facts[name], parameter.default)
        self._merge(section, _checked(facts, values))

    def _read(self, section: str, names: set[str], under: str) -> None:
        """Keys read by name; a constant default tells the default, a flag or number also the type."""
        defaults: dict[str, list[Any]] = {}
        for key, default in self.source.reads(names, under):
            defaults.setdefault(key, [])
            if default is not ABSENT and default is not None:
                defaults[key].append(default)
        facts: Facts = {}
        for key, found in defaults.items():
            facts[key] = {}
            if found and all(value == found[0] and type(value) is type(found[0]) for value in found):
                _default(facts[key], found[0])
                if isinstance(found[0], bool):
                    facts[key]["type"] = "boolean"
        self.extra.setdefault(section, "ignore")
        self._merge(section, facts)

    def _litellm_settings(self) -> None:
        """The annotated variables of the package: load_config assigns each key to the variable of its name."""
        annotations = hints(self.litellm, vars(self.litellm))
        facts: Facts = {}
        for node in ast.walk(self.source.tree("__init__.py")):
            for name in sections.assigned(node) if isinstance(node, (ast.Assign, ast.AnnAssign)) else ():
                known = facts.setdefault(name, {})
                if name in annotations:
                    known.update(self._facts(shape(annotations[name]), "litellm_settings", name))
                value = getattr(node, "value", None)
                if value is not None:
                    _default(known, literal(value, ABSENT))
        # Without an annotation the value tells the type, where it is a flag or a number.
        for name in sections.litellm_settings(self.source):
            known = facts.setdefault(name, {})
            value = package_value(name)
            if "type" not in known and name not in annotations and isinstance(value, (bool, int, float)):
                known["type"] = "boolean" if isinstance(value, bool) else "number"
        for name, kind in {"cache": "boolean", "post_call_rules": "string"}.items():  # made into objects by load_config
            facts[name] = {"type": kind}
        self._merge("litellm_settings", facts)

    def _table(self, section: str, rows: Any) -> None:
        facts: Facts = {}
        for row in rows or ():
            facts[row.field_name] = {}
            if options := getattr(row, "options", None):
                facts[row.field_name]["values"] = list(options)
        known = self.sections.get(section, {})
        self._merge(section, {k: f for k, f in facts.items() if k in known})

    def _top(self) -> None:
        facts: Facts = {name: {"type": "array"} for name in sections.LIST_SECTIONS}
        facts |= {name: {"type": "object"} for name in sections.MAPPING_SECTIONS}
        self._merge("top", facts)

    def _converted(self, kind: Any) -> set[str]:
        """Keys that a class of its own accord takes for one of its fields (budget_limit for max_budget)."""
        if "__init__" not in vars(kind) or not kind.__module__.startswith("litellm"):
            return set()
        for node in self.source.nodes(Path(str(sys.modules[kind.__module__].__file__))):
            if isinstance(node, ast.ClassDef) and node.name == kind.__name__:
                for child in node.body:
                    if isinstance(child, ast.FunctionDef) and child.name == "__init__" and child.args.kwarg:
                        return within(child, {child.args.kwarg.arg})
        return set()


def _checked(facts: Facts, values: bool) -> Facts:
    return facts if values else {k: {n: v for n, v in f.items() if n != "values"} for k, f in facts.items()}


def _default(facts: dict[str, Any], value: Any) -> None:
    value = getattr(value, "value", value) if type(value).__module__.startswith("litellm") else value
    if isinstance(value, (bool, int, float, str)) and value != "" and len(str(value)) < 60:
        facts["default"] = value


def collect(source: Source) -> tuple[dict[str, Facts], dict[str, str]]:
    """Sections with their facts, and by nested section what becomes of keys it does not know (``extra``)."""
    details = Details(source, module("litellm"))
    details.collect()
    return details.sections, {k: v for k, v in details.extra.items() if k in details.sections}
