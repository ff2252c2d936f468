"""Which facts a wish lacks: those without which nothing can be written, or a named variable stands in the files.

Nothing is listed per set-up: a fact is missing when generation refuses without it, or writes other files with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from typing import TYPE_CHECKING, Any

from mcp_server.errors import UsageError
from mcp_server.generate.build import set_up
from mcp_server.generate.goal import read_goal
from mcp_server.generate.needs import read_needs, wants_advice
from mcp_server.generate.spec import ARGUMENTS

if TYPE_CHECKING:
    from mcp_server.answer import Answer
    from mcp_server.generate.spec import GenerateRequest


@dataclass(frozen=True)
class Fact:
    """One fact to ask for. ``default`` means "not said" and gives the kind of the answer: text, number or yes/no."""

    name: str
    question: str
    default: str | int | bool = ""
    choices: tuple[str, ...] = ()


_URL = Fact("gateway_url", "Address of the gateway, https://… without user name or key")
_MODELS = Fact("models", "Model names as the gateway lists them, the main one first, with commas")
_PROXY = Fact("proxy_url", "Address of the proxy, http://host:port without user name or password")
_PROVIDER = Fact("providers", "Which cloud?", "not said", ("not said", "bedrock", "vertex"))
_PROJECT = Fact("vertex_project", "Id of the Google Cloud project (empty: from the environment when it starts)")
_REGION = Fact("vertex_region", "Google location, if data must stay in one (empty: the usual one)")
#: Values of the right form, only to see whether generation would go on with them.
_EXAMPLES: dict[Fact, tuple[str, ...]] = {
    _URL: (
        "https://gateway.example.com",
        "https://gateway.example.com/api/llm",
        "https://gateway.ai.cloudflare.com/v1/ACCOUNT/GATEWAY/anthropic",
    ),
    _MODELS: ("claude-sonnet-5-5",),
    _PROXY: ("http://proxy.example.com:3128",),
    _PROVIDER: ("vertex",),
}
_ID = "example-project"
_LISTS = ("models", "providers")
_MOST = 3


def missing(request: GenerateRequest, today: date) -> tuple[Fact, ...]:
    """The facts to ask for, none when the wish is complete or wrong in another way. No value in them is a secret."""
    try:
        wish = read_goal(request.goal, today)
        if wants_advice(request, wish):
            return tuple(_advice(request, today))
    except UsageError:
        return ()
    for number in range(_MOST + 1):
        for facts in combinations((f for f in _EXAMPLES if not getattr(request, f.name)), number):
            for completed in _examples(request, facts):
                answer = _generated(completed, today)
                if answer is not None:
                    return facts if _PROVIDER in facts else (*facts, *_open_variables(completed, answer, today))
    return ()


def completed(arguments: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """``arguments`` with the answers in ``said``; what is no argument becomes words of the goal."""
    found = {**arguments, **{k: v.strip() for k, v in said.items() if k in ARGUMENTS and v.strip() not in _UNSAID}}
    words = [_WORDS[k].format(v) for k, v in said.items() if k in _WORDS and v and v not in _UNSAID]
    if words:
        found["goal"] = "; ".join(filter(None, (arguments.get("goal", ""), *words)))
    return found


_UNSAID = ("", "not said")
_WORDS = {
    "people": "{} developers",
    "cloud": "models from {}",
    "proxy": "behind a corporate proxy",
    "control": "keys, budgets and an audit trail per person",
}


def _advice(request: GenerateRequest, today: date) -> Iterator[Fact]:
    needs = read_needs(request, read_goal(request.goal, today))
    if needs.people is None:
        yield Fact("people", "How many people will use it? (0: not said)", 0)
    if not (needs.models or needs.providers):
        clouds = ("not said", "Anthropic", "Vertex AI", "Bedrock")
        yield Fact("cloud", "Where do the models come from?", "not said", clouds)
    if not needs.proxy:
        yield Fact("proxy", "Does the way out lead through a company proxy or TLS inspection?", default=False)
    if not (needs.control or needs.budgets):
        yield Fact("control", "Must keys, budgets or an audit trail be kept per person?", default=False)


def _examples(request: GenerateRequest, facts: tuple[Fact, ...]) -> Iterator[GenerateRequest]:
    if not facts:
        yield request
        return
    first, *rest = facts
    for example in _EXAMPLES[first]:
        value: Any = (example,) if first.name in _LISTS else example
        yield from _examples(replace(request, **{first.name: value}), tuple(rest))


def _open_variables(request: GenerateRequest, answer: Answer, today: date) -> Iterator[Fact]:
    if request.vertex_project:
        return
    known = _generated(replace(request, vertex_project=_ID), today)
    # The same set-up with the id in its files; an id that makes it another set-up was not missing in this one.
    same = known is not None and known.quick_answer == answer.quick_answer
    if known is not None and same and any(_ID in file.content for file in known.config):
        yield _PROJECT
        if not request.vertex_region:
            yield _REGION


def _generated(request: GenerateRequest, today: date) -> Answer | None:
    try:
        return set_up(request, today)
    except UsageError:
        return None
