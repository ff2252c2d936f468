"""Which programs of this machine accept the target's certificate? Each kind of trust does one handshake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mcp_server.answer import Check
from mcp_server.catalogue.finding import finding
from mcp_server.net.route import NetFailure
from mcp_server.net.tls import shake_hands
from mcp_server.net.trust import check_ca_file, program_context
from mcp_server.probe.base import Outcome
from mcp_server.probe.path import PathRun
from mcp_server.probe.proxy import open_through

if TYPE_CHECKING:
    from mcp_server.effective.programs.table import ProgramTable

#: More kinds of trust than this are not tried in one run.
MAX_KINDS = 6
#: More CA files than this are not tried either.
MAX_FILES = 4


@dataclass(frozen=True)
class TrustKind:
    """Programs that trust alike. ``note`` (not empty) says why no handshake is needed to know the outcome."""

    names: tuple[str, ...]
    stores: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    note: str = ""
    works: bool = False


def kinds_of(table: ProgramTable, column: int) -> tuple[TrustKind, ...]:
    """The kinds of trust in one column of the table, Claude Code's first."""
    groups: dict[tuple[tuple[str, ...], tuple[str, ...], str, bool], list[str]] = {}
    for row in table.rows:
        trust = row.trusts[column]
        stores: list[str] = []
        if not trust.replaced:
            words = " ".join(trust.stores)
            stores += ["bundled"] if "Mozilla" in words else []
            stores += ["system"] if "system" in words or "OpenSSL" in words else []
        files = tuple(f.setting.value for f in trust.files if f.scope != "proxy")
        note = trust.fails or ("does not verify at all" if trust.off is not None else "")
        key = (tuple(stores), files, note, trust.off is not None and not trust.fails)
        groups.setdefault(key, []).append(row.program.label)
    return tuple(TrustKind(tuple(names), *key) for key, names in groups.items())


async def ask(path: PathRun, kinds: Sequence[TrustKind], client_accepts: bool) -> Outcome:
    """One line on who accepts and who refuses; a finding when others refuse what Claude Code accepts."""
    accepted: list[str] = []
    refused: list[TrustKind] = []
    for kind in kinds[:MAX_KINDS]:
        works = kind.works if kind.note else await _accepts(path, kind)
        if works is None:
            continue
        if works:
            accepted += [f"{name} ({kind.note})" if kind.note else name for name in kind.names]
        else:
            refused.append(kind)
    if not refused:
        return Outcome()
    names = [name for kind in refused for name in kind.names]
    detail = f"refused by {', '.join(names)}; accepted by {', '.join(accepted) or 'none'}."
    outcome = Outcome([Check(title=f"Who accepts the certificate of {path.where}", status="warn", detail=detail)])
    others = [name for name in names if name != "Claude Code"]
    if client_accepts and others:
        outcome.findings.append(
            finding(
                "tls_ca_not_trusted",
                severity="info",
                problem=f"Claude Code accepts the certificate of {path.where}, {', '.join(others)} would refuse it",
                why="Every program keeps its own list of CAs; a CA given to Claude Code reaches none of the others.",
                fix="Where they must get there too, give them one bundle of the public CAs and yours (see Config).",
            )
        )
    return outcome


async def accepted_with(path: PathRun) -> str:
    """The first CA file that Claude Code does not use and with which it would accept the certificate; or empty."""
    route = path.route
    used = tuple(file for file in (route.ca_file, *route.extra_ca_files) if file)
    for file in list(path.unused_cas)[:MAX_FILES]:
        if check_ca_file(file) is None and await _accepts(path, TrustKind((), route.stores, (*used, file))):
            return file
    return ""


async def _accepts(path: PathRun, kind: TrustKind) -> bool | None:
    """``None`` when it cannot be known: a folder of CAs, no time left, no second way to the target."""
    if path.limit < 0.3 or any(_is_folder(file) for file in kind.files):
        return None
    files = tuple(file for file in kind.files if check_ca_file(file) is None)
    try:
        context = program_context(kind.stores, files)
        channel = await open_through(path)
    except NetFailure:
        return None
    if channel is None:
        return None
    hands = await shake_hands(channel, path.host, context, path.limit, where=path.where)
    if hands.failure is None:
        return True
    return False if hands.verify_code else None


def _is_folder(file: str) -> bool:
    try:
        return Path(file).is_dir()
    except (OSError, ValueError):
        return False
