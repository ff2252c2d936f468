"""The effective configuration as rows: what counts, where it comes from and what it beats (pure; shows no secret)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mcp_server import redact
from mcp_server.effective.auto_mode import classifier
from mcp_server.effective.aws import aws_view
from mcp_server.effective.credentials import HELPER
from mcp_server.effective.mode import filled, signed_in
from mcp_server.effective.models import ResolvedModel
from mcp_server.effective.request import ModelRequest
from mcp_server.effective.target import ClientTarget
from mcp_server.snapshot import Setting, Snapshot

_PLACE = 200


@dataclass(frozen=True)
class Row:
    """One fact. ``value`` is fit to be shown; ``source`` is a file, ``shell`` or empty."""

    name: str
    value: str
    source: str = ""
    beats: tuple[str, ...] = ()

    def line(self) -> str:
        """The row as one line of text."""
        origin = f" [{self.source}]" if self.source else ""
        return f"{self.name}: {self.value}{origin}" + (f"; beats {', '.join(self.beats)}" if self.beats else "")


def view_rows(snapshot: Snapshot, target: ClientTarget, request: ModelRequest, now: float | None = None) -> list[Row]:
    """Everything that decides the next request, in the order in which people ask for it.

    ``now`` (Unix time) says how long AWS sign-ins last; without it they are left out.
    """
    return [
        *_endpoint(snapshot, target, request),
        *_credentials(target),
        *(_aws(snapshot, target, now) if now is not None else ()),
        _headers(target, request),
        *_network(target),
        *_models(snapshot, target),
        *_files(snapshot),
    ]


def _endpoint(snapshot: Snapshot, target: ClientTarget, request: ModelRequest) -> Iterator[Row]:
    asked = snapshot.client_version
    yield Row(
        "client",
        f"Claude Code {asked or target.version}" + (f" ({target.version_note})" if target.version_note else ""),
    )
    switch = target.provider_switch
    skipped = ", its own authentication switched off" if target.skip_auth else ""
    yield _row("provider mode", f"{target.provider}{skipped}", switch)
    yield _row("base URL", redact.url(target.base_url.value), target.base_url)
    yield Row(
        "model request",
        f"POST {redact.url(request.url)}" + (f"; not sent: {request.blocked}" if request.blocked else ""),
    )


def _credentials(target: ClientTarget) -> Iterator[Row]:
    for credential in target.credentials:
        if credential.command is not None:
            what = "a command prints it"
        elif credential.computed:
            what = "computed for each request"
        else:
            what = redact.hint(credential.value)
        used = (
            f"sent as {', '.join(credential.headers)}" if credential.headers else "not sent: a stronger source hides it"
        )
        yield Row(
            "credential", f"{credential.name}, {what}; {used}", _place(credential.source), _places(credential.beats)
        )
    if not target.credentials:
        yield Row("credential", "none found")


def _aws(snapshot: Snapshot, target: ClientTarget, now: float) -> Iterator[Row]:
    if not signs_with_aws(target):
        return
    view = aws_view(snapshot, now)
    if view.chosen is not None:
        source = view.chosen
        yield Row("AWS credentials", f"{source.name}, {source.kind}: {source.detail}", _place(source.where))
    else:
        yield Row("AWS credentials", "none found; only an instance's own role is left")
    for source in view.hidden[:4]:
        yield Row("AWS credentials, not used", f"{source.name}, {source.kind}: {source.detail}", _place(source.where))
    if view.region is not None:
        yield _row("AWS region", redact.quote(view.region.value, 60), view.region)
    else:
        yield Row("AWS region", "us-east-1", f"built into Claude Code {target.version}; boto3 refuses without a region")
    for note in view.notes[:5]:
        yield Row("AWS note", note)


def signs_with_aws(target: ClientTarget) -> bool:
    """Whether the requests of this client are signed with, or authorised by, AWS credentials."""
    return target.provider in ("bedrock", "mantle", "anthropic_aws") and not target.skip_auth


def _headers(target: ClientTarget, request: ModelRequest) -> Row:
    credentials = {h.lower() for c in target.credentials for h in c.headers}
    own = {n.lower() for n in target.custom_headers.names}
    names = [n for n in request.headers if n in credentials]
    names += [f"{redact.quote(n, 60)} (yours)" for n in request.headers if n in own and n not in credentials]
    rest = [n for n in request.headers if n not in credentials and n not in own and not n.startswith("x-stainless-")]
    rest.append("x-stainless-*")
    setting = target.custom_headers.setting
    source = f"ANTHROPIC_CUSTOM_HEADERS, {_place(setting.source)}" if setting is not None else ""
    return Row("headers", f"{', '.join(names) or 'no credential header'}; the client's own: {', '.join(rest)}", source)


def _network(target: ClientTarget) -> Iterator[Row]:
    proxy = target.proxy
    through = redact.url(proxy.proxy) if proxy.proxy else "unusable" if proxy.problem else "none"
    place = f"{proxy.variable}, {_place(proxy.source)}" if proxy.variable and proxy.source else ""
    yield Row("proxy", f"{through} ({redact.quote(proxy.because, 300)})", place)
    for file in target.ca_files:
        note = "" if file.effective else f"; no effect: {file.note}"
        yield Row("extra CA", f"{redact.quote(file.path, _PLACE)}{note}", f"{file.variable}, {_place(file.source)}")
    yield Row("trust stores", " and ".join(target.stores))
    for name, setting in (("client certificate", target.client_certificate), ("client key", target.client_key)):
        if setting is not None:
            yield _row(name, redact.quote(setting.value, _PLACE), setting)


def _models(snapshot: Snapshot, target: ClientTarget) -> Iterator[Row]:
    models = target.models
    yield _model("model, main", models["default"])
    yield _model("model, background", models["haiku"])
    name, setting = classifier(snapshot, target)
    if target.provider == "anthropic" and name:
        shown = redact.quote(name, _PLACE)
        if setting is not None:
            yield _row("model, classifier of auto mode", shown, setting)
        else:
            yield Row("model, classifier of auto mode", shown, f"built into Claude Code {target.version}")
    if "subagent" in models:
        forced = (
            target.version == "2.1.197" or filled(snapshot.variable("CLAUDE_CODE_SUBAGENT_MODEL_FORCE")) is not None
        )
        which = "all" if forced else "those that name none"
        yield _model(f"model, sub-agents ({which})", models["subagent"])
    else:
        yield Row("model, sub-agents", "what the agent names, else the main model")
    for tier in ("opus", "sonnet", "haiku", "fable"):
        yield _model(f"model, tier {tier}", models[tier])


def _model(name: str, chosen: ResolvedModel) -> Row:
    decided = chosen.setting
    window = " with the 1M window" if chosen.million_context else ""
    value = f"{redact.quote(chosen.model, 120)}{window}"
    if decided is None:
        return Row(name, value, redact.quote(chosen.because, _PLACE))
    return Row(name, value, f"{decided.name}, {_place(decided.source)}", _places(decided.beats))


def _files(snapshot: Snapshot) -> Iterator[Row]:
    for file in snapshot.settings_files:
        if file.error or file.unusable:
            state = "ignored whole"
        elif file.dropped:
            state = f"read, but without {', '.join(redact.quote(key, 60) for key, _ in file.dropped[:8])}"
        else:
            state = "read"
        yield Row("settings file", f"{file.scope}: {state}", _place(file.path))
    login = signed_in(snapshot)
    if login is not None:
        told = "handed to Claude Code at each start, above all files; not read here"
        yield Row("settings from the gateway", told, redact.url(login.url))
    if snapshot.login is not None:
        yield Row("saved login", "present", _place(snapshot.login.source))


def _row(name: str, value: str, setting: Setting | None) -> Row:
    if setting is None:
        return Row(name, value)
    if setting.scope == "default":
        return Row(name, value, setting.source)
    return Row(name, value, f"{setting.name}, {_place(setting.source)}", _places(setting.beats))


def _place(source: str) -> str:
    return redact.quote(source, _PLACE)


def _places(sources: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_place(source) for source in sources)


def summary(target: ClientTarget, request: ModelRequest) -> str:
    """The view in one sentence."""
    if request.blocked:
        return f"No model request would leave this machine: {request.blocked}."
    sent = [f"{header} from {name}" for header, name in target.header_names.items()]
    proxy = f"through {redact.url(target.proxy.proxy)}" if target.proxy.proxy else "without a proxy"
    helper = " (a command that prints the key)" if HELPER in target.header_names.values() else ""
    return (
        f"Claude Code {target.version} would send model {redact.quote(request.model, 120)} to "
        f"{redact.url(request.url)} {proxy}, with {' and '.join(sent) or 'no credential'}{helper}."
    )
