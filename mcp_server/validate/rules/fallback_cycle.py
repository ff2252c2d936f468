"""A fallback leads back to where it started.

What: a model that falls back to itself, or a chain of fallbacks that closes.
Why: nothing new is tried; the user waits five to ten seconds longer for the same error.
Fix: let the chain end in a model that has no fallback.

Bad:
    router_settings:
      fallbacks: [{sonnet: [haiku]}, {haiku: [sonnet]}]

Good:
    router_settings:
      fallbacks: [{sonnet: [haiku]}]
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Node, text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.problem import Problem

ID = "fallback-cycle"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "warning"
#: LiteLLM follows five fallbacks unless max_fallbacks says otherwise; models looked at from one start.
MAX_CHAIN, MAX_SEEN = 20, 1_000


def check(document: Document, context: Context) -> Iterator[Problem]:
    edges: dict[str, list[str]] = {}
    places: dict[str, tuple[str, Node]] = {}
    for path, source, key, targets in litellm(document).pairs:
        if ".fallbacks" in path:
            edges.setdefault(source, []).extend(t for n in targets if (t := text(n)))
            places[source] = (path, key)
    reported: set[frozenset[str]] = set()
    edges = _without_ends(edges)
    for start in edges:
        chain = _cycle(start, edges)
        if chain and frozenset(chain) not in reported:
            reported.add(frozenset(chain))
            path, key = places[start]
            yield Problem(
                f"the fallback goes in a circle: {' -> '.join([*chain, start])}",
                "no other model is tried, and the error only comes 5 to 10 seconds later",
                "end the chain in a model without a fallback",
                key.mark,
                path,
            )


def _without_ends(edges: dict[str, list[str]]) -> dict[str, list[str]]:
    """Only the models from which a chain can go on for ever: most files have none."""
    ways = {source: sum(target in edges for target in targets) for source, targets in edges.items()}
    back: dict[str, list[str]] = {}
    for source, targets in edges.items():
        for target in targets:
            back.setdefault(target, []).append(source)
    ends = [source for source, number in ways.items() if not number]
    for end in ends:  # grows while it is read
        for source in back.get(end, ()):
            ways[source] -= 1
            if not ways[source]:
                ends.append(source)
    gone = set(ends)
    return {source: targets for source, targets in edges.items() if source not in gone}


def _cycle(start: str, edges: dict[str, list[str]]) -> list[str]:
    """The shortest chain from ``start`` back to it, empty when there is none."""
    queue, seen = [[start]], {start}
    while queue:
        chain = queue.pop(0)
        if len(chain) > MAX_CHAIN or len(seen) > MAX_SEEN:
            break
        for target in edges.get(chain[-1], ()):
            if target == start:
                return chain
            if target not in seen:
                seen.add(target)
                queue.append([*chain, target])
    return []
