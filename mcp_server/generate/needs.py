"""What free words say about needs: how many people, what is required, what is there already, how much is used."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcp_server.generate.goal import Wish
    from mcp_server.generate.spec import GenerateRequest

_ASKED = re.compile(
    r"\b(?:which|what) (?:\w+ ){0,3}(?:gateway|set-?up|pattern|model|provider|option)s?\b"
    r"|\b(?:recommend|recommendation|recommendations|advice|advise|compare|comparison|suggest|suggestion)\b"
    r"|\b(?:should|shall|do) (?:we|i) (?:use|need|choose|take|go)\b|\bwhat (?:\w+ )?(?:we|i) (?:use|need)\b"
    r"|\bhow much\b|\b(?:monthly|expected|estimated) (?:cost|costs|price|spend)\b"
    r"|\bwhat (?:would|will|does) .{1,60}\bcost\b|\bcost estimate\b",
    re.I,
)
_PEOPLE = re.compile(
    r"\b(?P<number>\d{1,6})[ -]?(?:software |backend |frontend |full-?time )?"
    r"(?:developers?|devs?|engineers?|people|persons?|users?|seats?|programmers?|colleagues|of us)\b"
    r"|\b(?:team|group|company|department) of (?:about |around |some )?(?P<team>\d{1,6})\b",
    re.I,
)
_ALONE = re.compile(
    r"\b(?:just me|only me|for myself|on my own|solo|alone|single (?:developer|user)|one developer)\b", re.I
)
_CONTROL = re.compile(
    r"\b(?:audit\w*|complian\w+|gdpr|hipaa|sox|soc ?2|iso ?27001|dlp|sso|single sign-on|oidc|saml|central(?:ly)? \w*|"
    r"virtual keys?|per-user keys?|revoke|access control|rbac|guardrails?|security)\b",
    re.I,
)
_SPEND = re.compile(
    r"\b(?:budgets?|chargeback|cost control|spend(?:ing)?(?: limits?)?|cost per (?:team|user)|quota)\b", re.I
)
_CHEAP = re.compile(
    r"\b(?:cheap\w*|low(?:er|est)?[- ]cost|save money|inexpensive|(?:reduce|cut|lower) (?:the |our )?costs?"
    r"|tight budget)\b",
    re.I,
)
_PROXY = re.compile(
    r"\b(?:(?:corporate|company|forward|web|outbound|http) prox\w+|behind (?:a|the|our) (?:\w+ )?proxy|zscaler|"
    r"netskope|tls (?:inspection|interception)|ssl inspection|firewall|no direct internet)\b",
    re.I,
)
_EXISTING = re.compile(
    r"\b(?:already (?:have|run|use)|existing|we (?:have|run|use)|there is|our)\b[^.;?!]{0,40}\bgateway\b", re.I
)
_SELF_HOSTED = re.compile(r"\b(?:air-?gapped|on-?prem\w*|self-?host\w*|in our (?:own )?(?:network|cloud|vpc))\b", re.I)
_TOKENS = re.compile(
    r"(?P<amount>\d+(?:[.,]\d+)?)\s?(?P<unit>k|m|thousand|million|mio)?\s?"
    r"(?:(?P<before>input|output|in|out)\s)?tokens?(?:\s(?P<after>input|output|in|out))?",
    re.I,
)
_UNITS = {"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "mio": 1e6}


@dataclass(frozen=True)
class Needs:
    """``None``: not said. Tokens are per developer and day unless ``monthly``: then they are the whole month's."""

    people: int | None = None
    control: bool = False
    budgets: bool = False
    cheap: bool = False
    proxy: bool = False
    existing: str = ""
    """Id of the gateway that is there, ``"unnamed"`` when one is there without a name; empty for none."""
    self_hosted: bool = False
    tokens_in: float | None = None
    tokens_out: float | None = None
    monthly: bool = False
    providers: tuple[str, ...] = ()
    models: tuple[str, ...] = ()

    @property
    def any_said(self) -> bool:
        """Whether the words speak of needs at all."""
        said = (self.people is not None, self.control, self.budgets, self.cheap, self.proxy, bool(self.existing))
        return any(said) or self.tokens_in is not None


def wants_advice(request: GenerateRequest, wish: Wish) -> bool:
    """Whether the goal asks what to use instead of naming it: a question, or needs without gateway and models."""
    decided = (request.gateway, request.models, request.gateway_url, request.routing, request.fallbacks)
    if not request.goal or any(decided) or request.deployment or request.token_env or request.auth:
        return False
    if _ASKED.search(request.goal):
        return True
    needs = read_needs(request, wish)
    named = wish.gateway or wish.models or request.providers or request.vertex_project or request.proxy_url
    return needs.any_said and not named


def read_needs(request: GenerateRequest, wish: Wish) -> Needs:
    """The needs that the goal and the arguments state; nothing is guessed."""
    text = request.goal
    tokens_in, tokens_out = _tokens(text)
    existing = _EXISTING.search(text) is not None
    return Needs(
        people=_people(text),
        control=_CONTROL.search(text) is not None,
        budgets=_SPEND.search(text) is not None,
        cheap=_CHEAP.search(text) is not None,
        proxy=bool(_PROXY.search(text) or request.proxy_url or request.ca_bundle),
        existing=(wish.gateway or "unnamed") if existing else "",
        self_hosted=_SELF_HOSTED.search(text) is not None,
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        monthly=re.search(r"\b(?:per|a|each|every) month\b|\bmonthly\b|/month", text, re.I) is not None,
        providers=tuple(name.lower() for name in (request.providers or wish.providers)),
        models=wish.models,
    )


def _people(text: str) -> int | None:
    found = _PEOPLE.search(text)
    if found:
        return int(found["number"] or found["team"])
    return 1 if _ALONE.search(text) else None


def _tokens(text: str) -> tuple[float | None, float | None]:
    """Tokens in and out, as far as they are told; an amount without a direction counts as input."""
    into, out = None, None
    for found in _TOKENS.finditer(text):
        amount = float(found["amount"].replace(",", ".")) * _UNITS.get((found["unit"] or "").lower(), 1)
        if (found["before"] or found["after"] or "in").lower().startswith("out"):
            out = amount
        else:
            into = amount
    return into, out
