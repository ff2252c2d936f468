"""``llm-gateway report``: a redacted Markdown bundle with what the issue forms of Claude Code and LiteLLM ask for.

Everything in it was redacted where it was written; afterwards the whole text is searched once more, for shapes of
credentials and for every secret of this machine that is known by value. A line that holds one is left out.
"""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mcp_server import __version__, redact
from mcp_server.snapshot import Snapshot

if TYPE_CHECKING:
    from mcp_server.answer import Answer, Finding
    from mcp_server.operations.explain import View

#: Shorter values occur in ordinary words; as secrets they are worthless.
_SHORTEST = 6
_MAX_ERROR_LINES = 120
_MAX_ERROR = 20_000
_LEFT_OUT = "(a line was left out here: it could have held a credential)"
#: The field "Platform" of Claude Code's form.
_PLATFORMS = {"anthropic": "Anthropic API", "bedrock": "AWS Bedrock", "vertex": "Google Vertex AI"}


@dataclass(frozen=True)
class Bundle:
    """The Markdown, and how many lines the final check left out of it."""

    markdown: str
    left_out: int


async def run(symptom: str | None = None, config_path: str | None = None, snapshot: Snapshot | None = None) -> Bundle:
    """The bundle about this machine; ``symptom`` is the error text, ``config_path`` a gateway file to check.

    Raises UsageError and GatewayError for a gateway file that cannot be read.
    """
    from mcp_server.operations import this_machine
    from mcp_server.operations.diagnose_auth import run as diagnose
    from mcp_server.operations.explain import look

    if snapshot is None:
        snapshot = await this_machine()
    view = await look(snapshot)
    checked = _checked(config_path) if config_path else None
    diagnosis = await diagnose(symptom=symptom, snapshot=snapshot) if symptom and symptom.strip() else None
    lines = _lines(view, symptom, config_path, checked, diagnosis)
    secrets = known_secrets(snapshot, view, config_path)
    return self_checked(lines, secrets, snapshot.home)


def self_checked(lines: Iterable[str], secrets: Iterable[str], home: str) -> Bundle:
    """The lines as one text, without those in which a credential can be seen; the home folder becomes ``~``."""
    known = sorted({s for s in secrets if len(s) >= _SHORTEST}, key=len, reverse=True)
    kept: list[str] = []
    left_out = 0
    for line in "\n".join(lines).split("\n"):
        shown = line.replace(home, "~") if len(home) > 1 else line
        if redact.redact(shown) != shown or any(secret in shown for secret in known):
            left_out += 1
            shown = _LEFT_OUT
        kept.append(shown)
    text = "\n".join(kept)
    if redact.redact(text) != text:  # something that only several lines show
        left_out += 1
        text = redact.redact(text)
    said = f"{left_out} line(s) were left out by that check." if left_out else "That check found nothing."
    return Bundle(f"{text}\n\n{said}\n", left_out)


def known_secrets(snapshot: Snapshot, view: View, config_path: str | None) -> set[str]:
    """Every value of this machine that is a secret by its name, by its shape or by its use."""
    found = {c.value.strip() for c in view.target.credentials} | {view.target.client_key_passphrase}
    found |= {value.strip() for _, value in view.target.custom_headers.headers}
    if view.helper_value:
        found.add(view.helper_value)
    if snapshot.login is not None:
        found.add(snapshot.login.token)
    if view.target.proxy.address is not None:
        found.add(view.target.proxy.address.password or "")
    pairs = list(snapshot.shell.items())
    for file in snapshot.settings_files:
        env = file.data.get("env")
        pairs += [(str(k), str(v)) for k, v in env.items()] if isinstance(env, Mapping) else []
    pairs += _pairs_of(config_path) if config_path else []
    for name, value in pairs:
        found |= _secret_parts(name, value)
    return {secret for secret in found if len(secret) >= _SHORTEST and not secret.isspace()}


def _secret_parts(name: str, value: str) -> set[str]:
    """The parts of ``value`` that redaction would hide in ``NAME=value``."""
    line = f"{name}={value[:20_000]}"
    shown = redact.redact(line)
    if shown == line:
        return set()
    if shown.startswith(f"{name}=‹redacted›") and "://" not in value:
        return {part.strip() for part in value.splitlines() if part.strip()}
    # Only a part is hidden (the password of a URL): what the kept text before and after it leaves over.
    before, _, after = shown.partition("‹redacted›")
    after = after.rpartition("‹redacted›")[2]
    middle = line[len(before) : len(line) - len(after)] if line.startswith(before) and line.endswith(after) else value
    return {middle, *(part for part in middle.split(":") if len(part) >= _SHORTEST)}


def _pairs_of(path: str) -> list[tuple[str, str]]:
    from mcp_server.document.document import parse
    from mcp_server.document.nodes import Scalar, walk

    try:
        data = Path(path).expanduser().read_bytes()[:8_000_000]
    except OSError:
        return []
    language = "json" if path.endswith(".json") else "env" if Path(path).name.startswith(".env") else "yaml"
    root = parse(data, language, path).root  # type: ignore[arg-type]
    if root is None:
        return []
    return [(place.rpartition(".")[2], node.text) for place, node in walk(root) if isinstance(node, Scalar)]


def _checked(path: str) -> Answer:
    from mcp_server.operations.validate_config import run as validate

    return validate(path=path)


def _lines(
    view: View, symptom: str | None, config_path: str | None, checked: Answer | None, diagnosis: Answer | None
) -> list[str]:
    from mcp_server.effective.view import summary, view_rows

    snapshot, target = view.snapshot, view.target
    lines = [
        "# Report for an issue about Claude Code or its gateway",
        "",
        f"Written by llm-gateway {__version__}. Credentials were removed and the text was searched once more for "
        "them. Host names, paths and model names are shown: read it before you post it.",
        "",
        "## What is wrong",
        "",
        *_error(symptom),
        "",
        "## What should happen",
        "",
        "(please fill in)",
        "",
        "## Steps to reproduce",
        "",
        *_steps(config_path),
        "",
        "## Versions and platform",
        "",
        *_table(_versions(view)),
        "",
        "## Effective configuration",
        "",
        summary(target, view.request),
        "",
        *_table(
            (row.name, row.value, row.source, ", ".join(row.beats)) for row in view_rows(snapshot, target, view.request)
        ),
        "",
        "## Findings",
        "",
        *(_findings(view.findings) or ["Nothing was found in settings and environment."]),
        "",
    ]
    if diagnosis is not None:
        lines += ["## Diagnosis of the error", "", diagnosis.quick_answer, "", *diagnosis.context[:4], ""]
    if checked is not None:
        lines += [
            f"## Gateway file {redact.quote(config_path, 200)}",
            "",
            checked.quick_answer,
            "",
            *_findings(checked.findings[:40]),
            "",
        ]
    return [*lines, "## Check of this text", ""]


def _error(symptom: str | None) -> list[str]:
    text = redact.redact(redact.clean((symptom or "")[:_MAX_ERROR])).strip()
    if not text:
        return ["(please paste the error text, or run `llm-gateway report ERROR TEXT`)"]
    fence = "```"
    while fence in text:
        fence += "`"
    rows = text.splitlines()
    cut = [f"… {len(rows) - _MAX_ERROR_LINES} more lines"] if len(rows) > _MAX_ERROR_LINES else []
    return [f"{fence}text", *(row[:600] for row in rows[:_MAX_ERROR_LINES]), *cut, fence]


def _steps(config_path: str | None) -> list[str]:
    steps = ["Use the effective configuration below."]
    if config_path:
        steps.append(f"Start the gateway with {redact.quote(Path(config_path).name, 100)}.")
    steps += ["Run `claude -p hi`.", "(please correct and complete these steps)"]
    return [f"{number}. {step}" for number, step in enumerate(steps, 1)]


def _versions(view: View) -> list[tuple[str, str]]:
    shell = view.snapshot.shell
    terminal = shell.get("TERM_PROGRAM") or shell.get("TERMINAL_EMULATOR") or shell.get("TERM") or "none (CI)"
    wsl = " (WSL)" if "WSL_DISTRO_NAME" in shell else ""
    return [
        ("Claude Code", view.snapshot.client_version or "not on PATH"),
        ("Platform", _PLATFORMS.get(view.target.provider, f"Other ({view.target.provider})")),
        ("Model", redact.quote(view.request.model, 120)),
        ("Operating system", f"{platform.system()} {platform.release()} {platform.machine()}{wsl}"),
        ("Terminal", redact.quote(terminal, 60)),
        ("Shell", redact.quote(Path(shell.get("SHELL", "")).name, 40) or "unknown"),
        ("LiteLLM", litellm_version(shell.get("PATH")) or "not on PATH of this machine (please fill in)"),
        ("LiteLLM, which part", "Proxy"),
        ("Regression, last working version", "(please fill in)"),
        ("llm-gateway, Python", f"{__version__}, {platform.python_version()}"),
    ]


def litellm_version(path: str | None) -> str | None:
    """Release of the ``litellm`` on ``path``, read from its package folder: the program is not started."""
    program = shutil.which("litellm", path=path)
    if program is None:
        return None
    root = Path(os.path.realpath(program)).parent.parent
    names = [p.name for p in root.glob("lib/python3*/site-packages/litellm-*.dist-info")]
    return redact.quote(names[0].removeprefix("litellm-").removesuffix(".dist-info"), 40) if names else None


def _table(rows: Iterable[tuple[str, ...]]) -> list[str]:
    """A Markdown table; with four columns they are value, origin and what it beats."""
    listed = [tuple(cell.replace("|", "\\|").replace("\n", " ") for cell in row) for row in rows]
    wide = any(len(row) == 4 for row in listed)
    head = (
        ["| what | value | from | beats |", "| --- | --- | --- | --- |"]
        if wide
        else ["| what | value |", "| --- | --- |"]
    )
    return [*head, *(f"| {' | '.join(row)} |" for row in listed)]


def _findings(findings: Iterable[Finding]) -> list[str]:
    from mcp_server.render.markdown import place

    lines = []
    for finding in findings:
        spot = place(finding.where)
        where = f" ({redact.quote(spot, 200)})" if spot else ""
        lines.append(f"- {finding.severity}, {finding.id}{where}. {finding.problem}")
    return lines


def write(bundle: Bundle, path: str) -> None:
    """Writes the bundle to a new file that only the user may read.

    Raises:
        UsageError: the file exists already. GatewayError: it cannot be written.
    """
    from mcp_server.change import files
    from mcp_server.errors import UsageError

    file = Path(path).expanduser()
    if os.path.lexists(file):
        raise UsageError(f"{redact.quote(path, 200)} exists already.", "Name another file for --output.")
    files.replace(file, None, bundle.markdown.encode("utf-8", "backslashreplace"))
