from __future__ import annotations

import asyncio
import os
from pathlib import Path

import anyio
import pytest
from loopback_network import (
    NOW,
    Authority,
    ScriptedProxy,
    answer_ok,
    black_hole,
    blocking_tls_server,
    closed_port,
    never_answer,
    refusing,
    saying,
    serving,
)

from mcp_server.net import trust
from mcp_server.net.route import Route
from mcp_server.probe.base import Outcome
from mcp_server.probe.path import check_path
from mcp_server.probe.registry import PATH_PROBES

pytestmark = pytest.mark.anyio


def causes(outcomes: list[Outcome]) -> list[str]:
    return [f.id for o in outcomes for f in o.findings]


def statuses(outcomes: list[Outcome]) -> list[str]:
    return [c.status for o in outcomes for c in o.checks]


def said(outcomes: list[Outcome]) -> str:
    return "\n".join(
        [f"{c.title}: {c.detail}" for o in outcomes for c in o.checks]
        + [f"{f.problem} | {f.fix}" for o in outcomes for f in o.findings]
    )


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "ca")


def test_the_layers_are_asked_in_the_order_a_request_meets_them() -> None:
    assert [p.layer for p in PATH_PROBES] == ["name", "proxy", "tcp", "tls"]


async def test_an_open_way_passes_every_step(authority: Authority) -> None:
    tls = authority.server(authority.issue("localhost", "127.0.0.1"))
    async with serving(answer_ok, tls) as port:
        outcomes = await check_path(Route(f"https://127.0.0.1:{port}", ca_file=str(authority.pem)))
    assert causes(outcomes) == []
    assert "issued by Loopback Test CA" in said(outcomes)
    assert "HTTP 200" in said(outcomes)


async def test_a_plain_gateway_passes_without_tls() -> None:
    async with serving(answer_ok) as port:
        outcomes = await check_path(Route(f"http://127.0.0.1:{port}"))
    assert causes(outcomes) == []


async def test_the_run_stops_at_the_first_broken_layer_and_lists_the_rest_as_skipped() -> None:
    outcomes = await check_path(Route("https://gateway.invalid"))
    assert causes(outcomes) == ["name_not_resolved"]
    assert statuses(outcomes) == ["fail", "skip", "skip", "skip"]


async def test_a_closed_port_is_named() -> None:
    port = closed_port()
    outcomes = await check_path(Route(f"http://127.0.0.1:{port}"))
    assert causes(outcomes) == ["gateway_unreachable"]
    assert f"Start the gateway on port {port}" in said(outcomes)


async def test_a_black_hole_is_a_timeout_and_ends_in_time() -> None:
    with black_hole() as port, anyio.fail_after(30):
        outcomes = await check_path(Route(f"http://127.0.0.1:{port}", timeout=0.5))
    assert causes(outcomes) == ["connection_timeout"]


@pytest.mark.parametrize(
    ("label", "cause", "words"),
    [
        ("private", "tls_ca_not_trusted", "issuer Loopback Test CA"),
        ("self-signed", "tls_ca_not_trusted", "the server's own certificate"),
        ("other-name", "tls_hostname_or_chain_invalid", "it is for other.test"),
        ("expired", "tls_certificate_expired", "has expired"),
    ],
)
async def test_each_certificate_fault_has_its_own_cause(
    authority: Authority, label: str, cause: str, words: str
) -> None:
    issued = {
        "private": lambda: authority.issue("127.0.0.1"),
        "self-signed": lambda: authority.issue("127.0.0.1", self_signed=True),
        "other-name": lambda: authority.issue("other.test"),
        "expired": lambda: authority.issue("127.0.0.1", until=NOW.replace(year=NOW.year - 1)),
    }[label]()
    trusted = None if label in ("private", "self-signed") else str(authority.pem)
    async with serving(answer_ok, authority.server(issued)) as port:
        outcomes = await check_path(Route(f"https://127.0.0.1:{port}", ca_file=trusted))
    assert causes(outcomes) == [cause]
    assert words in said(outcomes)


async def test_a_demanded_client_certificate_is_noticed_although_the_handshake_succeeds(authority: Authority) -> None:
    tls = authority.server(authority.issue("127.0.0.1"), client_certificates=True)
    with blocking_tls_server(tls) as port:
        outcomes = await check_path(Route(f"https://127.0.0.1:{port}", ca_file=str(authority.pem)))
    assert causes(outcomes) == ["tls_client_certificate_required"]
    assert outcomes[-1].findings[0].confidence == "high"


async def test_a_cut_right_after_the_handshake_is_a_guess_and_labelled_so(authority: Authority) -> None:
    tls = authority.server(authority.issue("127.0.0.1"), client_certificates=True)
    async with serving(answer_ok, tls) as port:
        outcomes = await check_path(Route(f"https://127.0.0.1:{port}", ca_file=str(authority.pem)))
    assert causes(outcomes) == ["tls_client_certificate_required"]
    assert outcomes[-1].findings[0].confidence == "medium"


async def test_a_client_certificate_opens_the_way(authority: Authority) -> None:
    tls = authority.server(authority.issue("127.0.0.1"), client_certificates=True)
    mine = authority.issue("client.test", label="client")
    async with serving(answer_ok, tls) as port:
        route = Route(
            f"https://127.0.0.1:{port}",
            ca_file=str(authority.pem),
            client_certificate=str(mine.certificate),
            client_key=str(mine.key),
        )
        outcomes = await check_path(route)
    assert causes(outcomes) == []


async def test_a_missing_client_key_is_named(authority: Authority, tmp_path: Path) -> None:
    mine = authority.issue("client.test", label="client")
    async with serving(answer_ok, authority.server(authority.issue("127.0.0.1"))) as port:
        route = Route(
            f"https://127.0.0.1:{port}",
            client_certificate=str(mine.certificate),
            client_key=str(tmp_path / "none.pem"),
        )
        outcomes = await check_path(route)
    assert "none.pem is missing" in said(outcomes)


async def test_tls_on_a_plain_port_is_named() -> None:
    async with serving(answer_ok) as port:
        outcomes = await check_path(Route(f"https://127.0.0.1:{port}"))
    assert causes(outcomes) == ["tls_on_plain_http_port"]


async def test_tls_on_a_plain_port_that_waits_is_named() -> None:
    async with serving(saying(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")) as port:
        outcomes = await check_path(Route(f"https://127.0.0.1:{port}", timeout=0.3))
    assert causes(outcomes) == ["tls_on_plain_http_port"]


async def test_plain_http_on_a_tls_port_is_named(authority: Authority) -> None:
    async with serving(answer_ok, authority.server(authority.issue("127.0.0.1"))) as port:
        outcomes = await check_path(Route(f"http://127.0.0.1:{port}"))
    assert causes(outcomes) == ["plain_http_on_tls_port"]
    assert f"https://127.0.0.1:{port}" in said(outcomes)


async def test_a_silent_tls_port_ends_in_time() -> None:
    async with serving(never_answer) as port:
        outcomes = await check_path(Route(f"https://127.0.0.1:{port}", timeout=0.3))
    assert causes(outcomes) == ["connection_timeout"]


async def test_a_ca_file_of_this_process_is_not_trusted_on_the_clients_behalf(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.pem))
    trust._context.cache_clear()
    async with serving(answer_ok, authority.server(authority.issue("127.0.0.1"))) as port:
        outcomes = await check_path(Route(f"https://127.0.0.1:{port}", timeout=2.5))
    assert causes(outcomes) == ["tls_ca_not_trusted"]


async def test_a_replaced_ca_file_is_read_again(authority: Authority, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(Authority(tmp_path / "other").pem.read_bytes())
    async with serving(answer_ok, authority.server(authority.issue("127.0.0.1"))) as port:
        route = Route(f"https://127.0.0.1:{port}", ca_file=str(bundle))
        before = await check_path(route)
        bundle.write_bytes(authority.pem.read_bytes())
        os.utime(bundle, ns=(1, 1))
        after = await check_path(route)
    assert (causes(before), causes(after)) == (["tls_ca_not_trusted"], [])
    assert "a renewed CA?" in said(before)  # both authorities bear the same name


# Through a proxy


async def through(proxy: ScriptedProxy, url: str, *, user: str = "", **more: object) -> list[Outcome]:
    async with serving(proxy) as port:
        return await check_path(Route(url, proxy=f"http://{user}127.0.0.1:{port}", **more))  # type: ignore[arg-type]


async def test_a_working_proxy_leads_to_a_trusted_target(authority: Authority) -> None:
    tls = authority.server(authority.issue("gateway.test"))
    async with serving(answer_ok, tls) as target:
        proxy = ScriptedProxy(hosts={"gateway.test": target})
        outcomes = await through(proxy, "https://gateway.test", ca_file=str(authority.pem))
    assert causes(outcomes) == []
    assert proxy.first_lines == ["CONNECT gateway.test:443 HTTP/1.1"]


async def test_an_untrusted_issuer_behind_a_proxy_is_shown(authority: Authority) -> None:
    async with serving(answer_ok, authority.server(authority.issue("gateway.test"))) as target:
        outcomes = await through(ScriptedProxy(hosts={"gateway.test": target}), "https://gateway.test")
    assert causes(outcomes) == ["tls_ca_not_trusted"]
    assert "issuer Loopback Test CA" in said(outcomes)


async def test_a_known_inspector_is_called_by_its_name(tmp_path: Path) -> None:
    inspector = Authority(tmp_path / "zs", name="Zscaler Intermediate Root CA")
    async with serving(answer_ok, inspector.server(inspector.issue("api.anthropic.com"))) as target:
        outcomes = await through(ScriptedProxy(hosts={"api.anthropic.com": target}), "https://api.anthropic.com")
    assert causes(outcomes) == ["tls_ca_not_trusted"]
    assert "Zscaler re-signs TLS to api.anthropic.com:443 (inspection)" in said(outcomes)


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        (['Proxy-Authenticate: Basic realm="corp, inc"'], "it offers Basic"),
        (["Proxy-Authenticate: NTLM", "Proxy-Authenticate: Negotiate"], "offers only NTLM, Negotiate"),
        (['Proxy-Authenticate: Digest realm="a", nonce="b", qop="auth"'], "offers only Digest"),
        ([], "it offers no scheme"),
    ],
)
async def test_a_407_names_the_schemes_on_offer(headers: list[str], words: str) -> None:
    outcomes = await through(ScriptedProxy(refusing("407 Proxy Authentication Required", *headers)), "https://a.test")
    assert causes(outcomes) == ["proxy_auth_failed"]
    assert words in said(outcomes)
    assert ("px" in said(outcomes)) == ("offers only" in words)


async def test_a_refused_password_is_told_apart_from_a_missing_one_and_never_shown() -> None:
    proxy = ScriptedProxy(refusing("407 Nope", 'Proxy-Authenticate: Basic realm="x"'))
    outcomes = await through(proxy, "https://a.test", user="planted-user:planted-secret@")
    assert "refuses the credentials in its URL" in said(outcomes)
    assert "planted" not in said(outcomes)
    assert "Proxy-Authorization: Basic cGxhbnRlZC11c2VyOnBsYW50ZWQtc2VjcmV0" in proxy.heads[0]


@pytest.mark.parametrize(
    ("refusal", "cause", "words"),
    [
        (refusing("403 Forbidden", "Server: squid/5.7", "X-Squid-Error: ERR_ACCESS_DENIED 0"), "egress_host_blocked",
         "forbids a.test:443"),
        (refusing("503 Service Unavailable", "X-Squid-Error: ERR_DNS_FAIL 0"), "name_not_resolved",
         "cannot resolve a.test"),
        (refusing("502 Bad Gateway", "Via: 1.1 corp"), "gateway_unreachable", "Via: 1.1 corp"),
        (refusing("504 Gateway Timeout"), "connection_timeout", "works, but cannot reach a.test"),
        (refusing("508 Loop Detected"), "proxy_unreachable", "in a circle"),
        (refusing("502 Bad Gateway", "Via: 1.1 one, 1.1 two, 1.1 one"), "proxy_unreachable", "in a circle"),
        (refusing("302 Found", "Location: https://u:planted@login.corp.test/?token=planted"), "redirect_to_login",
         "login.corp.test"),
        (refusing("511 Network Authentication Required"), "redirect_to_login", "sign-in page"),
        (refusing("405 Method Not Allowed"), "proxy_unreachable", "probably no forward proxy"),
        (b"", "proxy_unreachable", "closes the connection without an answer"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "proxy_unreachable", "no HTTP"),
    ],
)  # fmt: skip
async def test_each_refusal_of_a_proxy_has_its_own_sentence(refusal: bytes, cause: str, words: str) -> None:
    outcomes = await through(ScriptedProxy(refusal), "https://a.test")
    assert causes(outcomes) == [cause]
    assert "planted" not in str(outcomes)
    assert words in said(outcomes)


async def test_a_proxy_that_never_answers_ends_in_time() -> None:
    async with serving(never_answer) as port:
        with anyio.fail_after(30):
            outcomes = await check_path(Route("https://a.test", proxy=f"http://127.0.0.1:{port}", timeout=0.3))
    assert causes(outcomes) == ["proxy_unreachable"]
    assert "never answers" in said(outcomes)


async def test_a_dead_proxy_and_an_unknown_proxy_name_are_told_apart() -> None:
    dead = await check_path(Route("https://a.test", proxy=f"http://127.0.0.1:{closed_port()}"))
    unknown = await check_path(Route("https://a.test", proxy="http://proxy.invalid:3128"))
    assert (causes(dead), causes(unknown)) == (["proxy_unreachable"], ["name_not_resolved"])
    assert "does not mention the proxy" in dead[1].findings[0].why
    assert "proxy host name proxy.invalid" in said(unknown)


async def test_a_plain_target_behind_a_proxy_shows_a_407_too() -> None:
    proxy = ScriptedProxy(refusing("407 Nope", 'Proxy-Authenticate: Basic realm="x"'))
    outcomes = await through(proxy, "http://a.test:8080")
    assert causes(outcomes) == ["proxy_auth_failed"]
    assert proxy.first_lines == ["HEAD http://a.test:8080/ HTTP/1.1"]


async def test_a_proxy_reached_over_tls_works_and_its_certificate_counts(authority: Authority) -> None:
    proxy_tls = authority.server(authority.issue("127.0.0.1", label="proxy"))
    target_tls = authority.server(authority.issue("gateway.test", label="target"))
    async with serving(answer_ok, target_tls) as target:
        proxy = ScriptedProxy(hosts={"gateway.test": target})
        async with serving(proxy, proxy_tls) as port:
            url = f"https://127.0.0.1:{port}"
            good = await check_path(Route("https://gateway.test", proxy=url, ca_file=str(authority.pem)))
            untrusted = await check_path(Route("https://gateway.test", proxy=url))
    assert causes(good) == []
    assert causes(untrusted) == ["tls_ca_not_trusted"]
    assert "the proxy 127.0.0.1" in said(untrusted)


async def test_an_https_url_for_a_plain_proxy_is_named() -> None:
    async with serving(answer_ok) as port:
        outcomes = await check_path(Route("https://gateway.test", proxy=f"https://127.0.0.1:{port}"))
    assert causes(outcomes) == ["tls_on_plain_http_port"]
    assert "Write http:// in the proxy URL" in said(outcomes)


async def test_metadata_addresses_are_refused_unless_the_user_named_them() -> None:
    for url in ("http://169.254.169.254", "http://[fd00:ec2::254]", "http://metadata.google.internal"):
        outcomes = await check_path(Route(url))
        assert causes(outcomes) == ["base_url_wrong_endpoint"], url
        proxied = await check_path(Route(url, proxy="http://127.0.0.1:9"))
        assert causes(proxied) == ["base_url_wrong_endpoint"], url
    allowed = await check_path(Route("http://169.254.0.1:1", link_local=True, timeout=0.2))
    assert "base_url_wrong_endpoint" not in causes(allowed)


async def test_no_task_or_socket_is_left_behind() -> None:
    before = len(asyncio.all_tasks())
    async with serving(answer_ok) as port:
        await check_path(Route(f"http://127.0.0.1:{port}"))
    assert len(asyncio.all_tasks()) == before
