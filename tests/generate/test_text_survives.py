"""Whatever a value contains, the program that reads the generated text gets exactly that value."""

from __future__ import annotations

import json
import shlex
import subprocess
from datetime import date
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_server.generate.build import generate
from mcp_server.generate.client import SETTINGS_FILES
from mcp_server.generate.document import json_text, yaml_text
from mcp_server.generate.shell import export
from mcp_server.generate.spec import parse_request

NOT_KEPT = settings(database=None)
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)
DATA = st.recursive(
    st.one_of(
        TEXT,
        st.booleans(),
        st.integers(),
        st.none(),
        st.sampled_from(["yes", "0x1", "1e3", "~", "=", "2026-01-01", "$HOME", "- a"]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXT, inner, max_size=4)),
    max_leaves=12,
)
AWKWARD = [
    "it's",
    'say "hi"',
    "a b",
    "$HOME `id` $(id)",
    "ünïcødé/証明書.pem",
    "%d;#&|<>",
    "\\n",
    "-n",
    "~/ca.pem",
    "yes: no",
]


@NOT_KEPT
@given(st.dictionaries(TEXT, DATA, max_size=5))
def test_yaml_reads_back_as_it_was(data: dict[str, Any]) -> None:
    assert yaml.safe_load(yaml_text(data)) == data


@NOT_KEPT
@given(
    st.dictionaries(TEXT, DATA, min_size=1, max_size=3),
    st.lists(st.text(st.characters(categories=("L", "P", "Z", "N"))), max_size=3),
)
def test_a_header_changes_nothing(data: dict[str, Any], header: list[str]) -> None:
    assert yaml.safe_load(yaml_text(data, tuple(header))) == data


def test_shared_values_do_not_become_anchors() -> None:
    shared = {"app": "x"}
    assert "&" not in yaml_text({"a": shared, "b": shared})


@NOT_KEPT
@given(st.dictionaries(TEXT, DATA, max_size=5))
def test_json_reads_back_as_it_was(data: dict[str, Any]) -> None:
    assert json.loads(json_text(data)) == data


@NOT_KEPT
@given(TEXT)
def test_an_export_is_one_word_for_the_shell(value: str) -> None:
    assert shlex.split(export("NAME", value)) == ["export", f"NAME={value}"]


@pytest.mark.parametrize("value", AWKWARD)
def test_an_awkward_path_reaches_every_program_unchanged(value: str) -> None:
    made = generate(parse_request({"models": ["codestral"], "ca_bundle": value}), date(2026, 11, 25))
    client = json.loads(next(f.content for f in made.config if f.language == "json"))
    assert client["env"]["NODE_EXTRA_CA_CERTS"] == value
    start = made.config[-1].content.removesuffix("claude\n")
    assert variables_after(start)["NODE_EXTRA_CA_CERTS"] == value


@settings(max_examples=30, database=None)
@given(
    st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=40).filter(lambda t: t.strip() == t)
)
def test_the_real_shell_agrees(value: str) -> None:
    assert variables_after(export("NAME", value))["NAME"] == value


@pytest.mark.parametrize("scope", SETTINGS_FILES)
def test_the_commands_are_sound_shell(scope: str) -> None:
    made = generate(parse_request({"models": ["codestral"], "scope": scope}), date(2026, 11, 25))
    for file in made.config:
        if file.language == "shell":
            checked = subprocess.run(["sh", "-n"], input=file.content, capture_output=True, text=True, check=False)
            assert (checked.returncode, checked.stderr) == (0, "")


def test_the_key_commands_make_a_private_key_once(tmp_path: Any) -> None:
    made = generate(parse_request({"models": ["codestral"]}), date(2026, 11, 25))
    start = next(f.content for f in made.config if f.path == "shell: start the gateway")
    wanted = ("mkdir", "test -s", "export LITELLM_MASTER_KEY")
    script = "\n".join(line for line in start.splitlines() if line.startswith(wanted))
    first = variables_after(script, HOME=str(tmp_path / "with space"))["LITELLM_MASTER_KEY"]
    again = variables_after(script, HOME=str(tmp_path / "with space"))["LITELLM_MASTER_KEY"]
    assert first == again
    assert first.startswith("sk-")
    assert len(first) > 40
    key_file = tmp_path / "with space/.config/llm-gateway/litellm.key"
    assert key_file.stat().st_mode & 0o077 == 0


def variables_after(script: str, **environment: str) -> dict[str, str]:
    """The environment that a child of ``sh`` sees after ``script``."""
    done = subprocess.run(
        ["sh", "-c", f"{script}\nenv -0"],
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8", **environment},
        capture_output=True,
        check=True,
    )
    return dict(entry.split("=", 1) for entry in done.stdout.decode().split("\0") if entry)
