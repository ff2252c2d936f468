"""What a drill makes of the user's file before anything starts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mcp_server.errors import GatewayError, UsageError
from mcp_server.lab.drills.copying import Copy, Shorten, copy_of, entries
from mcp_server.lab.drills.failover import out_after
from mcp_server.lab.drills.names import Fallbacks, chosen, names_of
from mcp_server.lab.drills.reading import UserFile, read
from mcp_server.lab.drills.upstreams import Outage
from tests.drills.conftest import SECRET, Write, deployment

KEY_FILE = "/laboratory/service-account.json"


def copied(file: UserFile, shorten: Shorten = Shorten()) -> Copy:  # noqa: B008 - frozen
    return copy_of(file, list(range(40_000, 40_000 + len(entries(file)))), KEY_FILE, shorten)


def read_one(write: Write, *models: dict[str, Any], **sections: Any) -> UserFile:
    return read(str(write(list(models) or [deployment("sonnet", "anthropic/claude-sonnet-4-6")], **sections)))


def test_no_secret_of_the_file_is_in_the_copy(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOUSE_KEY", SECRET)
    monkeypatch.setenv("HOUSE_RPM", "40")
    file = read_one(
        write,
        deployment(
            "sonnet", "anthropic/claude-sonnet-4-6", extra_headers={"Authorization": "Bearer plain-word-of-ours"}
        ),
        deployment("gpt", "azure/gpt-4o", azure_ad_token=SECRET, client_secret=SECRET, rpm="os.environ/HOUSE_RPM"),
        deployment("bed", "bedrock/us.anthropic.claude-sonnet-4-6", aws_secret_access_key=SECRET),
        deployment("ref", "openai/gpt-4o", organization="os.environ/HOUSE_KEY", note="os.environ/HOUSE_KEY"),
        environment_variables={"HOUSE_TOKEN": SECRET, "HTTPS_PROXY": "http://proxy.example:3128", "HOUSE_SIZE": "12"},
        credential_list=[{"credential_name": "house", "credential_values": {"api_key": SECRET}}],
    )
    copy = copied(file)
    everything = json.dumps([copy.config, copy.environment, copy.changes])
    assert SECRET not in everything
    assert "plain-word-of-ours" not in everything
    assert "proxy.example" not in everything
    assert copy.environment["HOUSE_KEY"] == "laboratory"
    assert copy.environment["HOUSE_RPM"] == "40"
    assert copy.config["environment_variables"]["HOUSE_SIZE"] == "12"
    assert SECRET in json.dumps(file.data), "the user's own data stay as they are"


@pytest.mark.parametrize(
    ("model", "parameters", "expected"),
    [
        (
            "anthropic/claude-sonnet-4-6",
            {},
            {"model": "anthropic/claude-sonnet-4-6", "api_base": "http://127.0.0.1:40000"},
        ),
        ("claude-sonnet-4-6", {}, {"model": "anthropic/claude-sonnet-4-6"}),
        ("vertex_ai/gemini-2.5-pro", {"vertex_location": "europe-west1"}, {"vertex_location": "europe-west1"}),
        ("vertex_ai/claude-sonnet-4-6", {"vertex_project": "mine"}, {"vertex_project": "laboratory"}),
        ("groq/llama-3.3-70b-versatile", {}, {"model": "groq/llama-3.3-70b-versatile"}),
        ("ollama/llama3", {"api_base": "http://box:11434"}, {"model": "openai/llama3"}),
        ("bedrock/eu.anthropic.claude-sonnet-4-6", {}, {"aws_region_name": "eu-west-1"}),
        ("bedrock/anthropic.claude-3-sonnet-20240229-v1:0", {}, {"model": "anthropic/claude-3-sonnet-20240229"}),
        ("my-model", {"custom_llm_provider": "mistral"}, {"model": "mistral/my-model"}),
    ],
)
def test_every_provider_becomes_a_port_of_the_laboratory(
    write: Write, model: str, parameters: dict[str, Any], expected: dict[str, Any]
) -> None:
    copy = copied(read_one(write, deployment("name", model, **parameters)))
    params = copy.config["model_list"][0]["litellm_params"]
    assert expected.items() <= params.items(), params
    leads = [v for v in params.values() if isinstance(v, str) and v.startswith("http")]
    assert all(v.startswith("http://127.0.0.1:40000") for v in leads)
    assert leads


def test_what_calls_out_is_left_out_and_named(write: Write) -> None:
    copy = copied(
        read_one(
            write,
            litellm_settings={"callbacks": ["langfuse"], "cache": True, "drop_params": True},
            router_settings={"redis_host": "cache.example", "num_retries": 4, "routing_strategy": "least-busy"},
            general_settings={
                "database_url": "os.environ/DATABASE_URL",
                "alerting": ["slack"],
                "custom_auth": "mine.auth",
            },
            guardrails=[{"guardrail_name": "g"}],
        )
    )
    assert "callbacks" not in copy.config["litellm_settings"]
    assert copy.config["litellm_settings"]["drop_params"] is True
    assert copy.config["router_settings"] == {"num_retries": 4, "routing_strategy": "least-busy"}
    assert set(copy.config["general_settings"]) == {"master_key"}
    assert "guardrails" not in copy.config
    assert "DATABASE_URL" not in copy.environment
    told = " ".join(copy.changes)
    for name in (
        "litellm_settings.callbacks",
        "router_settings.redis_host",
        "general_settings.database_url",
        "guardrails",
    ):
        assert name in told


def test_times_are_shortened_only_where_they_are_longer(write: Write) -> None:
    file = read_one(write, deployment("a", "openai/a", timeout=2, rpm=900), router_settings={"cooldown_time": 60})
    copy = copied(file, Shorten(cooldown=10, timeout=3, limit=4))
    assert copy.config["router_settings"] == {"cooldown_time": 10, "timeout": 3}
    params = copy.config["model_list"][0]["litellm_params"]
    assert (params["timeout"], params["rpm"]) == (2, 4)
    assert "router_settings.cooldown_time is 10 here instead of 60" in " ".join(copy.changes)


@pytest.mark.parametrize(
    ("general", "variable", "protected"),
    [
        ({}, None, True),
        ({"master_key": None}, None, True),
        ({"master_key": None, "dangerously_permit_weak_or_unset_master_key": True}, None, False),
        ({"master_key": None, "dangerously_permit_weak_or_unset_master_key": True}, SECRET, True),
    ],
)
def test_the_copy_is_protected_exactly_when_the_gateway_is(
    write: Write, monkeypatch: pytest.MonkeyPatch, general: dict[str, Any], variable: str | None, protected: bool
) -> None:
    if variable:
        monkeypatch.setenv("LITELLM_MASTER_KEY", variable)
    copy = copied(read_one(write, general_settings=general))
    assert (copy.master_key is not None) == protected
    assert SECRET not in json.dumps([copy.config, copy.environment])


def test_names_are_groups_and_aliases_that_converse(write: Write) -> None:
    file = read_one(
        write,
        deployment("sonnet", "anthropic/claude-sonnet-4-6"),
        deployment("sonnet", "anthropic/claude-opus-4-6"),
        deployment("words", "openai/text-embedding-3-small"),
        deployment("claude-*", "anthropic/claude-*"),
        deployment("drawn", "openai/picture", info={"mode": "image_generation"}),
        router_settings={
            "model_group_alias": {"fast": "sonnet", "hidden": {"model": "sonnet", "hidden": True}, "no": "x"}
        },
    )
    found = {name.asked: (name.group, name.deployments) for name in names_of(file)}
    assert found == {
        "sonnet": ("sonnet", (0, 1)),
        "claude-sonnet-4-6": ("claude-*", (3,)),
        "fast": ("sonnet", (0, 1)),
        "hidden": ("sonnet", (0, 1)),
    }
    (own,) = chosen(file, names_of(file), ["claude-opus-9"])
    assert own.group == "claude-*"
    with pytest.raises(UsageError, match="Did you mean sonnet"):
        chosen(file, names_of(file), ["sonet"])


def test_fallbacks_are_looked_up_under_the_name_asked_for(write: Write) -> None:
    file = read_one(
        write,
        litellm_settings={"fallbacks": [{"ignored": ["a"]}], "default_fallbacks": ["last"]},
        router_settings={"fallbacks": [{"sonnet": ["b", {"model": "c"}]}, {"*": ["any"]}]},
    )
    fallbacks = Fallbacks(file)
    assert fallbacks.targets("sonnet") == ["b", "c"]
    assert fallbacks.targets("ignored") == ["any"]
    assert fallbacks.targets("sonnet", "context_window_fallbacks") == []
    assert fallbacks.section() == "router_settings"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("model_list: [\n", "cannot be read"),
        ("general_settings: {}\n", "has no model_list"),
        ("model_list:\n- model_name: a\n", "lacks model_name or litellm_params.model"),
        ('{"env": {"ANTHROPIC_BASE_URL": "http://127.0.0.1:1"}}', "is not a LiteLLM configuration"),
    ],
)
def test_a_broken_file_is_named_with_the_fault(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / ("settings.json" if text.startswith("{") else "litellm.yaml")
    file.write_text(text, encoding="utf-8")
    with pytest.raises(GatewayError) as caught:
        entries(read(str(file)))
    assert said in caught.value.problem
    assert file.name in caught.value.problem


def test_without_a_name_the_one_file_of_the_folder_is_taken(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="no LiteLLM file is named"):
        read(None)
    source = write([deployment("sonnet", "anthropic/claude-sonnet-4-6")])
    Path("config.yaml").write_bytes(source.read_bytes())
    assert read(None).path == Path("config.yaml")
    Path("litellm.yaml").write_bytes(source.read_bytes())
    with pytest.raises(UsageError, match="several files"):
        read(None)


@pytest.mark.parametrize("dialect", ["anthropic", "vertex", "vertex-claude", "bedrock", "chat"])
def test_an_outage_speaks_the_providers_dialect(dialect: Any) -> None:
    too_long = json.loads(bytes(Outage("x", 400, too_long=True).response(dialect).body))
    said = json.dumps(too_long)
    assert "too long" in said or "maximum context" in said or "exceeds the maximum" in said
    limited = Outage("x", 429, {"retry-after": "3"}).response(dialect)
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "3")


@pytest.mark.parametrize(
    ("tries", "expected"),
    [([10.1, 10.3, 10.5], 0.5), ([], 0.0), ([10.5, 11.2, 12.0, 12.9, 13.6], None), ([10.1, 13.0, 13.1], 0.1)],
)
def test_a_deployment_is_out_of_rotation_when_nobody_tries_it_any_more(
    tries: list[float], expected: float | None
) -> None:
    found = out_after(tries, down=10, up=14, quiet=1.4)
    assert found == (None if expected is None else pytest.approx(expected))
