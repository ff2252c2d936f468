"""Measures ``diagnose`` on files of cases: top-1, top-3, confidently wrong, per evidence mode and family.

    python maintenance/diagnosis_score.py CASES.yaml... [--misses] [--families] [--text symptom|both]
    python maintenance/diagnosis_score.py CASES.yaml... --cross-validate

Format of a case: id, symptom, context (free words about the set-up), root_cause.label, optionally
root_cause.also_acceptable and family; or, as in this project's own files, cause and also.

--cross-validate pools the files, puts texts of alike wording (cosine of word vectors at least 0.5) into one cluster and
the clusters into five parts. For each part the engine answers with what the other four support: a signal that holds in
no case outside the part is switched off as if it had never been written, and the table of words is trained without
the part. It cannot undo that somebody read the part before; only cases nobody has seen measure that. The
nearest-neighbour baseline answers with the label of the most similar case outside the part.
"""

from __future__ import annotations

import argparse
import math
import re
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import yaml

from mcp_server.diagnose.author import Symptom, read
from mcp_server.diagnose.evidence import UNKNOWN, Diagnosis, diagnose
from mcp_server.diagnose.signals import Knowledge, holds, signals, stated_facts

sys.path.insert(0, str(Path(__file__).parent))
from diagnosis_words import Document, case_documents, catalogue_documents, train, typical_documents, unrelated_documents

_PARTS = 5
_ALIKE = 0.5
_Vector = dict[str, float]


@dataclass(frozen=True)
class Case:
    """One labelled case. ``text`` is what the mode shows, ``symptom`` and ``context`` are its parts."""

    id: str
    text: str
    label: str
    accepted: frozenset[str]
    family: str
    symptom: str
    context: str


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

    def add(self, case: Case, order: list[str], confidence: str = "") -> bool:
        """Counts one answer (causes, best first; ``unknown`` alone = no answer). Returns whether the first is right."""
        right = order[:1] != [] and order[0] in case.accepted
        self.cases += 1
        self.strict += order[:1] == [case.label]
        self.first += right
        named = [cause for cause in order if cause != UNKNOWN]
        self.three += right or bool(case.accepted & set(named[:3]))
        self.high += confidence == "high"
        self.high_wrong += confidence == "high" and not right
        self.unknown += order[:1] == [UNKNOWN]
        return right

    def row(self, name: str) -> str:
        """One line of the table."""
        n = max(self.cases, 1)
        wrong = self.high_wrong / max(self.high, 1)
        return (
            f"{name:40} {self.cases:5} {self.strict / n:8.1%} {self.first / n:8.1%} {self.three / n:8.1%}"
            f" {self.high:5} {wrong:10.1%} {self.unknown / n:8.1%}"
        )


def load(path: Path, mode: str) -> list[Case]:
    """The cases of ``path``; ``mode`` is symptom (the paste alone) or both (paste and stated context)."""
    cases = []
    for item in yaml.safe_load(path.read_text(encoding="utf-8"))["cases"]:
        root = item.get("root_cause") or {"label": item["cause"], "also_acceptable": item.get("also", [])}
        symptom, context = str(item["symptom"]), str(item.get("context") or "")
        text = symptom if mode == "symptom" or not context else f"{symptom}\n\n{context}"
        accepted = frozenset([root["label"], *root.get("also_acceptable", [])])
        cases.append(Case(item["id"], text, root["label"], accepted, item.get("family", "all"), symptom, context))
    return cases


def answer(result: Diagnosis) -> list[str]:
    """The causes in the order in which a person is told them; ``unknown`` first when the engine does not answer."""
    ranked = [r.cause for r in result.ranked]
    return [UNKNOWN, *ranked] if result.cause == UNKNOWN else ranked


def score(cases: list[Case], misses: bool) -> tuple[Tally, dict[str, Tally]]:
    """Runs the engine without any machine (no snapshot): what the words alone decide."""
    total, families = Tally(), defaultdict(Tally)
    for case in cases:
        result = diagnose(read(case.text))
        right = total.add(case, answer(result), result.confidence)
        families[case.family].add(case, answer(result), result.confidence)
        if misses and not right:
            ranks = ", ".join(f"{r.cause} {r.score}" for r in result.ranked[:4])
            print(f"  {result.confidence:6} {case.id}: want {'|'.join(sorted(case.accepted))}; got {ranks}")
    return total, families


def vectors(texts: list[str]) -> list[_Vector]:
    """TF-IDF word vectors of length 1."""
    bags = [Counter(re.findall(r"[a-z_]{3,}", text.lower())) for text in texts]
    spread = Counter(word for bag in bags for word in bag)
    found = []
    for bag in bags:
        raw = {word: n * math.log(len(texts) / spread[word]) for word, n in bag.items()}
        norm = math.sqrt(sum(x * x for x in raw.values())) or 1.0
        found.append({word: x / norm for word, x in raw.items()})
    return found


def cosine(one: _Vector, other: _Vector) -> float:
    """Similarity of two vectors, 0 to 1."""
    if len(other) < len(one):
        one, other = other, one
    return sum(x * other.get(word, 0.0) for word, x in one.items())


def neighbours(cases: list[Case], groups: list[int]) -> Tally:
    """The baseline: the label of the most similar case of another group."""
    words = vectors([c.text for c in cases])
    tally = Tally()
    for i, case in enumerate(cases):
        others = [(cosine(words[i], words[j]), j) for j in range(len(cases)) if groups[j] != groups[i]]
        tally.add(case, list(dict.fromkeys(cases[j].label for _, j in sorted(others, reverse=True))))
    return tally


def clusters(cases: list[Case]) -> list[int]:
    """A cluster number for each case: texts of alike wording hang together."""
    words = vectors([c.symptom for c in cases])
    group = list(range(len(cases)))

    def root(i: int) -> int:
        while group[i] != i:
            i = group[i]
        return i

    for i in range(len(cases)):
        for j in range(i):
            if cosine(words[i], words[j]) >= _ALIKE:
                group[root(i)] = root(j)
    return [root(i) for i in range(len(cases))]


def parts(groups: list[int]) -> list[int]:
    """Each cluster goes, largest first, into the smallest of the five parts."""
    sizes, part_of = [0] * _PARTS, {}
    for group, size in sorted(Counter(groups).items(), key=lambda item: (-item[1], item[0])):
        part_of[group] = sizes.index(min(sizes))
        sizes[part_of[group]] += size
    return [part_of[g] for g in groups]


def cross_validate(cases: list[Case], misses: bool) -> None:
    """Prints the table of one mode, and how many errors of other programs are left alone."""
    groups = clusters(cases)
    part = parts(groups)
    reads = [read(c.text) for c in cases]
    supported = _supported(reads)
    fixed = [*catalogue_documents(), *typical_documents()]
    others = unrelated_documents()
    left_alone = 0
    documents = [_documents(c) for c in cases]
    tallies = {name: Tally() for name in ("engine, signals and words", "signals only", "words only")}
    for k in range(_PARTS):
        outside = [i for i in range(len(cases)) if part[i] != k]
        seen = set().union(*(supported[i] for i in outside))
        kept = {
            cause: [s for n, s in enumerate(lines) if s.weight < 0 or (cause, n) in seen]
            for cause, lines in signals().items()
        }
        known = [d for n, d in enumerate(others) if n % _PARTS != k]
        words = train([*fixed, *known, *(d for i in outside for d in documents[i])])
        everything = Knowledge(signals(), words)
        for other in others[k::_PARTS]:
            result = diagnose(read(other.text), knowledge=everything)
            left_alone += result.cause == UNKNOWN
            if misses and result.cause != UNKNOWN:
                print(
                    f"  {result.confidence:6} unrelated: {result.cause} {result.ranked[0].score}: {other.text[:70]!r}"
                )
        variants = (Knowledge(kept, words), Knowledge(kept, {}), Knowledge({cause: [] for cause in kept}, words))
        for i in (i for i in range(len(cases)) if part[i] == k):
            for (name, tally), knowledge in zip(tallies.items(), variants, strict=True):
                result = diagnose(reads[i], knowledge=knowledge)
                right = tally.add(cases[i], answer(result), result.confidence)
                if misses and not right and name.startswith("engine"):
                    ranks = ", ".join(f"{r.cause} {r.score}" for r in result.ranked[:4])
                    print(f"  {result.confidence:6} {cases[i].id}: want {'|'.join(cases[i].accepted)}; got {ranks}")
    print(f"  {len(cases)} cases in {len(set(groups))} clusters")
    for name, tally in tallies.items():
        print(tally.row(f"  {name}"))
    print(neighbours(cases, part).row("  nearest neighbour"))
    print(f"  errors of other programs answered unknown: {left_alone / len(others):.1%} of {len(others)}")


def _supported(reads: list[Symptom]) -> list[set[tuple[str, int]]]:
    found = []
    for symptom in reads:
        facts = stated_facts(symptom.text)
        held = {
            (cause, n)
            for cause, lines in signals().items()
            for n, signal in enumerate(lines)
            if holds(signal, symptom, facts)
        }
        found.append(held)
    return found


def _documents(case: Case) -> list[Document]:
    return case_documents([{"symptom": case.symptom, "context": case.context, "cause": case.label}])


def main() -> int:
    """Prints the table; exit code 0 always (a measurement, not a gate)."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=Path, nargs="+")
    parser.add_argument("--misses", action="store_true", help="print every case that was not answered right")
    parser.add_argument("--text", choices=("symptom", "both"), help="only this mode")
    parser.add_argument("--families", action="store_true", help="one row per family")
    parser.add_argument("--cross-validate", action="store_true", help="five parts by cluster, see above")
    arguments = parser.parse_args()
    print(f"{'':40} {'cases':>5} {'strict':>8} {'top-1':>8} {'top-3':>8} {'high':>5} {'high wrong':>10} {'unknown':>8}")
    for mode in (arguments.text,) if arguments.text else ("symptom", "both"):
        cases = [c for path in arguments.cases for c in load(path, mode)]
        if arguments.cross_validate:
            print(f"cross-validated, {mode}")
            cross_validate(cases, arguments.misses)
            continue
        total, families = score(cases, arguments.misses)
        print(total.row(f"engine, {mode}"))
        if arguments.families:
            for family, tally in families.items():
                print(tally.row(f"  {family}"))
        print(neighbours(cases, list(range(len(cases)))).row("nearest neighbour, leave one out"))
        print(neighbours(cases, clusters(cases)).row("nearest neighbour, other clusters"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
