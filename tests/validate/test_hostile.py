"""Hostile input through the real command: a finding or a clear refusal, within bounds of time and memory, nothing run.

The bounds of time are loose, so that a busy machine fails no test.
"""

from __future__ import annotations

import json
import os
import random
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mcp_server.document.document import parse
from mcp_server.document.edit import Change, Edit
from mcp_server.document.edits import apply
from mcp_server.document.nodes import Scalar
from mcp_server.validate import engine, kinds
from mcp_server.validate.rule import Rule
from mcp_server.validate.rules import RULES
from tests.validate.test_fixing import case, context
from tests.validate.test_rules import FILES

MEMORY = 500_000_000
#: CPU seconds; each case needs less than two on an idle machine.
SECONDS = 20
MILLION = 1_000_000


def bomb(levels: int, open_: str = "[", close: str = "]") -> str:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} {open_}{', '.join([f'*a{n - 1}'] * 10)}{close}" for n in range(1, levels)]
    return "\n".join(rows)


def merges(width: int) -> str:
    rows = ["a0: &a0 {k: v}"]
    rows += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * width)}], k{n}: v}}" for n in range(1, 12)]
    return "\n".join(rows) + "\nmodel_list: []\n"


def key(value: str) -> str:
    return f"model_list:\n- model_name: m\n  litellm_params:\n    model: openai/gpt-4o\n    api_key: {value}\n"


def env(name: str, value: str) -> str:
    return json.dumps({"env": {name: value}})


def many(row: str, number: int, head: str = "") -> str:
    return head + "".join(row.replace("#", str(n)) for n in range(number))


ENTRY = "- model_name: abcdef#\n  litellm_params: {model: openai/x}\n"
TEXTS: dict[str, Callable[[], str | bytes]] = {
    "alias-bomb.yaml": lambda: bomb(12),
    "alias-bomb-in-use.yaml": lambda: bomb(6) + "\nmodel_list: *a5\n",
    "merge-bomb.yaml": lambda: merges(10),
    "merge-chain.yaml": lambda: many("a#: &a# {k#: v}\n", 1) + many("b#: &b# {<<: *a0, k: v}\n", 5_000),
    "merge-depth.yaml": lambda: "a: &a0 {k: v}\n"
    + "".join(f"b{n}: &a{n} {{<<: *a{n - 1}}}\n" for n in range(1, 5_000)),
    "cyclic-anchor.yaml": lambda: "model_list: &a\n- *a\n",
    "cyclic-merge.yaml": lambda: "litellm_settings: &a\n  <<: *a\n",
    "deep-flow.yaml": lambda: "model_list: " + "[" * 10_000,
    "deep-flow-closed.yaml": lambda: "model_list: " + "[" * 10_000 + "]" * 10_000,
    "deep-mappings.yaml": lambda: "model_list: " + "{a: " * 10_000,
    "deep-block.yaml": lambda: "".join(" " * n + "a:\n" for n in range(2_800)),
    "deep-items.yaml": lambda: "- " * 10_000 + "x",
    "deep.json": lambda: '{"env":' + '{"a":' * 10_000 + "1" + "}" * 10_001,
    "deep-lists.json": lambda: '{"env":' + "[" * 100_000,
    "python-tag.yaml": lambda: "model_list: !!python/object/apply:os.system ['touch executed']\n",
    "many-tags.yaml": lambda: many("- !x a\n", 200_000, "model_list:\n"),
    "many-anchors.yaml": lambda: many("- &a# x\n", 100_000, "model_list:\n"),
    "many-aliases.yaml": lambda: many("- *a\n", MILLION, "x: &a 1\nmodel_list:\n"),
    "many-values.yaml": lambda: many("- a\n", 1_900_000, "model_list:\n"),
    "many-duplicates.yaml": lambda: many("  a: 1\n", 300_000, "litellm_settings:\n"),
    "many-duplicates-below-the-limit.yaml": lambda: many("  a: 1\n", 120_000, "litellm_settings:\n"),
    "many-unknown-keys.yaml": lambda: many("  timeot#: 1\n", 120_000, "litellm_settings:\n"),
    "many-wrong-entries.yaml": lambda: many("- 1\n", 200_000, "model_list:\n"),
    "many-dates.yaml": lambda: many("  a#: 2026-01-01\n", 90_000, "litellm_settings:\n"),
    "fallback-chain.yaml": lambda: "litellm_settings:\n  fallbacks:\n"
    + "".join(f"  - m{n}: [m{n + 1}]\n" for n in range(40_000)),
    "fallback-circle.yaml": lambda: "litellm_settings:\n  fallbacks:\n"
    + "".join(f"  - m{n}: [m{(n + 1) % 30_000}]\n" for n in range(30_000)),
    "near-names.yaml": lambda: many(ENTRY, 5_000, "model_list:\n")
    + many("    x#: abcdeg#q\n", 5_000, "router_settings:\n  model_group_alias:\n"),
    "wildcards.yaml": lambda: many(ENTRY.replace("abcdef", "a*" * 20), 100, "model_list:\n")
    + f"litellm_settings:\n  default_fallbacks: [{'a' * 900}b]\n",
    "decimal.yaml": lambda: key("1" * 7 * MILLION),
    "hexadecimal.yaml": lambda: key("0x" + "f" * 7 * MILLION),
    "sexagesimal.yaml": lambda: key("1" + ":1" * 2 * MILLION),
    "underscores.yaml": lambda: key("1" + "_" * 4 * MILLION + "1"),
    "huge-exponent.yaml": lambda: key("1.0e+999999999"),
    "huge-exponent.json": lambda: '{"env": {"A": 1e999999}}',
    "digits.json": lambda: '{"env": {"A": ' + "9" * 7 * MILLION + "}}",
    "one-line.yaml": lambda: "model_list: [" + "a, " * 2 * MILLION + "]",
    "one-scalar.yaml": lambda: key('"' + "x" * 7 * MILLION + '"'),
    "references.yaml": lambda: key("os.environ/" * 600_000),
    "dollars.yaml": lambda: key("${" * 3 * MILLION),
    "blanks.yaml": lambda: key("a" + " " * 7 * MILLION + "b"),
    "long-key.yaml": lambda: "a" * 7 * MILLION + ": 1\n",
    "comments.yaml": lambda: "#\n" * 3 * MILLION + "model_list: []\n",
    "line-feeds.yaml": lambda: "\n" * 7 * MILLION + "model_list: []\n",
    "carriage-returns.yaml": lambda: "\r" * 3 * MILLION + "model_list: []\n",
    "next-lines.yaml": lambda: "# \x85" * MILLION + "\nmodel_list: []\n",
    "tabs.yaml": lambda: "a:\n" + "\tb: 1\n" * MILLION,
    "open-quote.yaml": lambda: 'model_list: "' + "x\n" * 3 * MILLION,
    "colons.yaml": lambda: "a: " * 2 * MILLION,
    "commas.json": lambda: "[" + "," * 7 * MILLION,
    "comments.json": lambda: "//\n" * 2 * MILLION + "{}",
    "open-comment.json": lambda: "{/*" + "*" * 7 * MILLION,
    "single-quotes.json": lambda: "{'" + "a" * 7 * MILLION,
    "bare-word.json": lambda: "{" + "a" * 7 * MILLION,
    "backslashes.json": lambda: '{"A": "' + "\\\\" * 3 * MILLION + '\\q"}',
    "keys.json": lambda: '{"env": {' + ",".join(f'"A{n}": 1' for n in range(90_000)) + "}}",
    "no-proxy.json": lambda: env("NO_PROXY", ",".join(f"*.h{n}.example" for n in range(200_000))),
    "no-proxy-dots.json": lambda: env("NO_PROXY", "1." * 3 * MILLION + " x"),
    "headers.json": lambda: env("ANTHROPIC_CUSTOM_HEADERS", "a,b: c\n" * 500_000),
    "base-url.json": lambda: env("ANTHROPIC_BASE_URL", "https://" + "a.@:/" * MILLION),
    "base-url-slashes.json": lambda: env("ANTHROPIC_BASE_URL", "https://h/v1" + "/" * 7 * MILLION + "x"),
    "binary.yaml": lambda: b"\x7fELF" + bytes(range(256)) * 1_000,
    "latin-1.yaml": lambda: "größe: 1\n".encode("latin-1") * 1_000,
    "utf-16-cut.yaml": lambda: ("model_list: []\n" * 100).encode("utf-16")[:-1],
    "utf-32.yaml": lambda: "model_list: []\n".encode("utf-32"),
    "nul-late.yaml": lambda: b"model_list: []\n# " + b"x" * 9_000 + b"\0\n",
    "suppressions.yaml": lambda: many(
        "  a: 1 # llm-gateway: ignore[duplicate-key] x\n", 100_000, "litellm_settings:\n"
    ),
    "variables.env": lambda: many("A#=1\n", 400_000),
    "dollars.env": lambda: "A=" + "${" * 3 * MILLION + "\n",
    "open-quote.env": lambda: "A='" + "x\n" * 3 * MILLION,
    "services.yaml": lambda: many("      A#: 1\n", 100_000, "services:\n  a:\n    image: litellm\n    environment:\n"),
    "config-maps.yaml": lambda: many(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c#}\ndata:\n  config.yaml: |\n    model_list: []\n---\n",
        8_000,
    ),
    "documents.yaml": lambda: "---\na: 1\n" * 400_000,
}


def validate(*arguments: str, folder: Path) -> tuple[int, str, str]:
    """Exit code, output and messages of the real command under limits of memory and time."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))

    done = subprocess.run(
        [sys.executable, "-c", "from mcp_server.cli import main; main()", "validate", "--json", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(Path(__file__).parents[2])},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        preexec_fn=limit,
    )
    return done.returncode, done.stdout, done.stderr


def assert_clear(code: int, output: str, messages: str) -> None:
    assert code in (0, 1, 3), messages[-2_000:]
    assert "Traceback" not in messages + output
    assert "internal error" not in messages + output
    assert "MemoryError" not in messages + output
    if code:
        assert len(output) + len(messages) > 40


@pytest.mark.parametrize("name", TEXTS)
def test_hostile_file_is_judged_or_refused_in_bounds(name: str, tmp_path: Path) -> None:
    made = TEXTS[name]()
    (tmp_path / name).write_bytes(made if isinstance(made, bytes) else made.encode())
    assert_clear(*validate(name, folder=tmp_path))
    assert not (tmp_path / "executed").exists()


def make(path: Path, what: str) -> None:
    if what == "100 MB":
        with path.open("wb") as stream:
            stream.truncate(100_000_000)
    elif what == "symlink loop":
        path.symlink_to(path)
    elif what == "pipe":
        os.mkfifo(path)
    elif what == "folder":
        path.mkdir()
    elif what == "no permission":
        path.write_text("model_list: []\n")
        path.chmod(0)
    elif what == "endless device":
        path.symlink_to("/dev/zero")


@pytest.mark.parametrize(
    "what", ["100 MB", "symlink loop", "pipe", "folder", "endless device", "missing", "no permission"]
)
def test_place_that_is_no_configuration_is_a_clear_refusal(what: str, tmp_path: Path) -> None:
    if what == "no permission" and os.geteuid() == 0:
        pytest.skip("root may read everything")
    make(tmp_path / "config.yaml", what)
    code, output, messages = validate("config.yaml", folder=tmp_path)
    assert_clear(code, output, messages)
    assert code == 3


# --- mutations


def mutated(data: bytes, source: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(source.randint(1, 4)):
        at = source.randrange(len(changed) + 1)
        kind = source.randrange(6)
        if kind == 0:
            changed[at:at] = bytes([source.randrange(256)])
        elif kind == 1:
            del changed[at : at + source.randint(1, 8)]
        elif kind == 2:
            changed[at : at + 1] = source.choice(b"\t\n\r:-#{}[]\"'&*!|>%@\\,?~\0").to_bytes(1, "big")
        elif kind == 3:
            changed[at:at] = source.choice(
                ["\u2028", "\x85", "é", "🙂", "\ufeff", "- ", ": ", "<<: ", "&a ", "*a "]
            ).encode()
        elif kind == 4:
            end = source.randrange(at, min(at + 40, len(changed)) + 1)
            changed[at:at] = changed[at:end]
        else:
            changed = changed[:at] or changed
    return bytes(changed)


@pytest.mark.parametrize("seed", range(8))
def test_mutated_case_files_never_raise_and_every_place_lies_in_the_file(seed: int) -> None:
    source = random.Random(seed)
    for file in source.sample(FILES, min(len(FILES), 500)):
        data, kind, scope = case(file)
        broken = mutated(data, source)
        module = kinds.get(kind)
        document = parse(broken, module.LANGUAGE, "case", reader=module.READER, documents=module.DOCUMENTS)
        report = engine.report(document, context(kind, document.text, scope))
        for finding in report.findings:
            where = finding.where
            if where is None or where.file != "case" or where.line is None:
                continue  # about no place, or about another file
            assert 1 <= where.line <= len(document.lines), (file.name, broken, finding)
            assert where.column is None or 1 <= where.column <= len(document.line(where.line)) + 1, (broken, finding)
        apply(document.text, [change for change in report.changes if change is not None])


# --- long strings against every rule

LENGTH = 20_000
STRINGS = {
    "letters": "a" * LENGTH,
    "blanks": " " * LENGTH + "x",
    "dots": "a." * (LENGTH // 2),
    "slashes": "/" * LENGTH + "x",
    "dashes": "-_" * (LENGTH // 2) + "!",
    "dollars": "${" * (LENGTH // 2),
    "references": "os.environ/A" * (LENGTH // 12),
    "stars": "*a" * (LENGTH // 2),
    "digits": "1" * LENGTH + "x",
    "commas": ", a" * (LENGTH // 3),
    "colons": "a:" * (LENGTH // 2),
    "quotes": "\"'" * (LENGTH // 2),
    "at signs": "a@" * (LENGTH // 2),
    "escapes": "%41" * (LENGTH // 3),
    "brackets": "[(" * (LENGTH // 2),
    "lines": "a: b\n" * (LENGTH // 5),
    "keys": "sk-" * (LENGTH // 3),
    "urls": "https://" * (LENGTH // 8),
}


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.ID)
def test_no_rule_takes_long_over_long_strings(rule: Rule) -> None:
    for file in [f for f in FILES if f.parent.name == rule.ID and f.name.startswith("bad")][:2]:
        data, kind, scope = case(file)
        module = kinds.get(kind)
        original = parse(data, module.LANGUAGE, "case", reader=module.READER, documents=module.DOCUMENTS)
        if not original.readable or module.LANGUAGE == "env":
            continue
        nodes = [n for _, n in original.nodes if isinstance(n, Scalar) and n.mark.line == n.end.line and n.mark < n.end]
        for name, long in STRINGS.items():
            for front in (True, False):
                edits = [
                    Change((Edit(n.mark, n.end, json.dumps((n.text + long) if front else (long + n.text))),))
                    for n in nodes[:8]
                ]
                text, _ = apply(original.text, edits)
                document = parse(text, module.LANGUAGE, "case", reader=module.READER, documents=module.DOCUMENTS)
                where = context(kind, re.sub(r"os\.environ/\w+", "", text[:2_000]), scope)
                start = time.process_time()
                engine.report(document, where, (rule,))
                assert time.process_time() - start < 20, f"{rule.ID}: {name} in {file.name}"
