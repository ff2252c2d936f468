"""Makes ``catalogue/cause_words.json``: the word weights of ``diagnose/words.py``.

    python maintenance/diagnosis_words.py [--check]

Read are only files of this project: the labelled texts in tests/diagnose (cases.yaml, labelled.yaml, typical.yaml, and
unrelated.yaml for what is none of ours), and what the catalogue itself says about each cause (definition, sentences of
its signals, cure). ``--check`` writes nothing and fails when the file is not what these sources give.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mcp_server.catalogue.load import causes, read_yaml
from mcp_server.diagnose.author import read
from mcp_server.diagnose.evidence import UNKNOWN
from mcp_server.diagnose.words import features

ROOT = Path(__file__).resolve().parents[1]
CASES = ROOT / "tests/diagnose"
TARGET = ROOT / "mcp_server/catalogue/cause_words.json"
#: Pseudo-counts: how strongly a word of few texts is drawn towards the average of all causes.
_SMOOTHING = 2.0
#: Weights below this are left out of the table.
_LEAST = 0.3
#: What one text of each kind counts. A typical text is one wording among the many of its cause, gathered to cover them;
#: a case is one event. Settled by cross-validation (diagnosis_score.py).
_TYPICAL, _CASE, _DEFINITION, _SAYS, _CURE = 6.0, 1.0, 1.0, 0.5, 0.7


@dataclass(frozen=True)
class Document:
    """One labelled text and how much it counts."""

    text: str
    cause: str
    weight: float = 1.0


def catalogue_documents() -> list[Document]:
    """What the catalogue says about each cause."""
    signals, cures = read_yaml("causes_evidence.yaml")["causes"], read_yaml("cures.yaml")["cures"]
    found = []
    for id_, cause in causes().items():
        if id_ == UNKNOWN:
            continue
        found.append(Document(f"{cause.definition} {id_}", id_, _DEFINITION))
        found += [Document(s["says"], id_, _SAYS) for s in signals.get(id_, [])]
        if cure := cures.get(id_):
            found.append(Document(f"{cure.get('quick', '')} {cure.get('fix', '')}", id_, _CURE))
    return found


def case_documents(cases: Iterable[dict[str, Any]]) -> list[Document]:
    """Each case twice: the paste alone, and the paste with what is known about the set-up."""
    found = []
    for case in cases:
        label = case["root_cause"]["label"] if "root_cause" in case else case["cause"]
        found.append(Document(case["symptom"], label, _CASE))
        if case.get("context"):
            found.append(Document(f"{case['symptom']}\n\n{case['context']}", label, _CASE))
    return found


def typical_documents() -> list[Document]:
    """The texts of typical.yaml."""
    listed = yaml.safe_load((CASES / "typical.yaml").read_text(encoding="utf-8"))["causes"]
    return [Document(text, cause, _TYPICAL) for cause, texts in listed.items() for text in texts]


def unrelated_documents() -> list[Document]:
    """Errors of other programs: a class of its own, so that the table knows what does not belong here."""
    listed = yaml.safe_load((CASES / "unrelated.yaml").read_text(encoding="utf-8"))["errors"]
    return [Document(text, UNKNOWN) for text in listed]


def project_documents() -> list[Document]:
    """Everything that the table of words is made from."""
    files = [yaml.safe_load((CASES / n).read_text(encoding="utf-8"))["cases"] for n in ("cases.yaml", "labelled.yaml")]
    own = [*catalogue_documents(), *typical_documents(), *unrelated_documents()]
    return [*own, *(d for cases in files for d in case_documents(cases))]


def train(documents: Iterable[Document]) -> dict[str, tuple[str, dict[str, float]]]:
    """Feature to (a word that shows it, weights by cause).

    A weight is the log of how often the feature stands in the texts of the cause over the mean of all causes, so that a
    cause with many texts counts no more than one with few.
    """
    counts: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    totals: dict[str, float] = defaultdict(float)
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    for document in documents:
        totals[document.cause] += document.weight
        for feature, word in features(read(document.text)).items():
            counts[feature][document.cause] += document.weight
            forms[feature][word] += 1
    table = {}
    for feature, by_cause in sorted(counts.items()):
        mean = sum(n / totals[cause] for cause, n in by_cause.items()) / len(totals)
        weights = {
            cause: round(math.log((n + _SMOOTHING * mean) / (totals[cause] + _SMOOTHING) / mean), 2)
            for cause, n in sorted(by_cause.items())
        }
        kept = {cause: weight for cause, weight in weights.items() if weight >= _LEAST}
        if kept:
            word = min(forms[feature], key=lambda w: (-forms[feature][w], w))
            table[feature] = (word, kept)
    return table


def rendered() -> str:
    """The file's text, one feature a line."""
    table = train(project_documents())
    lines = ",\n".join(
        f"{json.dumps(feature, ensure_ascii=False)}: {json.dumps(entry, ensure_ascii=False)}"
        for feature, entry in table.items()
    )
    return '{"generated_by": "maintenance/diagnosis_words.py",\n"features": {\n' + lines + "\n}}\n"


def main() -> int:
    """Writes the file, or with --check compares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the file is out of date")
    arguments = parser.parse_args()
    text = rendered()
    if not arguments.check:
        TARGET.write_text(text, encoding="utf-8")
        return 0
    if TARGET.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write(f"{TARGET.name} is out of date; run python maintenance/diagnosis_words.py\n")
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
