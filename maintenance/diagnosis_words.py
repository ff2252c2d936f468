"""Makes ``catalogue/cause_words.json``: the word weights of ``diagnose/words.py``.

    python maintenance/diagnosis_words.py [--check]

Read are only files of this project: the labelled texts in tests/diagnose (cases.yaml, labelled.yaml, gathered.yaml but
for what is held out there, typical.yaml, and unrelated.yaml for what is none of ours), and what the catalogue itself
says about each cause (definition, sentences of its signals, cure). ``--check`` writes nothing and fails when the file
is not what these sources give.
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
#: What a pair of words counts beside a single word.
_PAIR = 0.5
#: One point of resemblance (diagnose/evidence.py turns it into a weight) in units of the cosine.
_SCALE = 6.0
#: A pair that fewer texts hold is left out (a case with a context is two texts), and so are weights below the least.
_TEXTS_OF_A_PAIR = 3
_LEAST = 0.2
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
    names = ("cases.yaml", "labelled.yaml", "gathered.yaml")
    listed = [c for n in names for c in yaml.safe_load((CASES / n).read_text(encoding="utf-8"))["cases"]]
    own = [*catalogue_documents(), *typical_documents(), *unrelated_documents()]
    return [*own, *case_documents(case for case in listed if not case.get("held_out"))]


def train(documents: Iterable[Document]) -> dict[str, tuple[str, dict[str, float]]]:
    """Feature to (words that show it, weights by cause).

    Every text is a vector of length 1 over its features, a feature counting the more the fewer texts hold it. A cause
    is the mean of its texts, brought to length 1 again: one with many texts counts no more than one with few.
    """
    texts = [(document, features(read(document.text))) for document in documents]
    spread = Counter(feature for _, found in texts for feature in found)
    rare = {
        feature: math.log((len(texts) + 1) / (n + 0.5)) * (_PAIR if " " in feature else 1.0)
        for feature, n in spread.items()
        if n >= _TEXTS_OF_A_PAIR or " " not in feature
    }
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    middles: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for document, found in texts:
        kept = [feature for feature in found if feature in rare]
        share = document.weight / (math.hypot(*(rare[f] for f in kept)) or 1.0)
        for feature, word in ((f, found[f]) for f in kept):
            middles[document.cause][feature] += rare[feature] * share
            forms[feature][word] += 1
    weights: dict[str, dict[str, float]] = defaultdict(dict)
    for cause, middle in sorted(middles.items()):
        length = math.hypot(*middle.values()) or 1.0
        for feature, value in middle.items():
            weight = round(_SCALE * rare[feature] * value / length, 2)
            if weight >= _LEAST:
                weights[feature][cause] = weight
    return {
        feature: (min(forms[feature], key=lambda w: (-forms[feature][w], w)), by_cause)
        for feature, by_cause in sorted(weights.items())
    }


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
