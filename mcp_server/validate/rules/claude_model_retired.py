"""A model that Claude Code is told to use is retired, or soon will be.

What: a Claude id in ANTHROPIC_MODEL, the tier variables, model or fallbackModel whose date of retirement has passed
    or is near (dates of LiteLLM's price map, where they are collected).
Why: from that day the provider answers 404, which Claude Code shows as a problem of the selected model. A gateway
    may map the name to a living model.
Fix: name a living model, or a tier (sonnet, haiku, opus), which follows the client's releases.

Bad:
    {
      "model": "claude-sonnet-4-5-20250929"
    }

Good:
    {
      "model": "sonnet"
    }
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from mcp_server.answer import Severity
from mcp_server.catalogue.load import read_json
from mcp_server.document.document import Document
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_settings import claude
from mcp_server.validate.problem import Problem

ID = "claude-model-retired"
KINDS: tuple[Kind, ...] = ("claude-settings", "env")
SEVERITY: Severity = "warning"
SOON = timedelta(days=60)


def check(document: Document, context: Context) -> Iterator[Problem]:
    settings = claude(document)
    if context.kind != "claude-settings" and not settings.speaks_for_client:
        return
    dates: dict[str, str] = read_json("litellm_schema.json")["retirement_dates"]
    for model, mark, path in settings.models:
        name = model.removesuffix("[1m]")
        day = dates.get(name) or dates.get(f"vertex_ai/{name}") if "claude" in name else None
        if day is None or date.fromisoformat(day) - context.today > SOON:
            continue
        past = date.fromisoformat(day) <= context.today
        yield Problem(
            f"{name} {'was to be' if past else 'is to be'} retired on {day}",
            "the provider then answers 404, shown as a problem of the selected model"
            + ("; your gateway may map the name to another model" if settings.gateway else ""),
            "name a living model, or the tier (opus, sonnet, haiku) alone",
            mark,
            path,
            severity=None if past and not settings.gateway else "info",
            confidence="medium",
        )
