"""The real Claude Code through the set-ups of the LiteLLM matrix: text, stream and a tool round trip.

Every CI run takes a sample in which each choice of each dimension occurs; ``make nightly`` takes all of them and
prints what it found. ``NIGHTLY_RESULTS`` names a file that keeps the results, one a line: what passed there with the
same generated files is not run again, so that a run can be continued, or shared by several processes.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from client_conversation import Turn
from litellm_bench import Bench, Served, bench, complaints
from litellm_set_ups import CHOICES, sample, set_ups

from mcp_server.catalogue.models import models
from mcp_server.generate.build import generate
from mcp_server.generate.spec import parse_request
from mcp_server.run.programs import claude_code, litellm_extras, litellm_python, versions

pytestmark = [pytest.mark.e2e, pytest.mark.anyio]

SAMPLE = 24
AT_ONCE = 2
#: How the client gets its settings, and its version.
FORMS = [f"{form} {version}" for version in versions()["claude_code"] for form in ("settings", "exports")]


@dataclass(frozen=True)
class Run:
    """One client on one model of one set-up; ``wrong`` is empty when it did everything."""

    number: int
    model: str
    form: str
    wrong: tuple[str, ...]


@pytest.fixture(autouse=True, scope="module")
def programs() -> None:
    """Installed before the clock of a single step runs."""
    for version in versions()["claude_code"]:
        claude_code(version)
    litellm_python()
    litellm_extras()


def cases(number: int, served: Served) -> list[tuple[str, str]]:
    """(model, form): the model of every tier, and in turn one more that the gateway offers."""
    own = served.models
    others = [m for m in served.all_models if m not in own]
    # A model that cannot call tools is asked wherever it is offered.
    more = [m for m in others if not models()[m].tool_use] or others[number % len(others) :][:1] if others else []
    return [(model, FORMS[(number + place) % len(FORMS)]) for place, model in enumerate([*own, *more])]


async def run_set_up(here: Bench, number: int) -> list[Run]:
    """Every case of one set-up."""
    name = f"{number}-{time.monotonic_ns()}"
    try:
        async with here.serve(set_ups()[number], name) as served:
            found = []
            for place, (model, form) in enumerate(cases(number, served)):
                wrong = await here.talk(served, model, form, f"{name}/{place}")
                if not models()[model].tool_use and not tells_no_tools(served, model):
                    wrong.append("the answer does not tell that the model cannot call tools")
                if served.strayed:
                    wrong.append(f"asked elsewhere: {sorted(set(served.strayed))}")
                    served.strayed.clear()
                found.append(Run(number, model, form, tuple(wrong)))
            return found
    except AssertionError as error:
        return [Run(number, "", "", (f"LiteLLM did not start: {str(error)[:400]}",))]


def tells_no_tools(served: Served, model: str) -> bool:
    return any(
        f.id == "model_lacks_tool_use" and f.where and f.where.key.endswith(model) for f in served.answer.findings
    )


async def run_all(folder: Path, numbers: Sequence[int], results: Path | None = None) -> list[Run]:
    """The set-ups of ``numbers``, two at a time; each is noted in ``results`` when it has ended."""
    waiting, found = list(reversed(numbers)), list[Run]()

    async def one_after_the_other(here: Bench) -> None:
        while waiting:
            number = waiting.pop()
            if results and digest(number) in passed(results):
                continue
            runs = await run_set_up(here, number)
            found.extend(runs)
            if results:
                note(results, number, runs)

    async with bench(folder) as here:
        tasks = [asyncio.ensure_future(one_after_the_other(here)) for _ in range(AT_ONCE)]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    return found


def digest(number: int) -> str:
    """Names what is judged: arguments, generated files and versions of the programs."""
    answer = generate(parse_request(set_ups()[number]), date(2026, 11, 25))
    files = [(f.path, f.content) for f in answer.config]
    return hashlib.sha256(json.dumps([set_ups()[number], files, versions()]).encode()).hexdigest()[:16]


def note(results: Path, number: int, runs: Sequence[Run]) -> None:
    """One line, written at once, so that several processes can share the file."""
    wrong = [[r.model, r.form, list(r.wrong)] for r in runs if r.wrong]
    line = json.dumps({"set_up": number, "digest": digest(number), "runs": len(runs), "wrong": wrong})
    with results.open("ab", buffering=0) as file:
        file.write(line.encode() + b"\n")


def noted(results: Path) -> dict[str, dict[str, Any]]:
    """Digest → its last line. A line that was cut by a crash is passed over."""
    found = {}
    for line in results.read_text(encoding="utf-8").splitlines() if results.exists() else ():
        try:
            told = json.loads(line)
        except ValueError:
            continue
        found[told["digest"]] = told
    return found


def passed(results: Path) -> set[str]:
    return {name for name, told in noted(results).items() if not told["wrong"]}


def failures(runs: Sequence[Run]) -> list[str]:
    return [f"{r.model} ({r.form}): {'; '.join(r.wrong)}\n    {set_ups()[r.number]}" for r in runs if r.wrong]


def test_the_sample_holds_every_choice_of_every_dimension() -> None:
    rows = sample(SAMPLE)
    assert len(rows) == SAMPLE
    for name, choices in CHOICES.items():
        assert {json.dumps(row[name]) for _, row in rows} == {json.dumps(choice) for choice in choices}, name


async def test_the_real_client_gets_text_stream_and_tools_through_a_sample_of_the_matrix(tmp_path: Path) -> None:
    runs = await run_all(tmp_path, [number for number, _ in sample(SAMPLE)])
    assert failures(runs) == []
    assert len(runs) >= 40
    assert {run.form for run in runs} == set(FORMS)
    assert any(not models()[run.model].tool_use for run in runs)


@pytest.mark.nightly
async def test_the_real_client_gets_text_stream_and_tools_through_the_whole_matrix(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = Path(os.environ.get("NIGHTLY_RESULTS") or tmp_path / "results.jsonl")
    before = len({digest(n) for n in range(len(set_ups()))} & passed(results))
    begin = time.monotonic()
    runs = await run_all(tmp_path, range(len(set_ups())), results)
    wrong = failures(runs)
    ran = Counter(run.number for run in runs)
    told = [
        f"\n{len(set_ups())} set-ups: {len(ran)} run, {before} passed before; {time.monotonic() - begin:.0f} s",
        f"{len(runs)} runs of Claude Code: {len(runs) - len(wrong)} passed, {len(wrong)} failed",
        f"by form: {dict(Counter(run.form for run in runs))}",
        f"by model: {dict(Counter(run.model for run in runs))}",
        *wrong,
    ]
    with capsys.disabled():
        sys.stdout.write("\n".join(told) + "\n")
    assert wrong == []
    assert len(ran) + before >= len(set_ups())


@pytest.mark.parametrize(
    ("turns", "tool_use", "said"),
    [
        ([Turn("word and more", False, 3, ()), Turn("secret", False, 2, ("Read",))], True, ""),
        ([Turn("word and more", False, 1, ()), Turn("secret", False, 2, ("Read",))], True, "1 pieces"),
        ([Turn("other", False, 3, ()), Turn("secret", False, 2, ("Read",))], True, "no text"),
        ([Turn("word", False, 3, ()), Turn("sorry", False, 2, ())], True, "no tool round trip"),
        ([Turn("word", False, 3, ()), Turn("secret", False, 2, ())], True, "no tool round trip"),
        ([Turn("word", False, 3, ()), Turn("API Error", True, 0, ("Read",))], True, "no tool round trip"),
        ([Turn("word", False, 3, ()), Turn("I cannot", False, 2, ())], False, ""),
        ([Turn("word", False, 3, ()), Turn("secret", False, 2, ("Read",))], False, "called a tool"),
    ],
)
async def test_what_is_missing_in_two_answers_is_told(turns: list[Turn], tool_use: bool, said: str) -> None:
    found = "; ".join(complaints(turns, "word", "secret", tool_use))
    assert said in found
    assert bool(said) == bool(found)


async def test_results_are_kept_and_only_what_passed_is_not_run_again(tmp_path: Path) -> None:
    results = tmp_path / "results.jsonl"
    note(results, 0, [Run(0, "claude-opus-5-5", FORMS[0], ())])
    note(results, 1, [Run(1, "claude-opus-5-5", FORMS[0], ("no text",))])
    with results.open("a", encoding="utf-8") as file:
        file.write('{"set_up": 2, "dig')
    assert passed(results) == {digest(0)}
    assert noted(results)[digest(1)]["wrong"] == [["claude-opus-5-5", FORMS[0], ["no text"]]]
