from __future__ import annotations

import os
from pathlib import Path

import pytest

from mcp_server.effective.programs.registry import BY_ID
from mcp_server.environment import snapshot
from mcp_server.errors import UsageError
from mcp_server.program_files import MAX_FILE_BYTES, program_files, program_versions, read_pac
from mcp_server.snapshot import Snapshot

URL = "https://gw.corp.test"


def written(home: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return home


def machine(home: Path, **shell: str) -> Snapshot:
    alone = {"PATH": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", "npm_config_globalconfig": "/nonexistent"}
    project = home / "project"
    project.mkdir(exist_ok=True)
    return snapshot(shell={**alone, **shell}, home=home, project=project, run_claude=False)


def test_the_reason_names_file_and_line_and_what_was_beaten(tmp_path: Path) -> None:
    written(tmp_path, {".gitconfig": "[http]\n\n\tproxy = http://p.test:1\n"})
    use = BY_ID["git"].proxy(machine(tmp_path, HTTPS_PROXY="http://q.test:2"), URL)
    assert use.way == "http://p.test:1"
    assert f"http.proxy ({tmp_path}/.gitconfig:3)" in use.because
    assert "it beats HTTPS_PROXY (shell)" in use.because


def test_an_included_file_counts_where_it_is_included(tmp_path: Path) -> None:
    include = "[http]\nproxy = http://one.test:1\n[include]\npath = ~/inc\n"
    written(tmp_path, {".gitconfig": include, "inc": "[http]\nproxy = http://two.test:1\n"})
    assert BY_ID["git"].proxy(machine(tmp_path), URL).way == "http://two.test:1"
    written(tmp_path, {".gitconfig": f"{include}[http]\nproxy = http://three.test:1\n"})
    assert BY_ID["git"].proxy(machine(tmp_path), URL).way == "http://three.test:1"


def test_an_include_that_includes_itself_ends(tmp_path: Path) -> None:
    written(tmp_path, {".gitconfig": "[include]\npath = .gitconfig\n[http]\nproxy = http://p.test:1\n"})
    assert BY_ID["git"].proxy(machine(tmp_path), URL).way == "http://p.test:1"


def test_a_file_that_cannot_be_used_says_so_and_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / ".npmrc").write_bytes(b"x" * (MAX_FILE_BYTES + 1))
    (tmp_path / ".gitconfig").mkdir()
    (tmp_path / ".curlrc").write_bytes(b"\xff\xfeproxy = http://p.test:1\n")
    found = program_files({"npm_config_globalconfig": "/nonexistent", "PATH": ""}, tmp_path, tmp_path)
    assert [f.error for f in found if f.program == "npm"] == [
        f"is larger than {MAX_FILE_BYTES:,} bytes and was not read"
    ]


def test_a_file_without_a_word_about_the_network_is_left_out(tmp_path: Path) -> None:
    written(tmp_path, {".gitconfig": "[user]\nname = x\n", ".npmrc": "registry=https://r.test\n"})
    assert [f for f in machine(tmp_path).program_files if f.path.startswith(str(tmp_path))] == []


def test_what_stands_at_a_ca_path_is_part_of_the_snapshot(tmp_path: Path) -> None:
    written(tmp_path, {"ca.pem": "x", ".npmrc": f"cafile={tmp_path}/none.pem\n"})
    paths = machine(tmp_path, SSL_CERT_FILE=str(tmp_path / "ca.pem"), REQUESTS_CA_BUNDLE=str(tmp_path)).paths
    # The machine's own pip.conf may name one more.
    assert {path: kind for path, kind in paths.items() if path.startswith(str(tmp_path))} == {
        str(tmp_path / "ca.pem"): "file",
        str(tmp_path): "folder",
        str(tmp_path / "none.pem"): "missing",
    }


def test_versions_are_asked_of_what_is_there(tmp_path: Path) -> None:
    for name, said in (("curl", "curl 8.9.1 (x86_64)"), ("git", "git version 2.50.0"), ("node", "v24.1.0")):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\necho '{said}'\n", encoding="utf-8")
        program.chmod(0o755)
    found = program_versions(str(tmp_path))
    assert (found["curl"], found["git"], found["node"], found["npm"]) == ("8.9.1", "2.50.0", "24.1.0", "")


def test_a_version_that_never_comes_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mcp_server.program_files.VERSION_SECONDS", 0.2)
    (tmp_path / "git").write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    (tmp_path / "git").chmod(0o755)
    assert program_versions(f"{tmp_path}{os.pathsep}{os.environ['PATH']}")["git"] == "?"


def test_node_24_follows_the_variables_when_it_is_told_to(tmp_path: Path) -> None:
    from dataclasses import replace

    found = machine(tmp_path, HTTPS_PROXY="http://p.test:1", NODE_USE_ENV_PROXY="1")
    ways = {v: BY_ID["node"].proxy(replace(found, versions={"node": v}), URL).way for v in ("20.20.2", "24.1.0")}
    assert ways == {"20.20.2": "direct", "24.1.0": "http://p.test:1"}


def test_curl_before_7_86_reads_no_ranges(tmp_path: Path) -> None:
    from dataclasses import replace

    found = machine(tmp_path, HTTPS_PROXY="http://p.test:1", NO_PROXY="10.0.0.0/8")
    url = "https://10.1.1.1"
    ways = {v: BY_ID["curl"].proxy(replace(found, versions={"curl": v}), url).way for v in ("7.80.0", "7.88.1")}
    assert ways == {"7.80.0": "http://p.test:1", "7.88.1": "direct"}


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("http://wpad/proxy.pac", "never fetched"),
        ("missing.pac", "cannot be read"),
        ("~nobody-here/x", "cannot be read"),
    ],
)
def test_a_pac_file_is_read_from_disk_alone(path: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        read_pac(path)
