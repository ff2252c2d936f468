"""Every gateway, pairwise with everything else: what can be generated is clean, what cannot is refused by name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from deployment_judges import shell_complaints
from every_set_up import CHOICES, COUNT, SET_UPS, Row, arguments, changed, faults, rows

from mcp_server.answer import Answer, ConfigFile
from mcp_server.catalogue.client_settings import schemas
from mcp_server.errors import UsageError
from mcp_server.generate.build import generate
from mcp_server.generate.registry import set_ups
from mcp_server.generate.spec import parse_request
from mcp_server.operations.validate_config import check

TODAY = date(2026, 11, 25)
#: Told by the answer itself, or true of what was asked for.
EXPECTED = {"callback-package-needed", "no-proxy-dialect", "model-retired"}
#: Files of no kind of ours; their own programs judge them in test_every_gateway_matrix_e2e.py.
OTHER_KINDS = re.compile(
    r"envoy|provider-key\.yaml$|prometheus|package\.json$|kustomization\.yaml$|tsconfig\.json$|routes\.oas\.json$"
)


SETTINGS = ("settings.json", "settings.local.json")


def made(row: Row) -> Answer:
    return generate(parse_request(arguments(row)), TODAY)


@pytest.fixture(scope="module")
def answers() -> list[tuple[Row, Answer]]:
    return [(row, made(row)) for row in rows()]


def distinct(answers: list[tuple[Row, Answer]], *languages: str) -> Iterator[ConfigFile]:
    """Every different file of these languages once, by name and content."""
    found = {(f.path, f.content): f for _, answer in answers for f in answer.config if f.language in languages}
    yield from found.values()


def test_every_gateway_is_in_the_matrix() -> None:
    assert {gateway for gateway, _ in SET_UPS.values()} == set(set_ups())


def test_every_two_choices_that_can_meet_do() -> None:
    met = {(a, str(row[a]), b, str(row[b])) for row in rows() for a, b in combinations(CHOICES, 2)}
    assert len(rows()) >= COUNT
    missing = [
        (a, x, b, y)
        for a, b in combinations(CHOICES, 2)
        for x in CHOICES[a]
        for y in CHOICES[b]
        if (a, str(x), b, str(y)) not in met
    ]
    # Whatever is missing is excluded by the rules: no third choice of any row makes it possible.
    for a, x, b, y in missing:
        assert all(faults({**row, a: x, b: y}) for row in rows()), (a, x, b, y)


def test_every_set_up_is_generated_and_no_finding_is_an_error(answers: list[tuple[Row, Answer]]) -> None:
    wrong = [
        (arguments(row), answer.verdict) for row, answer in answers if answer.verdict not in ("unknown", "warnings")
    ]
    assert wrong == []


def test_each_single_choice_that_contradicts_is_refused_by_name_and_no_other() -> None:
    refused = 0
    for row, wrong in changed():
        try:
            made(row)
        except UsageError as error:
            refused += 1
            said = f"{error.problem} {error.fix}"
            assert any(name.rstrip("s") in said for name in wrong), (arguments(row), wrong, said)
        else:
            assert not wrong, arguments(row)
    assert refused > 200


def test_no_settings_file_has_a_finding_and_every_one_fits_the_clients_own_schema(
    answers: list[tuple[Row, Answer]],
) -> None:
    judges = [jsonschema.Draft202012Validator(schema) for schema in schemas().values()]
    files = {f.content: (f, answer) for _, answer in answers for f in answer.config if f.path.endswith(SETTINGS)}
    assert len(files) > 100
    for file, answer in files.values():
        name = file.path.replace("~", str(Path.home()))
        told = check(content=file.content, name=name, environment="ignore").report.findings
        # What the answer says itself: what a file for everyone means, and what has to come from the shell.
        said = {"credential-in-project-settings"} if "sends their own key" in file.why else set()
        said |= {"provider-place-missing"} if "No vertex_project was given" in "\n".join(answer.context) else set()
        told = [f for f in told if f.severity != "info" and not (f.severity == "warning" and f.id in said)]
        assert [(f.id, f.problem) for f in told] == [], file.content
        assert [e.message for judge in judges for e in judge.iter_errors(json.loads(file.content))] == []


def test_no_other_file_has_a_finding_and_its_kind_is_recognised(
    answers: list[tuple[Row, Answer]], tmp_path: Path
) -> None:
    kinds = set()
    for number, file in enumerate(distinct(answers, "yaml", "json", "jsonc", "env", "dotenv")):
        if "settings" in file.path or OTHER_KINDS.search(file.path):
            continue
        path = tmp_path / str(number) / file.path.lstrip("~/")
        path.parent.mkdir(parents=True)
        path.write_text(file.content, encoding="utf-8")
        told = check(path=str(path), environment="ignore")
        kinds.add(told.context.kind)
        # A list of variables to fill in has no values yet.
        expected = {*EXPECTED, *(("master-key-variable",) if told.context.kind == "env" else ())}
        found = [(f.id, f.problem) for f in told.report.findings if f.severity != "info" and f.id not in expected]
        assert found == [], f"{file.path}\n{file.content}"
    assert kinds >= {"litellm", "claude-gateway", "docker-compose", "kubernetes", "truefoundry", "zuplo"}


def test_every_file_is_read_by_its_language(answers: list[tuple[Row, Answer]]) -> None:
    for file in distinct(answers, "yaml"):
        assert all(part for part in yaml.safe_load_all(file.content)), file.path
    for file in distinct(answers, "json"):
        assert isinstance(json.loads(file.content), dict), file.path
    scripts = {file.content for file in distinct(answers, "shell")}
    assert len(scripts) > 150
    joined = {script: f"f{number}() {{\n{script}\n}}" for number, script in enumerate(scripts)}
    if shell_complaints("\n".join(joined.values())):  # one start of bash when all is well
        assert {script: said for script in scripts if (said := shell_complaints(script))} == {}


def test_no_file_holds_a_value_for_a_secret(answers: list[tuple[Row, Answer]]) -> None:
    value = re.compile(r"\bsk-\w{8}|AKIA|PRIVATE KEY|ada:word|(?:KEY|TOKEN|PASSWORD|SECRET)\w*[=:] ?[\w-]{8,}")
    texts = {f.content for _, answer in answers for f in answer.config}
    assert {m[0] for text in texts for m in value.finditer(text)} == set()


def test_every_answer_says_how_it_is_secured_and_how_it_is_proved(answers: list[tuple[Row, Answer]]) -> None:
    for row, answer in answers:
        assert answer.verification, arguments(row)
        assert answer.quick_answer.startswith("Written, not yet proven"), arguments(row)
        notes: list[Any] = answer.context
        assert any("ecurity" in note or "ertificate" in note for note in notes), arguments(row)
