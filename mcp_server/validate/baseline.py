"""Findings that are known already: a file next to the configurations lists them, and only new ones count.

An entry holds the rule, the file's path, the key and a hash of the problem's wording: no line numbers, so that an
edit elsewhere in the file changes nothing. Wordings never hold a secret; what hints at one is left out of the hash.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

from mcp_server.answer import Finding
from mcp_server.errors import UsageError

VERSION = 1
#: Far more than any project has findings; a larger file is no baseline.
MAX_ENTRIES = 100_000
_INDEX = re.compile(r"\[\d+\]")
#: What differs between two findings of the same problem: places, counts, and the tail of a key (``redact.hint``).
_VOLATILE = re.compile(r"ends in …\S{1,8}|\d[\d,._]*")


class Fingerprint(NamedTuple):
    """What identifies a finding across edits of the file."""

    path: str
    rule: str
    key: str
    problem: str


def fingerprint(finding: Finding, path: str) -> Fingerprint:
    """``path`` is the file's, relative to the baseline, with forward slashes."""
    key = (finding.where.key if finding.where else None) or ""
    wording = " ".join(_VOLATILE.sub("#", finding.problem).lower().split())
    return Fingerprint(path, finding.id, _INDEX.sub("[]", key), sha256(wording.encode()).hexdigest()[:16])


@dataclass
class Baseline:
    """Known findings and how often each occurs. ``seen`` collects what one run finds in the files it checks."""

    entries: Counter[Fingerprint] = field(default_factory=Counter)
    seen: dict[str, Counter[Fingerprint]] = field(default_factory=dict)
    """By path."""
    checked: set[str] = field(default_factory=set)

    @classmethod
    def load(cls, text: str) -> Baseline:
        """
        Raises:
            UsageError: the text is no baseline.
        """
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise _malformed("it is not JSON") from error
        if not isinstance(data, dict) or data.get("version") != VERSION:
            raise _malformed(f"its version is not {VERSION}")
        rows = data.get("findings")
        if not isinstance(rows, list) or len(rows) > MAX_ENTRIES:
            raise _malformed(f"findings is not a list of up to {MAX_ENTRIES:,}")
        entries: Counter[Fingerprint] = Counter()
        for number, row in enumerate(rows, 1):
            values = [row.get(name) for name in Fingerprint._fields] if isinstance(row, dict) else [None]
            count = row.get("count", 1) if isinstance(row, dict) else 0
            if not all(isinstance(value, str) for value in values) or not isinstance(count, int) or count < 1:
                raise _malformed(f"finding {number} lacks path, rule, key or problem")
            entries[Fingerprint(*values)] += count
        return cls(entries)

    def judge(self, path: str) -> Callable[[Finding], bool]:
        """A function that tells for each finding of one check of ``path`` whether it is known.

        May be asked for again: the last check of a file is the one that counts, once ``checked`` has its path.
        """
        seen = self.seen[path] = Counter()

        def known(finding: Finding) -> bool:
            print_ = fingerprint(finding, path)
            seen[print_] += 1
            return seen[print_] <= self.entries[print_]

        return known

    def stale(self, rules: Iterable[str]) -> int:
        """How many entries no longer occur, among the files checked and the ids of ``rules`` that ran."""
        return sum((self._judged(rules) - self._found).values())

    def updated(self, rules: Iterable[str]) -> str:
        """The text of the baseline with what was seen; entries that this run could not judge stay."""
        kept = self.entries - self._judged(rules)
        rows = [
            {**print_._asdict(), **({"count": count} if count > 1 else {})}
            for print_, count in sorted((kept + self._found).items())
        ]
        return json.dumps({"version": VERSION, "findings": rows}, ensure_ascii=False, indent=2) + "\n"

    @property
    def _found(self) -> Counter[Fingerprint]:
        return Counter({p: n for path in self.checked for p, n in self.seen.get(path, Counter()).items()})

    def _judged(self, rules: Iterable[str]) -> Counter[Fingerprint]:
        ran = frozenset(rules)
        return Counter({p: n for p, n in self.entries.items() if p.path in self.checked and p.rule in ran})


def _malformed(why: str) -> UsageError:
    return UsageError(
        f"the baseline cannot be used: {why}.",
        "Name the right file, or write a new one: llm-gateway validate PATH --baseline FILE --update-baseline",
    )
