"""Applies a plan as one step and undoes it: all files hold the new bytes, or all the old ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mcp_server.change import files, journal
from mcp_server.change.journal import Journal, Record
from mcp_server.errors import GatewayError, UsageError
from mcp_server.redact import quote

Change = Callable[[bytes | None], bytes | None]
"""Makes the new bytes of a file out of those it holds; ``None``: no file. Raises GatewayError to refuse."""


@dataclass(frozen=True)
class Step:
    """One file of a plan. ``change`` runs on what the file holds at the moment of writing."""

    path: Path
    change: Change = field(repr=False)


@dataclass(frozen=True)
class Effect:
    """What a step does to its file now."""

    path: Path
    before: bytes | None = field(repr=False)
    after: bytes | None = field(repr=False)


def effects(steps: Sequence[Step]) -> list[Effect]:
    """What the steps would do, without doing it; steps that change nothing are left out.

    Raises:
        GatewayError: a file cannot be read or edited.
    """
    found: dict[Path, Effect] = {}
    for step in steps:
        path = files.target(step.path)
        known = found.get(path)
        before = known.before if known else files.content(path)
        found[path] = Effect(path, before, step.change(known.after if known else before))
    return [effect for effect in found.values() if effect.before != effect.after]


def apply(what: str, steps: Sequence[Step]) -> tuple[Record | None, list[Effect]]:
    """Applies all steps or none; the record undoes them. ``None`` when there was nothing to change.

    Raises:
        GatewayError: a file cannot be read, edited or written; nothing is changed then.
    """
    with journal.locked() as book:
        made = effects(steps)
        if not made:
            return None, []
        record = book.begin(what, [(e.path, e.before, e.after) for e in made])
        try:
            for effect in made:
                files.make_folder(effect.path.parent)
                files.replace(effect.path, effect.before, effect.after, temporary=record.temporary)
            record = book.mark(record, "applied")
        except BaseException:  # Ctrl-C too
            book.restore(record)
            book.clean(record)
            book.forget(record)
            raise
        book.prune()
        return record, made


def history() -> list[Record]:
    """All changes that can still be looked at, oldest first."""
    if not journal.exists():
        return []
    with journal.locked() as book:
        return book.records()


def unreadable() -> list[Path]:
    """Folders of changes that a later release of ours made, or that are damaged. They are left alone."""
    if not journal.exists():
        return []
    with journal.locked() as book:
        return book.unreadable()


def undoing(identifier: str | None) -> tuple[Record, list[Effect]]:
    """What a rollback of ``identifier`` (else of the last applied change) would do, without doing it."""
    with journal.locked() as book:
        record = _chosen(book, identifier)
        return record, _undone(book, record)


def rollback(identifier: str | None) -> tuple[Record, list[Effect]]:
    """Every file of the change as it was before, byte for byte.

    Raises:
        UsageError: there is no such change, or it is undone already.
        GatewayError: a file was changed since; nothing is written then.
    """
    with journal.locked() as book:
        record = _chosen(book, identifier)
        made = _undone(book, record)
        began = record
        try:
            record = book.mark(record, "undoing")
            book.restore(record)
            return book.mark(record, "undone"), made
        except BaseException:  # Ctrl-C too
            book.redo(record)
            book.clean(record)
            book.mark(record, began.state)
            raise


def _chosen(book: Journal, identifier: str | None) -> Record:
    records = book.records()
    if identifier is None:
        found = [record for record in records if record.state == "applied"]
        if not found:
            lost = len(book.unreadable())
            left = f" ({lost} cannot be read by this release)" if lost else ""
            raise UsageError(
                f"there is no change that could be undone{left}.", "llm-gateway history lists what was changed."
            )
        return found[-1]
    matching = [record for record in records if record.id == identifier or record.id.endswith(f"-{identifier}")]
    if not matching:
        raise UsageError(f"there is no change {quote(identifier, 60)!r}.", "llm-gateway history lists them.")
    if matching[-1].state == "undone":
        raise UsageError(f"change {matching[-1].id} is undone already.", "llm-gateway history shows all changes.")
    return matching[-1]


def _undone(book: Journal, record: Record) -> list[Effect]:
    made = []
    for number, file in enumerate(record.files):
        path = Path(file.path)
        now = files.content(path)
        if journal.digest(now) == file.before:
            continue
        if journal.digest(now) != file.after:
            raise _changed_since(book, record, number, now)
        made.append(Effect(path, now, book.old(record, number)))
    return made


def _changed_since(book: Journal, record: Record, number: int, now: bytes | None) -> GatewayError:
    path = record.files[number].path
    stored = quote(str(journal.folder() / "changes" / record.id / f"{number}.before"), 200)
    new = record.files[number].before is None
    by_hand = "remove the file by hand" if new else f"restore the file by hand: its old bytes lie in {stored}"
    later = [
        other.id
        for other in book.records()
        if other.id > record.id and other.state == "applied" and any(file.path == path for file in other.files)
    ]
    if later:
        since, fix = f"was changed since by change {later[-1]}", f"Undo that one first, or {by_hand}."
    elif now is None:
        since, fix = "was removed since", f"If it is wanted again, {by_hand}."
    else:
        since, fix = "was changed since by something else", f"Leave it, or {by_hand}."
    return GatewayError(f"{quote(path, 200)} {since}, so it was left as it is.", fix)
