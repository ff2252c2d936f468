"""Good files, damaged at random: the real LiteLLM and ``validate_config`` must agree about each.

What LiteLLM refuses at start must carry an error; what it accepts without any consequence must not. Without
consequence means: every deployment is there, no new error line in the log, and the first requests (plain and streamed,
of an upstream that answers and of one that is down) are those of the undamaged file.
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from mcp_server.answer import Finding
from mcp_server.catalogue.models import EIGHT
from mcp_server.document.document import parse
from mcp_server.lab.google_identity import GoogleIdentity
from mcp_server.operations import generate_config
from mcp_server.run.programs import litellm_python
from mcp_server.validate.context import Context
from mcp_server.validate.engine import validate
from mcp_server.validate.kinds import litellm
from tests.validate.mutations import mutate

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
JUDGE = HERE / "litellm_judge.py"
EXPLAINED = HERE / "mutations_explained.yaml"
MUTATIONS = 320
SEED = 20261125
MODELS_ASKED_FOR = 3
#: Good files that a run starts from, drawn by the seed.
BASES = 40
#: A package or licence that this installation lacks, and a service that does not answer: no file shows them.
OUTSIDE = re.compile(
    r"No module named|Missing \w+_client|pip install|cannot import name|Enterprise|not premium|Error 111"
)


@dataclass
class Case:
    """One file before both judges."""

    base: str
    change: str
    text: str
    verdict: dict[str, Any] = field(default_factory=dict)
    found: list[Finding] = field(default_factory=list)
    seconds: float = 0
    """Processor time of our own check."""

    @property
    def errors(self) -> list[Finding]:
        return [f for f in self.found if f.severity == "error"]

    def answers(self) -> bool:
        """Whether LiteLLM answers every call that the provider answers."""
        return all(call["status"] == 200 for call in self.verdict["calls"] if not call["down"])

    def behaviour(self) -> str:
        """What LiteLLM did with it, for comparison."""
        return json.dumps([self.verdict[key] for key in ("starts", "dropped", "log", "calls")], sort_keys=True)

    def __str__(self) -> str:
        said = [f"{f.id} line {f.where.line if f.where else 0}" for f in self.errors]
        theirs = self.verdict["message"][:120] or "accepts"
        return f"{self.base}: {self.change}: LiteLLM: {theirs}; we: {said or 'no error'}"


def bases() -> dict[str, str]:
    """Good files by name: templates, generated ones, and the good cases of the rules."""
    found = {f"templates/{f.parent.name}": f.read_text() for f in sorted(ROOT.glob("templates/*/litellm-config.yaml"))}
    for names in (list(EIGHT[:3]), ["claude-sonnet-5-5", "gemini-3.5-flash"]):
        answer = generate_config.run(vertex_project="my-project", models=names)
        found |= {f"generated/{names[0]}": f.content for f in answer.config if f.language == "yaml"}
    for file in sorted((HERE / "cases").glob("*/good-*.yaml")):
        text = file.read_bytes().decode("utf-8", "replace")
        silenced = "llm-gateway: ignore" in text  # damage would part the comment from the mistake that it silences
        if litellm.claims(file.name, text) and not silenced:
            found[f"{file.parent.name}/{file.name}"] = text
    return found


def names(text: str) -> list[str]:
    """The first models that a client can ask for."""
    try:
        tree = yaml.safe_load(text)
    except yaml.YAMLError:
        return []
    entries = tree.get("model_list") or []
    found = [e["model_name"] for e in entries if isinstance(e, dict) and "*" not in str(e.get("model_name"))]
    return list(dict.fromkeys(found))[:MODELS_ASKED_FOR]


def environment(text: str, credentials: Path) -> dict[str, str]:
    """Everything that is asked for is set."""
    asked = {name: "sk-value-for-tests" for name in re.findall(r"os\.environ/(\w+)", text) if "UNSET" not in name}
    return {
        **asked,
        "SET_VARIABLE": "anthropic/claude-sonnet-4-6",  # right where a model is wanted
        "LITELLM_MASTER_KEY": "sk-value-for-tests",
        "GOOGLE_APPLICATION_CREDENTIALS": str(credentials),
        "AWS_ACCESS_KEY_ID": "A",
        "AWS_SECRET_ACCESS_KEY": "S",
        "AWS_REGION": "us-east-1",
    }


def judged(cases: list[Case], models: dict[str, list[str]], folder: Path) -> None:
    """Both verdicts for every case; the files lie in ``folder``."""
    credentials = GoogleIdentity("my-project").service_account(folder, "http://127.0.0.1:9/token")
    jobs = []
    for number, case in enumerate(cases):
        path = folder / str(number) / "config.yaml"
        path.parent.mkdir()
        path.write_bytes(case.text.encode())
        values = environment(case.text, credentials)
        jobs.append({"path": str(path), "environment": values, "models": models.get(case.base, [])})
        context = Context(
            "litellm", values, exists=lambda other, at=path.parent: (at / other).exists(), read=lambda _: None
        )  # type: ignore[misc]
        begin = time.process_time()
        case.found = validate(parse(case.text.encode(), "yaml"), context)
        case.seconds = time.process_time() - begin
    workers = min(os.cpu_count() or 1, 4)
    with ThreadPoolExecutor(workers) as pool:
        for verdicts in pool.map(_ask, [jobs[n::workers] for n in range(workers)]):
            for verdict in verdicts:
                cases[int(Path(verdict["path"]).parent.name)].verdict = verdict


def _ask(jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    lines = "\n".join(map(json.dumps, jobs))
    command = [str(litellm_python()), "-W", "ignore", str(JUDGE)]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, timeout=900, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Case, Case]]:
    """Every mutation beside its undamaged file."""
    return run(MUTATIONS, SEED, tmp_path_factory.mktemp("mutations"))


def run(count: int, seed: int, folder: Path) -> list[tuple[Case, Case]]:
    chance = random.Random(seed)
    models = {name: found for name, text in bases().items() if (found := names(text))}
    drawn = chance.sample(sorted(models), min(BASES, len(models)))
    good = [Case(name, "", text) for name, text in bases().items() if name in drawn]
    (folder / "good").mkdir()
    judged(good, models, folder / "good")
    sound = [c for c in good if c.verdict["starts"] and not c.verdict["dropped"] and not c.errors and c.answers()]
    damaged = []
    while len(damaged) < count:
        base = chance.choice(sound)
        damaged.append(Case(base.base, *mutate(base.text, chance)))
    (folder / "damaged").mkdir()
    judged(damaged, models, folder / "damaged")
    whole = {case.base: case for case in sound}
    return [(case, whole[case.base]) for case in damaged]


def refused(pairs: list[tuple[Case, Case]]) -> list[Case]:
    return [c for c, _ in pairs if c.verdict["starts"] is False and not OUTSIDE.search(c.verdict["message"])]


def harmless(pairs: list[tuple[Case, Case]]) -> list[Case]:
    return [c for c, good in pairs if c.behaviour() == good.behaviour()]


def explained(case: Case) -> bool:
    """Whether every error belongs to a rule whose harm the first requests cannot show."""
    known: dict[str, str] = yaml.safe_load(EXPLAINED.read_text())
    return all(finding.id in known for finding in case.errors)


@pytest.mark.e2e
def test_what_litellm_refuses_at_start_has_an_error(outcome: list[tuple[Case, Case]]) -> None:
    cases = refused(outcome)
    missed = [case for case in cases if not case.errors]
    assert len(cases) >= MUTATIONS // 8
    assert len(missed) <= 0.02 * len(cases), "\n".join(map(str, missed))


@pytest.mark.e2e
def test_what_litellm_accepts_without_consequence_has_no_error(outcome: list[tuple[Case, Case]]) -> None:
    cases = harmless(outcome)
    wrong = [case for case in cases if case.errors and not explained(case)]
    assert len(cases) >= MUTATIONS // 8
    # a draw of some fifty harmless files: two are the noise of the sample
    assert len(wrong) <= max(2, 0.01 * len(cases)), "\n".join(map(str, wrong))


@pytest.mark.e2e
def test_no_damage_makes_the_check_hang(outcome: list[tuple[Case, Case]]) -> None:
    assert [str(case) for case, _ in outcome if case.seconds > 20] == []


@pytest.mark.e2e
def test_a_dropped_deployment_has_an_error(outcome: list[tuple[Case, Case]]) -> None:
    cases = [
        c for c, good in outcome if c.verdict["starts"] and len(c.verdict["dropped"]) > len(good.verdict["dropped"])
    ]
    missed = [case for case in cases if not case.errors]
    # some eight of a draw are dropped: one of them is the noise of the sample
    assert cases
    assert len(missed) <= max(1, 0.05 * len(cases)), "\n".join(map(str, missed))
