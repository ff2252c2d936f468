"""Measures ``diagnose`` on a file of cases: top-1, top-3, confidently wrong, per evidence mode and family.

    python maintenance/diagnosis_score.py CASES.yaml [--misses] [--text symptom|both] [--repeat-words]

Format of a case: id, symptom, context (free words about the set-up), root_cause.label, optionally
root_cause.also_acceptable and family (the cluster). A file of the own regression tests (cause instead of root_cause)
is read too. The nearest-neighbour baseline answers each case with the label of the most similar other case,
once with all other cases and once without those of the same cluster.
"""

from __future__ import annotations

import argparse
import math
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import yaml

from mcp_server.diagnose.author import read
from mcp_server.diagnose.evidence import UNKNOWN, diagnose


@dataclass(frozen=True)
class Case:
    """One labelled case."""

    id: str
    text: str
    label: str
    accepted: frozenset[str]
    family: str


@dataclass
class Tally:
    """Counts of one run."""

    cases: int = 0
    strict: int = 0
    first: int = 0
    three: int = 0
    high: int = 0
    high_wrong: int = 0
    unknown: int = 0

    def row(self, name: str) -> str:
        """One line of the table."""
        n = max(self.cases, 1)
        return (
            f"{name:34} {self.cases:5} {self.strict / n:8.1%} {self.first / n:8.1%} {self.three / n:8.1%}"
            f" {self.high:5} {self.high_wrong / n:9.1%} {self.unknown / n:8.1%}"
        )


def load(path: Path, mode: str) -> list[Case]:
    """The cases of ``path``; ``mode`` is symptom (the paste alone) or both (paste and stated context)."""
    cases = []
    for item in yaml.safe_load(path.read_text(encoding="utf-8"))["cases"]:
        root = item.get("root_cause") or {"label": item["cause"]}
        text = item["symptom"] if mode == "symptom" else f"{item['symptom']}\n\n{item.get('context', '')}"
        accepted = frozenset([root["label"], *root.get("also_acceptable", [])])
        cases.append(Case(item["id"], text, root["label"], accepted, item.get("family", "all")))
    return cases


def score(cases: list[Case], misses: bool) -> tuple[Tally, dict[str, Tally]]:
    """Runs the engine without any machine (no snapshot): what the words alone decide."""
    total, families = Tally(), defaultdict(Tally)
    for case in cases:
        result = diagnose(read(case.text))
        order = [r.cause for r in result.ranked] if result.cause != UNKNOWN else [UNKNOWN]
        right = order[0] in case.accepted
        in_three = right or bool(case.accepted & set([r.cause for r in result.ranked][:3]))
        for tally in (total, families[case.family]):
            tally.cases += 1
            tally.strict += order[0] == case.label
            tally.first += right
            tally.three += in_three
            tally.high += result.confidence == "high"
            tally.high_wrong += result.confidence == "high" and not right
            tally.unknown += result.cause == UNKNOWN
        if misses and not right:
            ranks = ", ".join(f"{r.cause} {r.score}" for r in result.ranked[:4])
            print(f"  {result.confidence:6} {case.id}: want {'|'.join(sorted(case.accepted))}; got {ranks}")
    return total, families


def nearest_neighbour(cases: list[Case], *, across_families: bool) -> Tally:
    """The baseline: cosine of TF-IDF word vectors, the label of the most similar other case."""
    words = [Counter(re.findall(r"[a-z_]{3,}", c.text.lower())) for c in cases]
    spread = Counter(w for bag in words for w in bag)
    vectors = [{w: n * math.log(len(cases) / spread[w]) for w, n in bag.items()} for bag in words]
    norms = [math.sqrt(sum(x * x for x in v.values())) or 1.0 for v in vectors]
    tally = Tally()
    for i, case in enumerate(cases):
        others = [
            (sum(x * vectors[j].get(w, 0.0) for w, x in vectors[i].items()) / norms[i] / norms[j], j)
            for j in range(len(cases))
            if j != i and not (across_families and cases[j].family == case.family)
        ]
        order = [cases[j].label for _, j in sorted(others, reverse=True)]
        unique = list(dict.fromkeys(order))
        tally.cases += 1
        tally.strict += unique[:1] == [case.label]
        tally.first += bool(set(unique[:1]) & case.accepted)
        tally.three += bool(set(unique[:3]) & case.accepted)
    return tally


def main() -> int:
    """Prints the table; exit code 0 always (a measurement, not a gate)."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=Path)
    parser.add_argument("--misses", action="store_true", help="print every case that was not answered right")
    parser.add_argument("--text", choices=("symptom", "both"), help="only this mode")
    parser.add_argument("--families", action="store_true", help="one row per cluster")
    arguments = parser.parse_args()
    print(f"{'':34} {'cases':>5} {'strict':>8} {'top-1':>8} {'top-3':>8} {'high':>5} {'high+wrong':>9} {'unknown':>8}")
    for mode in (arguments.text,) if arguments.text else ("symptom", "both"):
        cases = load(arguments.cases, mode)
        total, families = score(cases, arguments.misses)
        print(total.row(f"engine, {mode}"))
        if arguments.families:
            for family, tally in families.items():
                print(tally.row(f"  {family}"))
        print(nearest_neighbour(cases, across_families=False).row("nearest neighbour, leave one out"))
        if len({c.family for c in cases}) > 1:
            print(nearest_neighbour(cases, across_families=True).row("nearest neighbour, other clusters"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
