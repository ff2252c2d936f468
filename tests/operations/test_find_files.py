"""Which files of a folder are checked: ours, surely ours, and no others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mcp_server.operations import find_files
from mcp_server.operations.find_files import find
from mcp_server.validate.kinds import KINDS
from mcp_server.validate.kinds.recognition import FILES, recognise

LITELLM = "model_list:\n  - model_name: m\n"
SETTINGS = '{"env": {"ANTHROPIC_BASE_URL": "https://gateway.example.com"}}'


def names(folder: Path) -> list[str]:
    return [file.relative_to(folder).as_posix() for file, _ in find(folder).files]


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_configurations_are_found_by_name_or_content_in_order(tmp_path: Path) -> None:
    put(tmp_path, "b/config.yml", LITELLM)
    put(tmp_path, "a.yaml", LITELLM)
    put(tmp_path, ".claude/settings.json", "{}")
    put(tmp_path, "exported.json", SETTINGS)
    assert names(tmp_path) == ["a.yaml", "exported.json", ".claude/settings.json", "b/config.yml"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("package.json", '{"name": "x", "scripts": {"env": "y"}}'),
        ("tsconfig.json", '{"include": ["src"]}'),
        ("settings.json", '{"editor.tabSize": 2}'),
        (".gitlab-ci.yml", "include:\n  - local: other.yml\ntest:\n  script: make\n"),
        ("mkdocs.yml", "site_name: x\nnav: []\n"),
        ("compose.yaml", "services:\n  web:\n    image: nginx\n"),
        ("deployment.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"),
        ("values.yaml", "general_settings:\n  debug: true\n"),
        (".env", "DATABASE_URL=postgres://db\nDEBUG=1\n"),
        ("notes.txt", LITELLM),
    ],
)
def test_files_of_others_are_left_alone_and_counted(tmp_path: Path, name: str, text: str) -> None:
    put(tmp_path, name, text)
    found = find(tmp_path)
    assert found.files == []
    assert sum(found.skipped.values()) == (0 if name == "notes.txt" else 1)


@pytest.mark.parametrize(
    "folder", ["node_modules/x", ".git", ".venv/lib", ".pytest_cache", ".cache", "a/__pycache__", "b/.mypy_cache"]
)
def test_installed_packages_caches_and_version_control_are_left_out(tmp_path: Path, folder: str) -> None:
    put(tmp_path, f"{folder}/config.yaml", LITELLM)
    assert names(tmp_path) == []


def test_a_folder_that_says_it_is_a_cache_or_a_virtual_environment_is_left_out(tmp_path: Path) -> None:
    for folder, mark in (("one", "CACHEDIR.TAG"), ("two", "pyvenv.cfg")):
        put(tmp_path, f"{folder}/config.yaml", LITELLM)
        put(tmp_path, f"{folder}/{mark}", "")
    assert names(tmp_path) == []
    assert names(tmp_path / "one") == ["config.yaml"]  # asked for by name


def test_links_to_folders_are_not_followed_and_circles_do_no_harm(tmp_path: Path) -> None:
    put(tmp_path, "config.yaml", LITELLM)
    (tmp_path / "again").symlink_to(tmp_path)
    (tmp_path / "circle.yaml").symlink_to(tmp_path / "circle.yaml")
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere")
    assert names(tmp_path) == ["config.yaml"]


def test_pipes_are_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "config.yaml")
    assert names(tmp_path) == []


def test_a_kind_asked_for_picks_the_files_of_that_kind(tmp_path: Path) -> None:
    put(tmp_path, "config.yaml", LITELLM)
    put(tmp_path, ".claude/settings.json", "{}")
    assert [kind for _, kind in find(tmp_path, "claude-settings").files] == ["claude-settings"]


def test_the_number_of_files_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(5):
        put(tmp_path, f"{n}.yaml", LITELLM)
    monkeypatch.setattr(find_files, "MAX_FILES", 3)
    found = find(tmp_path)
    assert len(found.files) == 3
    assert found.skipped == {"more than 3 configurations": 2}
    monkeypatch.setattr(find_files, "MAX_ENTRIES", 2)
    (problem,) = find(tmp_path).closed
    assert "more than 2" in problem.problem


def test_a_file_that_cannot_be_opened_is_kept_to_be_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = put(tmp_path, "config.yaml", LITELLM)

    def refuse(path: Path, *_: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuse)
    assert find(tmp_path).files == [(file, None)]


def test_a_long_file_is_recognised_by_its_beginning_even_when_cut_within_a_character(tmp_path: Path) -> None:
    text = LITELLM + "# é" + "é" * find_files.MAX_START
    file = put(tmp_path, "config.yaml", text)
    assert find(tmp_path).files == [(file, "litellm")]


def test_every_name_of_a_hook_is_recognised_as_its_kind_when_the_content_fits() -> None:
    assert set(FILES) <= {kind.ID for kind in KINDS} | {"claude-gateway"}
    assert recognise("litellm/litellm-config.yaml", LITELLM) == "litellm"
    assert recognise("x/.claude/settings.local.json", "{}") == "claude-settings"
    assert recognise("/etc/claude-code/managed-settings.json", "{}") == "claude-settings"
