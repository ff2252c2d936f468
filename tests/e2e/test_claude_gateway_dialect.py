"""A client that is signed in to the real ``claude gateway`` over Bedrock: it works, and test_model says so.

With the same token in ``ANTHROPIC_AUTH_TOKEN`` alone the client sends its full dialect, which Bedrock refuses.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mcp_server.answer import Answer
from mcp_server.environment import snapshot
from mcp_server.lab.bedrock import BedrockEmulator
from mcp_server.lab.claude_gateway_stack import CompanyGateway, company_gateway
from mcp_server.lab.identity_provider import User
from mcp_server.operations import compatibility, diagnose_auth
from mcp_server.operations import test_model as operation
from mcp_server.run.claude import Reply, ask
from mcp_server.run.programs import claude_code, newest_claude_code, versions
from mcp_server.snapshot import Snapshot

pytestmark = [pytest.mark.e2e, pytest.mark.anyio]

VERSIONS = versions()["claude_code"]
SWITCH = {"CLAUDE_CODE_USE_GATEWAY": "1"}
BOB = User("user-2", "bob@example.com", "Bob Example", ("interns",))
#: Known to every release, so that its requests hold the betas for known names.
MODEL = "claude-opus-4-7"
NEWEST = "claude-opus-5-5"


@dataclass
class Shared:
    company: CompanyGateway
    token: str = field(repr=False)

    def machine(self, version: str | None = None, **variables: str) -> Snapshot:
        shell = {**self.company.client_environment(self.token), **variables}
        return Snapshot(shell=shell, client_version=version or newest_claude_code())

    async def test(self, machine: Snapshot, model: str | None = None) -> Answer:
        return await operation.run(model=model, snapshot=machine)

    async def claude(
        self, folder: Path, version: str | None = None, model: str | None = None, **variables: str
    ) -> tuple[Reply, str]:
        """The real client reads a file with a secret word; (its reply, the word)."""
        word, note = f"word-{secrets.token_hex(6)}", folder / "note.txt"
        note.write_text(word, encoding="utf-8")
        prompt = (
            f'Call the tool "Read" once, with exactly this JSON as its input: {json.dumps({"file_path": str(note)})}'
        )
        named = ("--model", model) if model else ()
        said = await ask(
            claude_code(version),
            prompt,
            home=folder / "home",
            project=folder,
            environment=variables,
            options=(*named, "--allowedTools", "Read"),
        )
        return said, word

    def sign_in(self, folder: Path, token: str) -> None:
        """What ``/login`` leaves on disk (measured on 2.1.330 with the real gateway)."""
        file = folder / "home" / ".claude" / ".credentials.json"
        file.parent.mkdir(parents=True)
        saved = {
            "gatewayTrust": {"127.0.0.1": "http-loopback"},
            "enterpriseGateway": {
                "url": self.company.base_url,
                "jwt": token,
                "expiresAt": 4_102_444_800_000,
                "tokenEndpoint": f"{self.company.base_url}/oauth/token",
                "vouchedAtLogin": False,
            },
        }
        file.write_text(json.dumps(saved), encoding="utf-8")
        file.chmod(0o600)


def machine_in(folder: Path, version: str | None = None, **variables: str) -> Snapshot:
    """The machine with that home, as the product reads it."""
    return snapshot(
        shell=variables,
        home=folder / "home",
        project=folder,
        managed=folder / "none",
        client_version=version or newest_claude_code(),
    )


@pytest.fixture(scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shared]:
    interns = {"match": {"groups": ["interns"]}, "cli": {"env": {"ANTHROPIC_DEFAULT_OPUS_MODEL": "gpt-99"}}}
    changes = {"managed": {"policies": [interns, {"cli": {"env": {"COMPANY": "example"}}}]}}
    async with company_gateway(
        tmp_path_factory.mktemp("company"), emulators=[BedrockEmulator()], changes=changes
    ) as company:
        yield Shared(company, await company.sign_in())


@pytest.mark.parametrize("version", VERSIONS)
async def test_switched_to_the_gateway_the_client_works_over_bedrock_and_we_say_so(
    shared: Shared, tmp_path: Path, version: str
) -> None:
    environment = {**shared.company.client_environment(shared.token), **SWITCH}
    said, word = await shared.claude(tmp_path, version, **environment)
    assert (said.is_error, word in said.text) == (False, True), said.text
    answer = await shared.test(shared.machine(version, **SWITCH))
    assert answer.verdict == "ok", answer.findings
    assert any("Provider mode gateway (CLAUDE_CODE_USE_GATEWAY, shell)" in line for line in answer.context)


async def test_without_the_switch_the_same_token_is_refused_and_we_say_so(shared: Shared, tmp_path: Path) -> None:
    environment = shared.company.client_environment(shared.token)
    said, _ = await shared.claude(tmp_path, model=NEWEST, **environment)
    assert said.is_error
    assert (await shared.test(shared.machine(), NEWEST)).verdict == "errors"
    cured, word = await shared.claude(tmp_path, model=NEWEST, **environment, **SWITCH)
    assert (cured.is_error, word in cured.text) == (False, True), cured.text
    assert (await shared.test(shared.machine(**SWITCH), NEWEST)).verdict != "errors"


async def test_a_model_that_the_gateway_lacks_is_an_error_with_the_switch_too(shared: Shared, tmp_path: Path) -> None:
    environment = {**shared.company.client_environment(shared.token), **SWITCH, "ANTHROPIC_MODEL": "gpt-99"}
    said, _ = await shared.claude(tmp_path, **environment)
    assert said.is_error
    answer = await shared.test(shared.machine(ANTHROPIC_MODEL="gpt-99", **SWITCH))
    assert (answer.verdict, answer.findings[0].id) == ("errors", "gateway_model_not_mapped")


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_saved_sign_in_works_and_is_found_on_the_disk(shared: Shared, tmp_path: Path, version: str) -> None:
    shared.sign_in(tmp_path, shared.token)
    # Whatever else is set: the sign-in beats it.
    other = {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9", "ANTHROPIC_AUTH_TOKEN": "another-token"}
    said, word = await shared.claude(tmp_path, version, **other)
    assert (said.is_error, word in said.text) == (False, True), said.text
    alone = await shared.test(machine_in(tmp_path, version))
    assert (alone.verdict, alone.findings) == ("ok", [])
    assert any("env.COMPANY" in line for line in alone.context)
    beside = await shared.test(machine_in(tmp_path, version, **other))
    assert (beside.verdict, [f.id for f in beside.findings]) == ("warnings", ["provider_flag_overrides_base_url"])
    assert shared.token not in alone.model_dump_json() + beside.model_dump_json()


async def test_what_the_gateway_sets_for_a_group_decides_as_it_does_for_the_client(
    shared: Shared, tmp_path: Path
) -> None:
    shared.company.provider.user = BOB
    shared.sign_in(tmp_path, await shared.company.sign_in())
    said, _ = await shared.claude(tmp_path)
    assert said.is_error
    answer = await shared.test(machine_in(tmp_path))
    assert (answer.verdict, answer.findings[0].id) == ("errors", "gateway_model_not_mapped")
    assert "gpt-99" in answer.findings[0].problem


async def test_a_sign_in_that_the_gateway_no_longer_takes_asks_for_a_new_one(shared: Shared, tmp_path: Path) -> None:
    shared.sign_in(tmp_path, shared.company.expired(shared.token))
    answer = await shared.test(machine_in(tmp_path))
    assert (answer.verdict, answer.findings[0].id) == ("errors", "gateway_key_rejected")
    assert "Run /login" in answer.findings[0].fix


async def test_the_sign_in_is_checked_live_by_the_diagnosis(shared: Shared, tmp_path: Path) -> None:
    shared.sign_in(tmp_path, shared.token)
    answer = await diagnose_auth.run(live=True, snapshot=machine_in(tmp_path))
    assert answer.verdict == "ok", answer.quick_answer
    assert any("saved gateway sign-in" in check.title and check.status == "pass" for check in answer.verification)


async def test_every_must_of_the_protocol_is_met_in_the_reduced_dialect(shared: Shared) -> None:
    matrix = await compatibility.run(models=[MODEL, NEWEST], snapshot=shared.machine(**SWITCH))
    for column in matrix.columns:
        passed, asked = column.score("must")
        assert passed == asked > 20, [c for c in column.cells if c.requirement == "must" and c.outcome != "pass"]
