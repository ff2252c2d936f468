"""The real ``claude gateway`` between the real Claude Code and the emulators: what works, and how its faults look.

One start for all. Anthropic serves the client's own names, the upstream X every ``company-X``: Vertex, Bedrock,
``dead`` (refuses connections), ``locked`` (wants another key). What is behind a ``/`` is a name that the client knows.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mcp_server.answer import Answer
from mcp_server.catalogue.load import causes
from mcp_server.errors import GatewayError
from mcp_server.lab.anthropic import AnthropicEmulator
from mcp_server.lab.bedrock import BedrockEmulator
from mcp_server.lab.claude_gateway_stack import CompanyGateway, company_gateway
from mcp_server.lab.faults import FAULTS, Fault, providers, serve
from mcp_server.lab.identity_provider import User
from mcp_server.lab.serve import running
from mcp_server.lab.up import Provider, up
from mcp_server.lab.vertex import VertexEmulator
from mcp_server.net.http import Reply, request
from mcp_server.net.ports import free_port, in_use
from mcp_server.net.route import Route
from mcp_server.operations import compatibility
from mcp_server.operations import test_model as operation
from mcp_server.run.claude import Reply as Said
from mcp_server.run.claude import ask
from mcp_server.run.programs import claude_code, newest_claude_code, versions
from mcp_server.snapshot import Snapshot

pytestmark = [pytest.mark.e2e, pytest.mark.anyio]

MODEL = "claude-opus-5-5"
ADA = User()
BOB = User("user-2", "bob@example.com", "Bob Example", ("interns",))
EVE = User("user-3", "eve@example.com", "Eve Example", ())
LIMITS = "/v1/organizations/spend_limits"


@dataclass
class Shared:
    company: CompanyGateway
    token: str = field(repr=False)

    def machine(self, token: str | None = None, **variables: str) -> Snapshot:
        """The machine of a client that has the token."""
        shell = {**self.company.client_environment(token or self.token), **variables}
        return Snapshot(shell=shell, client_version=newest_claude_code())

    async def test(self, *models: str, token: str | None = None, **variables: str) -> Answer:
        """What test_model says there."""
        return await operation.run(models=list(models) or None, snapshot=self.machine(token, **variables))

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        sent = {"authorization": f"Bearer {self.token}", "anthropic-version": "2023-06-01", **headers}
        return await request(Route(self.company.base_url), method, path, headers=sent, json=body)

    async def claude(self, folder: Path, model: str, version: str | None = None, **variables: str) -> tuple[Said, str]:
        """The real client reads a file with a secret word; (its reply, the word)."""
        word, note = f"word-{secrets.token_hex(6)}", folder / "note.txt"
        note.write_text(word, encoding="utf-8")
        prompt = (
            f'Call the tool "Read" once, with exactly this JSON as its input: {json.dumps({"file_path": str(note)})}'
        )
        said = await ask(
            claude_code(version),
            prompt,
            home=folder / "home",
            project=folder,
            environment={**self.company.client_environment(self.token), **variables},
            options=("--model", model, "--allowedTools", "Read"),
        )
        return said, word

    async def limit(self, user: User, cents: str) -> str:
        """A spend limit for one day; its id."""
        scope = {"type": "user", "user_id": user.subject}
        body = {"scope": scope, "amount": cents, "period": "daily", "currency": "USD"}
        return str(json.loads((await self.company.admin("POST", LIMITS, body)).body)["id"])


@pytest.fixture(scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shared]:
    upstream = {"vertex": MODEL, "bedrock": f"us.anthropic.{MODEL}"}
    names = {"dead": MODEL, "locked": MODEL, **upstream}
    ids = {f"company-{name}": name for name in names} | {f"company-{name}/{MODEL}": name for name in upstream}
    interns = {"match": {"groups": ["interns"]}, "cli": {"availableModels": ["claude-haiku-5-5"]}}
    sections = {
        "models": [{"id": id_, "upstream_model": {name: names[name]}} for id_, name in ids.items()],
        "managed": {"policies": [interns, {"cli": {"env": {"COMPANY": "example"}}}]},
        "enforcement": {"fail_closed_on_error": True},
    }
    with running(AnthropicEmulator(credential="another-key")) as locked:
        key = {"auth": {"api_key": "the-wrong-key"}}
        async with company_gateway(
            tmp_path_factory.mktemp("company"),
            emulators=[AnthropicEmulator(), VertexEmulator(), BedrockEmulator()],
            upstreams=[
                {"name": "dead", "provider": "anthropic", "base_url": f"http://127.0.0.1:{free_port()}", **key},
                {"name": "locked", "provider": "anthropic", "base_url": locked, **key},
            ],
            changes=sections,
        ) as company:
            yield Shared(company, await company.sign_in())


def verdict(answer: Answer) -> tuple[str, str, str]:
    """(verdict, id of the first finding, its layer)."""
    first = answer.findings[0]
    return answer.verdict, first.id, causes()[first.id].layer


@pytest.mark.parametrize("version", versions()["claude_code"])
async def test_the_real_client_and_test_model_are_content(shared: Shared, tmp_path: Path, version: str) -> None:
    said, word = await shared.claude(tmp_path, MODEL, version)
    assert (said.is_error, said.turns) == (False, 2), said.text
    assert word in said.text
    snapshot = Snapshot(shell=shared.company.client_environment(shared.token), client_version=version)
    answer = await operation.run(snapshot=snapshot)
    assert (answer.verdict, [f.id for f in answer.findings]) == ("ok", [])
    seen = shared.company.emulators[0].requests[-1]
    assert "authorization" not in seen.headers
    assert seen.headers["user-agent"].endswith(f"cc-gateway/{newest_claude_code()}")


@pytest.mark.parametrize("model", ["company-vertex", "company-bedrock"])
async def test_what_the_client_heals_by_itself_is_a_warning(shared: Shared, tmp_path: Path, model: str) -> None:
    said, word = await shared.claude(tmp_path, model)
    assert (said.is_error, word in said.text) == (False, True), said.text
    answer = await shared.test(model)
    assert answer.verdict == "warnings", answer.findings


async def test_what_bedrock_refuses_and_the_gateway_hides_is_cured_as_we_say(shared: Shared, tmp_path: Path) -> None:
    model = f"company-bedrock/{MODEL}"
    broken, _ = await shared.claude(tmp_path, model)
    assert broken.is_error
    assert "upstream rejected the request" in broken.text
    answer = await shared.test(model)
    assert verdict(answer) == ("errors", "beta_flag_rejected", "protocol")
    assert "CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS=1" in answer.findings[0].fix
    cured, word = await shared.claude(tmp_path, model, CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS="1")
    assert (cured.is_error, word in cured.text) == (False, True), cured.text
    assert (await shared.test(model, CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS="1")).verdict == "ok"


async def test_it_scores_every_must_of_the_protocol(shared: Shared) -> None:
    names = [MODEL, "claude-haiku-5-5", f"company-vertex/{MODEL}"]
    plain = await compatibility.run(models=names, snapshot=shared.machine())
    cure = {"CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS": "1"}
    cured = await compatibility.run(models=[f"company-bedrock/{MODEL}"], snapshot=shared.machine(**cure))
    columns = plain.columns + cured.columns
    assert [column.model for column in columns] == [*names, f"company-bedrock/{MODEL}"]
    for column in columns:
        missed = [cell for cell in column.cells if cell.requirement == "must" and cell.outcome not in ("pass", "warn")]
        assert [cell for cell in missed if cell.outcome != "skip"] == [], column.model
        passed, asked = column.score("must")
        assert passed == asked > 25, column.model


async def test_its_list_its_count_and_its_settings(shared: Shared) -> None:
    listed = json.loads((await shared.call("GET", "/v1/models")).body)["data"]
    assert {"company-vertex", MODEL} <= {entry["id"] for entry in listed}
    counted = await shared.call(
        "POST", "/v1/messages/count_tokens", {"model": MODEL, "messages": [{"role": "user", "content": "hello"}]}
    )
    assert (counted.status, json.loads(counted.body)["input_tokens"] > 0) == (200, True)
    policy = await shared.call("GET", "/managed/settings")
    settings = json.loads(policy.body)
    assert settings["settings"] == {"env": {"COMPANY": "example"}}
    assert policy.headers["etag"] == f'"{settings["checksum"]}"'
    again = await shared.call("GET", "/managed/settings", **{"if-none-match": policy.headers["etag"]})
    assert again.status == 304


async def test_a_wrong_and_an_ended_token_are_told_apart(shared: Shared) -> None:
    wrong = await shared.test(token="made-up-token")
    ended = await shared.test(token=shared.company.expired(shared.token))
    assert verdict(wrong) == verdict(ended) == ("errors", "gateway_key_rejected", "gateway_auth")
    assert "the token ended at" in ended.findings[0].problem
    assert "ended" not in wrong.findings[0].problem
    assert shared.token.split(".")[1][:20] not in ended.model_dump_json()


@pytest.mark.parametrize(
    ("model", "cause", "layer", "cure"),
    [
        ("gpt-99", "gateway_model_not_mapped", "model", "Add gpt-99 to models in the gateway's file"),
        ("company-dead", "upstream_overloaded", "upstream", 'gateway\'s log for "all upstreams failed"'),
        ("company-locked", "gateway_upstream_credential_missing", "upstream", "Claude Code's own key is fine"),
    ],
)
async def test_a_fault_behind_the_credential_is_named(
    shared: Shared, model: str, cause: str, layer: str, cure: str
) -> None:
    answer = await shared.test(model)
    assert verdict(answer) == ("errors", cause, layer)
    assert cure in answer.findings[0].fix
    assert answer == answer.model_validate_json(answer.model_dump_json())


async def test_a_cloud_provider_whose_words_the_gateway_hides_is_still_told_apart_from_a_wrong_path(
    shared: Shared,
) -> None:
    vertex = shared.company.emulators[1]
    assert isinstance(vertex, VertexEmulator)
    vertex.fault(None, 404)
    absent = await shared.test("company-vertex")
    assert verdict(absent) == ("errors", "gateway_config_invalid", "gateway_config")
    vertex.fault(None, 403)
    denied = await shared.test("company-vertex")
    assert verdict(denied) == ("errors", "gateway_upstream_credential_missing", "upstream")


async def test_a_model_that_the_policy_of_the_users_group_denies(shared: Shared) -> None:
    shared.company.provider.user = BOB
    token = await shared.company.sign_in()
    denied = await shared.test(MODEL, token=token)
    assert verdict(denied) == ("errors", "gateway_model_access_denied", "gateway_auth")
    assert "availableModels" in denied.findings[0].fix
    assert "claude-haiku-5-5" in denied.findings[0].fix
    assert (await shared.test("claude-haiku-5-5", token=token)).verdict == "ok"


async def test_a_spend_limit_stops_its_user_only_and_until_it_is_raised(shared: Shared) -> None:
    shared.company.provider.user = EVE
    token = await shared.company.sign_in()
    entry = await shared.limit(EVE, "0")
    reached = await shared.test(MODEL, token=token)
    assert verdict(reached) == ("errors", "gateway_budget_exceeded", "limits")
    assert LIMITS in reached.findings[0].fix
    assert (await shared.test(MODEL)).verdict == "ok"
    assert (await shared.company.admin("DELETE", f"{LIMITS}/{entry}")).status == 200
    assert (await shared.test(MODEL, token=token)).verdict == "ok"


async def test_without_its_database_it_refuses_what_it_cannot_count_and_recovers(shared: Shared) -> None:
    await shared.company.database.stop()
    try:
        uncounted = await shared.test(MODEL)
        assert (await shared.call("GET", "/readyz")).status == 503
        with pytest.raises(GatewayError, match="stopped at POST /oauth/device_authorization: HTTP 500"):
            await shared.company.sign_in()
    finally:
        await shared.company.database.start()
    assert verdict(uncounted) == ("errors", "gateway_budget_exceeded", "limits")
    assert "PostgreSQL" in uncounted.findings[0].fix
    assert (await shared.test(MODEL)).verdict == "ok"
    shared.company.provider.user = ADA
    assert await shared.company.sign_in()


async def test_what_was_spent_stands_in_the_database(shared: Shared) -> None:
    await shared.call(
        "POST", "/v1/messages", {"model": MODEL, "max_tokens": 64, "messages": [{"role": "user", "content": "hello"}]}
    )
    rows = await shared.company.database.query("SELECT * FROM spend")
    assert any(ADA.subject in row.values() for row in rows), rows


#: What claude gateway hides of these, no answer tells: all upstream failures look alike, and all 403, 404 and 400.
HIDDEN = {
    "provider-untrusted": "upstream_overloaded",
    "vertex-403": "gateway_upstream_credential_missing",
    "vertex-api-disabled": "gateway_upstream_credential_missing",
    "vertex-billing": "gateway_upstream_credential_missing",
    "vertex-not-enabled": "gateway_config_invalid",
    "vertex-region": "gateway_config_invalid",
    "vertex-quota": "upstream_rate_limited",
    "vertex-context": "body_field_rejected",
    "vertex-schema": "body_field_rejected",
}


async def test_every_fault_of_a_provider_behind_it_is_named_as_far_as_the_gateway_lets_it_through(
    tmp_path: Path,
) -> None:
    vertex = VertexEmulator()
    place = {"provider": "vertex", "region": "global", "project_id": vertex.project}
    auth = {"vertex": {"access_token": vertex.identity.token()}, "anthropic": {"api_key": "any-key"}}
    upstreams: list[dict[str, Any]] = []
    with ExitStack() as served:
        for fault in providers.FAULTS:
            if fault in providers.GOOGLE:
                url = served.enter_context(serve(vertex, [fault.id])).base_url
                upstreams.append({"name": fault.id, **place, "base_url": f"{url}/v1", "auth": auth["vertex"]})
            else:
                url = served.enter_context(serve(AnthropicEmulator(), [fault.id])).base_url
                entry = {"provider": "anthropic", "base_url": url, "auth": auth["anthropic"]}
                upstreams.append({"name": fault.id, **entry})
        models = [{"id": f"company-{f.id}", "upstream_model": {f.id: MODEL}} for f in providers.FAULTS]
        async with company_gateway(tmp_path, upstreams=upstreams, changes={"models": models}) as company:
            laboratory = Shared(company, await company.sign_in())
            slots = asyncio.Semaphore(6)

            async def judged(fault: Fault) -> tuple[str, str]:
                async with slots:
                    answer = await laboratory.test(f"company-{fault.id}")
                return answer.verdict, next(f.id for f in answer.findings if f.severity in ("error", "warning"))

            seen = dict(
                zip(
                    [f.id for f in providers.FAULTS],
                    await asyncio.gather(*(judged(f) for f in providers.FAULTS)),
                    strict=True,
                )
            )
    wanted = {f.id: (f.verdict, HIDDEN.get(f.id, f.cause)) for f in providers.FAULTS}
    assert seen == wanted


@pytest.mark.parametrize(("provider", "fault"), [("anthropic", "provider-401"), ("vertex", None), ("bedrock", None)])
async def test_lab_up_brings_it_with_everything_it_needs(provider: Provider, fault: str | None) -> None:
    async with up(provider, "claude-gateway", [fault] if fault else []) as laboratory:
        machine = Snapshot(shell=dict(laboratory.exports), client_version=newest_claude_code())
        answer = await operation.run(snapshot=machine)
    assert (answer.verdict == "ok") == (fault is None), answer.findings
    if fault:
        assert answer.findings[0].id == FAULTS[fault].cause


async def test_by_default_it_goes_on_without_its_database_and_nothing_stays_when_the_block_ends(
    tmp_path: Path,
) -> None:
    async with company_gateway(tmp_path) as company:
        alone = Shared(company, await company.sign_in())
        await company.database.stop()
        assert (await alone.test()).verdict == "ok"
        assert (await alone.call("GET", "/readyz")).status == 503
        await company.database.start()
        pids = [company.gateway.pid, company.database.pid]
        ports = [int(company.base_url.rpartition(":")[2]), company.database.port]
        file = (tmp_path / "claude-gateway.yaml").read_text("utf-8")
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
    assert not [port for port in ports if in_use(port)]
    assert not [value for value in company.variables.values() if value in file]
