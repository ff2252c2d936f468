"""``report``: a bundle for an issue that holds what maintainers ask for, and no credential."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from mcp_server.errors import GatewayError, UsageError
from mcp_server.operations.report import Bundle, litellm_version, run, self_checked, write
from mcp_server.snapshot import Snapshot

pytestmark = pytest.mark.anyio


def machine(home: Path, **shell: str) -> Snapshot:
    return Snapshot(shell={"NO_GCE_CHECK": "true", **shell}, home=str(home), client_version="2.1.330")


async def test_the_bundle_answers_what_the_two_issue_forms_ask(tmp_path: Path) -> None:
    gateway = tmp_path / "config.yaml"
    gateway.write_text("model_list:\n  - model_name: a\n    litellm_params: {model: openai/gpt-4o, api_kye: x}\n")
    seen = machine(
        tmp_path, CLAUDE_CODE_USE_BEDROCK="1", AWS_REGION="eu-west-1", TERM_PROGRAM="vscode", SHELL="/bin/zsh"
    )
    text = (await run("API Error: 403 no access to model", str(gateway), seen)).markdown
    for part in (
        *("| Claude Code | 2.1.330 |", "| Platform | AWS Bedrock |", "| Model | eu.anthropic.claude-opus-5-5 |"),
        *("| Terminal | vscode |", "| Shell | zsh |", "## Steps to reproduce", "## What should happen"),
        *(
            "```text\nAPI Error: 403 no access to model\n```",
            "## Diagnosis of the error",
            "unknown-key",
            "~/config.yaml",
        ),
        *("| provider mode | bedrock | CLAUDE_CODE_USE_BEDROCK, shell |", "That check found nothing."),
    ):
        assert part in text, part
    assert str(tmp_path) not in text


async def test_without_an_error_text_the_bundle_asks_for_it(tmp_path: Path) -> None:
    text = (await run(snapshot=machine(tmp_path))).markdown
    assert "(please paste the error text" in text
    assert "## Diagnosis" not in text


async def test_a_fence_in_the_error_does_not_end_its_block(tmp_path: Path) -> None:
    text = (await run("before\n```\n# no heading\n```", snapshot=machine(tmp_path))).markdown
    assert "````text\nbefore\n```\n# no heading\n```\n````" in text


async def test_a_gateway_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(GatewayError, match="does not exist"):
        await run(config_path=str(tmp_path / "none.yaml"), snapshot=machine(tmp_path))


def test_the_final_check_drops_a_line_that_only_the_known_values_betray() -> None:
    bundle = self_checked(["one", "the word hunter2hunter2 slipped in", "three"], {"hunter2hunter2"}, "/")
    assert bundle.left_out == 1
    assert "hunter2hunter2" not in bundle.markdown
    assert "1 line(s) were left out" in bundle.markdown
    assert self_checked(["one", "three"], {"hunter2hunter2"}, "/").left_out == 0


def test_the_file_is_the_users_alone_and_nothing_is_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "report.md"
    write(Bundle("text\n", 0), str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(UsageError, match="exists already"):
        write(Bundle("other\n", 0), str(file))
    assert file.read_text(encoding="utf-8") == "text\n"
    with pytest.raises(GatewayError, match="cannot be written"):
        write(Bundle("text\n", 0), str(tmp_path / "no" / "report.md"))


def test_the_version_of_litellm_is_read_without_starting_it(tmp_path: Path) -> None:
    program = tmp_path / "venv" / "bin" / "litellm"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\ntouch ran\n")
    program.chmod(0o755)
    (tmp_path / "venv" / "lib" / "python3.12" / "site-packages" / "litellm-1.106.2.dist-info").mkdir(parents=True)
    link = tmp_path / "bin" / "litellm"
    link.parent.mkdir()
    link.symlink_to(program)
    assert litellm_version(str(link.parent)) == "1.106.2"
    assert litellm_version(os.devnull) is None
