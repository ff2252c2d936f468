"""The master key is missing, empty, publicly known or no text.

What: general_settings.master_key absent, empty, a number, or LiteLLM's own documentation example sk-1234.
Why: LiteLLM refuses to start without a real key, because everybody could use the gateway and its credentials.
Fix: master_key: os.environ/LITELLM_MASTER_KEY under general_settings, and set the variable to sk- plus random text
    (openssl rand -hex 32).

Bad:
    general_settings:
      master_key: sk-1234

Good:
    general_settings:
      master_key: os.environ/LITELLM_MASTER_KEY
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.edits import replace_node
from mcp_server.document.nodes import Entry, Mark, Scalar, join
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import LiteLLMConfig, litellm, schema
from mcp_server.validate.problem import Problem

ID = "master-key"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"
PATH = "general_settings.master_key"
REFUSES = "LiteLLM refuses to start: every request would be accepted without authentication"
GENERATE = 'echo "LITELLM_MASTER_KEY=sk-$(openssl rand -hex 32)"'
REFERENCE = "write master_key: os.environ/LITELLM_MASTER_KEY and set the variable to sk- plus random text"
#: Characters; a random key of sk- and 64 bits in hexadecimal has 19.
SHORT = 19
#: Keys that say of themselves that they protect nothing.
TRIAL = re.compile(r"sk-(test|local|dev|demo|fake|dummy)\b")
OVERRIDE = "dangerously_permit_weak_or_unset_master_key"


def check(document: Document, context: Context) -> Iterator[Problem]:
    config = litellm(document)
    override = config.flag("general_settings", OVERRIDE)
    entry = config.section("general_settings").entry(OVERRIDE)
    if override and entry is not None:
        yield Problem(
            f"{OVERRIDE} is on",
            "LiteLLM then starts with an unsafe key or none: whoever reaches the port uses your provider credentials",
            "delete it and set a master key",
            entry.key.mark,
            f"general_settings.{OVERRIDE}",
            severity="warning",
            command=GENERATE,
        )
    found = config.section("general_settings").entry("master_key")
    if found is not None:
        problem = _present(document, found, override)
        if problem:
            yield problem
    lacking = "master_key" not in config.effective("general_settings")
    if lacking and not override and config.is_main and not any(file.unread for file in config.files):
        yield from _absent(config, context)


def _present(document: Document, entry: Entry, override: bool) -> Problem | None:
    value = entry.value
    if not isinstance(value, Scalar):
        return Problem(
            f"master_key is {value.kind}, and must be text",
            "LiteLLM fails while it loads the file",
            REFERENCE,
            value.mark,
            PATH,
        )
    if value.is_null:
        if override:
            return None
        return Problem(
            "master_key is empty, and this hides the variable LITELLM_MASTER_KEY",
            REFUSES,
            REFERENCE,
            entry.key.mark,
            PATH,
            command=GENERATE,
        )
    if not value.is_text:
        return Problem(
            f"master_key is {value.kind}, and must be text",
            "LiteLLM fails with \"'int' object has no attribute 'startswith'\"",
            "put the key in quotes; better, " + REFERENCE,
            value.mark,
            PATH,
        )
    return None if override else _text(document, value)


def _text(document: Document, value: Scalar) -> Problem | None:
    key = value.text
    if key.startswith("os.environ/"):
        return None  # environment-reference judges it
    if not key.strip():
        return Problem("master_key is empty", REFUSES, REFERENCE, value.mark, PATH, command=GENERATE)
    if hashlib.sha256(key.strip().encode()).hexdigest() in schema().names("weak_master_key_sha256"):
        return Problem(
            "master_key is the example key of LiteLLM's documentation, which everybody knows",
            "LiteLLM refuses to start with a publicly known key",
            REFERENCE,
            value.mark,
            PATH,
            command=GENERATE,
            change=replace_node(value, "os.environ/LITELLM_MASTER_KEY"),
        )
    if not key.startswith(("sk-", "$", "os.environ")):
        return Problem(
            "master_key does not start with sk-",
            "it works as master key, but LiteLLM expects keys of the form sk-..., and its virtual keys must have it",
            "choose a key that starts with sk-",
            value.mark,
            PATH,
            severity="warning",
            command=GENERATE,
        )
    if len(key.strip()) < SHORT and not key.startswith(("$", "os.environ")) and not TRIAL.match(key):
        return Problem(
            f"master_key has {len(key.strip())} characters and can be guessed",
            "whoever finds it uses your provider credentials and may change every setting",
            "choose sk- followed by random text, and " + REFERENCE,
            value.mark,
            PATH,
            severity="warning",
            command=GENERATE,
        )
    return None


def _absent(config: LiteLLMConfig, context: Context) -> Iterator[Problem]:
    misplaced = next(
        (
            (join(section, "master_key"), mapping.effective["master_key"])
            for section, mapping in (
                ("", config.root),
                *((s, config.section(s)) for s in ("litellm_settings", "router_settings")),
            )
            if "master_key" in mapping
        ),
        None,
    )
    set_here = context.is_set("LITELLM_MASTER_KEY")
    if misplaced:
        path, entry = misplaced
        yield Problem(
            f"master_key stands in {path.rpartition('.')[0] or 'the top level'}, where LiteLLM does not read it",
            REFUSES + ", unless the variable LITELLM_MASTER_KEY is set",
            "move it to general_settings",
            entry.key.mark,
            path,
            severity="warning" if set_here else None,
        )
    elif not set_here:
        general = config.root.entry("general_settings")
        yield Problem(
            "the file sets no master key, so it depends on the variable LITELLM_MASTER_KEY"
            + (", which is not set here" if set_here is False else ""),
            "without it LiteLLM refuses to start: every request would be accepted without authentication",
            "set LITELLM_MASTER_KEY where LiteLLM runs; to make the need visible, " + REFERENCE,
            general.key.mark if general else Mark(1, 1),
            PATH,
            severity="info" if set_here is None else "error" if config.runs_here(context) else "warning",
            confidence="high" if config.runs_here(context) else "medium",
            command=GENERATE,
        )
