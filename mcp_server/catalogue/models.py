"""The models a gateway can serve: what each is, where it lives, what it costs and what makes it usable.

Joins ``models.yaml`` (facts of our own, with sources) and ``litellm_models.json`` (numbers taken from LiteLLM's own
price map); each number has one home.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, Literal

from mcp_server.catalogue.load import read_json, read_yaml
from mcp_server.errors import UsageError, nearest
from mcp_server.redact import quote

Route = Literal["gemini", "maas", "mistral", "anthropic"]
State = Literal["living", "closed-to-new-projects", "retired", "withdrawn"]

#: The eight models of the product's first user story, in its order.
EIGHT: tuple[str, ...] = (
    "gemini-2.5-flash",
    "gemini-2.5-pro",
    "deepseek-r1",
    "llama-3.1-405b",
    "codestral",
    "qwen3-coder-480b",
    "qwen3-235b",
    "gpt-oss-20b",
)
#: Facts about life cycles age fast: after this many days an answer says so.
STALE_AFTER_DAYS = 30


@dataclass(frozen=True)
class Source:
    """Where a fact comes from and when it was last compared with it."""

    source: str
    checked_on: date
    url: str | None = None


@dataclass(frozen=True)
class Model:
    """One model, described as Vertex AI serves it. Prices are USD per million tokens, limits are tokens."""

    id: str
    title: str
    litellm_model: str
    publisher: str
    publisher_model: str
    """The id in the provider's path, without the publisher."""
    route: Route
    locations: tuple[str, ...]
    locations_complete: bool
    """Whether ``locations`` is exhaustive; if not, another location may work too."""
    default_location: str
    context_window: int
    max_output: int
    price_in: float
    price_out: float
    tool_use: bool
    tool_choice: bool
    vision: bool
    reasoning: bool
    streaming: bool
    state: State
    """As of the catalogue's date; ``state_on`` knows what the dates say about another day."""
    retired_on: date | None
    """Day of retirement, past or announced."""
    shutdown_on: date | None
    """Day on which projects that still have it are refused too."""
    successors: tuple[str, ...]
    spellings: tuple[str, ...]
    elsewhere: dict[str, str] = field(default_factory=dict)
    """Other provider that serves the same model → its id there."""
    suits: tuple[str, ...] = ()
    """Special aptitude that no number shows: ``completion``."""
    litellm_params: dict[str, Any] = field(default_factory=dict)
    requires: dict[str, Any] = field(default_factory=dict)
    """Entries of ``litellm_settings`` without which Claude Code cannot use it."""
    corrections: dict[str, str] = field(default_factory=dict)
    """Field of this class → why it differs from LiteLLM's map."""
    notes: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()

    @property
    def upstream_model(self) -> str:
        """The name in the upstream request: MaaS bodies carry ``publisher/id``, the other routes only the id."""
        return f"{self.publisher}/{self.publisher_model}" if self.route == "maas" else self.publisher_model

    @property
    def providers(self) -> tuple[str, ...]:
        """Ids of the providers that serve it."""
        return ("vertex", *self.elsewhere)

    @property
    def is_claude(self) -> bool:
        """Whether this is one of Anthropic's own models, the only ones Claude Code supports."""
        return self.route == "anthropic"

    def state_on(self, today: date) -> State:
        """The state on ``today``: a date that has passed counts even when the catalogue is older than it."""
        if self.state in ("retired", "withdrawn"):
            return self.state
        if self.shutdown_on and self.shutdown_on <= today:
            return "retired"
        if self.state == "living" and self.retired_on and self.retired_on <= today:
            return "retired"
        return self.state


@cache
def models() -> dict[str, Model]:
    """All models by id: the eight first, then the living successors, then Claude. Callers must not change it."""
    data, numbers = read_yaml("models.yaml"), read_json("litellm_models.json")["models"]
    sources = {key: Source(s["title"], s["checked_on"], s.get("url")) for key, s in data["sources"].items()}
    return {e["id"]: _model(e, numbers[e["litellm_model"]], sources) for e in data["models"]}


@cache
def agent_order() -> tuple[str, ...]:
    """Ids of the models that can drive an agent, strongest first (a judgement, see ``models.yaml``)."""
    return tuple(read_yaml("models.yaml")["agent_order"])


def checked_on() -> date:
    """The day on which the life-cycle facts were last compared with their sources."""
    day: date = read_yaml("models.yaml")["checked_on"]
    return day


def stale_days(today: date) -> int | None:
    """Age of the catalogue in days when it is older than ``STALE_AFTER_DAYS``, else ``None``."""
    age = (today - checked_on()).days
    return age if age > STALE_AFTER_DAYS else None


def find_model(name: str) -> Model | None:
    """The model meant by ``name``: an id, a LiteLLM string, ``publisher/id``, or a usual spelling.

    "Gemini 2.5 Pro", "llama 405b" and "qwen3 coder" are understood, so is LiteLLM's ``claude-router-<hex>`` form;
    a name that fits several models is ``None``.
    """
    found = candidates(name)
    return found[0] if len(found) == 1 else None


def require_model(name: str) -> Model:
    """Like ``find_model``. Raises ``UsageError`` with the models it may mean, or the nearest id."""
    found = candidates(name)
    if len(found) == 1:
        return found[0]
    if not name.strip():
        raise UsageError("models contains an empty name.", f"Leave it out, or name one of {', '.join(models())}.")
    if found:
        raise UsageError(
            f"model {quote(name, 80)!r} fits {len(found)} models: {', '.join(m.id for m in found)}.",
            "Use one of these ids.",
        )
    close = nearest(name[:80], tuple(models()))
    meant = f"Did you mean {close!r}? " if close else ""
    raise UsageError(
        f"model {quote(name, 80)!r} is not in the catalogue.",
        f"{meant}Known models: {', '.join(models())}.",
    )


def candidates(name: str) -> tuple[Model, ...]:
    """Every model that ``name`` may mean, the exact matches alone when there are any."""
    name = _decoded(name)
    wanted = _plain(name)
    if not wanted:
        return ()
    exact = tuple(m for m in models().values() if wanted in _names(m.id))
    if exact:
        return exact
    words = set(_words(name))
    return tuple(m for m in models().values() if words and words <= _vocabulary(m.id))


def living_successors(model: Model, today: date) -> tuple[Model, ...]:
    """The models to use instead of ``model`` that live on ``today``."""
    return tuple(models()[s] for s in model.successors if models()[s].state_on(today) == "living")


def _model(entry: dict[str, Any], numbers: dict[str, Any], sources: dict[str, Source]) -> Model:
    corrections = entry.get("corrections", {})

    def value(name: str, from_map: Any) -> Any:
        return corrections[name]["value"] if name in corrections else from_map

    deprecated = numbers.get("deprecation_date")
    return Model(
        id=entry["id"],
        title=entry["title"],
        litellm_model=entry["litellm_model"],
        publisher=entry["publisher"],
        publisher_model=entry["publisher_model"],
        route=entry["route"],
        locations=tuple(entry["locations"]),
        locations_complete=entry.get("locations_complete", False),
        default_location=entry["default_location"],
        context_window=value("context_window", numbers.get("max_input_tokens")),
        max_output=value("max_output", numbers.get("max_output_tokens")),
        price_in=value("price_in", _per_million(numbers.get("input_cost_per_token"))),
        price_out=value("price_out", _per_million(numbers.get("output_cost_per_token"))),
        tool_use=value("tool_use", numbers.get("supports_function_calling", False)),
        tool_choice=value("tool_choice", numbers.get("supports_tool_choice", False)),
        vision=value("vision", numbers.get("supports_vision", False)),
        reasoning=value("reasoning", numbers.get("supports_reasoning", False)),
        streaming=value("streaming", True),
        state=entry["state"],
        retired_on=entry.get("retired_on") or (date.fromisoformat(deprecated) if deprecated else None),
        shutdown_on=entry.get("shutdown_on"),
        successors=tuple(entry["successors"]),
        spellings=tuple(entry.get("spellings", ())),
        elsewhere=dict(entry.get("elsewhere", {})),
        suits=tuple(entry.get("suits", ())),
        litellm_params=entry.get("litellm_params", {}),
        requires=entry.get("requires", {}),
        corrections={name: c["reason"] for name, c in corrections.items()},
        notes=tuple(entry.get("notes", ())),
        sources=tuple(sources[s] for s in entry["sources"]),
    )


def _per_million(per_token: float | None) -> float | None:
    return None if per_token is None else round(per_token * 1_000_000, 6)


def _decoded(name: str) -> str:
    """The model behind an id that LiteLLM lists to Claude Code only: ``claude-router-`` + hex of the name."""
    match = re.fullmatch(r"claude-router-((?:[0-9a-f]{2})+)(?:\[1m\])?", name.strip().lower())
    return bytes.fromhex(match[1]).decode("utf-8", errors="replace") if match else name


def _plain(name: str) -> str:
    """Spelling without what people vary: case, separators, Claude Code's ``[1m]`` suffix, Google's path words."""
    bare = re.sub(r"\[1m\]\s*$", "", name.strip().lower())
    bare = bare.removeprefix("publishers/").replace("/models/", "/")
    return re.sub(r"[^a-z0-9]", "", bare)


def _words(name: str) -> list[str]:
    return re.findall(r"\d+(?:\.\d+)*[a-z]?|[a-z]+", name.lower())


@cache
def _names(model_id: str) -> frozenset[str]:
    m = models()[model_id]
    pair = f"{m.publisher}/{m.publisher_model}"
    return frozenset(
        map(
            _plain,
            (
                *(m.id, m.title, m.litellm_model, m.publisher_model, pair, f"vertex_ai/{pair}"),
                *(form for where, name in m.elsewhere.items() for form in (name, f"{where}/{name}")),
                *m.spellings,
            ),
        )
    )


@cache
def _vocabulary(model_id: str) -> frozenset[str]:
    m = models()[model_id]
    return frozenset(w for text in (m.id, m.title, m.publisher_model, *m.spellings) for w in _words(text))
