"""Findings as JUnit XML: one suite a file, one case a finding. Follows the schema of Jenkins' xUnit plugin."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from mcp_server.answer import Finding, Severity
from mcp_server.render.markdown import place
from mcp_server.validate.outcome import FileOutcome, Outcome, rank

#: What XML 1.0 cannot hold, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(outcome: Outcome, *, fail_on: Severity = "warning") -> str:
    """The XML document. Findings below ``fail_on`` are cases that passed, with the finding as their output."""
    root = Element("testsuites", {"name": "llm-gateway validate"})
    for file in outcome.files:
        _suite(root, file, fail_on)
    totals = {key: sum(int(suite.attrib[key]) for suite in root) for key in ("tests", "failures", "errors")}
    root.attrib.update({**{key: str(value) for key, value in totals.items()}, "time": "0"})
    indent(root)
    # ASCII with character references: right in whatever encoding the terminal or file has
    document: bytes = tostring(root, encoding="us-ascii", xml_declaration=True)
    return document.decode("ascii") + "\n"


def _suite(root: Element, file: FileOutcome, fail_on: Severity) -> None:
    suite = SubElement(root, "testsuite", {"name": _text(file.shown)})
    for finding in file.report.findings:
        case = _case(suite, file, finding)
        said = "\n".join([finding.problem, f"why: {finding.why}", f"fix: {finding.fix}", f"at: {place(finding.where)}"])
        if rank(finding.severity) >= rank(fail_on):
            failure = SubElement(case, "failure", {"type": finding.severity, "message": _text(finding.problem)})
            failure.text = _text(said)
        else:
            SubElement(case, "system-out").text = _text(f"{finding.severity}: {said}")
    for suppressed in file.report.suppressed:
        reason = f"silenced by the comment on line {suppressed.line}" + (
            f": {suppressed.reason}" * bool(suppressed.reason)
        )
        SubElement(_case(suite, file, suppressed.finding), "skipped", {"message": _text(reason)})
    for finding in file.report.known:
        SubElement(_case(suite, file, finding), "skipped", {"message": "known from the baseline"})
    if file.unread is not None:
        case = SubElement(suite, "testcase", {"name": "can be checked", "classname": _text(file.shown), "time": "0"})
        error = SubElement(case, "error", {"type": "unread", "message": _text(file.unread.problem)})
        error.text = _text(f"{file.unread.problem}\n{file.unread.fix}")
    elif len(suite) == 0:
        SubElement(suite, "testcase", {"name": "nothing found", "classname": _text(file.shown), "time": "0"})
    counts = {"tests": len(suite)}
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        counts[name] = sum(1 for case in suite if case.find(tag) is not None)
    suite.attrib.update({**{name: str(number) for name, number in counts.items()}, "time": "0"})


def _case(suite: Element, file: FileOutcome, finding: Finding) -> Element:
    line = finding.where.line if finding.where else None
    name = f"{finding.id}, line {line}" if line else finding.id
    return SubElement(suite, "testcase", {"name": _text(name), "classname": _text(file.shown), "time": "0"})


def _text(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
