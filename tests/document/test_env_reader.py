"""Environment files: statements, values and places, compared with the programs that load such files."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from mcp_server.document.document import parse
from mcp_server.document.env_reader import MAX_STATEMENTS, Unknown, expand, scan
from mcp_server.document.nodes import Mark
from mcp_server.validate.context import Context
from mcp_server.validate.engine import validate
from mcp_server.validate.kinds import detect
from mcp_server.validate.kinds.claude_settings import claude

#: Lines about which a POSIX shell and python-dotenv agree, and what they read.
AGREED = {
    "A=b\n": {"A": "b"},
    "A=\n": {"A": ""},
    'A="b c"\n': {"A": "b c"},
    "A='b $c'\n": {"A": "b $c"},
    "export A=b\n": {"A": "b"},
    "  A=b  \n": {"A": "b"},
    "A=b # c\n": {"A": "b"},
    "A=b#c\n": {"A": "b#c"},
    'A="b" # c\n': {"A": "b"},
    "X=1\nA=${X}y\n": {"X": "1", "A": "1y"},
    "A=${NOPE_X:-d}\n": {"A": "d"},
    'A="b\nc"\nB=1\n': {"A": "b\nc", "B": "1"},
    'A="b\\"c"\n': {"A": 'b"c'},
    "A=1\nA=2\n": {"A": "2"},
    "# A=b\n\nB=https://h/p?q=r&s=t\n".replace("&s=t", ""): {"B": "https://h/p?q=r"},
}


@pytest.mark.parametrize(("text", "values"), AGREED.items())
def test_value_is_what_shell_and_dotenv_agree_on(text: str, values: dict[str, str]) -> None:
    assert {name: v.value for name, v in claude(parse(text, "env")).env.items()} == values


@pytest.mark.skipif(shutil.which("sh") is None, reason="no shell")
@pytest.mark.parametrize(("text", "values"), AGREED.items())
def test_the_shell_reads_the_same(text: str, values: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "f.env").write_text(text, encoding="utf-8")
    code = "set -a; . ./f.env; env -0"
    run = subprocess.run(
        ["sh", "-c", code], cwd=tmp_path, env={"PATH": "/usr/bin:/bin"}, capture_output=True, timeout=20, check=True
    )
    read = dict(pair.split("=", 1) for pair in run.stdout.decode().split("\0") if "=" in pair)
    assert {name: read.get(name) for name in values} == values


@pytest.mark.e2e
def test_dotenv_of_litellm_reads_the_same(tmp_path: Path) -> None:
    from mcp_server.run.programs import litellm_python

    program = "import json, sys, dotenv; print(json.dumps([dotenv.dotenv_values(f) for f in sys.argv[1:]]))"
    files = []
    for number, text in enumerate(t for t in AGREED if "'b $c'" not in t):
        files.append(tmp_path / f"{number}.env")
        files[-1].write_text(text, encoding="utf-8")
    run = subprocess.run(
        [str(litellm_python()), "-c", program, *map(str, files)],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert json.loads(run.stdout) == [v for t, v in AGREED.items() if "'b $c'" not in t]


def test_names_and_values_carry_one_based_places() -> None:
    document = parse(b'\xef\xbb\xbf# c\r\n  export AB="x y"\r\nC=d\r\n', "env")
    entries = claude(document).env
    ab, c = entries["AB"].entry, entries["C"].entry
    assert (ab.key.mark, ab.key.end, ab.value.mark, ab.value.end) == (
        Mark(2, 10),
        Mark(2, 12),
        Mark(2, 13),
        Mark(2, 18),
    )
    assert (c.value.mark, c.value.end) == (Mark(3, 3), Mark(3, 4))
    assert entries["C"].value == "d"


def test_value_over_several_lines_ends_where_its_quote_closes() -> None:
    statement = scan('A="x\ny" # z\nB=1\n').statements[0]
    assert (statement.value, statement.end, statement.rest) == ("x\ny", Mark(2, 3), " # z")
    assert scan('A="x\ny" # z\nB=1\n').statements[1].mark == Mark(3, 1)


def test_reference_to_a_variable_from_elsewhere_is_unknown_and_not_judged() -> None:
    document = parse("ANTHROPIC_BASE_URL=${HOST}\nHTTPS_PROXY=$PROXY\n", "env")
    assert all(isinstance(v.entry.value, Unknown) for v in claude(document).env.values())
    found = {f.id for f in validate(document, Context("env"))}
    assert not found & {"base-url-no-scheme", "proxy-url-scheme"}


def test_expand_follows_the_operators_of_the_shell() -> None:
    known = {"A": "1", "E": ""}
    assert expand("${A}-$A", known) == ("1-1", True)
    assert expand("${E:-x}${E-x}${N:-y}${A:+z}", known) == ("xyz", True)
    assert expand("${N}", known) == ("${N}", False)
    assert expand("${N:?must be set}", known) == ("${N:?must be set}", False)


def test_client_finding_names_the_variable_alone() -> None:
    found = validate(parse("ANTHROPIC_BASE_URL=https://g.example.com/v1\n", "env"), Context("env"))
    finding = next(f for f in found if f.id == "base-url-has-v1-suffix")
    assert finding.where is not None
    assert (finding.where.line, finding.where.column, finding.where.key) == (1, 20, "ANTHROPIC_BASE_URL")


def test_far_too_long_file_is_read_to_the_bound_only() -> None:
    found = scan("A=1\n" * (MAX_STATEMENTS + 5))
    assert len(found.statements) == MAX_STATEMENTS
    assert [p.mark.line for p in found.problems] == [MAX_STATEMENTS]


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        (".env", "", "env"),
        ("conf/.env.production", "# nothing", "env"),
        ("litellm.env", "A=b", "env"),
        ("setup.sh", "#!/bin/sh\n", "env"),
        (None, "# c\n\nexport A=b\n", "env"),
        (None, "A=b\nC=d", "env"),
        (None, "model_list:\n  - model_name: a=b\n", "litellm"),
        (None, '{"env": {}}', "claude-settings"),
        ("docker-compose.yml", "services:\n  a:\n    image: x\n", "docker-compose"),
        (None, "x: 1\nservices:\n  a: {image: x}\n", "docker-compose"),
        (None, "apiVersion: v1\nkind: ConfigMap\n", "kubernetes"),
        (None, "# c\n---\nkind: Pod\napiVersion: v1\n", "kubernetes"),
        ("x.yaml", "services: [a]\n", "litellm"),
    ],
)
def test_kind_is_recognised(name: str | None, text: str, kind: str) -> None:
    assert detect(name, text) == kind
