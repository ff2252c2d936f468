"""From a request to decisions: accounts, the names that Claude Code asks for, routing, limits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mcp_server.errors import UsageError, nearest
from mcp_server.generate.gateway_url import bare_url
from mcp_server.generate.gateways.truefoundry.accounts import Account, make_accounts
from mcp_server.generate.limits import dollars_per_month, requests_per_minute
from mcp_server.generate.names import only_claude
from mcp_server.redact import quote

if TYPE_CHECKING:
    from mcp_server.generate.asked import Asked
    from mcp_server.generate.spec import GenerateRequest

#: The group of virtual models that the vendor's own roll-out tool expects.
VIRTUAL = "claude-code"
#: What people call a strategy → the type of the manifest.
ROUTING = {
    **dict.fromkeys(("priority", "priority-based", "priority-based-routing"), "priority-based-routing"),
    **dict.fromkeys(("weight", "weighted", "weight-based", "weight-based-routing"), "weight-based-routing"),
    **dict.fromkeys(("simple-shuffle", "load-balancing"), "weight-based-routing"),
    **dict.fromkeys(("latency", "latency-based", "latency-based-routing"), "latency-based-routing"),
}
_GUARDRAILS = re.compile(r"\b(?:guardrails?|dlp|secret (?:detection|scanning)|detect secrets)\b", re.I)
_TEAM = re.compile(r"\bmetadata team[ =:]+(?P<name>[\w-]{1,40})", re.I)
_API = "/api/llm"


@dataclass(frozen=True)
class Plan:
    """Everything the builders need."""

    request: GenerateRequest
    url: str
    removed_path: str
    added_path: bool
    accounts: tuple[Account, ...]
    """Accounts to make; empty: the names are there already."""
    models: tuple[str, ...]
    """Ids of Anthropic's own API that the accounts serve."""
    names: tuple[str, ...]
    """What Claude Code asks for, the main one first."""
    routing: str
    per_minute: int
    per_month: float
    guardrails: bool
    team: str
    subscription: bool
    """People's claude.ai logins pass through; the gateway's token comes in a header of its own."""

    @property
    def virtual(self) -> bool:
        """Whether a virtual model chooses among the accounts."""
        return len(self.accounts) > 1

    @property
    def only_anthropic(self) -> bool:
        """Whether nothing but Anthropic's own API is known to answer."""
        return bool(self.accounts) and all(account.id == "anthropic" for account in self.accounts)


def make_plan(asked: Asked) -> Plan:
    """Decides everything.

    Raises:
        UsageError: see ``answer``.
    """
    request, goal = asked.request, asked.request.goal
    _refuse(request)
    url, removed = bare_url(request.gateway_url)
    added = not urlsplit(url).path
    names, models = _names(asked)
    accounts = make_accounts(asked, models) if models else ()
    if models:
        owner = VIRTUAL if len(accounts) > 1 else accounts[0].name
        names = tuple(f"{owner}/{model}" for model in models)
    if request.auth == "oauth" and not (accounts and all(a.id == "anthropic" for a in accounts)):
        raise UsageError(
            "auth 'oauth' passes claude.ai logins on, which only Anthropic's own API takes.",
            'Name providers ["anthropic"] alone, or choose token.',
        )
    return Plan(
        request=request,
        url=url + _API if added else url,
        removed_path=removed,
        added_path=added,
        accounts=accounts,
        models=models,
        names=names,
        routing=_routing(request.routing, len(accounts)),
        per_minute=requests_per_minute(goal),
        per_month=dollars_per_month(goal),
        guardrails=_GUARDRAILS.search(goal) is not None,
        team=found["name"] if (found := _TEAM.search(goal)) else "",
        subscription=request.auth == "oauth",
    )


def _refuse(request: GenerateRequest) -> None:
    unused = [n for n in ("fallbacks", "deployment") if getattr(request, n)]
    if unused:
        raise UsageError(
            f"{', '.join(unused)} is not taken for TrueFoundry: a virtual model falls back from one provider to the "
            "next.",
            "Leave it out, and name several providers in the order in which they shall be tried.",
        )
    if request.auth == "api-key":
        raise UsageError(
            "TrueFoundry's token is sent as a bearer token, not as x-api-key.", "Choose token, or leave auth out."
        )
    if not request.gateway_url:
        raise UsageError(
            "the address of your TrueFoundry gateway is not known.",
            f"Give gateway_url as its playground's code snippet shows it, such as https://HOST{_API}.",
        )


def _names(asked: Asked) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(names that exist, ids to make accounts for); one of them is empty."""
    from mcp_server.catalogue.claude_code import clients, tier_ids

    given = asked.models
    ready = tuple(name for name in given if "/" in name)
    if ready and len(ready) < len(given):
        raise UsageError(
            "some model names have an account before a slash and some do not.",
            "Name all as ACCOUNT/MODEL (they exist already), or all as Claude ids (accounts are written then).",
        )
    if ready:
        return ready, ()
    if not only_claude(given):
        other = next(name for name in given if "claude" not in name.lower())
        raise UsageError(
            f"accounts are written for Claude models only, and {quote(other, 60)} is none.",
            f"Make its account in TrueFoundry and name it as ACCOUNT/{quote(other, 60)}.",
        )
    ids = tier_ids(clients()[0].version, "anthropic")
    return (), given or tuple(dict.fromkeys((ids["opus"], ids["sonnet"], ids["haiku"])))


def _routing(wanted: str, accounts: int) -> str:
    if wanted and accounts < 2:
        raise UsageError(
            "routing chooses among providers, and there is only one.", "Name several providers, or leave routing out."
        )
    if wanted and wanted.lower() not in ROUTING:
        close = nearest(wanted[:60].lower(), tuple(ROUTING))
        meant = f"Did you mean {close!r}? " if close else ""
        raise UsageError(
            f"TrueFoundry has no routing {quote(wanted, 60)!r}.",
            f"{meant}Choose priority-based, weight-based or latency-based.",
        )
    return ROUTING[wanted.lower()] if wanted else "priority-based-routing"
