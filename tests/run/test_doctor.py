from __future__ import annotations

import json
import random
import socket
from pathlib import Path

import pytest
from secret_shapes import BARE

from mcp_server.answer import Answer, Check
from mcp_server.environment import snapshot
from mcp_server.errors import GatewayError, UsageError
from mcp_server.operations import doctor
from mcp_server.run import prerequisites
from mcp_server.run.prerequisites import PLATFORMS, TOOLS, Platform, family
from mcp_server.snapshot import Snapshot

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_GATEWAY_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("LLM_GATEWAY_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(prerequisites, "cloud", lambda: "")


def machine(tmp_path: Path, version: str | None = None, **variables: str) -> Snapshot:
    """A home without anything, and a PATH without any program."""
    shell = {"HOME": str(tmp_path), "PATH": str(tmp_path / "bin"), **variables}
    return snapshot(shell=shell, home=tmp_path, project=tmp_path, managed=tmp_path, client_version=version)


def check(answer: Answer, title: str) -> Check:
    return next(check for check in answer.verification if check.title == title)


@pytest.mark.parametrize("place", PLATFORMS)
@pytest.mark.parametrize("program", TOOLS)
def test_every_program_has_one_command_on_every_platform(program: str, place: Platform) -> None:
    command = prerequisites.install(program, place, "2.1.330")
    assert command
    assert command == " ".join(command.split())
    assert "{" not in command


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ID=debian\n", "debian"),
        ('NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n', "debian"),
        ('ID=linuxmint\nID_LIKE="ubuntu debian"\n', "debian"),
        ("ID=fedora\n", "fedora"),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"\n', "fedora"),
        ("ID=arch\n", "linux"),
        ("", "linux"),
    ],
)
def test_the_platform_comes_from_the_systems_own_file(text: str, expected: str) -> None:
    assert family(text) == expected


async def test_what_is_missing_comes_with_the_command_of_the_platform(tmp_path: Path) -> None:
    for place, start in (
        ("debian", "sudo apt-get install -y git"),
        ("fedora", "sudo dnf"),
        ("macos", "brew install git"),
    ):
        answer = await doctor.run(platform=place, snapshot=machine(tmp_path))  # type: ignore[arg-type]
        git = check(answer, "git")
        assert git.status == "warn"
        assert str(git.command).startswith(start)
        assert "npm install -g @anthropic-ai/claude-code@" in str(check(answer, "Claude Code").command)


@pytest.mark.parametrize(
    ("version", "status", "words"),
    [("2.1.330", "pass", "tested with"), ("2.1.500", "pass", "newer than"), ("1.0.3", "warn", "not what")],
)
async def test_the_clients_release_is_compared_with_the_tested_ones(
    version: str, status: str, words: str, tmp_path: Path
) -> None:
    found = check(await doctor.run(snapshot=machine(tmp_path, version)), "Claude Code")
    assert (found.status, words in found.detail) == (status, True)


async def test_a_needed_providers_missing_credentials_are_an_error_and_an_unneeded_ones_are_not(tmp_path: Path) -> None:
    needed = await doctor.run(["google"], snapshot=machine(tmp_path))
    assert needed.verdict == "errors"
    assert check(needed, "credentials for vertex").status == "fail"
    assert check(needed, "credentials for bedrock").status == "skip"
    assert needed.findings[0].id == "gcp_adc_missing"
    assert check(await doctor.run(snapshot=machine(tmp_path)), "credentials for vertex").status == "skip"


async def test_on_a_machine_of_the_provider_its_own_role_may_be_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prerequisites, "cloud", lambda: "bedrock")
    answer = await doctor.run(["bedrock", "vertex"], snapshot=machine(tmp_path))
    assert check(answer, "credentials for bedrock").status == "warn"
    assert check(answer, "credentials for vertex").status == "fail"


async def test_credentials_are_seen_and_never_shown(tmp_path: Path) -> None:
    shapes = random.Random(7)
    key, secret = (BARE[name](shapes) for name in ("Anthropic API key", "LiteLLM virtual key"))
    pair = {"AWS_ACCESS_KEY_ID": "AK" + "IA" + "Z" * 16, "AWS_SECRET_ACCESS_KEY": secret}
    account = tmp_path / "account.json"
    login = {"type": "authorized_user", "client_id": "c", "client_secret": secret, "refresh_token": secret}
    account.write_text(json.dumps(login), encoding="utf-8")
    here = machine(tmp_path, ANTHROPIC_API_KEY=key, GOOGLE_APPLICATION_CREDENTIALS=str(account), **pair)
    answer = await doctor.run(["vertex", "bedrock", "anthropic"], snapshot=here)
    for provider in doctor.PROVIDERS:
        assert check(answer, f"credentials for {provider}").status == "pass"
    for value in (key, secret, *pair.values()):
        assert value not in answer.model_dump_json()


async def test_a_gateway_file_says_what_is_needed(tmp_path: Path) -> None:
    file = tmp_path / "litellm.yaml"
    file.write_text(
        "model_list:\n- {model_name: a, litellm_params: {model: bedrock/x}}\n"
        "general_settings: {database_url: os.environ/DB}\nrouter_settings: {redis_host: h}\n",
        encoding="utf-8",
    )
    answer = await doctor.run(config=str(file), platform="debian", snapshot=machine(tmp_path))
    titles = {c.title: c for c in answer.verification}
    assert {"AWS CLI", "PostgreSQL client", "Redis client"} <= titles.keys()
    assert "Google Cloud CLI" not in titles
    assert titles["PostgreSQL client"].command == "sudo apt-get install -y postgresql-client"
    assert titles["credentials for bedrock"].status == "fail"


async def test_a_port_in_use_is_named_with_its_holder(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        found = check(await doctor.run(port=port, snapshot=machine(tmp_path)), f"port {port}")
    assert found.status == "warn"
    assert "held by process" in found.detail


async def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_GATEWAY_CACHE", "/proc/nowhere")
    answer = await doctor.run(snapshot=machine(tmp_path))
    assert check(answer, "cache folder").status == "fail"
    assert "export LLM_GATEWAY_CACHE=" in str(check(answer, "cache folder").command)


async def test_too_little_room_is_an_error_only_before_the_first_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mcp_server.run import programs

    monkeypatch.setattr(prerequisites, "free_bytes", lambda _: 1_000_000)
    assert check(await doctor.run(snapshot=machine(tmp_path)), "cache folder").status == "fail"
    monkeypatch.setattr(programs, "installed_litellm", lambda: True)
    assert check(await doctor.run(snapshot=machine(tmp_path)), "cache folder").status == "pass"


async def test_a_proxy_without_exceptions_and_a_missing_ca_file_are_told(tmp_path: Path) -> None:
    here = machine(tmp_path, HTTPS_PROXY="http://u:planted@proxy.test:3128", NODE_EXTRA_CA_CERTS="/nowhere.pem")
    answer = await doctor.run(snapshot=here)
    assert check(answer, "proxy").status == "warn"
    assert check(answer, "CA files").status == "fail"
    assert "planted" not in answer.model_dump_json()


async def test_nothing_is_left_behind(tmp_path: Path) -> None:
    await doctor.run(snapshot=machine(tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"providers": ["vertx"]}, "Did you mean vertex"),
        ({"providers": ["azure"]}, "Use vertex, bedrock, anthropic"),
        ({"port": 0}, "Give 1 to 65535"),
        ({"config": "/nowhere.yaml"}, "does not exist"),
    ],
)
async def test_wrong_arguments_are_named(arguments: dict[str, object], words: str, tmp_path: Path) -> None:
    with pytest.raises(GatewayError) as caught:
        await doctor.run(**arguments, snapshot=machine(tmp_path))  # type: ignore[arg-type]
    assert words in str(caught.value)


async def test_a_file_that_is_no_mapping_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("- 1\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"a\.yaml is no YAML mapping"):
        await doctor.run(config=str(tmp_path / "a.yaml"), snapshot=machine(tmp_path))
