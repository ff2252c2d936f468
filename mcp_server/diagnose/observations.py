"""What to look at next when the evidence does not decide: the two observations that tell the leading causes apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mcp_server.answer import Check
from mcp_server.catalogue.load import causes, read_yaml
from mcp_server.diagnose.author import Symptom
from mcp_server.diagnose.cure import FALLBACKS, filled_in

_Line = Mapping[str, Any]


def observations_for(symptom: Symptom, values: Mapping[str, str], candidates: Sequence[str] = ()) -> list[Check]:
    """Two observations, each with its command and what either outcome means.

    ``candidates`` are cause ids, best first. For each of the first two the observation is chosen that is about it and
    not about the other; without candidates the author and the status decide. ``values`` fill the placeholders.
    """
    known: list[_Line] = read_yaml("cures.yaml")["observations"]
    leading = list(candidates[:2])
    chosen: list[tuple[_Line, str]] = []
    for cause in leading:
        rivals = [c for c in leading if c != cause]
        # False sorts first: an observation that says nothing about the rival separates the two.
        fitting = sorted((o for o in known if _about(o, cause)), key=lambda o: any(_about(o, r) for r in rivals))
        _take(chosen, fitting, f"would decide whether it is {cause}")
    fitting = [o for o in known if _fits(o, symptom)]
    while len(chosen) < 2 and _take(chosen, fitting, "would decide"):
        pass
    return [_check(line, detail, values) for line, detail in chosen[:2]]


def _take(chosen: list[tuple[_Line, str]], lines: Sequence[_Line], detail: str) -> bool:
    """Adds the first of ``lines`` whose command is not yet among ``chosen``."""
    commands = {line["command"] for line, _ in chosen}
    new = next((line for line in lines if line["command"] not in commands), None)
    if new is not None:
        chosen.append((new, detail))
    return new is not None


def _about(line: _Line, cause: str) -> bool:
    subjects = line.get("about", ())
    return causes()[cause].layer in subjects or cause.startswith(tuple(s for s in subjects if "_" in s))


def _fits(line: _Line, symptom: Symptom) -> bool:
    return bool(
        set(line.get("author", ())) & set(symptom.authors)
        or set(line.get("status", ())) & set(symptom.statuses)
        or line.get("always")
    )


def _check(line: _Line, detail: str, values: Mapping[str, str]) -> Check:
    filled = filled_in({k: line[k] for k in ("title", "command", "expect", "if_not")}, {**FALLBACKS, **values})
    return Check(status="todo", detail=detail, **filled)
