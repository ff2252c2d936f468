"""One question to the model for a check: send it, tell refusals apart, and leave alone what other checks judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mcp_server.answer import Finding
from mcp_server.net.http import StreamReply
from mcp_server.probe.checks.base import Verdict, judged, undecided
from mcp_server.probe.context import Context
from mcp_server.probe.message import words_in
from mcp_server.probe.reply.events import Transcript
from mcp_server.probe.reply.healing import blind_tries, healed_by_client
from mcp_server.probe.reply.remedies import fix_for
from mcp_server.probe.reply.stream_checks import check_stream, found
from mcp_server.probe.request.attempts import Attempts, send_message
from mcp_server.probe.request.shape_request import build_small_request
from mcp_server.probe.upstream import SMALL_MAX_TOKENS, refused

Request = tuple[str, dict[str, str], dict[str, Any]]

#: Refused for now, which says nothing about the protocol.
LIMITS = (
    "gateway_rate_limit",
    "upstream_rate_limited",
    "upstream_overloaded",
    "all_deployments_cooling_down",
    "vertex_quota_exhausted",
    "bedrock_throttled",
    "gateway_budget_exceeded",
)


@dataclass
class Answered:
    """The question came through and its stream can be read."""

    reply: StreamReply
    said: Transcript


@dataclass(frozen=True)
class Question:
    """``check`` and ``what`` name it for people; ``cause``: what a refusal means whose words do not tell more."""

    check: str
    what: str
    cause: str
    judges: str = ""
    """A shortfall of the stream that the check looks at itself."""
    left_out: bool = False
    """The client leaves this part out after any refusal with status 400, whatever its words."""


def small(context: Context, instruction: str, room: int = SMALL_MAX_TOKENS, **fields: Any) -> Request:
    """A small message with further body ``fields``, which may replace the ones it has."""
    path, headers, body = build_small_request(
        context.shape, context.model_name, instruction, room, session_id=context.session_id
    )
    return path, headers, {**body, **fields}


def with_betas(request: Request, *betas: str) -> Request:
    """``request`` with exactly these beta names, in this order."""
    path, headers, body = request
    others = {name: value for name, value in headers.items() if name != "anthropic-beta"}
    return path, {**others, "anthropic-beta": ",".join(dict.fromkeys(betas))} if betas else others, body


async def ask(context: Context, question: Question, request: Request) -> Answered | Verdict:
    """Send ``request``; a Verdict when it was refused or its stream cannot be used."""
    attempts = await send_message(context, *request)
    if not attempts.passed:
        return verdict_of_refusal(context, question, attempts)
    if attempts.reply is None or attempts.transcript is None:
        raise AssertionError("a request that passed has a reply")
    findings = check_stream(context, attempts.reply, attempts.transcript, question.what)
    known: frozenset[str] = context.facts.get("stream_findings", frozenset())
    # What every stream of this gateway has is the matter of the checks of the small answer.
    broken = [f for f in findings if f.severity == "error" and f.id not in known and f.id != question.judges]
    if broken or attempts.transcript.first_event is None:
        return judged((broken or findings)[0])
    return Answered(attempts.reply, attempts.transcript)


def verdict_of_refusal(context: Context, question: Question, attempts: Attempts) -> Verdict:
    """A refusal as a verdict: a limit leaves the question open, what the client heals by itself is a warning."""
    finding = refused(context, attempts, question.what)[0]
    if finding.id in LIMITS:
        return undecided(f"not decided: {finding.problem}", [finding.model_copy(update={"severity": "warning"})])
    text = attempts.decisive.said if attempts.refusals else ""
    known = finding.confidence != "low" and finding.id not in ("unknown", "gateway_error")
    cause = finding.id if known or attempts.failure is not None else question.cause
    blind = question.left_out and text.startswith("400") and bool(blind_tries(context.shape))
    healed = blind or healed_by_client(text)
    problem = finding.problem.removeprefix(f"{context.model_name}: ")
    if healed:
        problem = f"{problem}; Claude Code then leaves it out, at the price of one more request in each session"
    said = found(
        context,
        cause,
        problem,
        severity="warning" if healed else "error",
        confidence=finding.confidence if known else "medium",
    )
    return judged(said.model_copy(update={"fix": fix_for(cause, context, text, question.check)}))


def problem(context: Context, question: Question, said: str, **more: Any) -> Verdict:
    """A shortfall seen in an answer, with the cure of this check."""
    finding = found(context, question.cause, f"{question.what}: {said}", **more)
    return judged(finding.model_copy(update={"fix": fix_for(question.cause, context, check=question.check)}))


async def accepts(
    context: Context, question: Question, fields: Mapping[str, Any], request: Request | None = None
) -> Verdict:
    """Does the small message still come back when these fields stand in it? The answer must hold its words."""
    path, headers, body = request or small(context, context.words.text_instruction)
    answer = await ask(context, question, (path, headers, {**body, **fields}))
    if isinstance(answer, Verdict):
        return answer
    if not words_in(context.words.text, answer.said.text):
        return problem(context, question, f"accepted, but {no_words(answer.said)}", severity="warning")
    return Verdict("pass", f"{question.what}: accepted, and the answer is the one asked for")


def no_words(said: Transcript) -> str:
    """What came instead of the words asked for."""
    from mcp_server.redact import quote

    if said.text.strip():
        return f"the answer is another one ({quote(said.text, 100)!r})"
    if said.stop_reason == "max_tokens":
        return "the output limit was used up before any text came"
    return "the answer holds no text"


def errors(findings: list[Finding]) -> list[Finding]:
    return [f for f in findings if f.severity == "error"]


def with_shape(context: Context, **changes: Any) -> Context:
    """The same run with another shape of the client's requests."""
    return replace(context, shape=replace(context.shape, **changes))
