"""Which of the client's headers reach the provider, and whether its key does."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import uuid4

from mcp_server.answer import Finding, Status
from mcp_server.catalogue.finding import finding
from mcp_server.lab.drills.base import Drill, Order, Outcome
from mcp_server.lab.drills.bench import Bench, bench, key_header
from mcp_server.lab.drills.copying import Shorten
from mcp_server.lab.drills.names import Name, chosen
from mcp_server.lab.drills.traffic import BETA
from mcp_server.redact import quote

SESSION, CUSTOM = "x-claude-code-session-id", "x-drill-team"
#: Dialects whose provider reads anthropic-beta, as a header or in the body.
_READS_BETA = ("anthropic", "vertex-claude", "bedrock")
_NAME = "forward_client_headers_to_llm_api"
_SWITCH = f"general_settings.{_NAME}"
#: Sections in which people write the switch, and where LiteLLM does not look.
_ELSEWHERE = ("litellm_settings", "router_settings")
_PER_MODEL = "litellm_settings.model_group_settings"


@dataclass(frozen=True)
class _Sent:
    """One request of the client: how it carried its key, and what reached the provider."""

    name: Name
    key_header: str
    status: int
    error: str
    upstream: Mapping[str, str] | None
    """Header names in lower case; ``None`` when nothing reached a provider."""
    url: str
    values: Mapping[str, str]
    dialect: str
    deployment: str


async def run(order: Order) -> Outcome:
    outcome = Outcome()
    async with bench(order.file, order.folder, Shorten(timeout=10), order.report) as b:
        names = chosen(order.file, b.names, order.models)
        order.note(f"sending to {len(names)} models")
        gate = asyncio.Semaphore(4)

        async def one(name: Name, header: str) -> _Sent:
            async with gate:
                return await _send(b, name, header)

        # As Claude Code sends it with ANTHROPIC_AUTH_TOKEN and with ANTHROPIC_API_KEY.
        own = key_header(order.file)
        headers = (own,) if own else ("authorization", "x-api-key")
        sent = await asyncio.gather(*(one(n, h) for n in names for h in headers))
        outcome.context += b.copy.changes
        lost = [_judge(order, b, [s for s in sent if s.name == name], outcome) for name in names]
        outcome.findings += _lost(order, [name for name in lost if name is not None])
    return outcome


async def _send(b: Bench, name: Name, header: str) -> _Sent:
    values = {SESSION: str(uuid4()), CUSTOM: f"team-{uuid4().hex[:8]}"}
    client = replace(b.client, key_header=header)
    asked = await client.ask(name.asked, extra=values)
    calls = b.attempts(asked.marker)
    call = calls[-1] if calls else None
    deployment = b.deployment(call.deployment) if call else b.deployment(name.deployments[0])
    return _Sent(
        name,
        header,
        asked.status,
        asked.error,
        call.headers if call else None,
        f"{call.path}?{call.query}" if call else "",
        {
            **values,
            "user-agent": client.headers()["user-agent"],
            "anthropic-beta": BETA,
            "anthropic-version": "2023-06-01",
        },
        deployment.provider.dialect,
        deployment.title,
    )


def _asks(order: Order, name: Name) -> str | None:
    """The setting by which the file asks for the client's headers to be passed on for this model."""
    if order.file.setting("general_settings", "forward_client_headers_to_llm_api") is True:
        return _SWITCH
    groups = order.file.setting("litellm_settings", "model_group_settings")
    listed = groups.get("forward_client_headers_to_llm_api") if isinstance(groups, dict) else None
    if isinstance(listed, list) and any(m in (name.asked, name.group) for m in listed):
        return _PER_MODEL
    return next((f"{section}.{_NAME}" for section in _ELSEWHERE if order.file.setting(section, _NAME) is True), None)


def _judge(order: Order, b: Bench, sent: list[_Sent], outcome: Outcome) -> Name | None:
    """Writes the rows of one name; the name itself when headers that the file asks for are lost."""
    name = sent[0].name
    reached = [s for s in sent if s.upstream is not None]
    if not reached:
        outcome.row(name.shown, "skip", f"Not rehearsed: no request reached a provider ({sent[0].error}).")
        return None
    _key(order, b, reached, outcome)
    one = reached[0]
    asks = _asks(order, name)
    upstream = one.upstream or {}
    arrived = {header: _same(upstream.get(header), value) for header, value in one.values.items()}
    stand_in = " (a stand-in provider)" if b.deployment(name.deployments[0]).provider.stands_in else ""
    for header in (SESSION, CUSTOM):
        status: Status = "pass" if arrived[header] or not asks else "fail"
        wanted = f"the file asks for it ({asks})" if asks else "the file does not ask for it"
        came = "reached" if arrived[header] else "did not reach"
        outcome.row(
            f"{name.shown}: {header}",
            status,
            f"{came} {one.deployment}{stand_in}; {wanted}.",
            model=quote(name.asked, 120),
            header=header,
            arrived=arrived[header],
            wanted=bool(asks),
        )
    _beta(order, name, one, arrived, outcome)
    agent = upstream.get("user-agent", "")
    outcome.row(
        f"{name.shown}: user-agent",
        "pass",
        f"the provider sees {quote(agent, 80)!r}"
        + (", the client's own." if arrived["user-agent"] else ", the gateway's."),
        model=quote(name.asked, 120),
        header="user-agent",
        arrived=arrived["user-agent"],
    )
    return name if asks and not (arrived[SESSION] and arrived[CUSTOM]) else None


def _lost(order: Order, names: list[Name]) -> list[Finding]:
    """One finding for each setting that asks in vain."""
    by_setting: dict[str, list[str]] = {}
    for name in names:
        by_setting.setdefault(_asks(order, name) or _SWITCH, []).append(name.shown)
    return [
        finding(
            "client_headers_not_preserved",
            problem=f"{asks} asks for the client's headers, and they do not reach the provider of {', '.join(shown)}.",
            why="What the provider or a proxy behind it is to see of the user (session, team) is lost."
            + ("" if asks in (_SWITCH, _PER_MODEL) else " LiteLLM does not look for the switch in this section."),
            fix=f"Set {_SWITCH}: true; it passes on headers that begin with x-.",
            where=order.file.where(asks),
        )
        for asks, shown in by_setting.items()
    ]


def _beta(order: Order, name: Name, one: _Sent, arrived: Mapping[str, bool], outcome: Outcome) -> None:
    if one.dialect not in _READS_BETA:
        return
    for header in ("anthropic-beta", "anthropic-version"):
        in_body = header == "anthropic-version" and one.dialect != "anthropic"
        if in_body:
            continue
        outcome.row(
            f"{name.shown}: {header}",
            "pass" if arrived[header] else "warn",
            f"{'reached' if arrived[header] else 'did not reach'} {one.deployment}.",
            model=quote(name.asked, 120),
            header=header,
            arrived=arrived[header],
        )
    if not arrived["anthropic-beta"]:
        outcome.findings.append(
            finding(
                "client_headers_not_preserved",
                severity="warning",
                problem=f"anthropic-beta ({BETA}) of the client does not reach {one.deployment} behind {name.shown}.",
                why="Features that Claude Code switches on by this header stay off or are refused at the provider.",
                fix=f"Set {_SWITCH}: true, or list {name.shown} in {_PER_MODEL}.forward_client_headers_to_llm_api.",
                where=order.file.where(_SWITCH, _PER_MODEL),
            )
        )


def _key(order: Order, b: Bench, reached: list[_Sent], outcome: Outcome) -> None:
    name, key = reached[0].name, b.copy.key
    for sent in reached:
        headers = sent.upstream or {}
        leaks = sorted(header for header, value in headers.items() if key in value)
        if key in sent.url:
            leaks.append("the URL")
        outcome.row(
            f"{name.shown}: the client's key, sent as {sent.key_header}",
            "fail" if leaks else "pass",
            f"reached {sent.deployment} in {', '.join(leaks)}." if leaks else f"did not reach {sent.deployment}.",
            model=quote(name.asked, 120),
            header=sent.key_header,
            leaked=bool(leaks),
        )
        if leaks:
            outcome.findings.append(
                finding(
                    "secret_exposed",
                    problem=f"the client's gateway key, sent as {sent.key_header}, reaches {sent.deployment} in "
                    f"{', '.join(leaks)}.",
                    why="The provider (and every proxy before it) can use the gateway as this user.",
                    fix="Remove general_settings.forward_llm_provider_auth_headers, or let clients send "
                    "Authorization: Bearer.",
                    where=order.file.where("general_settings.forward_llm_provider_auth_headers", _SWITCH),
                )
            )


def _same(upstream: str | None, sent: str) -> bool:
    """Whether the header arrived; a list (anthropic-beta) may have grown."""
    return upstream is not None and (sent == upstream or sent in [part.strip() for part in upstream.split(",")])


DRILL = Drill(
    id="header-forwarding",
    title="header forwarding",
    question="Which headers of the client reach the provider, and does its key?",
    run=run,
)
