"""The real programs are the judges of what ``effective/programs`` predicts: once more, on this machine's releases.

The quick ones run every combination, the slow ones those marked ``often``; with ``MEASURE=all`` in the environment
every program runs them all (about fifteen minutes), and the recorded ways of the case files can be renewed from it.
"""

from __future__ import annotations

import os
import shutil
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from program_cases import (
    EVERY,
    MEASURED,
    agrees,
    certificates,
    concerns,
    load,
    machine,
    recorded_way,
    rules_of,
    way_of,
)
from real_programs import CLAUDE, PYTHON, place, python_programs, run_native
from recorder import recording

from mcp_server.program_files import program_versions

pytestmark = pytest.mark.e2e

#: These run the combinations marked ``often``; npm and pip those about their own files besides.
SLOW = (*CLAUDE, "npm", "pip", "gcloud", "httpx")
#: Threads: what runs side by side. Two cores have enough to do with these.
GROUPS = (("claude-2.1.330", "pip", "gcloud"), ("claude-2.1.197",), PYTHON, ("git", "curl", "node", "npm"))
WAYS, TRUST = load("programs.yaml"), load("trust.yaml")
Row = tuple[str, int, str, str, str]
"""Program, number of the combination, predicted, seen, reason."""


def present(program: str) -> bool:
    return program not in ("gcloud", "git", "curl", "npm", "node") or shutil.which(program) is not None


def chosen(case: Mapping[str, Any], program: str) -> bool:
    if not concerns(case, program) or not present(program):
        return False
    if program not in SLOW or os.environ.get("MEASURE") == "all":
        return True
    own_files = program in ("npm", "pip") and "only" in case
    return own_files or (bool(case.get("often")) and program != "pip")


def side_by_side(work: Callable[[tuple[str, ...]], list[Row]]) -> list[Row]:
    """Runs ``work`` for every group in a thread of its own."""
    rows: list[Row] = []
    failures: list[BaseException] = []

    def run(group: tuple[str, ...]) -> None:
        try:
            rows.extend(work(group))
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(group,)) for group in GROUPS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for failure in failures:
        raise failure
    return rows


@pytest.fixture(scope="module")
def ways() -> Iterator[list[Row]]:
    with tempfile.TemporaryDirectory() as folder:
        yield side_by_side(lambda group: measure_ways(group, Path(folder)))


def measure_ways(group: tuple[str, ...], folder: Path) -> list[Row]:
    rows: list[Row] = []
    with ExitStack() as stack:
        recorder = stack.enter_context(recording())
        libraries = stack.enter_context(python_programs()) if group == PYTHON else None
        for number, case in enumerate(WAYS):
            for program in group:
                if not chosen(case, program):
                    continue
                where = place(recorder, folder / f"{program}-{number}", case)
                found = machine(program, where)
                if libraries is not None:
                    libraries.run(program, where)
                else:
                    run_native(program, where, case)
                use = rules_of(program).proxy(found, where.url)
                rows.append((program, number, way_of(use, recorder.ports), recorded_way(recorder.take()), use.because))
    return rows


@pytest.mark.parametrize("program", EVERY)
def test_the_real_program_takes_the_predicted_way(program: str, ways: list[Row]) -> None:
    mine = [row for row in ways if row[0] == program]
    if not present(program):
        pytest.skip(f"{program} is not on this machine")
    assert mine
    wrong = [
        (WAYS[number], predicted, seen, why)
        for _, number, predicted, seen, why in mine
        if not agrees(WAYS[number], program, predicted, seen) and program not in WAYS[number].get("but", {})
    ]
    if same_release(program):
        assert wrong == []
    else:
        assert len(wrong) <= len(mine) * 0.05, wrong


def same_release(program: str) -> bool:
    """Another release of a system program may have other rules; the share of agreement must stay."""
    if program not in ("git", "curl", "node"):
        return True
    here = program_versions(os.environ["PATH"])[program].split(".")
    return here[:2] == MEASURED[program].split(".")[:2]


def test_the_real_programs_agree_with_98_of_100_predictions(ways: list[Row]) -> None:
    wrong = [row for row in ways if not agrees(WAYS[row[1]], row[0], row[2], row[3])]
    assert len(ways) >= 60
    assert len(wrong) <= len(ways) * 0.02
    assert not [row for row in wrong if row[0] in CLAUDE]


def test_the_real_handshake_accepts_what_the_rules_say(tmp_path: Path) -> None:
    assert [row for row in side_by_side(lambda group: measure_trust(group, tmp_path)) if row[2] != row[3]] == []


def measure_trust(group: tuple[str, ...], folder: Path) -> list[Row]:
    rows: list[Row] = []
    with ExitStack() as stack:
        folder = folder / group[0]
        authority, names = certificates(folder)
        context = authority.server(authority.issue("127.0.0.1"))
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_verify_locations(authority.pem)
        recorder = stack.enter_context(recording(context))
        libraries = stack.enter_context(python_programs()) if group == PYTHON else None
        for number, case in enumerate(TRUST):
            for program in group:
                if program == "httpx" or not chosen(case, program):
                    continue
                where = place(recorder, folder / f"{program}-{number}", case, names)
                found, rules = machine(program, where), rules_of(program)
                if libraries is not None:
                    libraries.run(program, where)
                else:
                    run_native(program, where, case)
                lines = [first for _, first in recorder.take() if first.startswith("TLS ok")]
                trust = rules.trust(found, where.url)
                predicted = trust.accepts(names["ca"]) or trust.accepts(names["folder"])
                shown = predicted and rules.certificate(found, where.url) is not None
                seen = ("accepts" if lines else "refuses") + (
                    " with certificate" if "certificate" in str(lines) else ""
                )
                said = ("accepts" if predicted else "refuses") + (" with certificate" if shown else "")
                rows.append((program, number, said, seen, str(case)))
    return rows
