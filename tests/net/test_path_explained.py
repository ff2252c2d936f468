"""What the path probes add to a fault: the look without the proxy, the issuer of a second host, the other programs."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest
from loopback_network import DAY, NOW, Authority, ScriptedProxy, answer_ok, closed_port, refusing, saying, serving

from mcp_server.net.route import Route
from mcp_server.net.trust import check_client_certificate
from mcp_server.probe.base import Outcome
from mcp_server.probe.path import check_path
from mcp_server.probe.who_trusts import TrustKind

pytestmark = pytest.mark.anyio


def facts_of(outcomes: list[Outcome]) -> dict[str, object]:
    return {name: value for outcome in outcomes for name, value in outcome.facts.items()}


def details(outcomes: list[Outcome]) -> str:
    return "\n".join(f"{c.title}: {c.detail}" for o in outcomes for c in o.checks)


def problems(outcomes: list[Outcome]) -> list[str]:
    return [f.problem for o in outcomes for f in o.findings]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "ca")


# ---- without the proxy -------------------------------------------------------------------------------------------


async def test_a_dead_proxy_is_followed_by_one_look_without_it() -> None:
    async with serving(answer_ok) as target:
        outcomes = await check_path(Route(f"http://127.0.0.1:{target}", proxy=f"http://127.0.0.1:{closed_port()}"))
    assert facts_of(outcomes)["direct"] is True
    assert "without the proxy (looked at, not used): answers directly" in details(outcomes)
    found = [f for o in outcomes for f in o.findings]
    assert [f.id for f in found] == ["proxy_unreachable"]
    assert "Without the proxy" in found[0].why


async def test_a_target_that_is_not_there_either_proves_nothing() -> None:
    route = Route(f"https://127.0.0.1:{closed_port()}", proxy=f"http://127.0.0.1:{closed_port()}")
    outcomes = await check_path(route)
    assert "direct" not in facts_of(outcomes)
    assert "not reachable" in details(outcomes)


async def test_a_refused_password_is_never_gone_past() -> None:
    seen: list[bytes] = []

    async def target(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.read(1))

    refusal = refusing("407 No", 'Proxy-Authenticate: Basic realm="x"')
    async with serving(target) as port, serving(ScriptedProxy(refusal)) as proxy:
        outcomes = await check_path(Route(f"http://127.0.0.1:{port}", proxy=f"http://127.0.0.1:{proxy}"))
    assert "looked at" not in details(outcomes)
    assert seen == []


async def test_the_look_sends_no_credential() -> None:
    heads: list[bytes] = []

    async def target(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")

    async with serving(target) as port:
        dead = f"http://alice:planted@127.0.0.1:{closed_port()}"
        await check_path(Route(f"http://127.0.0.1:{port}", proxy=dead))
    assert len(heads) == 1
    assert b"uthorization" not in heads[0]


# ---- the same issuer ---------------------------------------------------------------------------------------------


async def inspected(authority: Authority, *neighbours: str) -> list[Outcome]:
    proxy = ScriptedProxy()
    one = authority.server(authority.issue("gateway.test", label="one"))
    two = authority.server(authority.issue("other.test", label="two"))
    async with serving(answer_ok, one) as first, serving(answer_ok, two) as second, serving(proxy) as port:
        proxy.hosts |= {"gateway.test": first, "other.test": second}
        route = Route("https://gateway.test", proxy=f"http://127.0.0.1:{port}")
        return await check_path(route, neighbours=neighbours)


async def test_the_same_unknown_issuer_for_an_unrelated_host_is_inspection(authority: Authority) -> None:
    outcomes = await inspected(authority, "other.test:443")
    assert facts_of(outcomes)["inspected"] is True
    assert "the proxy re-signs TLS to gateway.test:443, as to other.test:443 (inspection)" in problems(outcomes)[0]


async def test_an_unknown_issuer_alone_is_not_called_inspection(authority: Authority) -> None:
    outcomes = await inspected(authority)
    assert facts_of(outcomes)["inspected"] is False
    assert "inspection" not in problems(outcomes)[0]


async def test_a_neighbour_that_cannot_be_reached_changes_nothing(authority: Authority) -> None:
    outcomes = await inspected(authority, f"nobody.test:{closed_port()}")
    assert facts_of(outcomes)["inspected"] is False


async def test_the_root_that_the_server_sends_is_named_in_the_cure(authority: Authority) -> None:
    issued = authority.issue("127.0.0.1")
    issued.certificate.write_bytes(issued.certificate.read_bytes() + authority.pem.read_bytes())
    async with serving(answer_ok, authority.server(issued)) as port:
        outcomes = await check_path(Route(f"https://127.0.0.1:{port}"))
    assert "Above it the server sends Loopback Test CA" in details(outcomes)
    assert "the root CA Loopback Test CA" in outcomes[-1].findings[0].fix


# ---- the other programs ------------------------------------------------------------------------------------------


async def test_programs_that_would_refuse_the_certificate_are_named(authority: Authority) -> None:
    kinds = (
        TrustKind(("Claude Code",), ("bundled",), (str(authority.pem),)),
        TrustKind(("LiteLLM", "boto3"), ("bundled",)),
        TrustKind(("git",), note="does not verify at all", works=True),
    )
    async with serving(answer_ok, authority.server(authority.issue("127.0.0.1"))) as port:
        outcomes = await check_path(Route(f"https://127.0.0.1:{port}", ca_file=str(authority.pem)), kinds=kinds)
    said = "refused by LiteLLM, boto3; accepted by Claude Code, git (does not verify at all)."
    assert said in details(outcomes)
    (found,) = outcomes[-1].findings
    assert (found.id, found.severity) == ("tls_ca_not_trusted", "info")


async def test_nothing_is_said_when_all_programs_agree(authority: Authority) -> None:
    kinds = (TrustKind(("Claude Code", "git"), (), (str(authority.pem),)),)
    async with serving(answer_ok, authority.server(authority.issue("127.0.0.1"))) as port:
        outcomes = await check_path(Route(f"https://127.0.0.1:{port}", ca_file=str(authority.pem)), kinds=kinds)
    assert "Who accepts" not in details(outcomes)


async def test_a_ca_that_another_program_names_is_found_and_only_if_it_fits(tmp_path: Path) -> None:
    right, wrong = Authority(tmp_path / "right"), Authority(tmp_path / "wrong", "Wrong CA")
    async with serving(answer_ok, right.server(right.issue("127.0.0.1"))) as port:
        route = Route(f"https://127.0.0.1:{port}")
        unused = {str(wrong.pem): "GIT_SSL_CAINFO", str(right.pem): "REQUESTS_CA_BUNDLE (shell)"}
        found = await check_path(route, unused_cas=unused)
        nothing = await check_path(route, unused_cas={str(wrong.pem): "GIT_SSL_CAINFO"})
    assert facts_of(found)["known_ca"] == str(right.pem)
    assert "named by REQUESTS_CA_BUNDLE (shell)" in found[-1].findings[0].fix
    assert "known_ca" not in facts_of(nothing)


# ---- client certificates -----------------------------------------------------------------------------------------

REFUSED_BY_NGINX = b"400 No required SSL certificate was sent"
NGINX = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 39\r\nConnection: close\r\n\r\n" + REFUSED_BY_NGINX


async def test_a_400_about_the_certificate_is_told_from_any_other_400(authority: Authority) -> None:
    tls = authority.server(authority.issue("127.0.0.1"))
    other = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 5\r\n\r\nhello"
    async with serving(saying(NGINX), tls) as asking, serving(saying(other), tls) as plain:
        wanted = await check_path(Route(f"https://127.0.0.1:{asking}", ca_file=str(authority.pem)))
        fine = await check_path(Route(f"https://127.0.0.1:{plain}", ca_file=str(authority.pem)))
    assert [f.id for o in wanted for f in o.findings] == ["tls_client_certificate_required"]
    assert problems(fine) == []


async def test_a_refused_client_certificate_is_told_from_a_missing_one(authority: Authority) -> None:
    issued = authority.issue("alice.test", label="client")
    async with serving(saying(NGINX), authority.server(authority.issue("127.0.0.1"))) as port:
        route = Route(
            f"https://127.0.0.1:{port}",
            ca_file=str(authority.pem),
            client_certificate=str(issued.certificate),
            client_key=str(issued.key),
        )
        outcomes = await check_path(route)
    assert "does not take the client certificate" in problems(outcomes)[0]


def test_an_ended_client_certificate_is_dated(authority: Authority, tmp_path: Path) -> None:
    ended = authority.issue("alice.test", until=NOW - DAY, label="ended")
    fault = check_client_certificate(str(ended.certificate))
    assert fault is not None
    assert f"ended on {NOW - DAY:%Y-%m-%d}" in fault.problem
    assert check_client_certificate(str(authority.issue("bob.test", label="fresh").certificate)) is None
    assert check_client_certificate(str(tmp_path / "missing")) is None


def locked_copy(key: Path, target: Path, phrase: str) -> Path:
    options = ["-aes256", "-passout", f"pass:{phrase}", "-out", str(target)]
    subprocess.run(["openssl", "pkey", "-in", str(key), *options], check=True, capture_output=True)
    return target


async def test_an_encrypted_client_key_opens_with_its_passphrase_alone(authority: Authority, tmp_path: Path) -> None:
    issued = authority.issue("alice.test", label="client")
    locked = locked_copy(issued.key, tmp_path / "locked.pem", "planted-phrase")
    tls = authority.server(authority.issue("127.0.0.1"), client_certificates=True)
    async with serving(answer_ok, tls) as port:
        found = []
        for phrase in ("planted-phrase", "", "planted-wrong"):
            route = Route(
                f"https://127.0.0.1:{port}",
                ca_file=str(authority.pem),
                client_certificate=str(issued.certificate),
                client_key=str(locked),
                client_key_passphrase=phrase,
            )
            found.append(problems(await check_path(route)))
    assert found[0] == []
    assert "an encrypted key needs CLAUDE_CODE_CLIENT_KEY_PASSPHRASE" in found[1][0]
    assert "must fit the key" in found[2][0]
    assert "planted" not in str(found)
