"""The real ``claude gateway`` judges the case files: what it refuses must carry an error, and only that.

References and addresses of the cases are replaced by those of a loopback bench (``mcp_server/lab/claude_gateway.py``):
a database that agrees to everything, and an issuer that answers after the file has been judged.
"""

from __future__ import annotations

import asyncio
import copy
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
import yaml

from mcp_server.document.document import parse
from mcp_server.lab.claude_gateway import Bench, Verdict, bench
from mcp_server.run.programs import claude_code
from mcp_server.validate.context import Context
from mcp_server.validate.engine import validate
from mcp_server.validate.kinds import claude_gateway

CASES = Path(__file__).parent / "cases"
NAME = re.compile(r"\$\{(\w+)\}")
#: What is wrong with these is not the file: files that do not exist there, keys that are fetched from elsewhere, and
#: what no start shows.
PRETENDED = re.compile(r"/etc/|private_key_pem|\$\{file:|UNSET|99999|org_allowlist: \[b\]")


def gateway_cases() -> list[Path]:
    return [f for f in sorted(CASES.rglob("*.yaml")) if claude_gateway.claims("", f.read_text("utf-8", "replace"))]


def environment(text: str, here: Bench | None) -> dict[str, str]:
    """A fitting value for every variable of the file."""
    values = dict.fromkeys(NAME.findall(text), "a-value-for-tests-of-more-than-32-characters")
    values["DATABASE_URL"] = here.postgres_url if here else "postgres://gateway@db/gateway"
    return {**values, "PORT": "0", "NAME": "main", "CLAUDE_GATEWAY_ALLOW_LOOPBACK": "1"}


def for_bench(text: str, here: Bench) -> str:
    """The file with the addresses of the bench in place of those it has no fault to find with."""
    text = re.sub(r"issuer: \"?https?://[^\",}\n]*\"?", f'issuer: "{here.issuer}"', text)
    database = r"postgres_url: \"?postgres(?:ql)?://[^\"},]*@(?:db|db\.example\.com)/x\"?"
    return re.sub(database, f'postgres_url: "{here.postgres_url}"', text)


def judged(texts: list[str], folder: Path) -> list[Verdict]:
    """What the real program says about each file."""
    claude = claude_code()

    async def all_of_them() -> list[Verdict]:
        async with bench() as here:
            turns = asyncio.Semaphore(3)

            async def one(index: int, text: str) -> Verdict:
                file = folder / f"{index}.yaml"
                file.write_text(for_bench(text, here), encoding="utf-8")
                async with turns:
                    return await here.judge(claude, file, environment(text, here))

            return list(await asyncio.gather(*(one(i, t) for i, t in enumerate(texts))))

    return asyncio.run(all_of_them())


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Verdict]:
    files = [f for f in gateway_cases() if not PRETENDED.search(f.read_text("utf-8"))]
    found = judged([f.read_text("utf-8") for f in files], tmp_path_factory.mktemp("gateway"))
    return dict(zip(files, found, strict=True))


def errors(file: Path | str) -> list[str]:
    text = file if isinstance(file, str) else file.read_text("utf-8")
    context = Context("claude-gateway", environment(text, None))
    document = parse(text, claude_gateway.LANGUAGE, reader=claude_gateway.READER)
    return [f.id for f in validate(document, context) if f.severity == "error"]


@pytest.mark.e2e
def test_every_case_that_claude_gateway_refuses_has_an_error(verdicts: dict[Path, Verdict]) -> None:
    silent = {
        f"{f.parent.name}/{f.name}": v.said[:300] for f, v in verdicts.items() if not v.accepted and not errors(f)
    }
    assert silent == {}


@pytest.mark.e2e
def test_no_case_that_claude_gateway_accepts_has_an_error(verdicts: dict[Path, Verdict]) -> None:
    known = {"claude-gateway-no-models", "duplicate-key"}  # it starts, and then serves nothing or drops a section
    false = {
        f"{f.parent.name}/{f.name}": sorted(found)
        for f, v in verdicts.items()
        if v.accepted and (found := set(errors(f)) - known)
    }
    assert false == {}


@pytest.mark.e2e
def test_good_cases_are_accepted_and_nothing_was_left_out(verdicts: dict[Path, Verdict]) -> None:
    assert len(verdicts) > 40
    refused = {f.name: v.said[:300] for f, v in verdicts.items() if f.name.startswith("good-") and not v.accepted}
    assert refused == {}


def mutations(seed: int, count: int) -> list[str]:
    """Whole files with one key renamed, deleted, doubled or given another value."""
    random = Random(seed)
    whole = yaml.safe_load((CASES / "claude-gateway-unknown-key" / "good-all.yaml").read_text("utf-8"))
    whole["load_test_mode"] = {"enabled": False, "reply_tokens": 5, "reply_seconds": 1.5}
    whole["telemetry"] = {"forward_to": [{"url": "https://otel.example.com", "metrics": True}]}
    whole["upstreams"].append({"provider": "vertex", "region": "global", "project_id": "p", "auth": {}})
    texts = []
    for _ in range(count):
        config = copy.deepcopy(whole)
        places = list(mappings(config))
        mapping = random.choice([m for m in places if m])
        key = random.choice(sorted(mapping))
        match random.choice(["rename", "delete", "move", "value", "value", "value"]):
            case "rename":
                mapping[key + "s"] = mapping.pop(key)
            case "delete":
                del mapping[key]
            case "move":
                random.choice(places)[key] = mapping.pop(key)
            case _:
                mapping[key] = random.choice(
                    [None, "text", "", 0, -1, 7, 1.5, True, [], ["text"], {}, {"a": "b"}, "yes"]
                )
        texts.append(yaml.safe_dump(config, sort_keys=False))
    return texts


def mappings(value: object) -> Iterator[dict[str, object]]:
    if isinstance(value, dict):
        yield value
        for below in value.values():
            yield from mappings(below)
    elif isinstance(value, list):
        for below in value:
            yield from mappings(below)


@pytest.mark.e2e
def test_random_mistakes_are_judged_as_claude_gateway_does(tmp_path: Path) -> None:
    texts = mutations(seed=20261125, count=90)
    verdicts = judged(texts, tmp_path)
    assert 20 < sum(not v.accepted for v in verdicts) < 85
    known = {"claude-gateway-no-models"}
    silent = [(t, v.said[:300]) for t, v in zip(texts, verdicts, strict=True) if not v.accepted and not errors(t)]
    false = [
        (t, found) for t, v in zip(texts, verdicts, strict=True) if v.accepted and (found := set(errors(t)) - known)
    ]
    assert (silent, false) == ([], [])
