"""Which proxy Claude Code uses for one URL, and why (pure). The rules stand in ``dialect.py``."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from mcp_server import redact
from mcp_server.effective.dialect import Dialect, Matcher, dialect_of
from mcp_server.effective.proxy_url import ProxyAddress, ProxyProblem, has_scheme, parse_proxy
from mcp_server.snapshot import Setting, Snapshot


@dataclass(frozen=True)
class ProxyDecision:
    """Proxy for one URL. ``proxy`` is the full URL, credentials included: show it only through ``redact.url``."""

    url: str
    proxy: str | None = field(repr=False)
    because: str
    dialect: str
    """Release whose rules were applied."""
    variable: str | None = None
    source: str | None = None
    bypassed_by: str | None = None
    """The NO_PROXY entry that matched."""
    no_proxy: Setting | None = None
    """The NO_PROXY variable that was consulted."""
    problem: ProxyProblem | None = None
    """Set when the value cannot work; ``proxy`` is then ``None`` although the client does not go direct."""
    address: ProxyAddress | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()


def proxy_decision(snapshot: Snapshot, url: str, version: str | None = None) -> ProxyDecision:
    """Which proxy Claude Code (``version``, default the installed one) uses for ``url``, and why."""
    rules, note = dialect_of(version or snapshot.client_version)
    notes = [note] if note else []
    setting = _first_set(snapshot, rules.variables, notes)
    if setting is None:
        said = _unset(snapshot, rules)
        return ProxyDecision(url, None, said, rules.measured, notes=tuple(notes))
    parsed = _parse(setting, rules)
    chosen = ProxyDecision(url, None, "", rules.measured, setting.name, setting.source)
    lists = [found for name in ("no_proxy", "NO_PROXY") if (found := _filled(snapshot, name))]
    if isinstance(parsed, ProxyProblem) and parsed.at_start:
        because = f"{_place(setting)} cannot be read, so Claude Code ends before any request, whatever NO_PROXY says"
        return replace(chosen, because=because, problem=parsed, notes=tuple(notes))
    entry, owner = _covering(lists, url, rules.client)
    if entry is not None and owner is not None:
        return _bypassed(snapshot, chosen, rules, lists, entry, owner, notes)
    return _proxied(chosen, setting, parsed, lists, notes, "it serves http and https targets, loopback included")


def _bypassed(
    snapshot: Snapshot,
    chosen: ProxyDecision,
    rules: Dialect,
    lists: list[Setting],
    entry: str,
    owner: Setting,
    notes: list[str],
) -> ProxyDecision:
    """The client goes direct; the runtime below may still find a proxy variable for the target's scheme."""
    setting = _first_set(snapshot, rules.runtime_variables(urlsplit(chosen.url).scheme.lower()), [])
    if setting is None or _covering(lists, chosen.url, rules.runtime)[0] is not None:
        because = f"direct: entry {redact.quote(entry, 80)!r} of {_place(owner)} covers this address"
        return replace(chosen, because=because, bypassed_by=entry, no_proxy=owner, notes=tuple(notes))
    chosen = replace(chosen, variable=setting.name, source=setting.source)
    reason = (
        f"entry {redact.quote(entry, 80)!r} of {owner.name} makes the client go direct, but the runtime of "
        f"{rules.measured} does not understand it and applies this variable"
    )
    return _proxied(chosen, setting, _parse(setting, rules), lists, notes, reason)


def _proxied(
    chosen: ProxyDecision,
    setting: Setting,
    parsed: ProxyAddress | ProxyProblem,
    lists: list[Setting],
    notes: list[str],
    reason: str,
) -> ProxyDecision:
    consulted = lists[0] if lists else None
    if isinstance(parsed, ProxyProblem):
        because = f"{_place(setting)} is set but cannot be used, so no request gets through"
        return replace(chosen, because=because, no_proxy=consulted, problem=parsed, notes=tuple(notes))
    because = f"{_place(setting)} is the first proxy variable set; {reason}"
    if "runtime" in reason:
        because = f"{_place(setting)}: {reason}"
    elif lists:
        because += f"; no entry of {' or '.join(s.name for s in lists)} covers this address"
    return replace(
        chosen,
        proxy=parsed.url,
        because=because,
        no_proxy=consulted,
        address=parsed,
        notes=(*notes, *parsed.notes),
    )


def _parse(setting: Setting, rules: Dialect) -> ProxyAddress | ProxyProblem:
    parsed = parse_proxy(setting.value, setting.name)
    if not isinstance(parsed, ProxyAddress):
        return parsed
    if not has_scheme(setting.value) and parsed.username is not None:
        return ProxyProblem(
            "proxy_url_malformed",
            f"{_place(setting)} has credentials but no scheme; Claude Code reads the user name as one",
            "Write http:// in front of the user name.",
            suggestion=parsed.shown,
            at_start=rules.repairs_scheme,
        )
    if rules.repairs_scheme:
        return parsed
    if not has_scheme(setting.value) and not parsed.host[0].isalpha():
        return ProxyProblem(
            "proxy_url_malformed",
            f"{_place(setting)} has no scheme; Claude Code up to 2.1.197 then prints nothing for an address",
            "Write http:// in front of the host.",
            suggestion=parsed.shown,
            at_start=parsed.host.replace(".", "").isdigit(),
        )
    if parsed.username is not None and not parsed.password:
        return ProxyProblem(
            "proxy_auth_failed",
            f"{_place(setting)} names a user without a password; Claude Code up to 2.1.197 then does not connect",
            "Write http://user:password@host:port, or leave the user out.",
            suggestion=parsed.shown,
        )
    return parsed


def _first_set(snapshot: Snapshot, names: tuple[str, ...], notes: list[str]) -> Setting | None:
    for name in names:
        setting = _filled(snapshot, name)
        if setting is None:
            continue
        if name.upper() == "ALL_PROXY" and setting.value.strip().lower().startswith("socks"):
            notes.append(f"{_place(setting)} is a SOCKS proxy; Claude Code ignores it there")
            continue
        return setting
    return None


def _unset(snapshot: Snapshot, rules: Dialect) -> str:
    """Why there is no proxy: nothing set, set empty on purpose, or set where this release does not look."""
    emptied = [s for name in rules.variables if (s := snapshot.variable(name)) is not None and not s.value.strip()]
    if emptied:
        return f"direct: {emptied[0].name} is set empty in {emptied[0].source}, which switches the proxy off"
    ignored = [s.name for name in ("all_proxy", "ALL_PROXY") if (s := _filled(snapshot, name)) is not None]
    if ignored and ignored[0] not in rules.variables:
        return f"direct: only {ignored[0]} is set, which Claude Code {rules.measured} does not read"
    if snapshot.environment_hidden:
        return "direct as far as visible: Claude Code hides its environment from this process"
    return "direct: no proxy variable is set"


def _covering(lists: list[Setting], url: str, rules: Matcher) -> tuple[str | None, Setting | None]:
    for setting in lists if rules.either_variable else lists[:1]:
        for entry in rules.entries(setting.value):
            if rules.covers(entry, url):
                return entry, setting
    return None, None


def _filled(snapshot: Snapshot, name: str) -> Setting | None:
    setting = snapshot.variable(name)
    return setting if setting is not None and setting.value.strip() else None


def _place(setting: Setting) -> str:
    return f"{setting.name} ({setting.source})"
