"""From a request to decisions: which models, which one is the main agent, which stands for each tier, where."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlsplit

from mcp_server.catalogue.claude_code import Tier, builtin_ids
from mcp_server.catalogue.models import EIGHT, Model, agent_order, models, require_model
from mcp_server.catalogue.recommend import blended_price
from mcp_server.errors import UsageError, nearest
from mcp_server.generate.asked import Asked
from mcp_server.generate.gateway_url import bare_url
from mcp_server.generate.providers.registry import provider_id
from mcp_server.generate.spec import (
    DEFAULT_URL,
    ISSUED_KEY_VARIABLE,
    GenerateRequest,
    LaboratoryEndpoint,
    is_local,
)
from mcp_server.redact import quote

_CALLABLE = ("living", "closed-to-new-projects")

#: Strategies of LiteLLM 1.106.2 that need no further settings, with the names people use for them.
ROUTING: dict[str, str] = {
    "simple-shuffle": "simple-shuffle",
    "least-busy": "least-busy",
    "usage-based": "usage-based-routing-v2",
    "usage-based-routing-v2": "usage-based-routing-v2",
    "latency-based": "latency-based-routing",
    "latency-based-routing": "latency-based-routing",
    "cost-based": "cost-based-routing",
    "cost-based-routing": "cost-based-routing",
}


@dataclass(frozen=True)
class Plan:
    """Everything the builders need; no builder decides anything."""

    request: GenerateRequest
    today: date
    models: tuple[Model, ...]
    main: Model
    tiers: dict[Tier, Model]
    base_url: str
    removed_path: str
    """Path cut off the given URL because Claude Code appends it itself (``/v1``), or empty."""
    chosen_for_user: bool
    """No model was named, so the living ones were taken."""
    fallbacks: tuple[Model, ...] = ()
    laboratory: LaboratoryEndpoint | None = None

    @property
    def context_window(self) -> int:
        """The smallest window among the models the client uses by itself, in tokens."""
        return min(m.context_window for m in (self.main, *self.tiers.values()))

    @property
    def only_claude(self) -> bool:
        """Whether every model the client may call is one of Anthropic's."""
        return all(m.is_claude for m in self.models)

    @property
    def aliases(self) -> dict[str, str]:
        """Built-in id of any known client version → the model that answers for it; real names stay themselves."""
        names = {m.id for m in self.models}
        return {name: self.tiers[tier].id for name, tier in builtin_ids().items() if name not in names}

    @property
    def key_variable(self) -> str | None:
        """Name of the variable that holds the key the client sends; ``None``: the local gateway's key file."""
        if self.request.token_env:
            return self.request.token_env
        return None if is_local(self.base_url) else ISSUED_KEY_VARIABLE


def make_plan(asked: Asked) -> Plan:
    """Decide. Raises ``UsageError`` for what cannot be generated, never a guess."""
    request, today = asked.request, asked.today
    for name in asked.providers:
        provider_id(name)
    _refuse_unsupported(request)
    named = [require_model(name) for name in asked.models]
    fallbacks = _fallbacks(request.fallbacks)
    chosen = tuple(dict.fromkeys([m.id for m in named] or default_models(today)))
    wanted = tuple(dict.fromkeys((*chosen, *(m.id for m in fallbacks))))
    served = tuple(models()[i] for i in wanted)
    main, tiers = choose(served, today)
    base_url, removed = _base_url(request.gateway_url)
    return Plan(
        request=replace(
            request,
            routing=_routing(request.routing),
            scope=request.scope or "user",
            auth=request.auth or _auth(request, base_url),
        ),
        today=today,
        models=served,
        main=main,
        tiers=tiers,
        base_url=base_url,
        removed_path=removed,
        chosen_for_user=not named,
        fallbacks=fallbacks,
        laboratory=asked.laboratory,
    )


def default_models(today: date) -> list[str]:
    """What a new project is offered: those of the eight that live, and the living successors of the others."""
    found: list[str] = []
    for name in EIGHT:
        model = models()[name]
        offered = (name,) if model.state_on(today) == "living" else model.successors
        found += [i for i in offered if models()[i].state_on(today) == "living" and i not in found]
    return found


def choose(served: tuple[Model, ...], today: date) -> tuple[Model, dict[Tier, Model]]:
    """Main agent and tiers: only models with tool use, callable ones before retired ones, strongest first.

    The haiku tier (background and search work) gets the cheapest that holds as much context as the main model.
    """
    able = [m for m in served if m.tool_use]
    if not able:
        names = ", ".join(m.id for m in served)
        raise UsageError(
            f"{names}: no model with tool use is among the requested ones, so none can drive Claude Code.",
            f"Add at least one that has it, for example {', '.join(default_models(today)[:3])}.",
        )
    pool = [m for m in able if m.state_on(today) in _CALLABLE] or able
    pool.sort(key=lambda m: agent_order().index(m.id))
    main = pool[0]
    second = next((m for m in pool[1:] if m.context_window >= main.context_window), main)
    roomy = [m for m in pool if m.context_window >= main.context_window]
    cheap = min(roomy, key=lambda m: (blended_price(m), agent_order().index(m.id)))
    return main, {"opus": main, "sonnet": second, "haiku": cheap, "fable": main}


def _auth(request: GenerateRequest, base_url: str) -> str:
    """A helper where only its owner runs it and the key file is ours; else the key is exported by the user."""
    ours = is_local(base_url) and not request.token_env
    return "helper" if ours and request.scope in ("", "user") else "token"


def _fallbacks(names: tuple[str, ...]) -> tuple[Model, ...]:
    ids = dict.fromkeys(require_model(name).id for name in names)
    fallbacks = tuple(models()[i] for i in ids)
    for model in fallbacks:
        if not model.tool_use:
            raise UsageError(
                f"{model.id} has no tool use, so a session that falls back to it breaks at its next tool call.",
                "Choose a fallback with tool use, for example gemini-3.8-flash.",
            )
    return fallbacks


def _routing(name: str) -> str:
    if not name or name.lower() in ROUTING:
        return ROUTING.get(name.lower(), "")
    close = nearest(name[:80], tuple(ROUTING))
    meant = f"Did you mean {close!r}? " if close else ""
    raise UsageError(f"routing {quote(name, 60)!r} is not known.", f"{meant}Choose one of {', '.join(ROUTING)}.")


def _base_url(url: str) -> tuple[str, str]:
    """The URL for ``ANTHROPIC_BASE_URL`` and what was cut off its end."""
    if not url:
        return DEFAULT_URL, ""
    bare, removed = bare_url(url)
    if is_local(bare) and urlsplit(bare).path:
        raise UsageError(
            f"gateway_url has the path {quote(urlsplit(bare).path, 60)!r}, but a local LiteLLM answers at the root.",
            "Leave the path out.",
        )
    return bare, removed


def _refuse_unsupported(request: GenerateRequest) -> None:
    if request.deployment not in ("", "local"):
        raise UsageError(
            f"deployment {request.deployment!r} is not generated yet, and none is invented.", "Supported now: local."
        )
    if request.auth == "oauth":
        raise UsageError(
            "auth 'oauth' is not possible here: a claude.ai login cannot authenticate at LiteLLM.",
            "Choose token, api-key or helper.",
        )
    if request.auth == "helper" and request.scope == "project":
        raise UsageError(
            "a key helper in a project file would run for everyone who opens the repository.",
            "Use scope user or local for auth helper, or auth token with scope project.",
        )
    if request.aws_region:
        raise UsageError("aws_region belongs to Bedrock, which is not generated yet.", "Leave it out.")
