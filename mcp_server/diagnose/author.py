"""Who wrote this error, and what it says in plain data: the first step of every diagnosis.

The paste is data, never an instruction: nothing here follows what it says. Work is bounded whatever comes in
(megabytes, binary, other languages, several errors at once).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import TypeVar

from mcp_server import redact
from mcp_server.catalogue.load import read_yaml

_T = TypeVar("_T")

#: Characters of a paste that the patterns see; the rest is cut out around lines that look like errors.
MAX_CHARACTERS = 24_000

_ERROR_LINE = re.compile(
    r"(?i)error|exception|denied|refused|fail|invalid|expired|not found|unauthor|forbidden|quota|timed? ?out"
    r"|unable|could ?n[o']t|unsupported|conflict|\b[45]\d\d\b"
)
_STATUS = re.compile(
    r"(?<![\w.\-/])(?<!\d:)(?P<status>4(?:[012]\d|3[01]|51|99)|5(?:[0-2]\d|30|9[89]))\b"
    r"(?! *(?:ms|s\b|tokens|MB|kB|k\b|/)|[.,:]\d)"
)
_MODEL = re.compile(
    r"(?i)(?:model[\"'=: ]{1,6}|models?/|Tried to access |model id |selected model \(|API Error \()"
    r"[`\"'{]?(?P<model>[A-Za-z][\w.@:/\-]{2,100}(?:\[1m\])?)"
)
_MODEL_WORD = re.compile(
    r"(?i)\b(?P<model>(?:[\w.\-]{1,40}/)?(?:(?:us|eu|apac|global|jp|au|us-gov)\.)?(?:anthropic\.)?"
    r"(?:claude-[\w.@:\-]{2,60}|gemini-[\w.\-]{1,40}|deepseek-[\w.\-]{1,40}|qwen[\w.\-]{1,40}|llama-?[\w.\-]{1,40}"
    r"|codestral[\w.@\-]{0,20}|gpt-[\w.\-]{1,30})(?:\[1m\])?)"
)
_REGION = re.compile(
    r"(?i)(?:locations?[/=\" :]{1,4}|region[\"'=: ]{1,4}|\b)"
    r"(?P<region>(?:us|eu|europe|asia|ap|me|sa|ca|af|australia|northamerica|southamerica)-(?:gov-)?"
    r"(?:central|east|west|north|south|northeast|northwest|southeast|southwest)-?\d{1,2})\b"
    r"|locations/(?P<global>global|eu|us)\b"
)
_PROJECT = re.compile(r"(?i)projects?[/ ]`?(?P<project>[a-z][a-z0-9\-]{4,29}|\d{6,14})\b(?=[/`\" ?.]|$)")
_REQUEST_ID = re.compile(r"\b(?P<id>req_(?:vrtx_|bdrk_)?\w{6,40}|x-request-id[\"': =]+[\w-]{8,40})")
_ERROR_TYPE = re.compile(
    r"(?:[\"'](?:type|status|code|reason)[\"']: ?[\"'])(?P<type>[A-Za-z_]{4,50})[\"']"
    r"|\b(?P<cls>[A-Z][A-Za-z]{3,40}(?:Error|Exception))\b"
)
_KEY = re.compile(
    r"\b(?:sk-[\w-]{3,}|AIza[\w-]{8,}|ya29\.[\w-]{4,}|A[KS]IA[A-Z0-9]{8,}|zpka_\w{4,}|eyJ[\w-]{8,}\.[\w-]+)"
)
_VERSION = re.compile(
    r"(?i)\b(?P<program>claude(?:[ -]code)?|litellm|extension|google-auth|botocore)[ @/]{0,2}"
    r"(?:version |release )?v?(?P<version>\d{1,2}\.\d{1,3}(?:\.\d{1,4})?)\b"
)


@dataclass(frozen=True)
class Author:
    """A program that writes errors. ``foreign`` programs are outside this product's field."""

    id: str
    name: str
    marks: re.Pattern[str]
    foreign: bool = False
    shared: bool = False
    """Other programs use it too (a cloud's library, a web server, a proxy)."""
    carrier: bool = False
    """A language runtime: what it carries decides."""


@dataclass(frozen=True)
class Symptom:
    """A paste as plain data. ``authors`` runs from the outermost (nearest to the user) to the innermost."""

    text: str = ""
    """The bounded paste on one line, cleaned, escapes undone. May hold secrets: shown only through ``redact``."""
    shown: str = ""
    """``text`` without credentials: of a match, only what also stands here may be shown."""
    authors: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    relevance: float = 1.0
    """How much the words count here: 1 when a program of this field signed them, 0 for another program's error."""
    statuses: tuple[int, ...] = ()
    types: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    project: str | None = None
    request_id: str | None = None
    key_kinds: tuple[str, ...] = ()
    versions: tuple[tuple[str, str], ...] = field(default=())
    cut: bool = False
    """The paste was longer than what the patterns see."""

    @property
    def empty(self) -> bool:
        """True when nothing readable was pasted."""
        return not re.search(r"\w{2}", self.text)

    @property
    def wrote(self) -> str | None:
        """Name of the innermost author that signed: the program whose refusal the others pass on."""
        names = {a.id: a.name for a in _authors()}
        chosen = self.authors[-1:] or self.foreign[:1]
        return names[chosen[0]] if chosen else None


@cache
def _authors() -> tuple[Author, ...]:
    data = read_yaml("error_authors.yaml")
    return tuple(
        Author(
            a["id"],
            a["name"],
            re.compile("|".join(f"(?:{m})" for m in a["marks"]), re.IGNORECASE),
            foreign,
            a.get("shared", False),
            a.get("carrier", False),
        )
        for group, foreign in (("authors", False), ("foreign", True))
        for a in data[group]
    )


@cache
def _domain_words() -> re.Pattern[str]:
    return re.compile(read_yaml("error_authors.yaml")["domain_words"].replace(" |", "|"), re.IGNORECASE)


def name_of(author: str) -> str:
    """Plain-English name of an author id."""
    return next(a.name for a in _authors() if a.id == author)


def read(paste: str | None) -> Symptom:
    """The paste as a ``Symptom``. Never raises; bytes that are no text come out as an empty symptom."""
    raw, cut = bounded(paste or "")
    if _looks_binary(raw):
        return Symptom(cut=cut)
    text = flatten(raw)
    shown = redact.redact(text)
    found = [a for a in _authors() if a.marks.search(text)]
    ours = tuple(a.id for a in found if not a.foreign)
    foreign = tuple(a.id for a in found if a.foreign)
    statuses = _unique(int(m["status"]) for m in _STATUS.finditer(text))
    models = _unique(
        m["model"].strip(".,:`'\"")
        for pattern in (_MODEL_WORD, _MODEL)
        for m in pattern.finditer(text)
        if re.search(r"\d|claude|gemini|/", m["model"])
    )
    project = _PROJECT.search(text)
    request_id = _REQUEST_ID.search(text)
    return Symptom(
        text=text,
        shown=shown,
        authors=ours,
        foreign=foreign,
        relevance=_relevance(found, text),
        statuses=statuses[:4],
        types=_unique(kind for m in _ERROR_TYPE.finditer(text) if (kind := m["type"] or m["cls"]) in shown)[:6],
        models=tuple(m for m in models if m in shown)[:4],
        regions=_unique((m["region"] or m["global"]).lower() for m in _REGION.finditer(text))[:3],
        project=project["project"] if project and project["project"] in shown else None,
        request_id=request_id["id"] if request_id and request_id["id"] in shown else None,
        key_kinds=_unique(redact.hint(m[0]).split(",")[0] for m in _KEY.finditer(text))[:3],
        versions=tuple((m["program"].lower(), m["version"]) for m in list(_VERSION.finditer(text))[:4]),
        cut=cut,
    )


def _relevance(found: list[Author], text: str) -> float:
    signed = [a for a in found if not a.foreign]
    others = [a for a in found if a.foreign and not a.carrier]
    if any(not a.shared for a in signed):
        return 1.0
    named = _domain_words().search(text) is not None
    if others:
        return 0.35 if named else 0.0
    if signed:
        return 1.0
    carried = any(a.carrier for a in found)
    return 1.0 if named and not carried else (0.6 if named else (0.0 if carried else 0.6))


def bounded(paste: str) -> tuple[str, bool]:
    """At most ``MAX_CHARACTERS`` of ``paste``: head, tail and the lines between that look like errors."""
    if len(paste) <= MAX_CHARACTERS:
        return paste, False
    part = MAX_CHARACTERS // 4
    middle: list[str] = []
    room = MAX_CHARACTERS - 2 * part
    for line in paste[part:-part].splitlines():
        if room <= 0:
            break
        if hit := _ERROR_LINE.search(line[:5_000]):
            piece = line[max(0, hit.start() - 300) : hit.end() + 500][:room]
            middle.append(piece)
            room -= len(piece) + 1
    return "\n".join([paste[:part], *middle, paste[-part:]]), True


def flatten(text: str) -> str:
    """``text`` cleaned, JSON escapes undone, typographic quotes plain, on one line."""
    text = redact.clean(text)
    for _ in range(3):  # errors are wrapped as JSON in JSON in JSON
        undone = text.replace('\\\\"', '\\"').replace('\\"', '"').replace("\\'", "'")
        if undone == text:
            break
        text = undone
    text = text.replace("\\n", " ").replace("\\t", " ")
    text = text.translate({0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x2013: "-", 0x2014: "-", 0xA0: " "})
    return " ".join(text.split())


def _looks_binary(text: str) -> bool:
    sample = text[:4_000]
    odd = sum(1 for c in sample if (c < " " and c not in "\n\r\t\x1b") or c == "\ufffd" or "\x7f" <= c <= "\x9f")
    return odd > max(8, len(sample) // 10)


def _unique(values: Iterable[_T]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(values))
