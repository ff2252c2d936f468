"""Set-ups of LiteLLM in which every two choices meet at least once (pairwise), always the same ones."""

from __future__ import annotations

import random
from functools import cache
from itertools import combinations
from typing import Any, TypeVar

COUNT = 200
Choice = TypeVar("Choice", int, str)
#: Argument (or part of one) → its choices.
CHOICES: dict[str, list[Any]] = {
    "providers": [
        ["vertex"],
        ["bedrock"],
        ["anthropic"],
        ["vertex", "bedrock"],
        ["bedrock", "anthropic"],
        ["vertex", "anthropic"],
        ["anthropic", "vertex", "bedrock"],
    ],
    "models": [
        [],
        ["claude-opus-5-5"],
        ["claude-haiku-5-5", "claude-sonnet-5-5"],
        ["gemini-3.8-flash", "claude-opus-5-5"],
        ["gemini-3.8-flash", "llama-3.1-405b", "gpt-oss-120b"],
    ],
    "fallbacks": [[], ["claude-haiku-5-5"], ["claude-sonnet-5-5", "claude-haiku-5-5"]],
    "routing": ["", "simple-shuffle", "least-busy", "latency-based", "usage-based", "cost-based"],
    "regions": ["", "one", "two", "two regions"],
    "wish": [
        "",
        "team of 30 with budgets of $50",
        "prometheus metrics and json logs",
        "redis",
        "slack alerts and otel",
        "prefer bedrock",
        "80% bedrock, 20% vertex",
        "context window fallbacks",
        "virtual keys, three instances, microsoft teams alerts, webhook, prometheus",
    ],
    "way out": ["", "proxy", "proxy with a login and a CA"],
    "auth": ["", "token", "api-key", "helper"],
    "scope": ["", "project", "local", "managed"],
    "deployment": ["", "docker", "kubernetes", "systemd"],
    "vertex_project": ["", "my-project-1"],
}
NETWORK: dict[str, dict[str, str]] = {
    "": {},
    "proxy": {"proxy_url": "http://proxy.example.com:3128", "no_proxy": ".corp.example"},
    "proxy with a login and a CA": {
        "proxy_url": "http://${PROXY_LOGIN}@proxy.example.com:3128",
        "ca_bundle": "/etc/ssl/corporate ca.pem",
    },
}


def sample(count: int) -> list[tuple[int, dict[str, Any]]]:
    """``count`` of the set-ups as (number, choices): greedily those that bring the most new pairs of choices."""
    rows, taken, met = _rows(), list[int](), set[tuple[str, str, str, str]]()
    pairs = [_pairs({name: str(choice) for name, choice in row.items()}) for row in rows]
    while len(taken) < count:
        best = max((n for n in range(len(rows)) if n not in taken), key=lambda n: len(pairs[n] - met))
        taken.append(best)
        met |= pairs[best]
    return [(n, rows[n]) for n in taken]


@cache
def set_ups() -> tuple[dict[str, Any], ...]:
    """Arguments of ``generate_config``, each set-up once."""
    return tuple(_arguments(row) for row in _rows())


@cache
def _rows() -> list[dict[str, Any]]:
    """Greedy: of 60 random rows the one that brings the most new pairs; random ones once every pair is there."""
    choose, names = random.Random(7), list(CHOICES)
    missing = {
        (a, i, b, j) for a, b in combinations(names, 2) for i in range(len(CHOICES[a])) for j in range(len(CHOICES[b]))
    }
    rows: list[dict[str, int]] = []
    while missing or len(rows) < COUNT:
        tries = [{name: choose.randrange(len(CHOICES[name])) for name in names} for _ in range(60)]
        best = max(tries, key=lambda row: len(_pairs(row) & missing))
        missing -= _pairs(best)
        if best not in rows:
            rows.append(best)
    return [{name: CHOICES[name][place] for name, place in row.items()} for row in rows]


def _pairs(row: dict[str, Choice]) -> set[tuple[str, Choice, str, Choice]]:
    return {(a, row[a], b, row[b]) for a, b in combinations(row, 2)}


def _arguments(row: dict[str, Any]) -> dict[str, Any]:
    """The row as arguments, what contradicts itself left out."""
    providers, models, goal = row["providers"], row["models"], [row["wish"]]
    if "vertex" not in providers:
        models = [m for m in models if m.startswith("claude")]
    found = {name: row[name] for name in ("providers", "fallbacks", "scope", "deployment", "auth")}
    found |= {"gateway": "litellm", "models": models, **NETWORK[row["way out"]]}
    if row["auth"] == "helper" and row["scope"] == "project":
        found["auth"] = "token"
    found["routing"] = "" if "%" in row["wish"] else row["routing"]
    if row["regions"] == "two regions":
        goal.append("two regions")
    elif row["regions"]:
        several = row["regions"] == "two"
        if "vertex" in providers:
            found["vertex_region"] = "us-east5,europe-west1" if several else "europe-west4"
        if "bedrock" in providers:
            found["aws_region"] = "eu-central-1, us-east-2" if several else "ap-northeast-1"
    if "vertex" in providers:
        found["vertex_project"] = row["vertex_project"]
    return {**found, "goal": ", ".join(part for part in goal if part)}
