"""From a request to decisions: which models, which one is the main agent, which stands for each tier, where."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from urllib.parse import urlsplit

from mcp_server.catalogue.claude_code import Tier, builtin_ids
from mcp_server.catalogue.models import EIGHT, Model, agent_order, models, require_model
from mcp_server.catalogue.recommend import blended_price
from mcp_server.errors import UsageError, nearest
from mcp_server.generate.asked import Asked
from mcp_server.generate.gateway_url import bare_url
from mcp_server.generate.gateways.litellm.extras import Extras, read_extras
from mcp_server.generate.providers.entry import entry
from mcp_server.generate.providers.registry import known_providers, provider_id
from mcp_server.generate.spec import (
    DEFAULT_URL,
    ISSUED_KEY_VARIABLE,
    GenerateRequest,
    LaboratoryEndpoint,
    is_local,
    places,
)
from mcp_server.redact import quote

_CALLABLE = ("living", "closed-to-new-projects")

#: Strategies of LiteLLM 1.106.2, with the names people use for them.
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
    providers: tuple[str, ...] = ("vertex",)
    """Ids of the providers, in the order in which a model's deployments are written."""
    extras: Extras = field(default_factory=Extras)
    fallbacks: tuple[Model, ...] = ()
    laboratory: LaboratoryEndpoint | None = None

    @property
    def places(self) -> str:
        """The providers in words."""
        *most, last = [str(entry(name)["short"]) for name in self.providers]
        return f"{', '.join(most)} and {last}" if most else last

    @property
    def deployment(self) -> str:
        return "kubernetes" if self.extras.helm else self.request.deployment or "local"

    @property
    def vertex_regions(self) -> tuple[str, ...]:
        """The Vertex AI locations asked for."""
        return places(self.request.vertex_region)

    @property
    def bedrock_regions(self) -> tuple[str, ...]:
        """The AWS regions asked for."""
        return places(self.request.aws_region)

    def providers_of(self, model: Model) -> tuple[str, ...]:
        """The chosen providers that serve ``model``."""
        return tuple(p for p in self.providers if p in model.providers)

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
    extras = read_extras(request.goal, known_providers())
    providers = _providers(asked, extras)
    _refuse_unsupported(request)
    named = [require_model(name) for name in asked.models]
    fallbacks = _fallbacks(request.fallbacks)
    chosen = tuple(dict.fromkeys([m.id for m in named] or default_models(today, providers)))
    wanted = tuple(dict.fromkeys((*chosen, *(m.id for m in fallbacks))))
    served = tuple(models()[i] for i in wanted)
    _refuse_unserved(served, providers)
    _refuse_contradictions(request, extras)
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
        providers=providers,
        extras=extras,
        fallbacks=fallbacks,
        laboratory=asked.laboratory,
    )


def default_models(today: date, providers: tuple[str, ...] = ("vertex",)) -> list[str]:
    """What a new project is offered.

    On Vertex AI those of the eight that live, and the living successors of the others; on every other provider the
    living models of Claude, which several providers then share.
    """
    others = [p for p in providers if p != "vertex"]
    found = [m.id for m in models().values() if m.state_on(today) == "living" and any(p in m.providers for p in others)]
    for name in EIGHT if "vertex" in providers else ():
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


def _providers(asked: Asked, extras: Extras) -> tuple[str, ...]:
    """The providers named, else those whose arguments are given, else Vertex AI; the preferred one first."""
    request = asked.request
    named = tuple(dict.fromkeys(provider_id(name) for name in asked.providers))
    implied = {
        "vertex": bool(request.vertex_project or request.vertex_region),
        "bedrock": bool(request.aws_region),
    }
    for name, argument in (("vertex", "vertex_project and vertex_region belong"), ("bedrock", "aws_region belongs")):
        if request.providers and implied[name] and name not in named:
            raise UsageError(
                f"{argument} to {name}, which is not among the providers ({', '.join(named)}).",
                f"Add {name} to providers, or leave the argument out.",
            )
    chosen = named if request.providers else tuple(dict.fromkeys((*named, *(p for p in implied if implied[p]))))
    order = {name: place for place, name in enumerate(extras.preferred)}
    return tuple(sorted(chosen or ("vertex",), key=lambda name: order.get(name, 0)))


def _refuse_unserved(served: tuple[Model, ...], providers: tuple[str, ...]) -> None:
    for model in served:
        if not set(model.providers) & set(providers):
            raise UsageError(
                f"{model.id} is not served by {' or '.join(providers)}, as far as this catalogue knows; "
                f"it is by {', '.join(model.providers)}.",
                f"Add one of these to providers, or leave {model.id} out.",
            )


def _refuse_contradictions(request: GenerateRequest, extras: Extras) -> None:
    if extras.shares and _routing(request.routing) not in ("", "simple-shuffle"):
        raise UsageError(
            f"shares in percent need routing simple-shuffle; {request.routing} chooses by other means.",
            "Leave routing out, or the percentages.",
        )
    if extras.helm and request.deployment not in ("", "kubernetes"):
        raise UsageError(
            f"helm in goal and deployment {request.deployment!r} contradict each other.",
            "Leave deployment out (Kubernetes is meant), or the word helm.",
        )


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
    if request.auth == "oauth":
        raise UsageError(
            "auth 'oauth' is not possible here: a claude.ai login cannot authenticate at LiteLLM.",
            "Choose token, api-key or helper.",
        )
