"""Findings as workflow commands of GitHub Actions: annotations at the lines of a pull request."""

from __future__ import annotations

from mcp_server.answer import Finding, Severity
from mcp_server.render.listing import summary_line
from mcp_server.validate.outcome import FileOutcome, Outcome

_COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}


def github(outcome: Outcome) -> str:
    """One line a finding, then the summary as plain text."""
    lines = [line for file in outcome.files for line in _file(file)]
    return "\n".join([*lines, _data(summary_line(outcome))]) + "\n"


def _file(file: FileOutcome) -> list[str]:
    if file.unread is not None:
        return [
            _command("error", {"file": file.path, "title": "not checked"}, f"{file.unread.problem} {file.unread.fix}")
        ]
    return [_finding(finding, file) for finding in file.report.findings]


def _finding(finding: Finding, file: FileOutcome) -> str:
    where = finding.where
    place = {"line": where.line, "col": where.column} if where else {}
    properties = {"file": file.path, **place, "title": finding.id}
    said = f"{finding.problem}\nwhy: {finding.why}\nfix: {finding.fix}"
    return _command(_COMMANDS[finding.severity], properties, f"{said}: {finding.command}" if finding.command else said)


def _command(name: str, properties: dict[str, str | int | None], message: str) -> str:
    given = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items() if value is not None)
    return f"::{name} {given}::{_data(message)}"


def _data(text: str) -> str:
    """Escaped as the runner unescapes a message, so that nothing in it can begin a command of its own."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
