"""Converted files in the real LiteLLM, and the settings that the real ``lite`` wrote."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import migrate_sources as sources
import pytest
import yaml
from migrate_sources import key

from mcp_server.cli import main
from mcp_server.operations import migrate
from mcp_server.run.programs import litellm_python

pytestmark = pytest.mark.e2e
JUDGE = Path(__file__).parents[2] / "validate" / "litellm_judge.py"


def files(folder: Path) -> Iterator[tuple[str, str]]:
    """Name and LiteLLM file of every conversion that has one."""
    contents: dict[str, Any] = {
        "router-2.json": sources.ROUTER_2,
        "router-3.json": sources.ROUTER_3,
        "portkey.json": sources.PORTKEY_CONFIG,
        "balance.json": sources.PORTKEY_BALANCE,
        "old.yaml": sources.OLD_LITELLM,
    }
    for name, content in contents.items():
        (folder / name).write_text(content if isinstance(content, str) else json.dumps(content))
    sources.switch_database(folder / "switch.db", {"apiFormat": "openai_chat"})
    for name in (*contents, "switch.db"):
        answer = migrate.run(str(folder / name))
        yield name, next(f.content for f in answer.config if f.path.endswith(".yaml"))


def test_real_litellm_starts_with_every_converted_file_and_serves_its_models(tmp_path: Path) -> None:
    jobs: list[dict[str, Any]] = []
    for name, content in files(tmp_path):
        file = tmp_path / f"{name}.litellm.yaml"
        file.write_text(content)
        config = yaml.safe_load(content)
        names = list(dict.fromkeys(d["model_name"].replace("*", "sonnet-4-6") for d in config["model_list"]))
        variables = {d["litellm_params"].get("api_key", "").partition("os.environ/")[2] for d in config["model_list"]}
        environment = dict.fromkeys(variables - {""} | {"LITELLM_MASTER_KEY"}, "sk-value-for-tests")
        aliases = [a for a in config.get("router_settings", {}).get("model_group_alias", {}) if "," in a][:2]
        jobs.append({"path": str(file), "environment": environment, "models": [*names, *aliases], "down": False})
    done = subprocess.run(
        [str(litellm_python()), str(JUDGE)],
        input="\n".join(map(json.dumps, jobs)),
        capture_output=True,
        text=True,
        timeout=200,
        check=True,
    )
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(verdicts) == len(jobs) == 6
    for job, verdict in zip(jobs, verdicts, strict=True):
        assert (verdict["starts"], verdict["dropped"], verdict["log"]) == (True, [], []), verdict
        assert [c for c in verdict["calls"] if c["status"] != 200 or c["error"]] == []
        assert {c["model"] for c in verdict["calls"]} == set(job["models"])
    asked = [c["sent"][-1]["url"] for c in verdicts[0]["calls"]]
    assert not [url for url in asked if url.endswith("/responses")]
    assert any(url.startswith("https://api.z.ai/api/anthropic/v1/messages") for url in asked)


class _Models(BaseHTTPRequestHandler):
    """As much of a gateway as lite asks for before it writes."""

    def do_GET(self) -> None:
        body = json.dumps({"object": "list", "data": [{"id": "gemini-2.5-pro", "object": "model"}]}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture
def gateway() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Models)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_settings_of_the_real_lite_are_converted_and_handed_back(
    tmp_path: Path, gateway: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    (home / ".claude").mkdir(parents=True)
    mine = {"permissions": {"allow": ["Bash(ls)"]}}
    (home / ".claude/settings.json").write_text(json.dumps(mine))
    secret, python = key("Lite"), str(litellm_python())  # before the home folder, and with it the cache, is another

    def lite(*arguments: str) -> None:
        start = f"import sys; sys.argv = {['lite', *arguments]!r}; from litellm.proxy.client.cli import cli; cli()"
        subprocess.run(
            [python, "-I", "-c", start],
            env={"HOME": str(home), "PATH": os.environ["PATH"], "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=120,
            check=True,
        )

    lite("configure", "claude", "--base-url", gateway, "--api-key", secret, "--model", "gemini-2.5-pro")
    assert secret in (home / ".claude/settings.json").read_text()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("LLM_GATEWAY_STATE", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(("migrate", "--json"))
    out = capsys.readouterr().out
    assert ended.value.code == 0
    assert secret not in out
    answer = json.loads(out)
    settings = json.loads(next(f["content"] for f in answer["config"] if f["language"] == "json"))
    assert settings["env"]["ANTHROPIC_BASE_URL"] == gateway
    assert settings["env"]["ENABLE_TOOL_SEARCH"] == "false"
    assert settings["apiKeyHelper"] == "printenv LITELLM_API_KEY"
    assert settings["permissions"] == mine["permissions"]
    assert "statusLine" not in settings
    steps = answer["verification"]
    assert steps[0]["command"] == "lite unconfigure claude"
    assert "~/.claude/settings.json:" in steps[1]["detail"]
    with pytest.raises(SystemExit) as ended:
        main(("migrate", "--apply"))
    assert ended.value.code == 1
    assert "managed by lite configure claude" in capsys.readouterr().err
    lite("unconfigure", "claude")
    assert json.loads((home / ".claude/settings.json").read_text()) == mine
