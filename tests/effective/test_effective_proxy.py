from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mcp_server.effective import proxy_decision
from mcp_server.effective.proxy_url import ProxyAddress, ProxyProblem, parse_proxy
from mcp_server.snapshot import SettingsFile, Snapshot

VERSIONS = ("2.1.197", "2.1.330")
MEASURED = [
    json.loads(line)
    for line in (Path(__file__).parent / "cases" / "proxy_measured.jsonl").read_text(encoding="utf-8").splitlines()
]


def machine(shell: dict[str, str], settings: dict[str, str] | None = None, version: str | None = "2.1.330") -> Snapshot:
    files = (SettingsFile("user", "/fixture/.claude/settings.json", {"env": settings}),) if settings else ()
    return Snapshot(shell=shell, settings_files=files, client_version=version)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("case", MEASURED, ids=lambda c: json.dumps({k: c[k] for k in c if k[0] != "2"}))
def test_the_rules_agree_with_what_the_real_client_did(case: dict[str, Any], version: str) -> None:
    """Port 7777 stands for the logging proxy of the measurement."""
    found = proxy_decision(machine(case["shell"], case.get("settings"), version), case["url"])
    assert (":7777" in (found.proxy or "")) == case[version], found.because


def decide(shell: dict[str, str], url: str = "https://gw.corp.test", **more: Any) -> Any:
    return proxy_decision(machine(shell, **more), url)


def test_the_decision_names_variable_and_file() -> None:
    found = decide({}, settings={"HTTPS_PROXY": "http://p.test:3128"})
    assert (found.variable, found.source) == ("HTTPS_PROXY", "/fixture/.claude/settings.json")
    assert found.because.startswith("HTTPS_PROXY (/fixture/.claude/settings.json) is the first proxy variable set")


def test_the_lower_case_shell_variable_beats_the_upper_case_setting() -> None:
    found = decide({"https_proxy": "http://shell.test:1"}, settings={"HTTPS_PROXY": "http://settings.test:2"})
    assert found.proxy == "http://shell.test:1"


def test_a_bypass_names_the_entry() -> None:
    found = decide({"HTTPS_PROXY": "http://p.test:3128", "NO_PROXY": "a.test, corp.test"})
    assert (found.proxy, found.bypassed_by) == (None, "corp.test")
    assert "entry 'corp.test' of NO_PROXY (shell)" in found.because


def test_a_bypass_that_only_the_client_understands_is_explained() -> None:
    found = decide({"HTTPS_PROXY": "http://p.test:3128", "NO_PROXY": "a.test corp.test"}, version="2.1.197")
    assert found.proxy == "http://p.test:3128"
    assert "the runtime of 2.1.197 does not understand it" in found.because


def test_no_variable_an_emptied_one_and_an_unread_one_have_different_reasons() -> None:
    reasons = {
        decide({}).because,
        decide({"HTTPS_PROXY": ""}).because,
        decide({"ALL_PROXY": "http://p.test:1"}, version="2.1.197").because,
    }
    assert len(reasons) == 3
    assert all(reason.startswith("direct: ") for reason in reasons)


def test_a_hidden_environment_is_not_called_unset() -> None:
    found = proxy_decision(Snapshot(shell={}, environment_hidden=True), "https://a.test")
    assert "hides its environment" in found.because


@pytest.mark.parametrize(
    ("version", "measured", "told"),
    [
        (None, "2.1.330", "no claude program was found"),
        ("2.1.150", "2.1.197", "2.1.150 was not measured"),
        ("2.1.250", "2.1.330", "2.1.250 was not measured"),
        ("2.1.330", "2.1.330", ""),
    ],
)
def test_an_unmeasured_release_is_said_to_be_one(version: str | None, measured: str, told: str) -> None:
    found = decide({}, version=version)
    assert found.dialect == measured
    assert told in " ".join(found.notes)
    assert bool(told) == bool(found.notes)


def test_a_socks_all_proxy_is_ignored_and_said_so() -> None:
    found = decide({"ALL_PROXY": "socks5://127.0.0.1:1080"})
    assert found.proxy is None
    assert "SOCKS" in found.notes[0]


@pytest.mark.parametrize(
    ("value", "version", "ends"),
    [
        ("http://u:p#x@p.test:3128", "2.1.330", True),
        ("http//p.test:3128", "2.1.197", True),
        ("127.0.0.1:3128", "2.1.197", True),
        ("corp-proxy:3128", "2.1.197", False),
        ("socks5://p.test:1080", "2.1.330", False),
        ("http://DOM\\user:p@p.test:3128", "2.1.330", False),
    ],
)
def test_an_unreadable_value_ends_the_client_even_for_a_bypassed_address(value: str, version: str, ends: bool) -> None:
    found = decide({"HTTPS_PROXY": value, "NO_PROXY": "corp.test"}, version=version)
    assert (found.problem is not None) == ends
    assert (found.bypassed_by is None) == ends


def test_no_secret_is_in_the_printed_decision() -> None:
    found = decide({"HTTPS_PROXY": "http://user:planted-secret@p.test:3128"})
    assert "planted-secret" in (found.proxy or "")
    assert "planted-secret" not in repr(found)
    assert "planted-secret" not in found.because


# The proxy URL itself


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("http://p.test:3128", "http://p.test:3128"),
        ("HTTP://P.test", "http://p.test:80"),
        ("https://p.test", "https://p.test:443"),
        ("http://u:p%40ss@p.test:3128/", "http://u:p%40ss@p.test:3128"),
        ("http://u@er:p@ss:w@p.test:3128", "http://u%40er:p%40ss%3Aw@p.test:3128"),
        ("http://DOM%5Cuser:x@p.test:3128", "http://DOM%5Cuser:x@p.test:3128"),
        ("http://[::1]:3128", "http://[::1]:3128"),
        ("p.test:3128", "http://p.test:3128"),
        ("http:p.test:3128", "http://p.test:3128"),
        ("http://:x@p.test:3128", "http://:x@p.test:3128"),
    ],
)
def test_a_usable_value_is_written_the_way_every_program_reads(value: str, url: str) -> None:
    found = parse_proxy(value)
    assert isinstance(found, ProxyAddress)
    assert found.url == url


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("http//p.test:3128", "damaged scheme"),
        ("//p.test:3128", "damaged scheme"),
        ("socks5://planted-secret@p.test:1080", "SOCKS proxy"),
        ("ftp://p.test", "starts with ftp://"),
        ("http://u:planted-secret#x@p.test:3128", "unencoded '#'"),
        ("http://u:planted-secret/x@p.test:3128", "unencoded '/'"),
        ("http://u:planted-secret?x@p.test:3128", "unencoded '?'"),
        ("http://DOM\\planted-secret:x@p.test:3128", "unencoded '\\\\'"),
        ("http://::1:3128", "IPv6 address without brackets"),
        ("http://a:b:3128", "more than one colon"),
        ("http://[nonsense]:3128", "brackets around"),
        ("http://p.test:planted-secret", "port that is no number"),
        ("http://p.test:99999", "port outside"),
        ("http://p.test:0", "port outside"),
        ("http://", "names no host"),
        ("[", "a bracket without its partner"),
        ("http://a]:3128", "a bracket without its partner"),
        ("http://p .test:1", "blank or control character"),
    ],
)
def test_an_unusable_value_is_named_precisely_and_never_repeated(value: str, words: str) -> None:
    found = parse_proxy(value, "HTTPS_PROXY")
    assert isinstance(found, ProxyProblem)
    assert words in found.problem
    assert "planted-secret" not in f"{found.problem} {found.fix}"


def test_a_stray_percent_sign_drops_the_credentials_as_the_client_does() -> None:
    found = parse_proxy("http://u:p%x@p.test:3128")
    assert isinstance(found, ProxyAddress)
    assert found.username is None
    assert "Claude Code then sends none" in found.notes[0]


def test_a_missing_port_is_said() -> None:
    found = parse_proxy("http://p.test")
    assert isinstance(found, ProxyAddress)
    assert "names no port, so 80 is used" in found.notes[0]
