"""claude gateway, TrueFoundry and Zuplo files: recognised, read with their neighbours, explained in their own words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mcp_server.document.document import parse
from mcp_server.operations.validate_config import check
from mcp_server.validate.kinds import detect

CASES = Path(__file__).parent / "cases"
FORWARD = {"export": "urlForwardHandler", "module": "$import(@zuplo/runtime)", "options": {"baseUrl": "https://x.test"}}
REMOVE: dict[str, Any] = {"headers": ["authorization"]}
SET = {"headers": [{"name": "x-api-key", "value": "$env(KEY)"}]}


def policy(name: str, kind: str, options: dict[str, Any]) -> dict[str, Any]:
    export = "".join(part.capitalize() for part in kind.split("-")) + "Policy"
    handler = {"export": export, "module": "$import(@zuplo/runtime)", "options": options}
    return {"name": name, "policyType": kind, "handler": handler}


def project(folder: Path, policies: list[dict[str, Any]], inbound: list[str], url: str = "/v1/messages") -> Path:
    """The config folder of a Zuplo project with one route."""
    config = folder / "config"
    config.mkdir()
    route = {"handler": FORWARD, "policies": {"inbound": inbound, "outbound": []}}
    routes = {"openapi": "3.1.0", "paths": {url: {"post": {"x-zuplo-route": route}}}}
    (config / "policies.json").write_text(json.dumps({"policies": policies}, indent=1), encoding="utf-8")
    (config / "routes.oas.json").write_text(json.dumps(routes, indent=1), encoding="utf-8")
    return config


def ids(file: Path) -> list[str]:
    return [f.id for f in check(str(file), environment="ignore").report.findings]


def test_a_project_whose_files_fit_together_has_no_findings(tmp_path: Path) -> None:
    policies = [policy("drop", "remove-headers-inbound", REMOVE), policy("key", "set-headers-inbound", SET)]
    config = project(tmp_path, policies, ["drop", "key"])
    assert ids(config / "routes.oas.json") == ids(config / "policies.json") == []


def test_a_route_with_an_undefined_policy_is_found_through_the_neighbouring_file(tmp_path: Path) -> None:
    config = project(tmp_path, [policy("drop-key", "remove-headers-inbound", REMOVE)], ["drop-keys"])
    (found,) = (f for f in check(str(config / "routes.oas.json")).report.findings if f.id == "zuplo-policy-undefined")
    assert found.fix == "write drop-key"
    assert found.where is not None
    assert (config / "routes.oas.json").read_text().splitlines()[(found.where.line or 0) - 1].strip() == '"drop-keys"'


def test_policies_that_swap_only_half_of_the_credential_are_found(tmp_path: Path) -> None:
    only_set = project(tmp_path, [policy("key", "set-headers-inbound", SET)], ["key"])
    assert ids(only_set / "routes.oas.json") == ["zuplo-credential-not-swapped"]
    other = tmp_path / "other"
    other.mkdir()
    only_removed = project(other, [policy("drop", "remove-headers-inbound", REMOVE)], ["drop"])
    assert ids(only_removed / "routes.oas.json") == ["zuplo-credential-not-swapped"]


def test_a_policy_matters_only_on_a_route_of_claude_code(tmp_path: Path) -> None:
    small = policy("size", "request-size-limit-inbound", {"maxSizeInBytes": 10_000})
    elsewhere = project(tmp_path, [small], ["size"], url="/v1/upload")
    assert ids(elsewhere / "policies.json") == []
    other = tmp_path / "other"
    other.mkdir()
    assert ids(project(other, [small], ["size"]) / "policies.json") == ["zuplo-request-size-limit"]


def test_a_policy_that_no_route_uses_is_noted(tmp_path: Path) -> None:
    config = project(tmp_path, [policy("drop", "remove-headers-inbound", REMOVE)], [])
    assert ids(config / "policies.json") == ["zuplo-policy-unused"]


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("gateway.yaml", "listen: {port: 1}\nupstreams: []\nsession: {jwt_secret: x}\n", "claude-gateway"),
        (None, '{"listen": {}, "session": {"jwt_secret": "x"}, "store": {"postgres_url": "x"}}', "claude-gateway"),
        ("config.yaml", "model_list: []\n", "litellm"),
        ("config.yaml", "model_list:\n  - model_name: listen\nlitellm_settings: {}\n", "litellm"),
        ("x.yaml", "name: a\ntype: provider-account/anthropic\n", "truefoundry"),
        ("x.yaml", "# c\nname: a\n---\ntype: virtual-account\n", "truefoundry"),
        ("x.yaml", "model_list:\n  - model_name: a\n    type: virtual-account\n", "litellm"),
        ("config/policies.json", '{"policies": [{"policyType": "api-key-inbound"}]}', "zuplo"),
        ("zuplo.jsonc", '// c\n{"version": 1}', "zuplo"),
        (".claude/settings.json", '{"env": {}, "permissions": {}}', "claude-settings"),
        ("settings.json", '{"policies": []}', "claude-settings"),
    ],
)
def test_each_kind_is_recognised_and_takes_no_other_file(name: str | None, text: str, kind: str) -> None:
    assert detect(name, text) == kind


@pytest.mark.parametrize("file", sorted(CASES.rglob("*.yaml")), ids=lambda p: f"{p.parent.name}/{p.name}")
def test_no_case_of_another_kind_is_taken(file: Path) -> None:
    text = file.read_text("utf-8", "replace")
    kind = detect(file.name, text) if text.strip() else "litellm"
    own = re_kind(file)
    if kind in ("claude-gateway", "truefoundry", "zuplo"):
        assert own == kind
    else:
        assert own is None


def re_kind(file: Path) -> str | None:
    """The kind that the names of rule and file tell."""
    names = f"{file.parent.name}/{file.name}"
    return next((kind for kind in ("claude-gateway", "truefoundry", "zuplo") if kind in names), None)


def test_the_syntax_of_a_gateway_file_is_explained_with_its_own_reader(tmp_path: Path) -> None:
    file = tmp_path / "gateway.yaml"
    file.write_text(
        "listen: {}\nupstreams: []\nstore: {postgres_url: ${DATABASE_URL}}\nsession: {}\n", encoding="utf-8"
    )
    (found,) = check(str(file)).report.findings
    assert found.id == "yaml-syntax"
    assert "claude gateway refuses" in found.why
    assert "LiteLLM" not in f"{found.problem} {found.why} {found.fix}"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('// a\n{"a": [1, 2,], /* b\n */ "c": {},}\n// d', None),
        ('{"a": "http://x"}', None),
        ('{"a": 1 /* ', "this comment is never closed"),
        ('{# a\n"b": 1}', "a # stands here, and comments of this file begin with //"),
        ('{"a": 1,,}', "two commas follow each other"),
    ],
)
def test_jsonc_allows_comments_and_trailing_commas_and_nothing_else(text: str, problem: str | None) -> None:
    document = parse(text, "jsonc")
    assert [p.problem for p in document.syntax] == ([] if problem is None else [problem])


def test_places_after_comments_are_exact() -> None:
    document = parse('// a\n{ /* b */ "c": 1 }', "jsonc")
    assert [(path, node.mark) for path, node in document.nodes] == [("", (2, 1)), ("c", (2, 16))]
