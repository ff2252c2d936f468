"""Findings about settings files that the client does not take, or takes in part (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from mcp_server import redact
from mcp_server.answer import Finding, Where
from mcp_server.catalogue.finding import finding
from mcp_server.effective.target import ClientTarget
from mcp_server.snapshot import Snapshot


def file_findings(snapshot: Snapshot, _target: ClientTarget) -> Iterator[Finding]:
    """Files of which nothing counts."""
    for file in snapshot.settings_files:
        if file.error:
            place = re.search(r" at (\d+):(\d+)", file.error)
            yield finding(
                "settings_file_not_loaded",
                problem=f"{file.path} {redact.quote(file.error)}, so nothing in it takes effect",
                fix="Correct that place; `python3 -m json.tool FILE` repeats the check.",
                where=Where(
                    file=file.path,
                    line=int(place[1]) if place else None,
                    column=int(place[2]) if place else None,
                ),
            )
        elif file.unusable:
            yield finding(
                "settings_file_not_loaded",
                problem=f"nothing in {file.path} takes effect: {redact.quote(file.unusable)}",
                fix="Correct that value; `claude doctor` repeats the check.",
                where=Where(file=file.path, key=file.unusable.split(" ", 1)[0]),
            )
        elif "env" in file.data and not isinstance(file.data["env"], Mapping):
            yield finding(
                "settings_file_not_loaded",
                problem=f"env in {file.path} is no object, so none of its variables take effect",
                fix='Write it as "env": {"NAME": "value"}.',
                where=Where(file=file.path, key="env"),
            )


def dropped_findings(snapshot: Snapshot, _target: ClientTarget) -> Iterator[Finding]:
    """Keys and variables that are left out of a file that counts."""
    for file in snapshot.settings_files:
        for key, reason in file.dropped[:10]:
            yield finding(
                "settings_file_not_loaded",
                severity="warning",
                problem=f"{redact.quote(key, 80)} in {file.path} has no effect: {redact.quote(reason)}",
                why="Claude Code leaves it out without a word.",
                fix="Move it to a file where it counts, or correct its value.",
                where=Where(file=file.path, key=redact.quote(key, 80)),
            )
