"""Findings as SARIF 2.1.0 (OASIS), for code scanning: rules with their manual pages, places, fingerprints, repairs."""

from __future__ import annotations

from hashlib import sha256
from typing import Any
from urllib.parse import quote as percent_encoded

from mcp_server import __version__
from mcp_server.answer import Finding, Severity
from mcp_server.document.edit import Change
from mcp_server.redact import redact
from mcp_server.validate.baseline import fingerprint
from mcp_server.validate.manual import page, page_markdown
from mcp_server.validate.outcome import FileOutcome, Outcome
from mcp_server.validate.rules import get

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
HOME = "https://github.com/llm-gateway/llm-gateway"
_LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}
#: How well a tool knows, in the words of code scanning.
_PRECISION = {"high": "high", "medium": "medium", "low": "low"}


def sarif(outcome: Outcome, exit_code: int) -> dict[str, Any]:
    """The log as JSON data. Places count Unicode characters; paths are relative to the working directory."""
    results = [result for file in outcome.files for result in _results(file, outcome.baseline is not None)]
    ids = list(dict.fromkeys(result["ruleId"] for result in results))
    for result in results:
        result["ruleIndex"] = ids.index(result["ruleId"])
    driver = {
        "name": "llm-gateway",
        "version": __version__,
        "semanticVersion": __version__,
        "informationUri": HOME,
        "rules": [_rule(rule_id) for rule_id in ids],
    }
    invocation = {
        "executionSuccessful": not outcome.unread,
        "exitCode": exit_code,
        **({"toolExecutionNotifications": [_notification(f) for f in outcome.unread]} if outcome.unread else {}),
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [invocation],
        "artifacts": [{"location": _location(file)} for file in outcome.files if file.unread is None],
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule_id: str) -> dict[str, Any]:
    rule = get(rule_id)
    if rule is None:  # a finding of the engine, which has no page
        return {"id": rule_id}
    parts = page(rule)
    return {
        "id": rule_id,
        "name": "".join(word.capitalize() for word in rule_id.split("-")),
        "shortDescription": {"text": parts.title},
        "fullDescription": {"text": parts.what},
        "help": {"text": f"{parts.what}\n\nWhy: {parts.why}\n\nFix: {parts.fix}", "markdown": page_markdown(rule)},
        "helpUri": f"{HOME}/blob/main/docs/rules.md#{rule_id}",
        "defaultConfiguration": {"level": _LEVELS[rule.SEVERITY]},
        "properties": {"tags": list(rule.KINDS), "problem.severity": _SEVERITY_WORDS[rule.SEVERITY]},
    }


_SEVERITY_WORDS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "recommendation"}


def _results(file: FileOutcome, with_baseline: bool) -> list[dict[str, Any]]:
    seen: dict[str, int] = {}
    new = {"baselineState": "new"} if with_baseline else {}
    results = [
        {**_result(finding, file, change, seen), **new}
        for finding, change in zip(file.report.findings, file.report.changes, strict=True)
    ]
    for suppressed in file.report.suppressed:
        why = {"kind": "inSource", **({"justification": suppressed.reason} if suppressed.reason else {})}
        results.append({**_result(suppressed.finding, file, None, seen), **new, "suppressions": [why]})
    for finding in file.report.known:
        why = {"kind": "external", "justification": "known from the baseline"}
        results.append({**_result(finding, file, None, seen), "baselineState": "unchanged", "suppressions": [why]})
    return results


def _result(finding: Finding, file: FileOutcome, change: Change | None, seen: dict[str, int]) -> dict[str, Any]:
    where = finding.where
    physical: dict[str, Any] = {"artifactLocation": _location(file)}
    if where and where.line:
        physical["region"] = {"startLine": where.line, **({"startColumn": where.column} if where.column else {})}
    location: dict[str, Any] = {"physicalLocation": physical}
    if where and where.key:
        location["logicalLocations"] = [{"fullyQualifiedName": where.key, "kind": "member"}]
    said = f"{finding.problem}: {finding.why}. Fix: {finding.fix}."
    result: dict[str, Any] = {
        "ruleId": finding.id,
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{said} Run: {finding.command}" if finding.command else said},
        "locations": [location],
        "partialFingerprints": {"llmGateway/v1": _fingerprint(finding, file, seen)},
        "properties": {"confidence": _PRECISION[finding.confidence]},
    }
    fix = None if change is None else _fix(finding, file, change)
    if fix is not None:
        result["fixes"] = [fix]
    return result


def _fingerprint(finding: Finding, file: FileOutcome, seen: dict[str, int]) -> str:
    """The baseline's, numbered where two findings of a file share it."""
    rule, key, problem = fingerprint(finding, file.path)[1:]
    text = sha256("\0".join((rule, key, problem)).encode()).hexdigest()[:32]
    seen[text] = seen.get(text, 0) + 1
    return f"{text}:{seen[text]}"


def _fix(finding: Finding, file: FileOutcome, change: Change) -> dict[str, Any] | None:
    """The edits as replacements; none when a new text would show a credential."""
    if any(redact(edit.text) != edit.text for edit in change.edits):
        return None
    replacements = [
        {
            "deletedRegion": {
                "startLine": edit.start.line,
                "startColumn": edit.start.column,
                "endLine": edit.end.line,
                "endColumn": edit.end.column,
            },
            "insertedContent": {"text": edit.text},
        }
        for edit in change.edits
    ]
    return {
        "description": {"text": finding.fix},
        "artifactChanges": [{"artifactLocation": _location(file), "replacements": replacements}],
        "properties": {"safe": change.safe},
    }


def _notification(file: FileOutcome) -> dict[str, Any]:
    error = file.unread
    said = f"{error.problem} {error.fix}" if error else ""
    return {
        "level": "error",
        "message": {"text": said},
        "locations": [{"physicalLocation": {"artifactLocation": _location(file)}}],
    }


def _location(file: FileOutcome) -> dict[str, str]:
    """A URI reference: relative paths to the root of the sources, absolute ones as ``file:``."""
    encoded = percent_encoded(file.path.encode("utf-8", "surrogateescape"))
    if file.path.startswith("/"):
        return {"uri": f"file://{encoded}"}
    if file.path.startswith("../"):
        return {"uri": encoded}
    return {"uri": encoded, "uriBaseId": "%SRCROOT%"}
