"""``migrate``: another tool's configuration in the current form: shown, written to a folder, or applied."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mcp_server.answer import Answer, Check, ConfigFile, Finding, sort_findings, verdict_of
from mcp_server.errors import GatewayError, UsageError
from mcp_server.redact import quote, redact

if TYPE_CHECKING:
    from mcp_server.change.apply import Change, Step
    from mcp_server.change.migrate.model import Migration, Source


def run(
    source: str | None = None,
    kind: str | None = None,
    *,
    output: Path | None = None,
    apply: bool = False,
    although_managed: bool = False,
) -> Answer:
    """The Answer with the converted files, what was kept, what has no equivalent and what is to be done by hand.

    Without ``source``, the places of the kind (or of all kinds) below the home folder are looked at, then the running
    environment. No value of a credential is shown or written.

    Raises:
        UsageError: nothing is found, several are, or the kind is unknown.
        GatewayError: the source cannot be read or converted, or a file cannot be written; nothing is written then.
    """
    from mcp_server.change.migrate.registry import kind as kind_of
    from mcp_server.change.migrate.registry import recognised
    from mcp_server.operations.migration_source import given, searched

    if output is not None and apply:
        raise UsageError("--output and --apply both say where the result goes.", "Give one of them.")
    wanted = kind_of(kind) if kind else None
    found = given(source, wanted) if source else searched(wanted)
    chosen = wanted or recognised(found)
    migration = chosen.convert(found)
    _refuse_secrets(migration)
    findings = _findings(migration)
    record = None
    if output is not None:
        record = _write(f"migrate {chosen.ID}", [(output / Path(f.path).name, f) for f in _files(migration)])
    elif apply:
        _refuse_errors(findings)
        record = _apply(f"migrate {chosen.ID}", migration, although_managed=although_managed)
    return _answer(migration, found, record, findings)


def _refuse_secrets(migration: Migration) -> None:
    """The last gate: a conversion that would write a credential is a defect, and writes nothing."""
    from mcp_server.document.document import parse
    from mcp_server.document.nodes import Scalar

    for file in migration.files:
        values: list[str] = []
        if file.language in ("yaml", "json"):
            nodes = parse(file.content, "yaml" if file.language == "yaml" else "json").nodes
            values = [node.value for _, node in nodes if isinstance(node, Scalar) and isinstance(node.value, str)]
        shaped = any(redact(value) != value for value in values)
        if shaped or any(secret in file.content for secret in migration.guarded):
            raise GatewayError(
                f"the conversion to {quote(file.path, 120)} would hold something like a credential; nothing was done.",
                "Put that value into a variable in the source, then run this again.",
            )


def _findings(migration: Migration) -> list[Finding]:
    """What our own checks say about the new files: the source may have held what never worked."""
    from mcp_server.operations.validate_config import check

    found: list[Finding] = []
    for file in _files(migration):
        kind = "litellm" if file.language == "yaml" else "claude-settings"
        checked = check(content=file.content, name=Path(file.path).name, kind=kind, environment="ignore")
        found += [finding for finding in checked.report.findings if finding.severity != "info"]
    return sort_findings(found)[:20]


def _refuse_errors(findings: Sequence[Finding]) -> None:
    first = findings[0] if findings else None
    if first is not None and first.severity == "error":
        raise GatewayError(
            f"the converted files would not work: {first.problem} ({first.id}). Nothing was written.",
            f"{first.fix} in the source, or use --output and correct the files.",
        )


def _files(migration: Migration) -> Iterator[ConfigFile]:
    return (file for file in migration.files if file.language in ("yaml", "json"))


def _write(what: str, wanted: Sequence[tuple[Path, ConfigFile]]) -> str | None:
    """Writes new files, all or none; a file that is there stays, unless it holds the same."""
    from mcp_server.change.apply import Step, apply

    record, _ = apply(what, [Step(path, _new(path, file)) for path, file in wanted])
    return record.id if record else None


def _new(path: Path, file: ConfigFile) -> Change:
    def change(before: bytes | None) -> bytes:
        after = file.content.encode()
        if before not in (None, after):
            raise UsageError(f"{quote(str(path), 200)} exists already.", "Move it away, or choose another folder.")
        return after

    return change


def _apply(what: str, migration: Migration, *, although_managed: bool) -> str | None:
    """Settings are merged into the user's file, a gateway's file is new in the current folder."""
    from mcp_server.change.apply import Step, apply
    from mcp_server.change.files import target
    from mcp_server.change.merge import merged
    from mcp_server.change.owners import refuse_owned
    from mcp_server.change.wish import wishes_of
    from mcp_server.environment import home
    from mcp_server.operations.change_files import settings_path

    steps: list[Step] = []
    for file in _files(migration):
        if file.language == "json":
            path = settings_path("user")
            if not although_managed:
                refuse_owned(target(path), home())
            wishes = list(wishes_of(json.loads(file.content)))
            steps.append(Step(path, lambda before, w=wishes, p=path: merged(before, "json", w, str(p))))  # type: ignore[misc]
        else:
            path = Path(file.path).absolute()
            steps.append(Step(path, _new(path, file)))
    record, _ = apply(what, steps)
    return record.id if record else None


def _answer(migration: Migration, source: Source, record: str | None, findings: list[Finding]) -> Answer:
    done = f"; written as change {record}" if record else ""
    lost = f", {len(migration.lost)} without an equivalent" if migration.lost else ""
    return Answer(
        verdict=verdict_of(findings, proven=False),
        findings=findings,
        quick_answer=(
            f"Converted, not yet proven: {migration.title} from {quote(source.name, 160)}, {len(migration.kept)} parts "
            f"carried over{lost}{done}."
        ),
        config=migration.files,
        verification=_checks(migration),
        context=[
            *(f"Undo, byte for byte: llm-gateway rollback {record}" for _ in (record,) if record),
            "Security: no file here holds a key. A key that lay in clear in a file should be replaced by a new one: "
            "llm-gateway rotate.",
            *(f"Carried over: {kept}." for kept in migration.kept),
            *(f"No equivalent: {lost.what}: {lost.why}." for lost in migration.lost),
            *(f"By hand: {todo}" for todo in migration.by_hand),
            *(
                ("LiteLLM is third-party software; Anthropic neither runs nor supports it.",
                 "Routing Claude Code to non-Claude models is not supported by Anthropic, through any gateway.")
                if migration.local_gateway
                else ()
            ),
        ],
    )  # fmt: skip


def _checks(migration: Migration) -> list[Check]:
    checks = []
    if migration.hand_back:
        checks.append(
            Check(
                title="The old tool lets go of the settings",
                status="todo",
                detail="Two programs that write one settings file undo each other.",
                command=migration.hand_back,
                expect="the settings are as before that tool",
                if_not="use --although-managed, and never start that tool again",
            )
        )
    for secret in migration.secrets:
        checks.append(
            Check(
                title=f"{secret.variable} holds the key",
                status="todo",
                detail=f"Its value stands in {secret.place}; it was not copied.",
                command=f"read -rs {secret.variable} && export {secret.variable}",
                expect=f'test -n "${secret.variable}" succeeds',
                if_not="paste the value again; put it into a secret manager for later",
            )
        )
    if migration.local_gateway:
        checks.append(
            Check(
                title="The gateway file is sound",
                status="todo",
                detail="Finds what LiteLLM would start with in silence.",
                command="llm-gateway validate --environment ignore litellm-config.yaml",
                expect="no error",
                if_not="change the line it names",
            )
        )
    checks.append(
        Check(
            title="It works for Claude Code",
            status="todo",
            detail="A streamed tool round trip in Claude Code's own request shape; a few thousand billed tokens.",
            command="llm-gateway test-model",
            expect="verdict ok",
            if_not="the finding names the layer; the old tool still works until you remove it",
        )
    )
    return checks
