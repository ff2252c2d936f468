from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from program_cases import EVERY, agrees, certificates, load, machine, rules_of, seen_ways, way_of
from real_programs import place
from recorder import Recorder

from mcp_server.effective.programs.registry import PROGRAMS
from mcp_server.snapshot import Snapshot

WAYS = load("programs.yaml")
TRUST = load("trust.yaml")
RECORDER = Recorder(ports={"proxy": 11_111, "other": 22_222, "target": 33_333})


def name(case: dict[str, Any]) -> str:
    return " ".join(str(case.get(part, "")) for part in ("only", "settings", "files", "env", "url"))[:160]


@pytest.mark.parametrize("case", WAYS, ids=name)
def test_every_program_is_predicted_to_take_the_way_it_was_seen_to_take(case: dict[str, Any], tmp_path: Path) -> None:
    wrong = []
    where = place(RECORDER, tmp_path, case)
    for program, seen in seen_ways(case):
        use = rules_of(program).proxy(machine(program, where), where.url)
        assert use.because
        if not agrees(case, program, way_of(use, RECORDER.ports), seen):
            wrong.append((program, use.way, use.because, seen))
    assert [row for row in wrong if row[0] not in case.get("but", {})] == []
    assert {row[0] for row in wrong} == set(case.get("but", {})), "an explained difference is gone: drop its `but`"


def test_at_most_two_of_a_hundred_predictions_need_an_explanation_and_none_of_claude_code() -> None:
    total = sum(len(list(seen_ways(case))) for case in WAYS)
    explained = [program for case in WAYS for program in case.get("but", {})]
    assert len(WAYS) >= 60
    assert len(explained) <= total * 0.02
    assert not [program for program in explained if program.startswith("claude")]


@pytest.mark.parametrize("case", TRUST, ids=name)
def test_every_program_is_predicted_to_trust_what_it_was_seen_to_trust(case: dict[str, Any], tmp_path: Path) -> None:
    _, names = certificates(tmp_path)
    where = place(RECORDER, tmp_path / "home", case, names)
    accepts, shows = case.get("accepts", "").split(), case.get("certificate", "").split()
    for program in (*accepts, *case.get("refuses", "").split()):
        found, rules = machine(program, where), rules_of(program)
        trust = rules.trust(found, where.url)
        trusted = trust.accepts(names["ca"]) or trust.accepts(names["folder"])
        assert trusted == (program in accepts), (program, trust)
        if program in accepts:
            assert (rules.certificate(found, where.url) is not None) == (program in shows), program


def test_a_proxy_password_is_never_part_of_a_reason(tmp_path: Path) -> None:
    secret = "planted-secret"
    for value in (
        f"http://user:{secret}@127.0.0.1:1",
        f"http://u:{secret}#@h:1",
        f"socks5://u:{secret}@h",
        f"x:{secret}",
    ):
        files = {
            ".gitconfig": f"[http]\nproxy = {value}\n",
            ".npmrc": f"proxy={value}\n",
            ".curlrc": f"proxy={value}\n",
        }
        where = place(RECORDER, tmp_path, {"env": {"HTTPS_PROXY": value}, "files": files, "url": "https://gw.test"})
        found = machine("claude-2.1.330", where)
        for program in PROGRAMS:
            use = program.proxy(found, where.url)
            assert secret not in f"{use.because}{use.authority}{use.notes}{use!r}"
        assert secret not in repr(found.program_files)


def test_settings_of_claude_code_count_for_no_other_program(tmp_path: Path) -> None:
    where = place(RECORDER, tmp_path, {"settings": {"HTTPS_PROXY": "http://p.test:1"}, "url": "https://gw.test"})
    ways = {program.id: program.proxy(machine("claude-2.1.330", where), where.url).kind for program in PROGRAMS}
    assert ways.pop("claude-code") == "proxy"
    assert set(ways.values()) == {"direct"}


def test_below_claude_code_its_settings_in_the_environment_prove_nothing_about_the_shell() -> None:
    from mcp_server.snapshot import SettingsFile

    files = (SettingsFile("user", "settings.json", {"env": {"HTTPS_PROXY": "http://p.test:1"}}),)
    shell = {"CLAUDECODE": "1", "HTTPS_PROXY": "http://p.test:1", "NO_PROXY": "x"}
    found = Snapshot(shell=shell, settings_files=files)
    assert found.outside("HTTPS_PROXY") is None
    assert found.outside("NO_PROXY") is not None


def test_every_program_but_gcloud_is_measured_in_every_release_that_is_pinned() -> None:
    measured = {program for case in WAYS for program, _ in seen_ways(case)}
    assert measured == set(EVERY)


def test_gclouds_own_proxy_makes_it_deaf_to_the_ca_variables(tmp_path: Path) -> None:
    # gcloud switches requests' trust_env off beside proxy properties (its source, release 528).
    config = {".config/gcloud/configurations/config_default": "[core]\ncustom_ca_certs_file = {ca}\n{proxy_part}"}
    trusted = []
    for part in ("", "[proxy]\ntype = http\naddress = p.test\nport = 1\n"):
        _, names = certificates(tmp_path / f"ca{len(part)}")
        case = {"files": config, "env": {"REQUESTS_CA_BUNDLE": "{wrong}"}}
        where = place(RECORDER, tmp_path / f"home{len(part)}", case, {**names, "proxy_part": part})
        trusted.append(rules_of("gcloud").trust(machine("gcloud", where), where.url).accepts(names["ca"]))
    assert trusted == [False, True]


def test_a_folder_as_ssl_verify_ends_litellm_with_a_reason(tmp_path: Path) -> None:
    where = place(RECORDER, tmp_path, {"env": {"SSL_VERIFY": str(tmp_path)}})
    assert "names a folder" in rules_of("litellm-httpx").trust(machine("litellm-httpx", where), where.url).fails
