"""Every different file of the matrix of all gateways in the real program that reads it, each judged once."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from deployment_judges import compose_complaints, kubernetes_complaints, prometheus_complaints, systemd_complaints
from every_set_up import SET_UPS, Row, arguments, rows
from gateway_bench import written
from redis_server import redis
from test_claude_apps_gateway_e2e import environment as gateway_environment
from test_custom_gateway_e2e import nginx_main, nginx_program
from test_every_gateway_matrix import distinct, made
from test_litellm_matrix import JUDGE, SECRET
from test_zuplo_gateway_e2e import environment as zuplo_environment

from mcp_server.answer import Answer
from mcp_server.lab.certificates import Authority
from mcp_server.lab.claude_gateway import bench
from mcp_server.run.programs import claude_code, envoy, litellm_extras, litellm_python, versions, zuplo

pytestmark = pytest.mark.e2e

Files = Mapping[str, str]
#: Programs that run at the same time.
AT_ONCE = 3


@pytest.fixture(scope="module")
def answers() -> list[tuple[Row, Answer]]:
    return [(row, made(row)) for row in rows()]


def projects(answers: list[tuple[Row, Answer]], name: str) -> list[Files]:
    """The files beside each different one whose path ends so: path → content, commands left out."""
    found = {}
    for _, answer in answers:
        files = {f.path: f.content for f in answer.config if f.language != "shell" and "settings" not in f.path}
        if any(path.endswith(name) for path in files):
            found[json.dumps(files, sort_keys=True)] = files
    return list(found.values())


def content(files: Files, name: str) -> str:
    return next(text for path, text in files.items() if path.endswith(name))


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with everything that nginx and Envoy read while they check their files."""
    folder = tmp_path_factory.mktemp("keys")
    issued = Authority(folder).issue("claude.example.com").file.read_bytes()
    for name in ("tls.crt", "tls.key", "ca-bundle.pem"):
        (folder / name).write_bytes(issued)
    (folder / "keys.conf").write_text("'Bearer 0123456789abcdef0123456789abcdef' ada;\n", encoding="utf-8")
    (folder / "provider-key.conf").touch()
    (folder / "keys").touch()
    (folder / "provider-key.yaml").write_text("resources: []\n", encoding="utf-8")
    return folder


def placed(text: str, folder: Path) -> str:
    """``text`` with the folders of a real host replaced by ``folder``, which holds what ``pair`` made."""
    text = re.sub(r"/tmp(?=/)", str(folder), text)
    text = re.sub(r"/etc/ssl/corporate ca\.pem|/etc/ssl/certs/ca-certificates\.crt", f"{folder}/ca-bundle.pem", text)
    text = re.sub(r"/var/log/nginx(?=/)|(?<=access_log )/dev(?=/)", str(folder), text)
    folders = r"/run/secrets|/run/credentials/[\w.-]+|/etc/(?:envoy|nginx)/claude|/etc/claude-gateway|/etc/llm-gateway"
    return re.sub(rf"(?:{folders})(?=/)|(?:{folders})(?=[\"'\s]|$)", str(folder), text)


def filled(folder: Path, pair: Path) -> Path:
    """``folder``, made and filled with what ``pair`` holds."""
    shutil.copytree(pair, folder)
    return folder


def test_nginx_takes_every_file(answers: list[tuple[Row, Answer]], pair: Path, tmp_path: Path) -> None:
    found = projects(answers, "claude-gateway.conf")
    assert len(found) > 5
    wrong = {}
    for number, files in enumerate(found):
        folder = filled(tmp_path / str(number), pair)
        text = placed(content(files, "claude-gateway.conf"), folder)
        text = re.sub(r"server [\w.-]+:(443|4000)( resolve)?;", r"server 127.0.0.1:\1;", text)
        (folder / "claude-gateway.conf").write_text(text, encoding="utf-8")
        main = nginx_main(folder, "main.conf", f"  include '{folder}/claude-gateway.conf';")
        if any(path.endswith("nginx.conf") for path in files):
            main = folder / "nginx.conf"
            main.write_text(placed(content(files, "nginx.conf"), folder), encoding="utf-8")
        done = subprocess.run(
            [nginx_program(), "-e", str(folder / "error.log"), "-t", "-c", str(main)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode or "[warn]" in done.stderr:
            wrong[done.stderr] = text
    assert wrong == {}


def test_envoy_takes_every_file(answers: list[tuple[Row, Answer]], pair: Path, tmp_path: Path) -> None:
    found = projects(answers, "claude-envoy.yaml")
    assert len(found) > 5

    def judge(number: int) -> str:
        files, folder = found[number], filled(tmp_path / str(number), pair)
        for name in ("keys.lua", "claude-envoy.yaml"):
            (folder / name).write_text(placed(content(files, name), folder), encoding="utf-8")
        command = [str(envoy()), "--mode", "validate", "-c", str(folder / "claude-envoy.yaml")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return "" if done.returncode == 0 else done.stderr[-600:]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert [said for said in pool.map(judge, range(len(found))) if said] == []


def test_claude_gateway_takes_every_file(answers: list[tuple[Row, Answer]], pair: Path, tmp_path: Path) -> None:
    texts = {content(files, "claude-gateway.yaml") for files in projects(answers, "claude-gateway.yaml")}
    assert len(texts) > 5

    filled(tmp_path / "host", pair)

    async def all_of_them() -> list[str]:
        slots = asyncio.Semaphore(AT_ONCE)
        async with bench() as judge:

            async def verdict(number: int, text: str) -> str:
                file = tmp_path / f"{number}.yaml"
                file.write_text(placed(text, tmp_path / "host"), encoding="utf-8")
                variables = gateway_environment(text, GATEWAY_POSTGRES_URL=judge.postgres_url, OIDC_ISSUER=judge.issuer)
                async with slots:
                    said = await judge.judge(claude_code(), file, variables)
                return "" if said.accepted else f"{said.said}\n{text}"

            return list(await asyncio.gather(*(verdict(n, text) for n, text in enumerate(sorted(texts)))))

    assert [said for said in asyncio.run(all_of_them()) if said] == []


def test_litellm_starts_with_every_file(answers: list[tuple[Row, Answer]], tmp_path: Path) -> None:
    texts = {content(files, "litellm-config.yaml") for files in projects(answers, "litellm-config.yaml")}
    assert len(texts) > 5
    with redis(tmp_path, SECRET) as port:
        places = {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": str(port), "OTEL_EXPORTER": "in_memory"}
        jobs = []
        for number, text in enumerate(sorted(texts)):
            path = tmp_path / f"{number}.yaml"
            path.write_text(text, encoding="utf-8")
            names = set(re.findall(r"os\.environ/(\w+)", text)) - {"DATABASE_URL"}  # Prisma's engines are not here
            jobs.append({"path": str(path), "environment": {name: places.get(name, SECRET) for name in names}})
        done = subprocess.run(
            [str(litellm_python()), str(JUDGE)],
            input="\n".join(map(json.dumps, jobs)),
            capture_output=True,
            text=True,
            timeout=300,
            check=True,
            env={**os.environ, "PYTHONPATH": str(litellm_extras())},
        )
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(verdicts) == len(texts)
    assert [v["message"] or v["dropped"] for v in verdicts if not v["starts"] or v["dropped"]] == []


def test_zuplos_lint_finds_nothing_in_any_project(answers: list[tuple[Row, Answer]], tmp_path: Path) -> None:
    node, script = zuplo()
    judged: dict[str, Answer] = {}
    for _, answer in answers:
        files = [(f.path, f.content) for f in answer.config if f.language != "shell" and "settings" not in f.path]
        if any(path.endswith("policies.json") for path, _ in files):
            judged.setdefault(hashlib.sha256(repr(files).encode()).hexdigest(), answer)
    assert len(judged) > 2

    def judge(item: tuple[str, Answer]) -> str:
        folder = tmp_path / item[0]
        folder.mkdir()
        written(item[1], folder)
        done = subprocess.run(
            [str(node), str(script), "lint"],
            cwd=folder,
            env=zuplo_environment(folder),
            capture_output=True,
            text=True,
            check=False,
        )
        clean = done.returncode == 0 and "No violations found" in done.stdout
        return "" if clean else done.stdout + done.stderr

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert [said for said in pool.map(judge, judged.items()) if said] == []


def test_deployment_files_fit_their_schemas_and_programs(answers: list[tuple[Row, Answer]], tmp_path: Path) -> None:
    compose = {f.content for f in distinct(answers, "yaml") if f.path.endswith("compose.yaml")}
    kubernetes = {
        f.content for f in distinct(answers, "yaml") if f.path.endswith("gateway.yaml") and _objects(f.content)
    }
    assert min(len(compose), len(kubernetes)) > 5
    assert {text: said for text in compose if (said := compose_complaints(text))} == {}
    assert kubernetes_complaints(sorted(kubernetes)) == []
    units = {(f.path, f.content) for _, a in answers for f in a.config if f.path.endswith(".service")}
    assert len(units) > 5

    def judge(number: int) -> list[str]:
        path, text = sorted(units)[number]
        folder = tmp_path / str(number)
        folder.mkdir()
        return systemd_complaints(folder, text, Path(path).name)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert [said for said in pool.map(judge, range(len(units))) if said] == []
    for files in projects(answers, "prometheus.yml"):
        two = {name: content(files, name) for name in ("prometheus.yml", "prometheus-rules.yml")}
        assert prometheus_complaints(tmp_path, two) == ""


def _objects(text: str) -> bool:
    return all("kind" in part for part in yaml.safe_load_all(text) if isinstance(part, dict))


@pytest.mark.parametrize("version", versions()["claude_code"])
def test_the_real_client_loads_the_settings_of_every_gateway(
    answers: list[tuple[Row, Answer]], version: str, tmp_path: Path
) -> None:
    """A token in the file's ``env`` counts only when the client takes the file."""
    settings: dict[str, tuple[dict[str, Any], Row]] = {}
    for row, answer in answers:
        file = next(f for f in answer.config if "settings" in f.path and f.language == "json")
        settings.setdefault(row["set-up"], (json.loads(file.content), row))
    assert len(settings) == len(SET_UPS)

    def judge(name: str) -> str:
        data, row = settings[name]
        data.pop("apiKeyHelper", None)
        data["env"] = {**data["env"], "ANTHROPIC_AUTH_TOKEN": "sk-test-token"}
        home = tmp_path / name.replace(" ", "-")
        (home / ".claude").mkdir(parents=True)
        (home / ".claude/settings.json").write_text(json.dumps(data), encoding="utf-8")
        done = subprocess.run(
            [str(claude_code(version)), "auth", "status"],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=120,
            cwd=home,
            env={"PATH": os.environ["PATH"], "HOME": str(home), "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"},
            check=False,
        )
        try:
            return "" if json.loads(done.stdout)["loggedIn"] else f"not taken: {arguments(row)}"
        except ValueError:
            return f"{name}: {done.stdout[-300:]}{done.stderr[-300:]}"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert [said for said in pool.map(judge, settings) if said] == []
