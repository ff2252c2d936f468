"""Advice: needs → one of four patterns → gateway → models by use with dated prices, and what each choice gives up.

Pure. Only gateways that this product knows are named, and only models of the catalogue.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from mcp_server.answer import Answer, Check
from mcp_server.catalogue.models import Model, agent_order, checked_on, models, require_model, stale_days
from mcp_server.catalogue.recommend import blended_price, recommend
from mcp_server.generate import cost
from mcp_server.generate.needs import Needs, read_needs

if TYPE_CHECKING:
    from mcp_server.generate.asked import Asked

Pattern = Literal["direct", "proxy", "gateway", "proxy + gateway"]
#: The four ways, each in fewer than three sentences.
PATTERNS: dict[Pattern, str] = {
    "direct": "Claude Code talks to the provider itself, with the provider's own credentials. Nothing to run, and "
    "nothing in between that could limit, count or translate.",
    "proxy": "Claude Code talks to the provider through the company's web proxy. The network's rules are kept, and "
    "keys, budgets and models are as without it.",
    "gateway": "Claude Code talks to a gateway that holds the provider's credentials and hands out keys, limits and "
    "models of its own. One more service to run, and the only way to other models than Claude.",
    "proxy + gateway": "Claude Code talks to a gateway inside the network, and the gateway goes out through the "
    "company's proxy. Control of both, and two places where certificates and time-outs must be right.",
}
#: From this many people on, one shared credential cannot be revoked for one of them alone.
_TEAM = 5
#: Gateway → (title, what it is, what choosing it gives up).
_GATEWAYS: dict[str, tuple[str, str, str]] = {
    "claude-apps-gateway": (
        "Anthropic's claude gateway",
        "run by you, made by Anthropic: sign-in through your identity provider, spend per person",
        "models other than Claude; it needs PostgreSQL and an OpenID Connect provider",
    ),
    "litellm": (
        "LiteLLM",
        "third-party, open source, run by you; not supported by Anthropic: any mix of providers, fallbacks, budgets",
        "simplicity: you run and update it, and keys per person need PostgreSQL",
    ),
    "truefoundry": (
        "TrueFoundry",
        "third-party, hosted or in your cloud; not supported by Anthropic: keys, budgets and rules in a console",
        "independence from one vendor's product and contract",
    ),
    "zuplo": (
        "Zuplo",
        "third-party, hosted at the edge; not supported by Anthropic: keys and rate limits as code",
        "translation between protocols: it passes Claude Code's requests on to an Anthropic-format API",
    ),
}


@dataclass(frozen=True)
class Advice:
    """The decisions, before they are put into words."""

    needs: Needs
    pattern: Pattern
    because: str
    gateway: str
    main: Model
    background: Model
    uses: dict[str, Model]
    used: cost.Usage


def advise(needs: Needs, today: date) -> Advice:
    """The pattern, gateway and models for ``needs``.

    Raises:
        UsageError: a model is named that does not exist.
    """
    pool = _pool(needs, today)
    uses = recommend(pool, today)
    main = uses["agentic coding"]
    if needs.cheap and not needs.models:
        # Strong enough: the cheapest of the upper half of the order, which holds agents only.
        able = sorted((m for m in pool if m.tool_use), key=lambda m: agent_order().index(m.id))
        main = min(able[: max(1, (len(able) + 1) // 2)], key=blended_price)
        uses = {**uses, "agentic coding": main}
    roomy = [m for m in pool if m.tool_use and m.context_window >= main.context_window]
    background = min(roomy, key=blended_price)
    pattern, because = _pattern(needs, only_claude=main.is_claude and background.is_claude)
    gateway = _gateway(needs, main) if "gateway" in pattern else ""
    return Advice(needs, pattern, because, gateway, main, background, uses, cost.usage(needs))


def answer(asked: Asked) -> Answer:
    """The Answer: the recommendation, the command that makes it, and everything a reader needs to disagree with it."""
    advice = advise(read_needs(asked.request, asked.wish), asked.today)
    total = cost.mix(advice.main, advice.background, advice.used)
    through = f" with {_title(advice.gateway)}" if advice.gateway else ""
    return Answer(
        verdict="unknown",
        quick_answer=(
            f"Recommended: {advice.pattern}{through}, because {advice.because}. Main model {advice.main.id}, "
            f"background {advice.background.id}: about {cost.money(total)} a month at list price ({advice.used.words})."
        ),
        verification=_next(advice),
        context=[
            *_questions(advice.needs),
            *(f"Pattern {name}: {text}" for name, text in PATTERNS.items()),
            *_gateways(advice),
            *_models(advice, asked.today),
            _cost(advice, total),
            *_notes(advice, asked.today),
        ],
    )


def questions(needs: Needs) -> tuple[str, ...]:
    """What was not said and would change the advice, the most important first."""
    open_questions = (
        (needs.people is None, "How many people will use it?"),
        (not (needs.models or needs.providers), "Claude only, or other models too, and from which cloud?"),
        (not needs.proxy, "Does the way to the internet lead through a company proxy or TLS inspection?"),
        (not (needs.control or needs.budgets), "Must keys, budgets or an audit trail be kept per person?"),
        (not needs.existing, "Is there a gateway already?"),
        (needs.tokens_in is None, "How many tokens per developer and day (from /cost or the provider's console)?"),
    )
    return tuple(question for missing, question in open_questions if missing)


def _pool(needs: Needs, today: date) -> list[Model]:
    """The named models; else Claude, and all living ones where a low price is wanted or a cloud is named for them."""
    named = [require_model(name) for name in needs.models]
    living = [m for m in models().values() if m.state_on(today) == "living" and m.tool_use]
    usable = [m for m in named if m in living]
    if usable:
        return usable
    return living if needs.cheap or named else [m for m in living if m.is_claude]


def _pattern(needs: Needs, *, only_claude: bool) -> tuple[Pattern, str]:
    reasons = []
    if not only_claude:
        reasons.append("models other than Claude need something that translates")
    if needs.existing:
        reasons.append("there is a gateway already")
    if needs.budgets or needs.control:
        reasons.append("keys, budgets and records per person need one place")
    if needs.people is not None and needs.people >= _TEAM:
        reasons.append(f"{needs.people:,} people should not share a credential")
    if len(set(needs.providers)) > 1:
        reasons.append("several providers need one address")
    if reasons:
        return ("proxy + gateway" if needs.proxy else "gateway"), " and ".join(reasons[:2])
    if needs.proxy:
        return "proxy", "the network demands it, and nothing else that was said needs a gateway"
    return "direct", "nothing that was said needs more"


def _gateway(needs: Needs, main: Model) -> str:
    if needs.existing and needs.existing != "unnamed":
        return needs.existing
    if needs.existing:
        return "custom"
    managed = needs.control or (needs.people or 0) >= _TEAM
    return "claude-apps-gateway" if main.is_claude and managed else "litellm"


def _title(gateway: str) -> str:
    return _GATEWAYS[gateway][0] if gateway in _GATEWAYS else "your gateway" if gateway == "custom" else gateway


def _questions(needs: Needs) -> list[str]:
    asked = questions(needs)
    return [f"Questions that would change this: {' '.join(asked)}"] if asked else []


def _gateways(advice: Advice) -> list[str]:
    if not advice.gateway:
        return ["No gateway is recommended: each one is a service to run, to secure and to update."]
    lines = []
    for gateway, (title, what, gives_up) in _GATEWAYS.items():
        foreign = gateway == "claude-apps-gateway" and not advice.main.is_claude
        if foreign or (gateway == "zuplo" and advice.needs.self_hosted):
            continue
        mark = "Chosen" if gateway == advice.gateway else "Instead"
        lines.append(f"{mark}: {title} ({what}). Gives up {gives_up}.")
    if advice.gateway not in _GATEWAYS:
        there = f"Chosen: {_title(advice.gateway)}, because it is there. Third-party, not supported by Anthropic; "
        lines.insert(0, f"{there}llm-gateway compatibility shows whether it does all that Claude Code needs.")
    return lines


def _models(advice: Advice, today: date) -> list[str]:
    lines = [
        f"For {use}: {m.id}, ${m.price_in:g}/${m.price_out:g} per million tokens in/out, window {m.context_window:,}, "
        f"at most {m.max_output:,} out."
        for use, m in advice.uses.items()
    ]
    unfit = [m for m in map(require_model, advice.needs.models) if not m.tool_use]
    if unfit:
        names = ", ".join(m.id for m in unfit)
        lines.append(f"Not the main model: {names} cannot call tools, and Claude Code works by calling tools.")
    dead = [m for m in map(require_model, advice.needs.models) if m.state_on(today) != "living" and m.tool_use]
    if dead:
        lines.append(f"Left out, closed or retired: {', '.join(m.id for m in dead)}.")
    if advice.main.is_claude:
        lines.append("Gives up with Claude only: lower prices of other models for simple work.")
    else:
        lines.append(
            "Gives up with models other than Claude: Anthropic's support for this routing, thinking that is kept "
            "between turns, and prompts made for the model."
        )
    return lines


def _cost(advice: Advice, total: float) -> str:
    main, background = advice.main, advice.background
    share = round(cost.BACKGROUND * 100)
    assumed = "; ".join((*advice.used.assumed, f"{share} % in the background"))
    return (
        f"Cost: tokens in × price in + tokens out × price out, {100 - share} % on {main.id}, {share} % on "
        f"{background.id} = {cost.money(total)} a month for {advice.used.words}. Assumed: {assumed}. "
        "An upper bound: prompt caching makes most tokens in cheaper where the provider offers it."
    )


def _notes(advice: Advice, today: date) -> list[str]:
    notes = [
        "Security: keys stand in variables or a helper, in no file; a gateway sees every prompt and all code sent."
    ]
    if not (advice.main.is_claude and advice.background.is_claude):
        notes.append("Routing Claude Code to non-Claude models is not supported by Anthropic, through any gateway.")
    age = stale_days(today)
    if age:
        notes.append(f"The prices are {age} days old: check them before you decide.")
    notes.append(f"Sources: prices of LiteLLM's map and life cycles of the providers' pages, checked {checked_on()}.")
    return notes


def _next(advice: Advice) -> list[Check]:
    command = "llm-gateway generate"
    if advice.gateway:
        command += f" --gateway {shlex.quote(advice.gateway)}"
    elif advice.pattern == "proxy":
        command += " --gateway proxy-only --proxy-url http://proxy.example.com:3128"
    else:
        command += " --gateway direct"
    if advice.gateway == "litellm":
        command += f" --models {','.join(dict.fromkeys((advice.main.id, advice.background.id)))}"
    if advice.gateway and advice.gateway not in ("litellm", "claude-apps-gateway"):
        command += " --gateway-url https://gateway.example.com"
    return [
        Check(
            title="Write it",
            status="todo",
            detail="Makes the files for this recommendation, with the checks that prove them.",
            command=command,
            expect="files for the gateway and for Claude Code",
            if_not="the message names what is missing",
        ),
        Check(
            title="Prove it before the team gets it",
            status="todo",
            detail="A streamed tool round trip in Claude Code's own request shape; a few thousand billed tokens.",
            command="llm-gateway test-model",
            expect="verdict ok",
            if_not="the finding names the layer at fault",
        ),
    ]
