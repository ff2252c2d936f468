"""Program × target: who takes which way, whom each trusts, and where they disagree (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from mcp_server import redact
from mcp_server.answer import Check, Finding, Severity, Where
from mcp_server.catalogue.finding import finding
from mcp_server.effective.no_proxy import is_local
from mcp_server.effective.programs.base import ClientCertificate, Program, ProxyUse, TrustUse, place
from mcp_server.effective.programs.registry import PROGRAMS
from mcp_server.snapshot import Setting, Snapshot

#: A difference between these and Claude Code breaks a gateway set-up; for the others it is a note.
GATEWAY_PROGRAMS = ("litellm-httpx", "litellm-aiohttp", "google-auth", "boto3")
MAX_FINDINGS = 4
#: Direct by design, whatever is set: shown, but no disagreement.
_NEVER_PROXIED = ("node",)


@dataclass(frozen=True)
class Row:
    """One program's answers, one per URL of the table."""

    program: Program
    uses: tuple[ProxyUse, ...]
    trusts: tuple[TrustUse, ...]
    certificates: tuple[ClientCertificate | None, ...]


@dataclass(frozen=True)
class ProgramTable:
    """Programs down, URLs across. Claude Code is the first row."""

    urls: tuple[str, ...]
    rows: tuple[Row, ...]

    def ways(self, column: int) -> dict[tuple[str, str], list[Row]]:
        """Way and what decided it → the programs that take it, for one URL."""
        found: dict[tuple[str, str], list[Row]] = {}
        for row in self.rows:
            use = row.uses[column]
            found.setdefault((use.way, use.short), []).append(row)
        return found

    def strays(self, column: int) -> list[Row]:
        """The programs that do not take Claude Code's way to this URL."""
        way = self.rows[0].uses[column].way
        return [r for r in self.rows if r.uses[column].way != way and r.program.id not in _NEVER_PROXIED]


def program_table(machine: Snapshot, urls: Sequence[str]) -> ProgramTable:
    """The decision of every program for every URL. Commands known to be missing from PATH are left out."""
    present = [p for p in PROGRAMS if p.command in (None, "claude") or machine.versions.get(p.command or "") != ""]
    rows = tuple(
        Row(
            program,
            tuple(program.proxy(machine, url) for url in urls),
            tuple(program.trust(machine, url) for url in urls),
            tuple(program.certificate(machine, url) for url in urls),
        )
        for program in present
    )
    return ProgramTable(tuple(urls), rows)


def table_checks(table: ProgramTable, *, asked: bool) -> list[Check]:
    """One line per URL on the ways, one on trust when anything but the stores counts; ``asked`` as below."""
    checks = []
    for column, url in enumerate(table.urls):
        calm = is_local(url) or _severity(table.strays(column), asked=asked) == "info"
        parts = []
        for (way, short), rows in table.ways(column).items():
            words = {"direct": "direct", "fails": "cannot work"}.get(way, way)
            parts.append(f"{words}: {_names(rows)} ({short})")
        detail = f"all {len(table.rows)} programs alike. {parts[0]}" if len(parts) == 1 else "; ".join(parts)
        title = f"Every program's way to {_host(url)}"
        checks.append(Check(title=title, status="pass" if calm else "warn", detail=f"{detail}."))
    trust = _trust_line(table)
    return [*checks, trust] if trust is not None else checks


def _trust_line(table: ProgramTable) -> Check | None:
    column = next((n for n, url in enumerate(table.urls) if url.lower().startswith("https")), None)
    if column is None:
        return None
    groups: dict[str, list[Row]] = {}
    for row in table.rows:
        groups.setdefault(_trust_words(row.trusts[column]), []).append(row)
    if all(not (row.trusts[column].files or row.trusts[column].off or row.trusts[column].fails) for row in table.rows):
        return None
    bad = any(row.trusts[column].fails or row.trusts[column].off for row in table.rows)
    detail = "; ".join(f"{_names(rows)}: {words}" for words, rows in groups.items())
    return Check(title="Whom every program trusts", status="warn" if bad else "pass", detail=f"{detail}.")


def _trust_words(trust: TrustUse) -> str:
    if trust.fails:
        return trust.fails
    if trust.off is not None:
        return f"anybody, because {place(trust.off)} switches verification off"
    files = " and ".join(f"{_path(f.setting)} from {place(f.setting)}" for f in trust.files)
    stores = " and ".join(trust.stores)
    if trust.replaced:
        return f"only {files}"
    return f"{stores} plus {files}" if files else stores


def _path(setting: Setting) -> str:
    return "the text" if "-----BEGIN" in setting.value else redact.quote(setting.value, 120)


def disagreements(table: ProgramTable, *, asked: bool) -> list[Finding]:
    """Where another program does not follow Claude Code. ``asked``: the URLs were named by the user, so differences of
    LiteLLM and its libraries are warnings; for Claude Code's own base URL all are notes.
    """
    found: dict[tuple[str, str], Finding] = {}
    for column, url in enumerate(table.urls):
        for note in (*_unusable(table, column, url, asked=asked), *_other_ways(table, column, url, asked=asked)):
            found.setdefault((note.id, note.problem.partition(" for ")[0]), note)
    return list(found.values())[:MAX_FINDINGS]


def _unusable(table: ProgramTable, column: int, url: str, *, asked: bool) -> Iterator[Finding]:
    """Programs that cannot work with a value that Claude Code does not trip over."""
    client = table.rows[0].uses[column]
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in table.rows[1:]:
        use = row.uses[column]
        if use.kind == "fails" and not (client.kind == "fails" and client.decided_by == use.decided_by):
            groups.setdefault((use.because, use.cause or "proxy_url_malformed"), []).append(row)
    for (because, cause), rows in groups.items():
        yield finding(
            cause,
            severity=_severity(rows, asked=asked),
            problem=f"{_names(rows)} cannot reach {_host(url)}: {because}",
            why="Each program takes a proxy value apart by its own rules; Claude Code does not trip over this one.",
            fix="Write the value as http://user:password@host:port with encoded credentials, or name these programs' "
            "own proxy.",
            where=_where(rows[0].uses[column].decided_by),
        )


def _other_ways(table: ProgramTable, column: int, url: str, *, asked: bool) -> Iterator[Finding]:
    """Programs that go direct where Claude Code uses a proxy, or the other way round."""
    client = table.rows[0].uses[column]
    others = [row for row in table.strays(column) if row.uses[column].kind != "fails"]
    if client.kind == "fails" or not others or (is_local(url) and not asked):
        return
    dialect = client.bypassed_by is not None or any(r.uses[column].bypassed_by is not None for r in others)
    words = {"direct": "goes direct"}.get(client.way, f"goes through {client.way}")
    groups: dict[str, list[Row]] = {}
    for row in others:
        groups.setdefault(row.uses[column].way, []).append(row)
    ways = "; ".join(f"{'direct' if way == 'direct' else way}: {_names(rows)}" for way, rows in groups.items())
    example = next((r for r in others if r.program.id in GATEWAY_PROGRAMS), others[0])
    yield finding(
        "no_proxy_not_matched" if dialect else "settings_precedence_override",
        severity="info" if is_local(url) else _severity(others, asked=asked),
        problem=f"programs disagree for {_host(url)}: Claude Code {words} ({client.short}), {ways}",
        why=f"{example.program.label}: {example.uses[column].because}. Claude Code: {client.because}.",
        fix="Write NO_PROXY in the form every program reads: commas, name and .name, no wildcards, no ranges."
        if dialect
        else "Set HTTPS_PROXY, HTTP_PROXY and their lower-case names alike, where all these programs start from.",
        where=_where(client.decided_by),
    )


def _severity(rows: Sequence[Row], *, asked: bool) -> Severity:
    return "warning" if asked and any(row.program.id in GATEWAY_PROGRAMS for row in rows) else "info"


def _names(rows: Sequence[Row]) -> str:
    return ", ".join(row.program.label for row in rows)


def _where(setting: Setting | None) -> Where | None:
    if setting is None:
        return None
    file, colon, line = setting.source.rpartition(":")
    if colon and line.isdigit():
        return Where(file=file, line=int(line), key=setting.name)
    shell = setting.source == "shell" or setting.source.startswith("argument ")
    return Where(file=None if shell else setting.source, key=setting.name)


def _host(url: str) -> str:
    return redact.quote(urlsplit(url).netloc.rpartition("@")[2] or url, 120)
