"""The real LiteLLM judges the case files: what it refuses must carry an error, what we call good must start."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from mcp_server.document.document import parse
from mcp_server.errors import UsageError
from mcp_server.run.programs import litellm_python
from mcp_server.validate.context import Context
from mcp_server.validate.engine import validate
from mcp_server.validate.kinds import detect

CASES = Path(__file__).parent / "cases"
JUDGE = Path(__file__).parent / "litellm_judge.py"
#: Refused only because a package is missing in this installation, which no file can show.
PACKAGE = re.compile(r"No module named|Missing prometheus_client|pip install")
#: Cases that name what exists only in the tests of the rules: local modules, included files, a licence, a cloud
#: account, a Redis.
PRETENDED = re.compile(r"my_module|my_callbacks|handlers\.one|models\.yaml|LITELLM_LICENSE|aws_secret|redis|/x\.db")


def environment(text: str) -> dict[str, str]:
    names = {name for name in re.findall(r"os\.environ/(\w+)", text) if "UNSET" not in name}
    values = dict.fromkeys({*names, "LITELLM_MASTER_KEY"}, "sk-value-for-tests")
    return {name: "anthropic/claude-sonnet-4-6" if name == "MODEL" else value for name, value in values.items()}


def of_litellm(file: Path) -> bool:
    """Not a case of another kind; what nobody claims counts."""
    try:
        return detect(None, file.read_text("utf-8", "replace")) == "litellm"
    except UsageError:
        return True


@pytest.fixture(scope="module")
def verdicts() -> dict[Path, dict[str, Any]]:
    files = [file for file in sorted(CASES.rglob("*.yaml")) if of_litellm(file)]
    jobs = [{"path": str(f), "environment": environment(f.read_text("utf-8", "replace"))} for f in files]
    done = subprocess.run(
        [str(litellm_python()), str(JUDGE)],
        input="\n".join(map(json.dumps, jobs)),
        capture_output=True,
        text=True,
        timeout=400,
        check=True,
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == len(files)
    return {Path(v["path"]): v for v in found}


def errors(file: Path) -> list[str]:
    data = file.read_bytes()
    context = Context(
        "litellm",
        environment(data.decode("utf-8", "replace")),
        exists=lambda other: (file.parent / other).exists(),
    )
    return [f.id for f in validate(parse(data, "yaml"), context) if f.severity == "error"]


@pytest.mark.e2e
def test_every_case_that_litellm_refuses_or_cuts_has_an_error(verdicts: dict[Path, dict[str, Any]]) -> None:
    silent = {
        f"{file.parent.name}/{file.name}": verdict["message"] or verdict["dropped"]
        for file, verdict in verdicts.items()
        if (verdict["starts"] is False and not PACKAGE.search(verdict["message"])) or verdict["dropped"]
        if not errors(file) and not PRETENDED.search(file.read_text("utf-8", "replace"))
    }
    assert silent == {}


@pytest.mark.e2e
def test_every_good_case_without_an_error_starts_with_all_its_deployments(verdicts: dict[Path, dict[str, Any]]) -> None:
    refused = {
        f"{file.parent.name}/{file.name}": verdict["message"] or verdict["dropped"]
        for file, verdict in verdicts.items()
        if file.name.startswith("good-") and not PRETENDED.search(file.read_text("utf-8"))
        if not PACKAGE.search(verdict["message"]) and (verdict["starts"] is False or verdict["dropped"])
        if not errors(file)  # good for its own rule, and a mistake that another rule reports
    }
    assert refused == {}
