"""``apply_config``: generated files put into place, and taken back, after a person has seen and allowed the change.

The content is never taken from the caller: it is generated again from the same few arguments
(docs/decisions/0003-apply-after-consent.md), merged by the change engine, shown, and only what was shown is written.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

from mcp_server.answer import Answer, Check
from mcp_server.change.apply import Effect, Step, effects
from mcp_server.errors import GatewayError, UsageError
from mcp_server.redact import quote

Action = Literal["diff", "apply", "rollback", "history"]
#: A longer difference, or one of larger files, cannot be judged in a question.
_MAX_LINES = 150
_MAX_CHARACTERS = 8_000
_MAX_BYTES = 500_000
_ROW = 64
_MAX_RECORDS = 20
#: Of this process alone: the mark in a question tells nothing about what the files hold.
_KEY = secrets.token_bytes(16)


@dataclass(frozen=True)
class Plan:
    """What one call would do. Made before the question; exactly this is written after it."""

    action: Action
    effects: tuple[Effect, ...] = ()
    what: str = ""
    """For the history: names, never a value."""
    change: str = ""
    """Id of the change to take back."""
    command: str = ""
    """The same for a person, typed in the project's folder."""
    left: tuple[str, ...] = field(default=())
    """Generated files that were not asked for."""

    @property
    def writes(self) -> bool:
        """Whether there is anything to ask about."""
        return self.action in ("apply", "rollback") and bool(self.effects)

    @property
    def shown(self) -> str:
        """The differences of all files, without credentials."""
        from mcp_server.operations.change_files import difference

        return "\n".join(map(difference, self.effects))

    @property
    def too_long(self) -> bool:
        """Whether a person could not judge it in a question."""
        if any(len(data or b"") > _MAX_BYTES for effect in self.effects for data in (effect.before, effect.after)):
            return True
        return len(self.shown) > _MAX_CHARACTERS or self.shown.count("\n") > _MAX_LINES

    @property
    def rows(self) -> tuple[str, ...]:
        """The differences in rows that fit into a form."""
        found = []
        for line in self.shown.splitlines():
            first, *rest = (line[at : at + _ROW] for at in range(0, len(line) or 1, _ROW))
            found += [first.rstrip() or "·", *(f"  … {part}" for part in rest)]
        return tuple(found)

    def question(self, *, diff: bool) -> str:
        """What a person is asked, with the differences or without them (they stand in rows of the form then).

        The mark at its end stands for the exact bytes, also those that are masked.
        """
        mark = hmac.new(_KEY, digestmod="sha256")
        for effect in self.effects:
            for part in (str(effect.path).encode(), effect.before, effect.after):
                mark.update(b"-" if part is None else b"%d:%s" % (len(part), part))
        asked = "Write this change?" if self.action == "apply" else f"Take change {self.change} back?"
        where = f"\n\n{self.shown}\n" if diff else " The rows below are the whole diff: read them, then tick the box. "
        rest = "Nothing has been written yet; it can be undone. Credentials are masked here, not in the file."
        return f"{asked} {rest}{where}(state {mark.hexdigest()[:8]})"


def plan(action: Action = "diff", generated: Sequence[str] = (), files: Sequence[str] = (), change: str = "") -> Plan:
    """What the call would do; reads files, writes none.

    ``generated``: the arguments of ``generate_config`` as ``NAME=VALUE``; ``files``: names of the generated files
    (default: Claude Code's settings); ``change``: id of the change to take back (default: the last).

    Raises:
        UsageError, GatewayError: the request makes no sense, or a file must not or cannot be changed.
    """
    if action == "history":
        return Plan(action)
    if action == "rollback":
        return _undoing(change)
    return _applying(action, generated, files)


def unchanged(planned: Plan, reason: str = "") -> Answer:
    """The Answer of a call that writes nothing: the difference, and the command with which a person makes it."""
    from mcp_server.operations.change_files import file_names, would_change

    if planned.action == "history":
        return _history()
    answer = would_change(planned.effects, "This command, typed by a person in the project's folder,", planned.command)
    if reason and planned.effects:
        answer.quick_answer = f"Nothing was written: {reason} {file_names(planned.effects)} would change as shown."
    answer.context += _left(planned)
    return answer


def carry_out(planned: Plan) -> Answer:
    """Writes exactly what was shown.

    Raises:
        GatewayError: a file was changed since it was shown, or cannot be written; nothing is changed then.
    """
    from mcp_server.operations.change_files import make, undo

    if planned.action == "rollback":
        return undo(planned.change)
    answer = make(planned.what, [Step(effect.path, partial(_exactly, effect)) for effect in planned.effects])
    answer.context += _left(planned)
    return answer


def _exactly(shown: Effect, before: bytes | None) -> bytes | None:
    if before != shown.before:
        raise GatewayError(
            f"{quote(str(shown.path), 200)} was changed after its diff was shown, and was left as it is.",
            "Call apply_config again: it shows the new diff and asks again.",
        )
    return shown.after


def _applying(action: Action, generated: Sequence[str], files: Sequence[str]) -> Plan:
    from datetime import date

    from mcp_server.generate.build import generate
    from mcp_server.generate.spec import parse_request
    from mcp_server.operations import generated_files
    from mcp_server.operations.change_files import refuse_new_errors

    arguments = generated_files.arguments(generated)
    request = parse_request(arguments)
    there = generated_files.offered(generate(request, date.today()).config)
    chosen = generated_files.chosen(there, files)
    made = tuple(effects([generated_files.step(there[name], name) for name in chosen]))
    if action == "apply":
        refuse_new_errors(made)
    return Plan(
        action,
        made,
        what=f"apply_config {', '.join(chosen)} ({', '.join(arguments)})",
        command=generated_files.command(request, {name: there[name] for name in chosen}),
        left=tuple(name for name in there if name not in chosen),
    )


def _undoing(change: str) -> Plan:
    from mcp_server.change.apply import undoing
    from mcp_server.environment import managed_folder

    record, made = undoing(change or None)
    if any(Path(file.path).is_relative_to(managed_folder().resolve()) for file in record.files):
        raise UsageError(
            f"change {record.id} touches managed settings; no tool writes those.",
            f"An administrator takes it back: llm-gateway rollback {record.id}",
        )
    return Plan("rollback", tuple(made), change=record.id, command=f"llm-gateway rollback {record.id}")


def _history() -> Answer:
    from mcp_server.operations.change_files import records

    found = records()
    lines = [
        f"{record.id}, {record.state}: {quote(record.what, 160)} "
        f"({', '.join(quote(file.path, 160) for file in record.files[:5])})"
        for record in reversed(found[-_MAX_RECORDS:])
    ]
    applied = next((record.id for record in reversed(found) if record.state == "applied"), "")
    last = [
        Check(
            title="Undo the last change",
            status="todo",
            detail="apply_config with action rollback asks first; this command does it at once.",
            command=f"llm-gateway rollback {applied}",
            expect="the old files, byte for byte",
            if_not="a file was changed since; the message says where its old content lies",
        )
    ]
    return Answer(
        verdict="unknown",
        quick_answer=f"{len(found)} change{'' if len(found) == 1 else 's'} on record, the newest first below."
        if found
        else "No change was made yet.",
        verification=last if applied else [],
        context=lines,
    )


def _left(planned: Plan) -> list[str]:
    return (
        [f"Generated as well, and not asked for: {', '.join(planned.left)} (name them in files)."]
        if planned.left
        else []
    )
