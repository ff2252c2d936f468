"""``compatibility``: does a gateway speak what Claude Code needs? Every check of the protocol × every model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from mcp_server import redact
from mcp_server.errors import GatewayError, UsageError, nearest
from mcp_server.matrix import Cell, Column, Costs, Matrix
from mcp_server.operations import test_model, this_machine
from mcp_server.snapshot import Snapshot

if TYPE_CHECKING:
    from mcp_server.answer import Answer
    from mcp_server.probe.base import Outcome
    from mcp_server.probe.checks.base import ProtocolCheck
    from mcp_server.probe.checks.run import CheckResult, ModelChecks
    from mcp_server.probe.context import Context

#: Largest body that a gateway can be asked to take: what Anthropic's own API takes.
MAX_MEGABYTES = 30.0
#: Tokens of the message that comes before all checks.
_BASELINE_TOKENS = 120


class NotCheckableError(GatewayError):
    """Nothing could be asked: no target, or a setting that stops every request."""


async def run(
    models: Sequence[str] | None = None,
    base_url: str | None = None,
    token_env: str | None = None,
    budget: int | None = None,
    only: Sequence[str] | None = None,
    idle: bool = False,
    megabytes: float | None = None,
    patience: float = test_model.PATIENCE_SECONDS,
    dry_run: bool = False,
    snapshot: Snapshot | None = None,
    announce: Callable[[str], None] = lambda _: None,
) -> Matrix:
    """Run the checks for ``models`` (default: the model that Claude Code would use) at ``base_url``.

    ``budget``: tokens that may be spent by estimate, in and out together; musts come first. ``only``: ids of checks.
    ``idle``: also the check of a silent minute, which is dear. ``megabytes``: size of the large body (1.2).
    ``patience``: seconds until the first event of the small message that comes before the checks.
    ``announce`` is told in one sentence what will be sent, before anything billed goes out. Raises UsageError for
    arguments that make no sense and NotCheckableError when there is no target.
    """
    from mcp_server.probe.checks.run import run_checks
    from mcp_server.probe.route import describe

    checks = _chosen(only, idle)
    _numbers(budget, megabytes)
    if snapshot is None:
        snapshot = await this_machine()
    prepared = await test_model.prepare(
        base_url, None, models, token_env, "claude-code", snapshot, patience, dry_run=dry_run
    )
    if not isinstance(prepared, test_model.Prepared):
        raise _not_checkable(prepared)
    context, contexts = prepared.context, prepared.contexts
    for each in contexts:
        each.facts["body_megabytes"] = megabytes or each.facts.get("body_megabytes", 1.2)
    asked, left_out = _within_budget(checks, contexts, budget)
    matrix = Matrix(
        gateway="",
        base_url=redact.url(context.route.base_url),
        client_version=context.shape.client_version,
        date=date.today().isoformat(),
        costs=Costs(_estimate(asked, contexts), budget=budget, left_out=[check.id for check in left_out]),
        notes=list(prepared.notes),
    )
    if dry_run:
        matrix.planned, matrix.gateway = True, "not asked"
        matrix.columns = [_planned(each, asked) for each in contexts]
        return matrix
    outcomes = await prepared.path()
    if not any(outcome.broken for outcome in outcomes):
        outcomes += await prepared.gateway()
    _gateway(matrix, outcomes)
    matrix.gateway = describe(context)
    if any(outcome.broken for outcome in outcomes):
        return matrix
    announce(
        f"Sending about {_requests(asked, contexts)} requests of {len(asked)} checks to {len(contexts)} model(s) at "
        f"{matrix.base_url}: about {matrix.costs.estimated_tokens:,} tokens in and out, which are billed."
    )
    for each in contexts:
        each.gateway = context.gateway
    results = await run_checks(contexts, asked)
    matrix.columns = [_column(result, asked, left_out) for result in results]
    _count(matrix, context, results)
    return matrix


def _chosen(only: Sequence[str] | None, idle: bool) -> list[ProtocolCheck]:
    from mcp_server.probe.checks import CHECKS

    known = {check.id: check for check in CHECKS}
    for name in only or ():
        if name not in known:
            close = nearest(name[:80], list(known))
            raise UsageError(
                f"There is no check {redact.quote(name, 60)!r}.",
                f"{f'Did you mean {close}? ' if close else ''}llm-gateway compatibility --list-checks shows all.",
            )
    if only:
        wanted = set(only)
        for name in only:
            wanted.update(known[name].after)
        return [check for check in CHECKS if check.id in wanted]
    return [check for check in CHECKS if not check.opt_in or (idle and check.id == "idle")]


def _numbers(budget: int | None, megabytes: float | None) -> None:
    if budget is not None and budget < _BASELINE_TOKENS:
        raise UsageError(
            f"A budget of {budget:,} tokens is less than one small message.", "Give 1,000 tokens or more, or no budget."
        )
    if megabytes is not None and not 0 < megabytes <= MAX_MEGABYTES:
        raise UsageError(
            f"A body of {megabytes:g} MB cannot be asked about.", f"Give a size up to {MAX_MEGABYTES:g} MB."
        )


def _not_checkable(answer: Answer) -> GatewayError:
    first = answer.findings[0] if answer.findings else None
    if first is not None:
        return NotCheckableError(f"{first.problem}.", first.fix)
    said, _, advice = answer.quick_answer.partition(". ")
    return NotCheckableError(f"{said.rstrip('.')}.", advice or "Give base_url and token_env.")


def _within_budget(
    checks: Sequence[ProtocolCheck], contexts: Sequence[Context], budget: int | None
) -> tuple[list[ProtocolCheck], list[ProtocolCheck]]:
    """The checks that fit, musts before shoulds before the rest, cheap before dear; and those that do not."""
    if budget is None:
        return list(checks), []
    order = {"must": 0, "should": 1, "optional": 2}
    known = {check.id: check for check in checks}
    left = budget - _BASELINE_TOKENS * len(contexts)
    taken: set[str] = set()
    for check in sorted(checks, key=lambda c: (order[c.requirement], _cost(c, contexts))):
        # A check costs what it builds on as well, unless that is taken already.
        whole = {id_ for id_ in (check.id, *check.after) if id_ in known and id_ not in taken}
        cost = sum(_cost(known[id_], contexts) for id_ in whole)
        if cost <= left:
            left -= cost
            taken |= whole
    return [c for c in checks if c.id in taken], [c for c in checks if c.id not in taken]


def _cost(check: ProtocolCheck, contexts: Sequence[Context]) -> int:
    return sum(check.tokens(context.shape) for context in contexts)


def _estimate(checks: Sequence[ProtocolCheck], contexts: Sequence[Context]) -> int:
    return sum(_cost(check, contexts) for check in checks) + _BASELINE_TOKENS * len(contexts)


def _requests(checks: Sequence[ProtocolCheck], contexts: Sequence[Context]) -> int:
    """One a check and model at least; the ones with several are few."""
    paid = [check for check in checks if check.tokens(contexts[0].shape)] if contexts else []
    return (len(paid) + 1) * len(contexts)


def _planned(context: Context, checks: Sequence[ProtocolCheck]) -> Column:
    cells = [
        Cell(
            check.id,
            check.requirement,
            check.question,
            "skip",
            f"not sent; about {check.tokens(context.shape):,} tokens",
        )
        for check in checks
    ]
    return Column(redact.quote(context.model_name, 80), cells)


def _gateway(matrix: Matrix, outcomes: Sequence[Outcome]) -> None:
    matrix.path = [check for outcome in outcomes for check in outcome.checks]
    matrix.findings = [finding for outcome in outcomes for finding in outcome.findings]


def _column(model: ModelChecks, asked: Sequence[ProtocolCheck], left_out: Sequence[ProtocolCheck]) -> Column:
    done = {result.check.id: result for result in model.results}
    column = Column(
        redact.quote(model.context.model_name, 80), findings=model.findings, note=model.note, seconds=model.seconds
    )
    for check in asked:
        if check.id in done:
            column.cells.append(_cell(done[check.id]))
        else:
            reason = "not reached: the small message did not come through"
            column.cells.append(Cell(check.id, check.requirement, check.question, "undecided", reason))
    for check in left_out:
        column.cells.append(
            Cell(check.id, check.requirement, check.question, "undecided", "left out: it does not fit the budget")
        )
    return column


def _cell(result: CheckResult) -> Cell:
    verdict, check = result.verdict, result.check
    return Cell(
        check.id,
        check.requirement,
        check.question,
        "undecided" if verdict.undecided else verdict.status,
        redact.quote(verdict.detail, 400),
        verdict.findings,
        result.ledger.input_tokens,
        result.ledger.output_tokens,
        result.seconds,
    )


def _count(matrix: Matrix, context: Context, results: Sequence[ModelChecks]) -> None:
    costs = matrix.costs
    for ledger in (context.ledger, *(result.ledger for result in results)):
        costs.requests += ledger.requests
        costs.billed_requests += ledger.billed
        costs.input_tokens += ledger.input_tokens
        costs.output_tokens += ledger.output_tokens
