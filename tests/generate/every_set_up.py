"""Set-ups of every gateway that can be generated, pairwise, and which of them cannot be: by rules written here anew.

A row is one choice of each dimension. ``faults`` says which arguments of a row contradict something; a row without
any must be generated, every other must be refused with a message that names one of them.
"""

from __future__ import annotations

import random
from functools import cache
from itertools import combinations
from typing import Any

from litellm_set_ups import NETWORK

from mcp_server.generate.gateways import hosted

Row = dict[str, Any]
COUNT = 220
URL = "https://claude.example.com"
#: Set-up → gateway and the words that choose a part of it.
SET_UPS: dict[str, tuple[str, str]] = {
    **{entry.ID: (entry.ID, "") for entry in hosted.set_ups()},
    "litellm": ("litellm", ""),
    "claude-apps-gateway": ("claude-apps-gateway", ""),
    "custom": ("custom", ""),
    "nginx": ("custom", "nginx"),
    "envoy": ("custom", "envoy"),
    "direct": ("direct", ""),
    "pass-through": ("pass-through", ""),
    "proxy-only": ("proxy-only", ""),
    "truefoundry": ("truefoundry", ""),
    "zuplo": ("zuplo", ""),
    "zuplo ai gateway": ("zuplo", "Zuplo AI Gateway"),
}
CHOICES: dict[str, list[Any]] = {
    "set-up": list(SET_UPS),
    "providers": [[], ["anthropic"], ["bedrock"], ["vertex"], ["bedrock", "vertex"]],
    "models": [
        [],
        ["claude-opus-5-5"],
        ["claude-sonnet-5-5", "claude-haiku-5-5"],
        ["gemini-3.8-flash", "claude-opus-5-5"],
        ["main/claude-opus-5-5"],
    ],
    "auth": ["", "token", "api-key", "helper", "oauth"],
    "gateway_url": ["", URL, f"{URL}:8443/v1", f"{URL}/team", "http://127.0.0.1:8080"],
    "way out": ["", "proxy", "proxy with a login and a CA"],
    "scope": ["", "user", "project", "local", "managed"],
    "deployment": ["", "docker", "kubernetes", "systemd"],
    "routing": ["", "latency-based"],
    "fallbacks": [[], ["claude-haiku-5-5"]],
    "token_env": ["", "MY_KEY"],
    "region": ["", "one", "several"],
    "project": ["", "my-project-1"],
    "words": [
        "",
        "budgets, telemetry, 120 requests per minute, $200 per user per month",
        "okta tokens, guardrails, metadata team platform, from 10.0.0.0/8",
        "three instances, behind our load balancer, prometheus",
    ],
}
_HOSTED = {entry.ID: entry.entry for entry in hosted.set_ups()}


def arguments(row: Row) -> dict[str, Any]:
    """The row as arguments of ``generate_config``."""
    gateway, words = SET_UPS[row["set-up"]]
    plain = ("providers", "models", "auth", "gateway_url", "scope", "deployment", "routing", "fallbacks", "token_env")
    found = {name: row[name] for name in plain if row[name]}
    several = row["region"] == "several"
    if row["region"] and "vertex" in row["providers"]:
        found["vertex_region"] = "us-east5,europe-west1" if several else "europe-west1"
    if row["region"] and "bedrock" in row["providers"]:
        found["aws_region"] = "eu-central-1, us-east-2" if several else "eu-central-1"
    if row["project"] and "vertex" in row["providers"]:
        found["vertex_project"] = row["project"]
    goal = ", ".join(part for part in (words, row["words"]) if part)
    return {"gateway": gateway, **found, **NETWORK[row["way out"]], **({"goal": goal} if goal else {})}


def faults(row: Row) -> set[str]:
    """The arguments that stand in the way; empty when the set-up must be generated."""
    given, kind = arguments(row), row["set-up"]
    found = set[str]()
    if kind != "litellm" and row["region"] == "several":
        found |= {"aws_region", "vertex_region"} & given.keys()
    if row["auth"] == "helper" and row["scope"] == "project":
        found |= {"auth", "scope"}
    rules = _RULES.get(kind, _hosted)
    return found | rules(row, given)


def _hosted(row: Row, given: dict[str, Any]) -> set[str]:
    entry = _HOSTED[row["set-up"]]
    found = given.keys() & {"routing", "fallbacks", "deployment", "vertex_project", "vertex_region", "aws_region"}
    found |= {"auth"} if row["auth"] == "oauth" else set()
    found |= {"models"} if entry.get("needs_models") and not row["models"] else set()
    return found | ({"gateway_url"} if "{" in entry["base_url"] and not row["gateway_url"] else set())


def _litellm(row: Row, given: dict[str, Any]) -> set[str]:
    found = {"auth"} if row["auth"] == "oauth" else set[str]()
    if "main/claude-opus-5-5" in row["models"]:
        found.add("models")
    if "gemini-3.8-flash" in row["models"] and row["providers"] and "vertex" not in row["providers"]:
        found |= {"models", "providers"}
    return found


def _claude_gateway(row: Row, given: dict[str, Any]) -> set[str]:
    found = given.keys() & {"routing", "fallbacks"}
    if row["auth"] == "api-key":
        found |= {"auth"}
    if row["auth"] in ("", "oauth") and row["scope"] not in ("", "managed"):
        found |= {"scope", "auth"}
    if "gemini-3.8-flash" in row["models"]:
        found |= {"models"}
    return found | ({"gateway_url"} if row["gateway_url"].endswith("/team") else set())


def _reverse_proxy(row: Row, given: dict[str, Any]) -> set[str]:
    found = given.keys() & {"routing", "fallbacks"}
    if row["auth"] == "oauth":
        found |= {"auth"}
    if len(row["providers"]) > 1:
        found |= {"providers"}
    elif row["providers"] and row["providers"] != ["anthropic"]:
        found |= {"auth"} if row["auth"] == "api-key" else set()
        found |= {"gateway_url"} if row["gateway_url"].endswith("/team") else set()
    if row["deployment"] == "systemd" and "instances" in row["words"]:
        found |= {"deployment", "words"}
    return found


def _unknown(row: Row, given: dict[str, Any]) -> set[str]:
    found = given.keys() & {"routing", "fallbacks", "deployment"}
    found |= {"auth"} if row["auth"] == "oauth" else set()
    found |= {"gateway_url"} if not row["gateway_url"] else set()
    return found | ({"providers"} if row["providers"] not in ([], ["anthropic"]) else set())


def _direct(row: Row, given: dict[str, Any]) -> set[str]:
    found = given.keys() & {"gateway_url", "routing", "fallbacks", "deployment"}
    found |= {"models"} if "gemini-3.8-flash" in row["models"] else set()
    if len(row["providers"]) > 1:
        found |= {"providers"}
    elif row["providers"] and row["providers"] != ["anthropic"] and row["auth"] in ("oauth", "helper"):
        found |= {"auth"}
    return found


def _pass_through(row: Row, given: dict[str, Any]) -> set[str]:
    found = given.keys() & {"routing", "fallbacks", "deployment"}
    found |= {"auth"} if row["auth"] in ("oauth", "api-key") else set()
    found |= {"gateway_url"} if not row["gateway_url"] else set()
    return found | ({"providers"} if row["providers"] not in (["bedrock"], ["vertex"]) else set())


def _proxy_only(row: Row, given: dict[str, Any]) -> set[str]:
    unused = {"gateway_url", "models", "fallbacks", "routing", "token_env", "auth", "deployment"}
    found = given.keys() & unused
    found |= {"providers"} if len(row["providers"]) > 1 else set()
    return found | ({"proxy_url"} if not row["way out"] else set())


def _truefoundry(row: Row, given: dict[str, Any]) -> set[str]:
    found = given.keys() & {"fallbacks", "deployment"}
    found |= {"auth"} if row["auth"] == "api-key" else set()
    found |= {"gateway_url"} if not row["gateway_url"] else set()
    ready = row["models"] == ["main/claude-opus-5-5"]
    if "gemini-3.8-flash" in row["models"]:
        found |= {"models"}
    if row["auth"] == "oauth" and (ready or row["providers"] not in ([], ["anthropic"])):
        found |= {"auth"}
    return found | ({"routing"} if row["routing"] and (ready or len(row["providers"]) < 2) else set())


def _zuplo(row: Row, given: dict[str, Any]) -> set[str]:
    found = given.keys() & {"routing", "fallbacks", "deployment"}
    found |= {"auth"} if row["auth"] in ("oauth", "api-key") else set()
    found |= {"providers"} if len(row["providers"]) > 1 or "vertex" in row["providers"] else set()
    if row["set-up"] == "zuplo":
        return found | ({"gateway_url"} if row["gateway_url"].endswith("/team") else set())
    found |= {"providers"} if row["providers"] not in ([], ["anthropic"]) else set()
    return found | ({"gateway_url"} if not row["gateway_url"] else set())


_RULES = {
    "litellm": _litellm,
    "claude-apps-gateway": _claude_gateway,
    "custom": _unknown,
    "nginx": _reverse_proxy,
    "envoy": _reverse_proxy,
    "direct": _direct,
    "pass-through": _pass_through,
    "proxy-only": _proxy_only,
    "truefoundry": _truefoundry,
    "zuplo": _zuplo,
    "zuplo ai gateway": _zuplo,
}


@cache
def rows() -> tuple[Row, ...]:
    """Rows without faults in which every two choices meet that can meet, at least ``COUNT``; always the same ones."""
    choose, found = random.Random(11), list[dict[str, int]]()
    met = set[tuple[str, int, str, int]]()
    for first, second in combinations(CHOICES, 2):
        for i in range(len(CHOICES[first])):
            for j in range(len(CHOICES[second])):
                if (first, i, second, j) in met:
                    continue
                tries = [_mended({first: i, second: j}, choose) for _ in range(8)]
                made = [row for row in tries if row]
                if made:
                    found.append(max(made, key=lambda row: len(_pairs(row) - met)))
                    met |= _pairs(found[-1])
    while len(found) < COUNT:
        found += [row for row in (_mended({"set-up": len(found) % len(SET_UPS)}, choose),) if row]
    return tuple(_choices(row) for row in found)


def changed() -> list[tuple[Row, set[str]]]:
    """For every set-up and choice: a row without faults with this one choice put in, and the faults it has then."""
    found = []
    for name in SET_UPS:
        start = next(row for row in rows() if row["set-up"] == name)
        for dimension, choices in CHOICES.items():
            for choice in choices if dimension != "set-up" else ():
                row = {**start, dimension: choice}
                found.append((row, faults(row)))
    return found


def _mended(fixed: dict[str, int], choose: random.Random) -> dict[str, int]:
    """A row with these two choices and no faults; empty when none is found."""
    row = {name: fixed.get(name, choose.randrange(len(choices))) for name, choices in CHOICES.items()}
    others = ["set-up"] if "set-up" not in fixed else [name for name in CHOICES if name not in fixed]
    for _ in range(100):
        wrong = sorted(_dimensions(faults(_choices(row))))
        if not wrong:
            return row
        free = [name for name in wrong if name not in fixed]
        # What is fixed may suit another gateway only.
        name = choose.choice(free) if free and choose.random() < 0.9 else choose.choice(others)
        row[name] = choose.randrange(len(CHOICES[name]))
    return {}


def _dimensions(names: set[str]) -> set[str]:
    also = {"aws_region": "region", "vertex_region": "region", "vertex_project": "project", "proxy_url": "way out"}
    return {also.get(name, name) for name in names}


def _choices(row: dict[str, int]) -> Row:
    return {name: CHOICES[name][place] for name, place in row.items()}


def _pairs(row: dict[str, int]) -> set[tuple[str, int, str, int]]:
    return {(a, row[a], b, row[b]) for a, b in combinations(CHOICES, 2)}
