"""A route cannot serve Claude Code.

What: a route without handler, a forwarding handler without its address, forwardSearch: false, plain http across the
    network, or Anthropic behind routes of which none is POST /v1/messages.
Why: a route without handler stops the deployment. Claude Code posts to /v1/messages?beta=true: without the route it
    gets 404, without the query string the provider drops its beta features.
Fix: correct the handler; serve POST /v1/messages.

Bad:
    {
      "openapi": "3.1.0",
      "paths": {
        "/v1/messages": {
          "post": {
            "x-zuplo-route": {
              "handler": {"export": "urlForwardHandler", "module": "$import(@zuplo/runtime)", "options": {}},
              "policies": {"inbound": ["swap-key"]}
            }
          }
        }
      }
    }

Good:
    {
      "openapi": "3.1.0",
      "paths": {
        "/v1/messages": {
          "post": {
            "x-zuplo-route": {
              "handler": {"export": "urlForwardHandler", "module": "$import(@zuplo/runtime)", "options": {"baseUrl": "https://api.anthropic.com"}},
              "policies": {"inbound": ["swap-key"]}
            }
          }
        }
      }
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import is_empty, scalar, text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_settings import host, is_local
from mcp_server.validate.kinds.zuplo import MESSAGES, Route, zuplo
from mcp_server.validate.problem import Problem

ID = "zuplo-route-unfit"
KINDS: tuple[Kind, ...] = ("zuplo",)
SEVERITY: Severity = "error"
#: Handler to the option that says where to.
ADDRESS = {"urlForwardHandler": "baseUrl", "urlRewriteHandler": "rewritePattern"}


def check(document: Document, context: Context) -> Iterator[Problem]:
    view = zuplo(document)
    for route in view.routes:
        yield from _route(route)
    targets = [text(r.options.get(ADDRESS.get(text(r.handler.get("export")) or "", ""))) or "" for r in view.routes]
    if any("anthropic" in target for target in targets) and not any(r.serves_messages for r in view.routes):
        yield Problem(
            "no route serves POST /v1/messages",
            "Claude Code posts to /v1/messages below its base URL and gets 404",
            f'add "{MESSAGES}" with "post" (and "{MESSAGES}/count_tokens"), or a wildcard route',
            view.root.effective["paths"].key.mark,
            "paths",
            severity="warning",
            confidence="medium",
        )


def _route(route: Route) -> Iterator[Problem]:
    if "handler" not in route.node:
        why = "zuplo lint refuses it (missing property 'handler')"
        yield Problem(
            "this route has no handler", why, "add handler with export and module", route.node.mark, route.path
        )
        return
    option = ADDRESS.get(text(route.handler.get("export")) or "")
    if option is None:
        return
    node, path = route.options.get(option), f"{route.path}.handler.options"
    if is_empty(node):
        why = "the handler does not know where to send requests; zuplo lint says nothing"
        fix = f'add "{option}": "https://..."'
        yield Problem(f"the handler has no {option}", why, fix, route.handler.mark, f"{path}.{option}")
    url = text(node) or ""
    name = host(url)
    if node is not None and url.startswith("http://") and name and not is_local(name):
        why = "prompts, code and the provider's key travel readable on the way"
        yield Problem(
            f"{option} uses plain http to {name}",
            why,
            "use https://",
            node.mark,
            f"{path}.{option}",
            severity="warning",
        )
    search = route.options.get("forwardSearch")
    if search is not None and scalar(search) is False and route.serves_messages:
        why = "Claude Code sends ?beta=true, and without it the provider refuses or drops its beta features"
        fix = "delete forwardSearch, or write true"
        key = f"{path}.forwardSearch"
        yield Problem("the query string is not forwarded", why, fix, search.mark, key, severity="warning")
