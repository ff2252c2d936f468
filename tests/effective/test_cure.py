from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from loopback_network import Authority

from mcp_server.answer import ConfigFile, Finding
from mcp_server.catalogue.finding import finding
from mcp_server.catalogue.load import read_yaml
from mcp_server.effective import client_target, proxy_decision
from mcp_server.effective.allow_list import hosts_of, needed_hosts, never_proxied
from mcp_server.effective.cure import Case, cure_files
from mcp_server.effective.program_lines import conversion, trust_lines
from mcp_server.effective.relay import px_command, relay_files
from mcp_server.snapshot import SettingsFile, Snapshot

PROXY = "http://proxy.corp.test:3128"
URL = "https://gateway.corp.test"


def case(*ids: str, facts: dict[str, Any] | None = None, url: str = URL, problem: str = "x", **shell: str) -> Case:
    machine = Snapshot({"ANTHROPIC_BASE_URL": url, "HTTPS_PROXY": PROXY, **shell}, client_version="2.1.330")
    found: list[Finding] = [finding(i, problem=problem, fix="y") for i in ids]
    target = client_target(machine)
    return Case(machine, target, [proxy_decision(machine, url)], found, [facts or {}])


def env_of(files: list[ConfigFile]) -> dict[str, str]:
    env: dict[str, str] = json.loads(next(f.content for f in files if f.language == "json"))["env"]
    return env


def paths(files: list[ConfigFile]) -> list[str]:
    return [f.path for f in files]


def test_nothing_found_needs_no_cure() -> None:
    assert cure_files(case()) == []


def test_a_proxy_that_is_gone_is_switched_off_when_the_target_answers_without_it() -> None:
    env = env_of(cure_files(case("proxy_unreachable", facts={"direct": True}, http_proxy="http://old:1")))
    assert env == {"HTTPS_PROXY": "", "https_proxy": "", "HTTP_PROXY": "", "http_proxy": ""}


def test_a_proxy_that_is_gone_is_never_gone_past_without_that_sight() -> None:
    assert cure_files(case("proxy_unreachable")) == []


def test_a_proxy_that_answers_but_cannot_serve_the_target_gets_a_no_proxy_entry() -> None:
    env = env_of(cure_files(case("gateway_unreachable", facts={"direct": True}, NO_PROXY="*.lab.test")))
    assert env["NO_PROXY"].startswith("lab.test,.lab.test,gateway.corp.test,.gateway.corp.test,localhost")
    assert set(env) == {"NO_PROXY", "no_proxy"}


def test_what_goes_past_the_proxy_needs_neither_its_login_nor_its_ca() -> None:
    url = "https://127.0.0.1:8443"
    env = env_of(cure_files(case("no_proxy_not_matched", "proxy_auth_failed", "tls_ca_not_trusted", url=url)))
    assert set(env) == {"NO_PROXY", "no_proxy"}


def test_the_relay_comes_with_its_commands_its_alternative_and_the_settings_line() -> None:
    files = cure_files(case("proxy_auth_failed", facts={"unsupported_schemes": ("NTLM",)}))
    assert env_of(files)["HTTPS_PROXY"] == "http://127.0.0.1:3128"
    assert paths(files)[1:3] == ["shell: start the relay", "/etc/cntlm.conf"]
    assert r"--proxy=proxy.corp.test:3128 --username='DOMAIN\USER' --auth=NTLM" in files[1].content
    assert "Proxy proxy.corp.test:3128\nListen 127.0.0.1:3128" in files[2].content


@pytest.mark.parametrize(
    ("schemes", "auth"),
    [(["Negotiate", "NTLM"], "NTLM"), (["Negotiate"], "NEGOTIATE"), (["Digest"], "DIGEST"), (["Odd"], "ANY")],
)
def test_px_is_told_the_scheme_that_needs_least(schemes: list[str], auth: str) -> None:
    assert px_command("p:1", schemes).endswith(f"--auth={auth}")


def test_kerberos_needs_a_ticket_and_no_password() -> None:
    (file,) = relay_files("p:1", ["Negotiate"])
    assert "kinit" in file.content
    assert "PX_PASSWORD" not in file.content


def test_a_der_file_is_converted_first_and_the_settings_name_the_result() -> None:
    found = "NODE_EXTRA_CA_CERTS (shell) adds no trust: /etc/corp.crt is in DER form, not PEM"
    files = cure_files(case("tls_ca_setting_ineffective", problem=found, NODE_EXTRA_CA_CERTS="/etc/corp.crt"))
    assert env_of(files)["NODE_EXTRA_CA_CERTS"] == "/etc/corp.pem"
    assert files[1].content == "openssl x509 -inform DER -in /etc/corp.crt -out /etc/corp.pem\n"


def test_a_pem_name_never_points_at_the_file_that_is_converted() -> None:
    found = "x: /etc/corp.pem is in DER form, not PEM"
    files = cure_files(case("tls_ca_setting_ineffective", problem=found, NODE_EXTRA_CA_CERTS="/etc/corp.pem"))
    assert env_of(files)["NODE_EXTRA_CA_CERTS"] == "/etc/corp-converted.pem"


def test_a_ca_that_is_known_on_this_machine_is_named_verbatim() -> None:
    files = cure_files(case("tls_ca_not_trusted", facts={"known_ca": "/opt/it/ca.pem"}))
    assert env_of(files) == {"NODE_EXTRA_CA_CERTS": "/opt/it/ca.pem"}


def test_a_scheme_fault_of_the_base_url_is_cured_in_the_base_url() -> None:
    url = "https://127.0.0.1:4000"
    machine = Snapshot({"ANTHROPIC_BASE_URL": url}, client_version="2.1.330")
    found = [finding("tls_on_plain_http_port", problem="x", fix="y")]
    files = cure_files(Case(machine, client_target(machine), [proxy_decision(machine, url)], found, [{}]))
    assert env_of(files) == {"ANTHROPIC_BASE_URL": "http://127.0.0.1:4000"}


def test_a_remote_gateway_is_never_turned_into_plain_http() -> None:
    assert cure_files(case("tls_on_plain_http_port")) == []


def test_the_proxys_own_scheme_is_cured_in_the_proxy_url() -> None:
    files = cure_files(case("plain_http_on_tls_port", facts={"proxy_scheme": "https"}))
    assert env_of(files) == dict.fromkeys(("HTTPS_PROXY", "https_proxy"), "https://proxy.corp.test:3128")


def test_a_blocked_host_comes_with_the_list_for_the_administrators() -> None:
    files = cure_files(case("egress_host_blocked"))
    assert files[0].content.splitlines()[0] == "gateway.corp.test:443   gateway"
    assert "skipWebFetchPreflight" in files[0].content


def test_the_bundle_lines_make_one_file_of_both_and_say_it_to_every_program(tmp_path: Path) -> None:
    ca, system = tmp_path / "corp ca.pem", tmp_path / "system.pem"
    ca.write_text("corporate\n", encoding="utf-8")
    system.write_text("public\n", encoding="utf-8")
    lines = trust_lines(str(ca), str(system)).content.splitlines()
    kept = [line for line in lines if line.startswith(("B=", "cat ", "export "))]
    script = "\n".join([*kept, 'cat "$SSL_CERT_FILE"; test "$REQUESTS_CA_BUNDLE" = "$AWS_CA_BUNDLE"'])
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    done = subprocess.run(["bash", "-euc", script], env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "public\ncorporate\n"
    for program in ("gcloud", "aws", "git", "npm", "pip", "docker"):
        assert program in "\n".join(lines)


def test_the_conversion_makes_a_file_that_openssl_reads(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "my ca")
    target = tmp_path / "out put.pem"
    text = conversion(str(authority.der), str(target)).content
    subprocess.run(["bash", "-euc", text], check=True, capture_output=True)
    assert target.read_bytes().startswith(b"-----BEGIN CERTIFICATE-----")


WORDS_THAT_SWITCH_OFF = ("REJECT_UNAUTHORIZED", "verify=False", "SSL_NO_VERIFY", "strict-ssl", "--insecure", "-k ")


def test_no_cure_ever_switches_verification_off() -> None:
    ids = ("tls_ca_not_trusted", "proxy_auth_failed", "tls_client_certificate_required", "egress_host_blocked")
    text = "".join(f.content for f in cure_files(case(*ids, facts={"unsupported_schemes": ("NTLM",)})))
    assert not [word for word in WORDS_THAT_SWITCH_OFF if word in text]


@pytest.mark.parametrize("provider", read_yaml("hosts.yaml")["providers"])
@pytest.mark.parametrize("region", ["", "eu-central-1", "global", "eu"])
def test_every_needed_host_is_a_plain_name_with_a_purpose(provider: str, region: str) -> None:
    for needed in needed_hosts(provider, region, "my-resource"):
        assert "{" not in needed.host
        assert " " not in needed.host
        assert needed.purpose


def test_a_local_gateway_needs_no_host_of_its_own() -> None:
    machine = Snapshot({"ANTHROPIC_BASE_URL": "http://127.0.0.1:4000"})
    assert all(n.without for n in hosts_of(machine, client_target(machine)))


def test_the_provider_and_region_of_the_settings_decide_the_list() -> None:
    env = {"CLAUDE_CODE_USE_VERTEX": "1", "CLOUD_ML_REGION": "europe-west4"}
    machine = Snapshot({}, (SettingsFile("user", "/s.json", {"env": env}),))
    assert hosts_of(machine, client_target(machine))[0].host == "europe-west4-aiplatform.googleapis.com"


def test_metadata_addresses_never_go_through_a_proxy() -> None:
    assert "169.254.169.254" in never_proxied()
