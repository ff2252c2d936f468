"""``diff``, ``apply``, ``rollback`` and ``history``: changes of the user's files that can be seen first and undone."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mcp_server.answer import Answer, Check, ConfigFile, Finding, sort_findings
from mcp_server.change.apply import Effect, Step, effects, rollback, undoing, unreadable
from mcp_server.change.apply import apply as apply_steps
from mcp_server.change.apply import history as all_records
from mcp_server.change.journal import Record
from mcp_server.change.wish import Wish
from mcp_server.errors import GatewayError, UsageError, nearest
from mcp_server.redact import clean, quote, redact

SCOPES = ("user", "project", "local", "managed")
_MAX_LINES = 400
#: Bytes of a file whose change is shown; redaction takes seconds for megabytes.
_MOST_SHOWN = 1_000_000


@dataclass(frozen=True)
class Request:
    """What the user asked for. ``fragments``: files whose content is merged in; ``wishes``: single settings."""

    fragments: Sequence[Path] = ()
    wishes: Sequence[Wish] = ()
    to: Path | None = None
    scope: str | None = None
    although_managed: bool = False
    although_invalid: bool = False


def diff(request: Request) -> Answer:
    """What ``apply`` would change, without changing it.

    Raises:
        UsageError, GatewayError: the request makes no sense, or a file cannot be read or edited.
    """
    return would_change(effects(_steps(request)), "The same command with apply instead of diff", "llm-gateway apply …")


def would_change(made: Sequence[Effect], how: str, command: str) -> Answer:
    """The Answer about a change that was not made. ``command`` would make it; ``how`` says that in words."""
    if not made:
        return nothing()
    return Answer(
        verdict="unknown",
        quick_answer=f"{file_names(made)} would change; nothing was written.",
        config=[shown(effect) for effect in made],
        verification=[
            Check(
                title="Apply",
                status="todo",
                detail=f"{how} makes this change; it can be undone.",
                command=command,
                expect="the same lines",
                if_not="the file was changed meanwhile: look at the diff again",
            )
        ],
        context=_linked(effect.path for effect in made),
        findings=_new_findings(made),
    )


def apply(request: Request) -> Answer:
    """Makes the change, all files or none, and says how to undo it.

    Raises:
        UsageError, GatewayError: as ``diff``; also when the change would make a file invalid. Nothing is written then.
    """
    steps = _steps(request)
    if not request.although_invalid:
        refuse_new_errors(effects(steps))
    return make(_what(request), steps)


def make(what: str, steps: Sequence[Step]) -> Answer:
    """Does all steps or none. ``what`` stands in the history.

    Raises:
        GatewayError: a file cannot be read, edited or written; nothing is changed then.
    """
    linked = _linked(step.path for step in steps)
    record, made = apply_steps(what, steps)
    if record is None:
        return nothing()
    return Answer(
        verdict="unknown",
        quick_answer=f"{file_names(made)} changed as change {record.id}. Not tested yet whether it works: see below.",
        config=[shown(effect) for effect in made],
        verification=[
            Check(
                title="Written",
                status="pass",
                detail="Read back: the files hold the new content; everything else in them is as it was, byte by byte.",
            ),
            Check(
                title="Proof",
                status="todo",
                detail="A request of Claude Code's own kind through what is configured now.",
                command="llm-gateway test-model",
                expect="verdict ok",
                if_not=f"llm-gateway rollback {record.id} brings the old files back",
            ),
        ],
        context=[
            f"Undo, byte for byte: llm-gateway rollback {record.id}",
            "The old content is kept in your state folder, readable only by you; it may hold credentials.",
            *_too_open(made),
            *linked,
        ],
        findings=_new_findings(made),
    )


def undo(identifier: str | None, *, dry_run: bool = False) -> Answer:
    """Takes a change back (the last one by default), or shows what that would do.

    Raises:
        UsageError: there is no such change. GatewayError: a file was changed since; nothing is written then.
    """
    record, made = undoing(identifier) if dry_run else rollback(identifier)
    done = "would hold again what stood there before" if dry_run else "again as before"
    names = ", ".join(quote(file.path, 160) for file in record.files)
    return Answer(
        verdict="unknown",
        quick_answer=f"{names}: {done} change {record.id} ({quote(record.what, 120)}), byte for byte.",
        config=[shown(effect) for effect in made],
        context=[] if made else ["The files held the old content already."],
    )


def records() -> list[Record]:
    """All changes, oldest first."""
    return all_records()


def unreadable_records() -> list[Path]:
    """Folders of changes that cannot be read: damaged, or of a later release."""
    return unreadable()


def _steps(request: Request) -> list[Step]:
    from mcp_server.change.files import target
    from mcp_server.change.merge import language_of, merged
    from mcp_server.change.owners import refuse_owned
    from mcp_server.environment import home

    def merging(path: Path, wishes: Sequence[Wish]) -> Callable[[bytes | None], bytes | None]:
        language = language_of(path.name)
        if language == "json" and path.parent.name == ".vscode":
            language = "jsonc"
        return lambda before: merged(before, language, wishes, str(path))

    steps = []
    for path, wishes in _targets(request):
        if not request.although_managed:
            refuse_owned(target(path), home())
        steps.append(Step(path, merging(path, wishes)))
    if not steps:
        raise UsageError(
            "there is nothing to change.",
            "Name a file to merge in, or --set KEY=VALUE, --unset KEY; llm-gateway generate --output DIR writes files.",
        )
    return steps


def _targets(request: Request) -> Iterator[tuple[Path, list[Wish]]]:
    from mcp_server.change.wish import refuse_contradictions
    from mcp_server.operations.validate_config import read

    if request.to is not None and request.scope is not None:
        raise UsageError("--to and --scope both name the file to change.", "Give one of them.")
    refuse_contradictions(request.wishes)
    if request.wishes and len(request.fragments) > 1 and request.to is None:
        raise UsageError(
            "with several files it is not clear in which one --set and --unset are meant.",
            "Name it with --to, or give --set in a second command.",
        )
    for fragment in request.fragments:
        wishes = wishes_in(read(fragment), str(fragment))
        path = request.to or _default_target(fragment, request.scope)
        if path.exists() and path.samefile(fragment) and not request.wishes:
            raise UsageError(
                f"{quote(str(fragment), 200)} would be merged into itself.", "Name the file to change with --to."
            )
        yield path, [*wishes, *request.wishes]
    if not request.fragments and request.wishes:
        yield request.to or settings_path(request.scope or "user"), list(request.wishes)


def wishes_in(content: bytes | str, name: str) -> list[Wish]:
    """Everything that a file called ``name`` says, as wishes for another one.

    Raises:
        UsageError: a file of a kind that cannot be merged. GatewayError: it holds no mapping, or mistakes.
    """
    from mcp_server.change.merge import language_of
    from mcp_server.change.plain import plain
    from mcp_server.change.wish import wishes_of
    from mcp_server.document.document import parse
    from mcp_server.document.nodes import Mapping

    language = language_of(Path(name).name)
    document = parse(content, language, name)
    if not document.readable or not isinstance(document.root, Mapping):
        said = document.syntax[0].problem if document.syntax else "it holds no mapping"
        raise GatewayError(f"{quote(name, 200)} cannot be merged: {said}.", "Correct it first.")
    data = plain(document.root)
    return list(wishes_of(data["env"] if language == "env" else data))


def _default_target(fragment: Path, scope: str | None) -> Path:
    """A settings file goes to its scope; any other file keeps its name, in the current folder."""
    name = fragment.name
    if name.startswith(("settings", "managed-settings")) and name.endswith(".json"):
        named = "local" if ".local." in name else "managed" if name.startswith("managed") else None
        return settings_path(scope or named or "user")
    return Path(name)


def settings_path(scope: str) -> Path:
    """Claude Code's settings file of ``scope`` on this machine."""
    from mcp_server.environment import config_folder, managed_folder

    project = Path(os.environ.get("CLAUDE_PROJECT_DIR") or ".")
    if scope == "user":
        return config_folder() / "settings.json"
    if scope == "project":
        return project / ".claude" / "settings.json"
    if scope == "local":
        return project / ".claude" / "settings.local.json"
    if scope == "managed":
        return managed_folder() / "managed-settings.json"
    close = nearest(scope, SCOPES)
    raise UsageError(
        f"there is no scope {quote(scope, 40)!r}.",
        f"Use {', '.join(SCOPES)}{f' (did you mean {close}?)' if close else ''}.",
    )


def _what(request: Request) -> str:
    """For the history: names of keys and files, never a value."""
    parts = [f"merge {fragment.name}" for fragment in request.fragments]
    parts += [f"{'set' if hasattr(wish, 'value') else 'unset'} {'.'.join(wish.path)}" for wish in request.wishes]
    return quote(", ".join(parts), 300)


def _findings(name: str, data: bytes | None) -> list[Finding]:
    from mcp_server.operations.validate_config import check

    if not data:
        return []
    try:
        return list(check(content=data, name=name, environment="ignore").report.findings)
    except GatewayError:
        return []  # a file of a kind that is not judged


def _new_findings(made: Sequence[Effect]) -> list[Finding]:
    """What is wrong after the change and was not before."""
    found: list[Finding] = []
    for effect in made:
        known = {(f.id, f.where.key if f.where else None) for f in _findings(str(effect.path), effect.before)}
        after = _findings(str(effect.path), effect.after)
        found += [f for f in after if (f.id, f.where.key if f.where else None) not in known and f.severity != "info"]
    return sort_findings(found)[:20]


def refuse_new_errors(made: Sequence[Effect]) -> None:
    """Raises:
    GatewayError: a file would hold an error that it does not hold now.
    """
    errors = [finding for finding in _new_findings(made) if finding.severity == "error"]
    if errors:
        first = errors[0]
        raise GatewayError(
            f"the change would make the file wrong: {first.problem} ({first.id}). Nothing was written.",
            f"{first.fix.rstrip('.')}. Or add --although-invalid.",
        )


def shown(effect: Effect) -> ConfigFile:
    return ConfigFile(
        path=quote(str(effect.path), 300),
        language="diff",
        content=difference(effect),
        why="The only bytes that differ; values that look like credentials are masked here, not in the file.",
    )


def difference(effect: Effect) -> str:
    """The change of one file as a unified diff without credentials.

    Both contents pass redaction whole: a private key spans lines, and a hunk may show only its end.
    """
    from difflib import unified_diff

    if max(len(data or b"") for data in (effect.before, effect.after)) > _MOST_SHOWN:
        return f"(more than {_MOST_SHOWN:,} bytes, not shown)\n"
    old = "/dev/null" if effect.before is None else str(effect.path)
    new = "/dev/null" if effect.after is None else str(effect.path)
    before, after = _masked(effect.before), _masked(effect.after)
    lines = list(unified_diff(before, after, redact(old), redact(new), n=2, lineterm=""))
    if len(lines) > _MAX_LINES:
        lines = [*lines[:_MAX_LINES], f"({len(lines) - _MAX_LINES:,} more lines)"]
    if not lines:
        lines = ["(what differs is masked, or is no text: line ends, for example)"]
    return "\n".join([*lines, ""])


def _masked(data: bytes | None) -> list[str]:
    return clean(redact((data or b"").decode("utf-8", "replace"))).splitlines()


def file_names(made: Sequence[Effect]) -> str:
    """The changed files, for people."""
    names = ", ".join(quote(str(effect.path), 160) for effect in made[:5])
    return f"{names}{f' and {len(made) - 5} more' if len(made) > 5 else ''}"


def nothing() -> Answer:
    """The Answer when the files hold everything already."""
    return Answer(verdict="unknown", quick_answer="Nothing to change: the files hold all of this already.")


def _linked(paths: Iterable[Path]) -> list[str]:
    """Files that have other names, which do not follow."""
    from mcp_server.change.files import other_names

    return [
        f"{quote(str(path), 200)} has another name (a hard link), and the file under that name keeps the old content."
        for path in dict.fromkeys(paths)
        if other_names(path)
    ]


def _too_open(made: Sequence[Effect]) -> list[str]:
    """Files with something like a credential that other users of the machine may read."""
    notes = []
    for effect in made:
        text = (effect.after or b"").decode("utf-8", "replace")
        if effect.path.exists() and effect.path.stat().st_mode & 0o077 and redact(text) != text:
            path = shlex.quote(str(effect.path))
            shown = quote(str(effect.path), 200)
            notes.append(f"{shown} seems to hold a credential and others may read it: chmod 600 {path}")
    return notes
