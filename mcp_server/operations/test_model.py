"""``test_model``: does a model really work for Claude Code through the gateway, and if not, which layer is at fault?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mcp_server import redact
from mcp_server.answer import Answer, Check, Finding, verdict_of
from mcp_server.errors import UsageError, nearest
from mcp_server.hosts import is_http_url
from mcp_server.operations import this_machine
from mcp_server.snapshot import Snapshot

if TYPE_CHECKING:
    from mcp_server.effective import ClientTarget, ResolvedModel
    from mcp_server.probe.base import Outcome
    from mcp_server.probe.context import Context, Level
    from mcp_server.probe.request.credential import SentCredential

MAX_MODELS = 40
#: Seconds until the first event of a small message.
PATIENCE_SECONDS = 8.0
MAX_PATIENCE_SECONDS = 50.0
_STEP_SECONDS = 10.0
#: Settings findings that are about the configured credential, which ``token_env`` replaces.
_CREDENTIAL_FINDINGS = (
    "auth_conflict_multiple_credentials",
    "auth_header_format_wrong",
    "gateway_key_missing",
    "key_helper_failure",
    "login_state_required",
    "stale_env_credential",
)


async def run(
    base_url: str | None = None,
    model: str | None = None,
    models: Sequence[str] | None = None,
    token_env: str | None = None,
    level: str = "claude-code",
    snapshot: Snapshot | None = None,
    dry_run: bool = False,
    patience: float = PATIENCE_SECONDS,
) -> Answer:
    """Test ``model``/``models`` at ``base_url`` (default: what this Claude Code would use) on one of four levels.

    ``token_env`` is the NAME of the variable that holds the gateway key. ``dry_run`` shows the requests and sends
    none. ``patience``: seconds until the small message's first event. Each model takes at most sixty seconds; several
    run side by side. Raises UsageError for arguments that make no sense.
    """
    from mcp_server.probe import report
    from mcp_server.probe.run import run_models

    if snapshot is None:
        snapshot = await this_machine()
    prepared = await prepare(base_url, model, models, token_env, level, snapshot, patience, dry_run=dry_run)
    if isinstance(prepared, Answer):
        return prepared
    context, contexts = prepared.context, prepared.contexts
    if dry_run:
        return _dry_run(context, contexts, prepared.notes)
    outcomes = await prepared.path()
    if not any(outcome.broken for outcome in outcomes):
        outcomes += await prepared.gateway()
    results = [] if any(o.broken for o in outcomes) or not contexts else await run_models(contexts)
    return report.answer(context, prepared.settings, outcomes, results, prepared.notes)


@dataclass(frozen=True)
class Prepared:
    """A target that can be asked: one context for the gateway, one for each model, and where the values came from."""

    target: ClientTarget
    context: Context
    contexts: list[Context]
    settings: list[Finding]
    notes: list[str]
    first: Outcome | None = None
    """What the client asks for before any message: a sign-in's settings."""

    async def gateway(self) -> list[Outcome]:
        """The free probes of the gateway, until one is broken."""
        from mcp_server.probe.run import run_gateway

        outcomes = await run_gateway(self.context)
        return outcomes if self.first is None or any(o.broken for o in outcomes) else [*outcomes, self.first]

    async def path(self) -> list[Outcome]:
        """The way to the gateway: name, proxy, TCP, TLS."""
        return await _path(self.context, self.target)


async def prepare(
    base_url: str | None,
    model: str | None,
    models: Sequence[str] | None,
    token_env: str | None,
    level: str,
    snapshot: Snapshot,
    patience: float = PATIENCE_SECONDS,
    *,
    dry_run: bool = False,
) -> Prepared | Answer:
    """What is to be asked, with the arguments of ``run``; an Answer when nothing can be asked.

    A ``base_url`` that the client's own settings do not name is asked in Anthropic's format.
    """
    from mcp_server.catalogue.finding import finding
    from mcp_server.effective import client_target, settings_findings
    from mcp_server.effective.auto_mode import auto_mode
    from mcp_server.effective.mode import SIGN_IN
    from mcp_server.probe.company_settings import CompanySettings, company_settings
    from mcp_server.probe.notes import mode_notes, shape_notes, sources
    from mcp_server.probe.request.credential import sent_credential
    from mcp_server.probe.request.key_helper import HelperError, HelperNotTrustedError
    from mcp_server.probe.request.signing import SigningError, own_signature

    asked = _models(model, models)
    chosen = _level(level)
    _patient(patience)
    target = client_target(snapshot, _url(base_url))
    login = snapshot.gateway_login
    unused = login is not None and not login.usable  # its finding says more than "nothing is configured"
    if not base_url and target.base_url.scope == "default" and not target.credentials and not token_env and not unused:
        return _nothing_configured(snapshot)
    settings = _settings(settings_findings(snapshot, target), target, base_url, token_env)
    if not base_url and (reason := _unsent(snapshot, target)) is not None:
        settings = [*settings, reason]
    if any(f.severity == "error" for f in settings):
        return _stopped_at_settings(settings)
    company: CompanySettings | None = None
    if target.base_url.name == SIGN_IN:
        if login is not None and login.ended:
            return _not_tested(
                f"Not tested: the sign-in to {redact.url(login.url)} has ended, and Claude Code renews it when it "
                "starts. Run `claude -p hi` once, then test again."
            )
        if not dry_run and chosen != "status":
            from mcp_server.net.route import route_of

            company = await company_settings(snapshot, route_of(target), target.request_headers())
            snapshot = company.snapshot
            target = client_target(snapshot)
    try:
        credential = await sent_credential(snapshot, target, base_url, token_env, chosen)
    except HelperNotTrustedError as refused:
        return _not_tested(f"Not tested: {refused.problem} {refused.fix}")
    except HelperError as failure:
        said = finding("key_helper_failure", problem=failure.problem.rstrip("."), fix=failure.fix)
        return _stopped_at_settings([said])
    context = replace(_context(snapshot, target, credential, chosen, base_url), patience=patience)
    if credential.signs and not dry_run and chosen != "status":
        try:
            signature = await own_signature(snapshot, credential.signs)
        except SigningError as failure:
            if not failure.cause:
                return _not_tested(f"Not tested: {failure.problem}. {failure.fix}")
            said = finding(failure.cause, problem=failure.problem, fix=failure.fix)
            return _stopped_at_settings([said, *settings])
        context = replace(context, headers={**credential.headers, **signature.headers}, sign=signature.sign)
    context.facts["models_named"] = bool(asked)
    contexts = _model_contexts(context, snapshot, asked) if chosen != "status" else []
    mode = auto_mode(snapshot, target)
    for each in contexts:
        # The classifier's name is the client's own, so another gateway need not know it.
        each.facts["auto_mode"] = replace(mode, classifier="") if base_url else mode
    notes = [*mode_notes(snapshot, target, context), *sources(target, credential, contexts), *credential.notes]
    notes += shape_notes(snapshot, context, contexts)
    if company is None:
        return Prepared(target, context, contexts, settings, notes)
    return Prepared(target, context, contexts, settings, [*notes, *filter(None, [company.note])], company.outcome)


def _models(model: str | None, models: Sequence[str] | None) -> list[str]:
    names = [name.strip() for name in [*([model] if model else []), *(models or [])]]
    for name in names:
        if not name or len(name) > 200 or redact.clean(name) != name or re.search(r"\s", name):
            raise UsageError(
                f"The model name {redact.quote(name, 60)!r} is empty, too long or holds blanks or control characters.",
                "Give the name as the gateway lists it, for example gemini-2.5-pro.",
            )
    unique = list(dict.fromkeys(names))
    if len(unique) > MAX_MODELS:
        raise UsageError(f"{len(unique)} models are too many for one run.", f"Give at most {MAX_MODELS} at a time.")
    return unique


def _level(level: str) -> Level:
    from mcp_server.probe.context import LEVELS

    for known in LEVELS:
        if level == known:
            return known
    close = nearest(str(level), LEVELS)
    raise UsageError(
        f"There is no level {redact.quote(level, 40)!r}.",
        f"Use {', '.join(LEVELS)}{f' (did you mean {close}?)' if close else ''}.",
    )


def _patient(seconds: float) -> None:
    if not 1 <= seconds <= MAX_PATIENCE_SECONDS:
        raise UsageError(
            f"A patience of {seconds:g} seconds makes no sense.",
            f"Give 1 to {MAX_PATIENCE_SECONDS:.0f}; Claude Code itself waits ten minutes, people do not.",
        )


def _url(base_url: str | None) -> str | None:
    if not base_url:
        return None
    text = base_url.strip()
    if not is_http_url(text):
        raise UsageError(
            f"base_url {redact.url(text)!r} is no http(s) URL.",
            "Write it like https://gateway.example.com, without /v1.",
        )
    return text


def _settings(found: list[Finding], target: ClientTarget, base_url: str | None, token_env: str | None) -> list[Finding]:
    kept = found
    if target.provider != "anthropic":
        # In this mode Claude Code works without the base URL that it ignores; whether it does is tested.
        ignored = "provider_flag_overrides_base_url"
        kept = [f.model_copy(update={"severity": "warning"}) if f.id == ignored else f for f in kept]
    if base_url:
        kept = [f for f in kept if f.id not in ("provider_flag_overrides_base_url", "project_settings_redirect")]
    if token_env:
        kept = [f for f in kept if f.id not in _CREDENTIAL_FINDINGS]
    # A key that never reaches the gateway is proved by the gateway's answer, not guessed here.
    return [f for f in kept if f.id != "gateway_key_missing"]


def _unsent(snapshot: Snapshot, target: ClientTarget) -> Finding | None:
    """What a provider mode needs beside a URL and a credential; Claude Code sends nothing without it (measured)."""
    from mcp_server.catalogue.finding import finding
    from mcp_server.effective.request import missing_variable

    needed = missing_variable(snapshot, target)
    if needed is None:
        return None
    cause = "gcp_project_setup_incomplete" if target.provider == "vertex" else "login_state_required"
    return finding(
        cause,
        problem=f"{needed} is not set, and in the mode {target.provider} Claude Code sends nothing without it",
        why="It is a part of every request in this mode.",
        fix=f"Set {needed}.",
    )


def _context(
    snapshot: Snapshot, target: ClientTarget, credential: SentCredential, level: Level, base_url: str | None
) -> Context:
    from mcp_server.effective.mode import provider_mode, signed_in
    from mcp_server.net.route import route_of
    from mcp_server.probe.context import Context
    from mcp_server.probe.request.credential import configured_base
    from mcp_server.probe.request.switches import client_shape
    from mcp_server.probe.wire import AnthropicWire, wire_for

    address = provider_mode(snapshot)[0]["base_url"] if signed_in(snapshot) is None else "forceLoginGatewayUrl"
    own = not base_url or base_url.strip().rstrip("/") == (configured_base(snapshot) or "").rstrip("/")
    wire = wire_for(snapshot, target) if own else AnthropicWire()
    shape, _ = client_shape(snapshot, target.models["default"].model, wire.mode)
    return Context(
        wire=wire,
        base_variable=address if own else "ANTHROPIC_BASE_URL",
        direct=target.base_url.scope == "default" and not base_url,
        signed_by=credential.signs,
        route=replace(route_of(target, _STEP_SECONDS), link_local=bool(base_url)),
        decision=target.proxy,
        headers=credential.headers,
        credential=credential.name,
        level=level,
        shape=shape,
        tiers={} if base_url else target.models,
    )


def _model_contexts(context: Context, snapshot: Snapshot, asked: list[str]) -> list[Context]:
    from mcp_server.effective import resolve_model
    from mcp_server.probe.request.switches import client_shape

    # None is what a new session starts with; the name "default" would skip ANTHROPIC_MODEL.
    names: Sequence[str | None] = asked or [None]
    resolved: list[ResolvedModel] = [resolve_model(snapshot, name) for name in names]
    contexts = []
    for name in resolved:
        wire = f"{name.model}[1m]" if name.million_context else name.model
        shape, _ = client_shape(snapshot, wire, context.wire.mode)
        contexts.append(context.for_model(name, shape))
    return contexts


async def _path(context: Context, target: ClientTarget) -> list[Outcome]:
    from mcp_server.probe.path import broken_proxy, check_path

    if target.proxy.problem is not None:
        return [broken_proxy(target.proxy.problem)]
    return await check_path(context.route, context.decision)


def _dry_run(context: Context, contexts: Sequence[Context], notes: Sequence[str]) -> Answer:
    from mcp_server.probe.request.plan import free_requests, planned

    files = (
        [file for each in contexts[:3] for file in planned(each)] if context.level not in ("status", "health") else []
    )
    count = len(files) // max(len(contexts[:3]), 1) * len(contexts)
    where = redact.url(context.route.base_url)
    return Answer(
        verdict="unknown",
        quick_answer=f"Nothing was sent. Level {context.level} would send {count} billed requests to {where}, and free "
        f"ones: {', '.join(free_requests(context))}.",
        config=files,
        context=list(notes),
    )


def _stopped_at_settings(findings: list[Finding]) -> Answer:
    from mcp_server.answer import sort_findings

    ordered = sort_findings(findings)
    first = ordered[0]
    return Answer(
        verdict=verdict_of(ordered, proven=False),
        quick_answer=f"Nothing was sent: {first.problem}. {first.fix}",
        verification=[Check(title="Settings", status="fail", detail=f"{first.problem}.")],
        findings=ordered,
    )


def _not_tested(text: str) -> Answer:
    return Answer(verdict="unknown", quick_answer=text)


def _nothing_configured(snapshot: Snapshot) -> Answer:
    if snapshot.environment_hidden:
        return _not_tested(
            "Not tested: Claude Code hides its environment from this process, and no settings file names a gateway. "
            "Give base_url and token_env."
        )
    return _not_tested(
        "Not tested: no gateway is configured. Neither ANTHROPIC_BASE_URL nor a credential is set in the shell or in "
        "Claude Code's settings. Give base_url and token_env, or let generate_config write a set-up."
    )
