from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import anyio
import pytest
from loopback_network import (
    Authority,
    ScriptedProxy,
    answer_ok,
    black_hole,
    closed_port,
    never_answer,
    refusing,
    serving,
)

from mcp_server.answer import Answer
from mcp_server.errors import UsageError
from mcp_server.operations.check_proxy import run
from mcp_server.snapshot import SettingsFile, Snapshot

pytestmark = pytest.mark.anyio

SETTINGS = "/fixture/.claude/settings.json"


def machine(shell: dict[str, str] | None = None, version: str | None = "2.1.330", **env: str) -> Snapshot:
    files = (SettingsFile("user", SETTINGS, {"env": env}),) if env else ()
    return Snapshot(shell=shell or {}, settings_files=files, client_version=version)


def env_of(answer: Answer) -> dict[str, str]:
    settings = [file for file in answer.config if file.language == "json"]
    assert len(settings) == 1
    block: dict[str, dict[str, str]] = json.loads(settings[0].content)
    return block["env"]


def ids(answer: Answer) -> list[str]:
    return [f.id for f in answer.findings]


def text(answer: Answer) -> str:
    return answer.model_dump_json()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "ca")


async def test_the_default_target_is_the_clients_own_base_url() -> None:
    async with serving(answer_ok) as port:
        url = f"http://127.0.0.1:{port}"
        answer = await run(snapshot=machine({"ANTHROPIC_BASE_URL": url}))
    assert answer.verdict == "ok"
    assert f"Claude Code reaches 127.0.0.1:{port} directly" in answer.quick_answer
    assert [c.status for c in answer.verification] == ["pass", "pass", "skip", "pass", "pass", "todo"]
    assert answer.config == []


async def test_the_proxy_and_the_file_that_named_it_are_in_the_first_sentence(authority: Authority) -> None:
    proxy = ScriptedProxy()
    tls = authority.server(authority.issue("gateway.test"))
    async with serving(answer_ok, tls) as target, serving(proxy) as port:
        proxy.hosts["gateway.test"] = target
        answer = await run(
            snapshot=machine(
                ANTHROPIC_BASE_URL="https://gateway.test",
                HTTPS_PROXY=f"http://127.0.0.1:{port}",
                NODE_EXTRA_CA_CERTS=str(authority.pem),
            )
        )
    assert answer.verdict == "ok"
    assert f"through the proxy 127.0.0.1:{port} (HTTPS_PROXY, {SETTINGS})" in answer.quick_answer


async def test_a_dead_proxy_is_called_a_dead_proxy() -> None:
    port = closed_port()
    answer = await run(["https://gateway.test"], snapshot=machine({"HTTPS_PROXY": f"http://127.0.0.1:{port}"}))
    assert answer.verdict == "errors"
    assert answer.findings[0].id == "proxy_unreachable"
    assert "does not mention the proxy" in answer.findings[0].why


async def test_a_gateway_on_this_machine_behind_a_dead_proxy_gets_its_no_proxy_line() -> None:
    async with serving(answer_ok) as gateway:
        shell = {
            "ANTHROPIC_BASE_URL": f"http://127.0.0.1:{gateway}",
            "HTTPS_PROXY": f"http://127.0.0.1:{closed_port()}",
            "NO_PROXY": "*.corp.test localhost",
        }
        broken = await run(snapshot=machine(shell))
        assert broken.findings[0].id == "no_proxy_not_matched"
        cure = env_of(broken)
        assert cure["NO_PROXY"] == cure["no_proxy"] == "corp.test,.corp.test,localhost,127.0.0.1,::1"
        cured = await run(snapshot=machine(shell, **cure))
    assert cured.verdict == "ok"


async def test_the_portable_no_proxy_is_read_alike_by_both_client_generations() -> None:
    async with serving(answer_ok) as gateway:
        for version in ("2.1.197", "2.1.330"):
            shell = {
                "ANTHROPIC_BASE_URL": f"http://127.0.0.1:{gateway}",
                "HTTP_PROXY": f"http://127.0.0.1:{closed_port()}",
                "NO_PROXY": "127.0.0.0/8" if version == "2.1.197" else "127.*",
            }
            cure = env_of(await run(snapshot=machine(shell, version)))
            assert (await run(snapshot=machine(shell, version, **cure))).verdict == "ok"


async def test_loopback_through_a_working_proxy_is_only_a_warning() -> None:
    async with serving(answer_ok) as gateway, serving(ScriptedProxy()) as port:
        answer = await run(
            snapshot=machine(
                {"ANTHROPIC_BASE_URL": f"http://127.0.0.1:{gateway}", "HTTPS_PROXY": f"http://127.0.0.1:{port}"}
            )
        )
    assert (answer.verdict, ids(answer)) == ("warnings", ["no_proxy_not_matched"])


async def test_a_private_issuer_leads_to_the_ca_line_and_with_it_the_way_is_open(authority: Authority) -> None:
    async with serving(answer_ok, authority.server(authority.issue("127.0.0.1"))) as port:
        url = f"https://127.0.0.1:{port}"
        broken = await run(snapshot=machine({"ANTHROPIC_BASE_URL": url}))
        assert ids(broken) == ["tls_ca_not_trusted"]
        assert env_of(broken) == {"NODE_EXTRA_CA_CERTS": "/path/to/corporate-ca.pem"}
        cured = await run(snapshot=machine({"ANTHROPIC_BASE_URL": url}), ca_bundle=str(authority.pem))
    assert cured.verdict == "ok"
    assert env_of(cured) == {"NODE_EXTRA_CA_CERTS": str(authority.pem)}


async def test_a_der_file_is_recognised_and_its_conversion_named(authority: Authority) -> None:
    async with serving(answer_ok, authority.server(authority.issue("127.0.0.1"))) as port:
        answer = await run(
            snapshot=machine(
                {"ANTHROPIC_BASE_URL": f"https://127.0.0.1:{port}", "NODE_EXTRA_CA_CERTS": str(authority.der)}
            )
        )
    assert ids(answer)[0] == "tls_ca_setting_ineffective"
    assert "is in DER form, not PEM" in answer.findings[0].problem
    assert "openssl x509 -inform DER" in answer.findings[0].fix
    assert env_of(answer) == {"NODE_EXTRA_CA_CERTS": str(authority.der.with_suffix(".pem"))}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "does not exist"),
        (b"", "is empty"),
        (b"hello", "holds no PEM certificate"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "damaged certificate"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "holds a private key and no certificate"),
        ("-----BEGIN CERTIFICATE-----".encode("utf-16"), "is UTF-16 text"),
    ],
)
async def test_an_unusable_ca_file_is_named_precisely(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    async with serving(answer_ok) as port:
        answer = await run([f"http://127.0.0.1:{port}"], ca_bundle=str(path), snapshot=machine())
    assert ids(answer) == ["tls_ca_setting_ineffective"]
    assert words in answer.findings[0].problem
    assert answer.verdict == "warnings"


@pytest.mark.parametrize(
    ("headers", "words", "proxy"),
    [
        (['Proxy-Authenticate: Basic realm="x"'], "refuses the credentials", "http://USER:PASSWORD@127.0.0.1"),
        (
            ["Proxy-Authenticate: NTLM", "Proxy-Authenticate: Negotiate"],
            "only NTLM, Negotiate",
            "http://127.0.0.1:3128",
        ),
    ],
)
async def test_a_407_leads_to_the_right_proxy_line(headers: list[str], words: str, proxy: str) -> None:
    async with serving(ScriptedProxy(refusing("407 Nope", *headers))) as port:
        shell = {"HTTPS_PROXY": f"http://planted-user:planted-secret@127.0.0.1:{port}"}
        answer = await run(["https://gateway.test"], snapshot=machine(shell))
    assert ids(answer) == ["proxy_auth_failed"]
    assert words in answer.findings[0].problem
    assert env_of(answer)["HTTPS_PROXY"].startswith(proxy)
    assert "planted" not in text(answer)


@pytest.mark.parametrize(
    ("value", "cause"),
    [
        ("socks5://planted-secret@127.0.0.1:1080", "proxy_scheme_unsupported"),
        ("http://user:planted-secret#1@p.test:3128", "proxy_auth_failed"),
        ("http://user:planted-secret/1@p.test:3128", "proxy_auth_failed"),
        ("http://::1:3128", "proxy_url_malformed"),
        ("http//p.test", "proxy_url_malformed"),
        ("http://p.test:planted-secret", "proxy_url_malformed"),
    ],
)
async def test_a_malformed_proxy_url_is_named_and_nothing_is_contacted(value: str, cause: str) -> None:
    answer = await run(["https://gateway.test"], snapshot=machine({"HTTPS_PROXY": value}))
    assert ids(answer) == [cause]
    assert "HTTPS_PROXY" in env_of(answer)
    assert "planted-secret" not in text(answer)


async def test_a_value_without_scheme_fails_in_the_old_client_and_works_in_the_new() -> None:
    async with serving(ScriptedProxy()) as port, serving(answer_ok) as target:
        shell = {"HTTPS_PROXY": f"127.0.0.1:{port}", "ANTHROPIC_BASE_URL": f"http://127.0.0.1:{target}"}
        old = await run(snapshot=machine(shell, "2.1.197"))
        new = await run(snapshot=machine(shell))
    assert "has no scheme" in old.findings[0].problem
    assert env_of(old)["HTTPS_PROXY"] == f"http://127.0.0.1:{port}"
    assert new.verdict == "warnings"
    assert any("no scheme" in line for line in new.context)


async def test_the_arguments_replace_what_is_configured() -> None:
    async with serving(answer_ok) as target, serving(ScriptedProxy()) as port:
        url = f"http://127.0.0.1:{target}"
        shell = {"HTTPS_PROXY": f"http://127.0.0.1:{closed_port()}", "no_proxy": "127.0.0.1"}
        direct = await run([url], proxy_url="direct", snapshot=machine(shell))
        through = await run([url], proxy_url=f"http://127.0.0.1:{port}", no_proxy="x.test", snapshot=machine(shell))
        bypassed = await run([url], no_proxy="127.0.0.1", snapshot=machine(shell))
    assert direct.verdict == "ok"
    assert "argument proxy_url" in through.quick_answer
    assert env_of(through)["HTTPS_PROXY"] == f"http://127.0.0.1:{port}"
    assert bypassed.verdict == "ok"


async def test_a_password_given_as_argument_is_used_and_kept_out_of_the_answer() -> None:
    proxy = ScriptedProxy()
    async with serving(answer_ok) as target, serving(proxy) as port:
        answer = await run(
            [f"http://127.0.0.1:{target}"],
            proxy_url=f"http://planted-user:planted-secret@127.0.0.1:{port}",
            no_proxy="x.test",
            snapshot=machine(),
        )
    assert "Proxy-Authorization: Basic" in proxy.heads[0]
    assert env_of(answer)["HTTPS_PROXY"] == f"http://USER:PASSWORD@127.0.0.1:{port}"
    assert "planted" not in text(answer)


async def test_every_target_gets_its_steps() -> None:
    async with serving(answer_ok) as one:
        answer = await run([f"http://127.0.0.1:{one}", f"http://127.0.0.1:{closed_port()}"], snapshot=machine())
    titles = [c.title for c in answer.verification]
    assert sum(title.startswith("TCP to") for title in titles) == 2
    assert ids(answer) == ["gateway_unreachable"]


@pytest.mark.parametrize("bad", [["ftp://x"], ["http://[::1"], ["https://a b"], ["http://"], ["https://a:99999"]])
async def test_a_target_that_is_no_url_is_a_usage_error(bad: list[str]) -> None:
    with pytest.raises(UsageError, match="no http"):
        await run(bad, snapshot=machine())


async def test_too_many_targets_are_a_usage_error() -> None:
    with pytest.raises(UsageError, match="too many"):
        await run([f"https://a{n}.test" for n in range(7)], snapshot=machine())


async def test_black_holes_end_in_time() -> None:
    with black_hole() as hole:
        async with serving(never_answer) as silent:
            with anyio.fail_after(60):
                answer = await run(
                    [f"http://127.0.0.1:{hole}", f"https://127.0.0.1:{silent}", "https://gateway.invalid"],
                    snapshot=machine(),
                )
    assert answer.verdict == "errors"


async def test_base_url_faults_and_broken_files_are_part_of_the_answer() -> None:
    files = (SettingsFile("user", SETTINGS, error="is not valid JSON at 3:7: expecting value"),)
    async with serving(answer_ok) as port:
        shell = {"ANTHROPIC_BASE_URL": f"http://127.0.0.1:{port}/v1"}
        answer = await run(snapshot=Snapshot(shell, files, client_version="2.1.330"))
    assert set(ids(answer)) == {"settings_file_not_loaded", "base_url_path_duplicated"}
    assert answer.verdict == "errors"


async def test_a_tilde_is_expanded_for_the_argument_but_is_a_fault_in_a_variable(authority: Authority) -> None:
    async with serving(answer_ok) as port:
        url = f"http://127.0.0.1:{port}"
        variable = await run([url], snapshot=machine({"NODE_EXTRA_CA_CERTS": "~/ca.pem"}))
        argument = await run([url], ca_bundle="~/surely-not-there.pem", snapshot=machine())
    assert "starts with ~" in variable.findings[0].problem
    assert "does not exist" in argument.findings[0].problem


async def test_switched_off_verification_is_reported_and_never_suggested(authority: Authority) -> None:
    async with serving(answer_ok, authority.server(authority.issue("127.0.0.1"))) as port:
        shell = {"ANTHROPIC_BASE_URL": f"https://127.0.0.1:{port}", "NODE_TLS_REJECT_UNAUTHORIZED": "0"}
        answer = await run(snapshot=machine(shell))
    assert ids(answer) == ["tls_ca_not_trusted", "secret_exposed"]
    for file in answer.config:
        assert "REJECT_UNAUTHORIZED" not in file.content
    assert "Remove it" in answer.findings[1].fix


async def test_no_planted_secret_is_ever_shown(authority: Authority) -> None:
    shell: dict[str, Any] = {
        "ANTHROPIC_BASE_URL": "https://planted-user:planted-secret@gateway.invalid/v1?key=planted-secret",
        "ANTHROPIC_AUTH_TOKEN": "Bearer planted-secret",
        "ANTHROPIC_API_KEY": "planted-secret",
        "ANTHROPIC_CUSTOM_HEADERS": "x-key planted-secret",
        "HTTPS_PROXY": "http://planted-user:planted-secret@proxy.invalid:3128",
    }
    for changed in ({}, {"HTTPS_PROXY": "http://u:planted-secret%@proxy.invalid"}, {"HTTPS_PROXY": ""}):
        answer = await run(snapshot=machine({**shell, **changed}))
        assert "planted" not in text(answer)


async def test_the_machine_itself_is_read_when_no_snapshot_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", f"http://127.0.0.1:{closed_port()}")
    answer = await run()
    assert "gateway_unreachable" in ids(answer)


PAC = """function FindProxyForURL(url, host) {
  return dnsDomainIs(host, ".corp.test") ? "DIRECT" : "PROXY proxy.corp.test:3128"; }"""


async def test_a_pac_file_is_evaluated_beside_what_claude_code_does(tmp_path: Path) -> None:
    file = tmp_path / "proxy.pac"
    file.write_text(PAC, encoding="utf-8")
    async with serving(answer_ok) as port:
        answer = await run([f"http://127.0.0.1:{port}"], pac=str(file), snapshot=machine())
    check = next(c for c in answer.verification if c.title.startswith("PAC file"))
    assert check.status == "warn"
    assert check.detail.startswith("PROXY proxy.corp.test:3128. Claude Code goes direct")
    assert "set HTTPS_PROXY=http://proxy.corp.test:3128" in check.detail


async def test_a_variable_that_holds_a_pac_file_is_recognised() -> None:
    answer = await run(["https://gw.test"], snapshot=machine({"HTTPS_PROXY": "http://wpad.corp.test/proxy.pac"}))
    assert any("A PAC file or WPAD is switched on (HTTPS_PROXY (shell)" in line for line in answer.context)


async def test_the_table_of_all_programs_is_part_of_the_answer() -> None:
    async with serving(ScriptedProxy()) as port, serving(answer_ok) as target:
        shell = {"HTTP_PROXY": f"http://127.0.0.1:{port}", "NO_PROXY": "127.0.0.0/8"}
        answer = await run([f"http://127.0.0.1:{target}"], snapshot=machine(shell))
    check = next(c for c in answer.verification if c.title.startswith("Every program's way"))
    assert "direct: Claude Code, google-auth (requests)" in check.detail
    assert f"http://127.0.0.1:{port}: LiteLLM (httpx), LiteLLM (aiohttp), boto3" in check.detail
    assert "no_proxy_not_matched" in ids(answer)


async def test_behind_inspection_the_question_of_streaming_is_left_to_a_billed_request(tmp_path: Path) -> None:
    authority, proxy = Authority(tmp_path / "ca", name="Zscaler Root CA"), ScriptedProxy()
    async with serving(answer_ok, authority.server(authority.issue("gateway.test"))) as target, serving(proxy) as port:
        proxy.hosts["gateway.test"] = target
        shell = {"HTTPS_PROXY": f"http://127.0.0.1:{port}", "NODE_EXTRA_CA_CERTS": str(authority.pem)}
        answer = await run(["https://gateway.test"], snapshot=machine(shell))
    left = [c for c in answer.verification if c.status == "todo"]
    assert [c.title for c in left] == ["Answers arrive piece by piece", "Ask Claude Code itself"]
    assert left[0].command == "llm-gateway test-model --level message"


async def test_the_same_issuer_at_two_targets_is_told_as_inspection(tmp_path: Path) -> None:
    authority, proxy = Authority(tmp_path / "ca", name="Company CA"), ScriptedProxy()
    one = authority.server(authority.issue("gateway.test", label="one"))
    two = authority.server(authority.issue("other.test", label="two"))
    async with serving(answer_ok, one) as first, serving(answer_ok, two) as second, serving(proxy) as port:
        proxy.hosts |= {"gateway.test": first, "other.test": second}
        shell = {"HTTPS_PROXY": f"http://127.0.0.1:{port}"}
        answer = await run(["https://gateway.test", "https://other.test"], snapshot=machine(shell))
    assert "the proxy re-signs TLS to gateway.test:443, as to other.test:443" in answer.findings[0].problem


async def test_a_ca_of_another_program_is_put_into_the_cure_verbatim(authority: Authority) -> None:
    async with serving(answer_ok, authority.server(authority.issue("127.0.0.1"))) as port:
        shell = {"ANTHROPIC_BASE_URL": f"https://127.0.0.1:{port}", "REQUESTS_CA_BUNDLE": str(authority.pem)}
        seen = Snapshot(shell, client_version="2.1.330", paths={str(authority.pem): "file"})
        broken = await run(snapshot=seen)
        cured = await run(snapshot=machine(shell, **env_of(broken)))
    assert env_of(broken) == {"NODE_EXTRA_CA_CERTS": str(authority.pem)}
    assert cured.verdict == "ok"


async def test_every_answer_stays_within_the_bound_with_six_broken_targets() -> None:
    shell = {"HTTPS_PROXY": f"http://127.0.0.1:{closed_port()}", "NODE_EXTRA_CA_CERTS": "/nonexistent.pem"}
    answer = await run([f"https://gateway{n}.test" for n in range(6)], snapshot=machine(shell))
    assert len(json.dumps(answer.bounded().document())) <= 24_000
    assert env_of(answer.bounded())
