"""The files of a Zuplo gateway project: ``config/policies.json``, ``config/*.oas.json`` and ``zuplo.jsonc``.

Zuplo's own checks (``zuplo lint`` 7.4.5, measured) find a policy that is not defined, a route without handler and wrong
policy options, and nothing else. Policies and their options are those of ``maintenance/zuplo_schema.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Literal

from mcp_server.catalogue.load import read_json
from mcp_server.document.document import Document, Language, parse
from mcp_server.document.nodes import Mapping, Mark, Node, Sequence, text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.kind import Part

ID: Kind = "zuplo"
TITLE = "Zuplo project file"
#: Only ``zuplo.jsonc`` may hold comments; json-syntax reads the others strictly.
LANGUAGE: Language = "jsonc"
READER = "Zuplo"
DOCUMENTS = False
NOT_CHECKED = (
    "Not checked here: modules, environment variables of the deployment, and whether the route streams. Only a request "
    "through the running gateway does that: llm-gateway test-model."
)
NEXT = "ZUPLO_DO_NOT_TRACK=1 npx zuplo lint"
EXPECT = "no errors"

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
#: Exports of ``@zuplo/runtime`` 7.4.5 whose names end in Handler.
HANDLERS = (
    *("urlForwardHandler", "urlRewriteHandler", "redirectHandler", "awsLambdaHandler", "aiGatewayHandler"),
    *("mcpServerHandler", "openApiSpecHandler", "webSocketHandler", "webSocketPipelineHandler"),
    *("legacyDevPortalHandler", "McpProxyHandler"),
)
RUNTIME = "$import(@zuplo/runtime)"
MESSAGES = "/v1/messages"
_PROJECT = re.compile(r'"(?:compatibilityDate|projectType)"\s*:')
_MARKS = re.compile(r'"x-zuplo-(?:route|path)"\s*:|"policyType"\s*:|\$import\(@zuplo/')
_NOTHING = Mapping(Mark(1, 1))


def claims(name: str, text: str) -> bool:
    if name.endswith((".yaml", ".yml", ".env")) or not text.startswith(("{", "//", "/*")):
        return False
    return (
        name.rpartition("/")[2] in ("zuplo.jsonc", "zuplo.json")
        or _MARKS.search(text[:500_000]) is not None
        or (len(text) < 5_000 and len(set(_PROJECT.findall(text))) == 2)
    )


def parts(document: Document) -> Iterable[Part]:
    return ()


@cache
def known_policies() -> dict[str, Any]:
    """Policy type to its export, module and options."""
    policies: dict[str, Any] = read_json("zuplo_schema.json")["policies"]
    return policies


@dataclass(frozen=True)
class Policy:
    """One entry of ``policies``."""

    path: str
    node: Mapping
    name: str | None
    type: str | None

    @property
    def handler(self) -> Mapping:
        return _mapping(self.node.get("handler"))

    @property
    def options(self) -> Mapping:
        return _mapping(self.handler.get("options"))


@dataclass(frozen=True)
class Route:
    """One operation with an ``x-zuplo-route``; ``url`` is its path in the gateway."""

    path: str
    url: str
    method: str
    node: Mapping

    @property
    def handler(self) -> Mapping:
        return _mapping(self.node.get("handler"))

    @property
    def options(self) -> Mapping:
        return _mapping(self.handler.get("options"))

    def named(self, direction: Literal["inbound", "outbound"]) -> list[tuple[str, Node]]:
        """The names of its policies, with their nodes."""
        listed = _mapping(self.node.get("policies")).get(direction)
        items = listed.items if isinstance(listed, Sequence) else []
        return [(name, item) for item in items if (name := text(item)) is not None]

    @property
    def serves_messages(self) -> bool:
        """Whether Claude Code's requests come this way: the path itself, or a wildcard that covers it."""
        wildcard = re.search(r"\(\.\*\)$|\*$|\{[^}]+\+\}$", self.url) is not None
        return self.method == "post" and (self.url.endswith(MESSAGES) or wildcard)


class ZuploFile:
    """Lazy view of one file. Tolerates wrong types: other rules report those."""

    def __init__(self, document: Document) -> None:
        self.root: Mapping = document.root if isinstance(document.root, Mapping) else _NOTHING

    @property
    def sort(self) -> Literal["policies", "routes", "project"]:
        if "paths" in self.root or "openapi" in self.root:
            return "routes"
        return "policies" if "policies" in self.root else "project"

    @cached_property
    def policies(self) -> list[Policy]:
        listed = self.root.get("policies") if self.sort == "policies" else None
        return [
            Policy(f"policies[{index}]", item, text(item.get("name")), text(item.get("policyType")))
            for index, item in enumerate(listed.items if isinstance(listed, Sequence) else [])
            if isinstance(item, Mapping)
        ]

    @cached_property
    def routes(self) -> list[Route]:
        return list(self._routes())

    def _routes(self) -> Iterator[Route]:
        for url in _mapping(self.root.get("paths")):
            for operation in _mapping(url.value):
                route = _mapping(operation.value).get("x-zuplo-route")
                if operation.name in METHODS and isinstance(route, Mapping):
                    place = f"paths.{url.name}.{operation.name}.x-zuplo-route"
                    yield Route(place, url.name, operation.name, route)

    def neighbour(self, context: Context) -> ZuploFile | None:
        """The policies of a routes file, or the routes of a policies file, when it lies beside this one."""
        name = {"routes": "policies.json", "policies": "routes.oas.json"}.get(self.sort)
        data = context.read(name) if name and context.read is not None else None
        if data is None:
            return None
        other = parse(data, LANGUAGE, name, reader=READER)
        return ZuploFile(other) if other.readable else None


def uses(routes: ZuploFile | None, policy: Policy) -> bool | None:
    """Whether a route of Claude Code uses the policy; ``None`` when the routes are not known."""
    if routes is None:
        return None
    return any(
        policy.name == name
        for route in routes.routes
        if route.serves_messages
        for name, _ in (*route.named("inbound"), *route.named("outbound"))
    )


def _mapping(node: Node | None) -> Mapping:
    return node if isinstance(node, Mapping) else _NOTHING


def zuplo(document: Document) -> ZuploFile:
    """The view of ``document``, built once and shared by all rules."""
    view = document.views.get("zuplo")
    if not isinstance(view, ZuploFile):
        view = document.views["zuplo"] = ZuploFile(document)
    return view
