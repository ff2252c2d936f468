"""The JSON Schema for editors: valid, up to date, kind to good files, and not to mistakes."""

from __future__ import annotations

import json
import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from mcp_server.document.document import parse
from mcp_server.validate.context import Context
from mcp_server.validate.engine import validate
from mcp_server.validate.schemas.editor_schema import editor_schema
from mcp_server.validate.schemas.litellm_schema import known_releases, pinned_release, schema

ROOT = Path(__file__).parents[2]
CASES = Path(__file__).parent / "cases"
COMMITTED = ROOT / "schemas" / "litellm-config.schema.json"
SECTIONS = ("litellm_settings", "general_settings", "router_settings")
#: Errors that no schema can see: they are about variables, references and models.
UNSEEN = {"master-key", "environment-reference", "fallback-target-undefined"}
SECTION = re.compile(r"(?m)^(model_list|litellm_settings|general_settings|router_settings)\s*:")
#: A template for merge keys, whose name a schema cannot tell from a slip, and a slip that a comment silences.
NOT_GOOD = {"unknown-key/good-anchor-at-top-level.yaml", "suppression-unused/good-silences-a-finding.yaml"}
#: What is good to the rule of a case may be wrong to one of these, which the schema repeats.
REPEATED = {"unknown-key", "setting-wrong-type", "value-not-allowed"}


@cache
def validator() -> Any:
    return jsonschema.Draft7Validator(editor_schema())


def plain(value: Any) -> Any:
    """As JSON knows it: text keys, no dates."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value.isoformat() if isinstance(value, date) else value


def errors(text: str) -> list[str]:
    found = validator().iter_errors(plain(yaml.safe_load(text)))
    return [f"{'/'.join(map(str, e.absolute_path))}: {e.message[-200:]}" for e in found]


def good_files() -> list[Path]:
    files = [*CASES.rglob("good-*.yaml"), *(ROOT / "templates").rglob("*.yaml")]
    return sorted(f for f in files if SECTION.search(f.read_text("utf-8", "replace")) and is_good(f))


def is_good(file: Path) -> bool:
    """One document that is itself a LiteLLM file, with no finding of a kind that the schema repeats."""
    document = parse(file.read_bytes(), "yaml")
    if not document.readable or not {"model_list", *SECTIONS} & {e.name for e in document.root or ()}:
        return False
    found = validate(document, Context("litellm", None))
    return not any(f.severity == "error" or f.id in REPEATED for f in found if f.id not in UNSEEN)


def test_schema_is_a_valid_json_schema() -> None:
    jsonschema.Draft7Validator.check_schema(editor_schema())


def test_committed_schema_is_up_to_date() -> None:
    assert json.loads(COMMITTED.read_text(encoding="utf-8")) == editor_schema(), "run: python maintenance/docs.py"


@pytest.mark.parametrize("file", good_files(), ids=lambda f: f"{f.parent.name}/{f.name}")
def test_good_file_is_accepted(file: Path) -> None:
    if f"{file.parent.name}/{file.name}" not in NOT_GOOD:
        assert errors(file.read_text("utf-8")) == []


def test_good_files_are_many() -> None:
    assert len(good_files()) > 40


ENTRY = "model_list: [{model_name: m, litellm_params: {model: anthropic/claude-sonnet-4-6}%s}]"
MISTAKES = {
    "misspelt setting": ("litellm_settings: {drop_param: true}", "litellm_settings"),
    "misspelt section": ("models: []", ""),
    "setting of another section": ("general_settings: {routing_strategy: simple-shuffle}", "general_settings"),
    "key beside litellm_params": (ENTRY % ", timeout: 30", "model_list/0"),
    "no model": ("model_list: [{model_name: m, litellm_params: {api_key: x}}]", "model_list/0/litellm_params"),
    "no litellm_params": ("model_list: [{model_name: m}]", "model_list/0"),
    "list for a mapping": ("router_settings: [num_retries]", "router_settings"),
    "mapping for a list": ("model_list: {a: b}", "model_list"),
    "word for a number": ("litellm_settings: {request_timeout: 10m}", "litellm_settings/request_timeout"),
    "word for a flag": ("router_settings: {enable_pre_call_checks: perhaps}", "router_settings/enable_pre_call_checks"),
    "unknown strategy": ("router_settings: {routing_strategy: round-robin}", "router_settings/routing_strategy"),
    "unknown check": ("router_settings: {optional_pre_call_checks: [x]}", "router_settings/optional_pre_call_checks/0"),
    "unknown cache": ("litellm_settings: {cache_params: {type: memcached}}", "litellm_settings/cache_params/type"),
    "tier": (ENTRY % ", model_info: {tier: gold}", "model_list/0/model_info/tier"),
    "two keys in a fallback": (
        "router_settings: {fallbacks: [{a: [b], c: [d]}]}",
        "router_settings/fallbacks/0",
    ),
    "incomplete credential": ("credential_list: [{credential_name: a}]", "credential_list/0"),
    "transport": ("mcp_servers: {a: {url: 'http://x/mcp', transport: htp}}", "mcp_servers/a/transport"),
    "misspelt key of an MCP server": ("mcp_servers: {a: {urll: 'http://x/mcp'}}", "mcp_servers/a"),
    "policy": (
        "router_settings: {allowed_fails_policy: {RateLimitErrorAllowedFails: many}}",
        "router_settings/allowed_fails_policy/RateLimitErrorAllowedFails",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake_is_marked_at_its_place(name: str) -> None:
    text, place = MISTAKES[name]
    assert place in {e.partition(":")[0] for e in errors(text)}


@pytest.mark.parametrize("value", ["os.environ/SECONDS", "'600'", "600", "6e2", "null"])
def test_number_may_be_a_reference_or_in_quotes(value: str) -> None:
    assert errors(f"litellm_settings: {{request_timeout: {value}}}") == []


def test_open_places_take_unknown_keys() -> None:
    assert errors(ENTRY % ", model_info: {note: mine}") == []
    assert errors("model_list: [{model_name: m, litellm_params: {model: a/b, provider_own: 1}}]") == []
    assert errors("x-defaults: {a: 1}") == []


def test_keys_carry_their_default_and_newer_ones_their_release() -> None:
    settings = editor_schema()["properties"]["general_settings"]["properties"]
    assert editor_schema()["properties"]["router_settings"]["properties"]["routing_strategy"]["default"]
    newer = schema(known_releases()[0]).keys("general_settings") - schema(pinned_release()).keys("general_settings")
    assert newer
    for key in newer:
        assert settings[key]["description"].startswith("read by LiteLLM")
