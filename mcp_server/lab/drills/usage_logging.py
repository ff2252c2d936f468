"""Requests with known token numbers: does the client see them, does LiteLLM record them, and at what cost?

LiteLLM hands the same record to its loggers and to its database; a logger of the laboratory receives it here.
"""

from __future__ import annotations

import asyncio
import base64
import os
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from mcp_server.answer import Status
from mcp_server.catalogue.finding import finding
from mcp_server.lab.drills.base import Drill, Order, Outcome
from mcp_server.lab.drills.bench import Bench, bench
from mcp_server.lab.drills.copying import Copy, Shorten
from mcp_server.lab.drills.names import Name, chosen
from mcp_server.lab.drills.traffic import Asked
from mcp_server.lab.drills.upstreams import Call
from mcp_server.lab.serve import running
from mcp_server.redact import quote

_INPUT = re.compile(rb'"(?:input_tokens|prompt_tokens|promptTokenCount|inputTokens)"\s*:\s*(\d{1,9})')
_OUTPUT = re.compile(rb'"(?:output_tokens|completion_tokens|candidatesTokenCount|outputTokens)"\s*:\s*(\d{1,9})')
_PACKED = re.compile(rb'"bytes"\s*:\s*"((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)"')
#: LiteLLM hands its records over once in so many seconds; some more until they must be there.
_FLUSH_SECONDS, _RECORD_SECONDS = 1, 8
#: kind → streamed, with a tool
_KINDS = {"whole answer": (False, False), "stream": (True, False), "tool call, streamed": (True, True)}


class _Recorder:
    """Takes the records of LiteLLM's generic logger: JSON lists of one entry per call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: list[dict[str, Any]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        data: Any = await Request(scope, receive).json()
        listed = data if isinstance(data, list) else [data]
        with self._lock:
            self._records += [record for record in listed if isinstance(record, dict)]
        await JSONResponse({})(scope, receive, send)

    def of(self, asked: Asked) -> dict[str, Any] | None:
        """The record of one call: by its id, else by its prompt."""
        with self._lock:
            return next((record for record in reversed(self._records) if _is_of(record, asked)), None)


def _is_of(record: Mapping[str, Any], asked: Asked) -> bool:
    call = asked.headers.get("x-litellm-call-id")
    ids = (record.get("litellm_call_id"), record.get("trace_id"), record.get("id"))
    return (call is not None and call in ids) or asked.marker in str(record.get("messages"))


@dataclass(frozen=True)
class _Sample:
    name: Name
    kind: str
    asked: Asked
    user: str
    counted: tuple[int, int] | None
    """Input and output tokens as the provider counted them."""
    record: dict[str, Any] | None = field(repr=False)


async def run(order: Order) -> Outcome:
    outcome = Outcome()
    recorder = _Recorder()
    with running(recorder) as endpoint:

        def prepare(copy: Copy) -> None:
            own = copy.config.get("litellm_settings") or {}
            copy.config["litellm_settings"] = {**own, "callbacks": ["generic_api"]}

        environment = {
            "GENERIC_LOGGER_ENDPOINT": f"{endpoint}/records",
            "DEFAULT_FLUSH_INTERVAL_SECONDS": str(_FLUSH_SECONDS),
        }
        async with bench(
            order.file, order.folder, Shorten(timeout=20), order.report, prepare=prepare, environment=environment
        ) as b:
            names = chosen(order.file, b.names, order.models)
            order.note(f"three calls with known token numbers for each of {len(names)} models")
            gate = asyncio.Semaphore(4)

            async def one(name: Name, kind: str) -> tuple[Name, str, Asked, str]:
                user, (streamed, tool) = f"user-{uuid4().hex[:10]}", _KINDS[kind]
                async with gate:
                    return name, kind, await b.client.ask(name.asked, user=user, streamed=streamed, tool=tool), user

            sent = await asyncio.gather(*(one(name, kind) for name in names for kind in _KINDS))
            await _recorded(recorder, [asked for _, _, asked, _ in sent if asked.ok])
            # The logger loses what arrives while it hands over: what is missing is asked again, one at a time.
            for place, (name, kind, asked, _) in enumerate(sent):
                if asked.ok and recorder.of(asked) is None:
                    sent[place] = await one(name, kind)
            await _recorded(recorder, [asked for _, _, asked, _ in sent if asked.ok])
            samples = [_Sample(n, k, a, u, _counted(b, a), recorder.of(a)) for n, k, a, u in sent]
            outcome.context += b.copy.changes
    for name in names:
        _judge(order, b, [s for s in samples if s.name == name], outcome)
    _database(order, outcome)
    return outcome


async def _recorded(recorder: _Recorder, asked: list[Asked]) -> None:
    """Waits until all records are there, or it is clear that some will never be."""
    for _ in range(_RECORD_SECONDS * 5):
        if all(recorder.of(a) is not None for a in asked):
            return
        await asyncio.sleep(0.2)


def _counted(b: Bench, asked: Asked) -> tuple[int, int] | None:
    good: list[Call] = [c for c in b.attempts(asked.marker) if c.status == 200]
    if not good:
        return None
    # Bedrock's streams carry each event in base64.
    packed = b"".join(base64.b64decode(part) for part in _PACKED.findall(good[-1].answer))
    answer = good[-1].answer + packed
    inputs, outputs = _INPUT.findall(answer), _OUTPUT.findall(answer)
    return (max(map(int, inputs)), int(outputs[-1])) if inputs and outputs else None


def _judge(order: Order, b: Bench, samples: list[_Sample], outcome: Outcome) -> None:
    name = samples[0].name
    stands_in = b.deployment(name.deployments[0]).provider.stands_in
    problems: dict[str, list[str]] = {"client": [], "record": [], "cost": [], "user": []}
    for sample in samples:
        if not sample.asked.ok or sample.counted is None:
            why = sample.asked.error or "no provider was called"
            outcome.row(f"{name.shown}: {sample.kind}", "skip", f"Not rehearsed: no right answer came ({why}).")
            continue
        seen = _tokens(sample.asked.usage, "input_tokens", "output_tokens", cached=True)
        record = sample.record
        kept = _tokens(record or {}, "prompt_tokens", "completion_tokens")
        cost = (record or {}).get("response_cost")
        users = _users(record or {})
        if seen != sample.counted:
            problems["client"].append(sample.kind)
        if kept != sample.counted:
            problems["record"].append(sample.kind)
        elif not cost and not stands_in:
            problems["cost"].append(sample.kind)
        if record is not None and sample.user not in users:
            problems["user"].append(sample.kind)
        status: Status = "pass"
        if seen != sample.counted or kept != sample.counted:
            status = "fail"
        elif not cost and not stands_in:
            status = "warn"
        price = "cost not judged, because another provider stands in" if stands_in else f"cost {cost or 0:.8f} USD"
        shown = "nothing" if record is None else f"{kept[0]} in, {kept[1]} out, {price}"
        who = (
            ""
            if record is None
            else ", for the person who asked"
            if sample.user in users
            else ", for nobody in particular"
        )
        outcome.row(
            f"{name.shown}: {sample.kind}",
            status,
            f"the provider counted {sample.counted[0]} in, {sample.counted[1]} out; the client was told {seen[0]} in, "
            f"{seen[1]} out; LiteLLM recorded {shown}{who}.",
            model=quote(name.asked, 120),
            kind=sample.kind,
            counted=list(sample.counted),
            told=list(seen),
            recorded=None if record is None else list(kept),
            cost_usd=cost if isinstance(cost, int | float) else None,
        )
    _findings(order, b, name, problems, outcome)


def _tokens(usage: Any, input_key: str, output_key: str, *, cached: bool = False) -> tuple[int, int]:
    """Input and output tokens of a usage object; an absent number counts as 0."""
    more = ("cache_read_input_tokens", "cache_creation_input_tokens") if cached else ()
    numbers = [v if isinstance(v := usage.get(key), int) else 0 for key in (input_key, *more)]
    output = usage.get(output_key)
    return sum(numbers), output if isinstance(output, int) else 0


def _users(record: dict[str, Any]) -> str:
    metadata = record.get("metadata")
    inner = metadata if isinstance(metadata, dict) else {}
    return " ".join(
        str(v) for v in (record.get("end_user"), inner.get("user_api_key_end_user_id"), inner.get("user_id"))
    )


def _findings(order: Order, b: Bench, name: Name, problems: dict[str, list[str]], outcome: Outcome) -> None:
    deployment = b.deployment(name.deployments[0])
    if problems["client"]:
        outcome.findings.append(
            finding(
                "usage_missing",
                problem=f"{name.shown} ({', '.join(problems['client'])}): the client is told other token numbers "
                "than the "
                "provider counted.",
                why="Claude Code decides by these numbers when to shorten a conversation, and shows its cost from "
                "them.",
                fix="Set litellm_settings.include_cost_in_streaming_usage and stream_options of the deployment, or "
                "try a newer LiteLLM.",
                where=deployment.where,
                confidence="medium",
            )
        )
    if problems["record"]:
        outcome.findings.append(
            finding(
                "usage_missing",
                problem=f"{name.shown} ({', '.join(problems['record'])}): LiteLLM records other token numbers than "
                "the provider "
                "counted, or none.",
                why="Budgets, spend reports and tpm limits work from these records.",
                fix="Remove what switches records off (disable_spend_logs, no-log), or try a newer LiteLLM.",
                where=order.file.where("general_settings.disable_spend_logs", "litellm_settings"),
                confidence="medium",
            )
        )
    if problems["cost"]:
        outcome.findings.append(
            finding(
                "cost_map_missing",
                severity="warning",
                problem=f"{name.shown} ({deployment.title}) costs 0 in LiteLLM's records.",
                why="Budgets on this model never end, and spend reports leave it out.",
                fix="Set model_info.base_model to a model that LiteLLM knows, or "
                "litellm_params.input_cost_per_token and "
                "output_cost_per_token.",
                where=deployment.where,
            )
        )
    if problems["user"]:
        outcome.context.append(
            f"{name.shown}: the client's metadata.user_id does not reach LiteLLM's record as the end user."
        )


def _database(order: Order, outcome: Outcome) -> None:
    written = order.file.setting("general_settings", "database_url") or os.environ.get("DATABASE_URL")
    if written:
        detail = (
            "Not rehearsed: your database is never touched, and this LiteLLM has no prisma client for one of the "
            "laboratory. "
            "Checked instead: the record that LiteLLM hands to its loggers, from which it writes the same numbers."
        )
    else:
        detail = (
            "The file has no database_url, so LiteLLM keeps no record of use or cost by key and user; what it "
            "would record "
            "is shown above."
        )
    outcome.row("spend in the database", "skip", detail)


DRILL = Drill(
    id="usage-logging",
    title="usage logging",
    question="Are tokens and cost counted right, for clients and for LiteLLM's records?",
    run=run,
)
