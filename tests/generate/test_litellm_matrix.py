"""Two hundred set-ups in which every two choices meet: our validator finds nothing, the real LiteLLM starts each."""

from __future__ import annotations

import json
import os
import re
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from litellm_set_ups import CHOICES, COUNT, set_ups
from redis_server import redis

from mcp_server.answer import Answer
from mcp_server.generate.build import generate
from mcp_server.generate.spec import parse_request
from mcp_server.operations.validate_config import run
from mcp_server.run.programs import litellm_extras, litellm_python

TODAY = date(2026, 11, 25)
JUDGE = Path(__file__).parents[1] / "validate" / "litellm_judge.py"
SECRET = "sk-value-for-tests"
#: Told by the answer itself, or true of what was asked for: the package is installed by the commands.
EXPECTED = {"callback-package-needed", "no-proxy-dialect", "model-retired"}


@pytest.fixture(scope="module")
def answers() -> list[Answer]:
    return [generate(parse_request(arguments), TODAY) for arguments in set_ups()]


def test_every_two_choices_meet_in_some_set_up(answers: list[Answer]) -> None:
    assert len(answers) >= COUNT
    for name in ("scope", "deployment", "auth"):
        for choice in CHOICES[name]:
            with_it = [a for a in set_ups() if a[name] == choice]
            assert {tuple(a["providers"]) for a in with_it} == {tuple(p) for p in CHOICES["providers"]}


def test_no_gateway_file_of_any_set_up_has_a_finding(answers: list[Answer]) -> None:
    texts = {answer.config[0].content for answer in answers}
    found = {
        (f.id, f.problem)
        for text in texts
        for f in run(content=text, kind="litellm", environment="ignore").findings
        if f.severity != "info" and f.id not in EXPECTED
    }
    assert found == set()


def test_no_file_of_any_set_up_holds_a_value_for_a_secret(answers: list[Answer]) -> None:
    texts = {file.content for answer in answers for file in answer.config}
    value = re.compile(r"\bsk-\w{8}|AKIA|PRIVATE KEY|(?:KEY|TOKEN|PASSWORD|SECRET)\w*[=:] ?[\w-]{8,}")
    assert {m[0] for text in texts for m in value.finditer(text)} == set()


@pytest.fixture(scope="module")
def verdicts(answers: list[Answer], tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What the real LiteLLM does with every different file."""
    folder = tmp_path_factory.mktemp("files")
    jobs = []
    with redis(folder, SECRET) as port:
        for number, text in enumerate(dict.fromkeys(answer.config[0].content for answer in answers)):
            path = folder / f"{number}.yaml"
            path.write_text(text, encoding="utf-8")
            names = set(re.findall(r"os\.environ/(\w+)", text)) - {"DATABASE_URL"}  # Prisma's engines are not here
            places = {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": str(port), "OTEL_EXPORTER": "in_memory"}
            environment = {name: places.get(name, SECRET) for name in names}
            jobs.append({"path": str(path), "environment": environment})
        done = subprocess.run(
            [str(litellm_python()), str(JUDGE)],
            input="\n".join(map(json.dumps, jobs)),
            capture_output=True,
            text=True,
            timeout=300,
            check=True,
            env={**os.environ, "PYTHONPATH": str(litellm_extras())},
        )
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.e2e
def test_every_file_starts_in_the_real_litellm_with_all_its_deployments(verdicts: list[dict[str, Any]]) -> None:
    assert len(verdicts) > 150
    broken = {v["path"]: v["message"] or v["dropped"] or v["log"] for v in verdicts if not v["starts"] or v["dropped"]}
    assert broken == {}


@pytest.mark.e2e
def test_no_file_makes_litellm_log_an_error_at_its_start(verdicts: list[dict[str, Any]]) -> None:
    assert {line for v in verdicts for line in v["log"]} == set()


@pytest.mark.e2e
def test_the_judge_sees_a_file_that_litellm_would_refuse(answers: list[Answer], tmp_path: Path) -> None:
    data = yaml.safe_load(answers[0].config[0].content)
    data["router_settings"]["routing_strategy"] = "round-robin"
    path = tmp_path / "broken.yaml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    done = subprocess.run(
        [str(litellm_python()), str(JUDGE)],
        input=json.dumps({"path": str(path), "environment": {"LITELLM_MASTER_KEY": SECRET}}),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert json.loads(done.stdout)["starts"] is False
