"""The master key in a variable is empty, publicly known, or not of the form that LiteLLM expects.

What: LITELLM_MASTER_KEY empty, sk-1234, a placeholder, or without sk-; the same for LITELLM_SALT_KEY; the switch
    LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY.
Why: LiteLLM refuses to start with an empty or publicly known key. A guessable one lets everybody use the provider
    accounts; a guessable salt key lets whoever reads the database read the stored credentials.
Fix: generate one: echo "LITELLM_MASTER_KEY=sk-$(openssl rand -hex 32)"

Bad:
    LITELLM_MASTER_KEY=sk-1234

Good:
    LITELLM_MASTER_KEY=sk-5f1d0c7e9b3a4d2f8e6c1b0a9d8e7f60
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_settings import Variable
from mcp_server.validate.kinds.env import env
from mcp_server.validate.kinds.litellm import schema
from mcp_server.validate.problem import Problem

ID = "master-key-variable"
KINDS: tuple[Kind, ...] = ("env",)
SEVERITY: Severity = "error"
GENERATE = 'echo "LITELLM_MASTER_KEY=sk-$(openssl rand -hex 32)"'
MASTER, SALT = "LITELLM_MASTER_KEY", "LITELLM_SALT_KEY"
OVERRIDE = "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY"
FIX = "set it to sk- plus random text"
SHORT = 16
_PLACEHOLDER = re.compile(
    r"(?i)(your|change|replace|placeholder|example|xxxx|todo|secret-?key|master-?key|salt-?key|<.*>)"
)


def check(document: Document, context: Context) -> Iterator[Problem]:
    view = env(document)
    override = view.variable(OVERRIDE)
    permitted = override is not None and override.is_on
    if override is not None and permitted:
        yield Problem(
            f"{OVERRIDE} is on",
            "LiteLLM then starts with an unsafe master key or none: whoever reaches the port uses your accounts",
            "delete it and set a real master key",
            override.entry.key.mark,
            override.path,
            severity="warning",
            command=GENERATE,
        )
    master, salt = view.variable(MASTER), view.variable(SALT)
    if master is not None:
        yield from _master(master, permitted=permitted)
    if salt is not None:
        yield from _salt(salt)


def _master(variable: Variable, *, permitted: bool) -> Iterator[Problem]:
    value = variable.value.strip()
    at = variable.mark
    refused: Severity = "warning" if permitted else "error"
    if not value:
        # An empty line in a template is a form to fill in; LiteLLM treats it as an empty key all the same.
        why = "LiteLLM refuses to start with an empty master key"
        yield Problem(f"{MASTER} is empty", why, FIX, at, variable.path, severity=refused, command=GENERATE)
    elif _known(value):
        yield Problem(
            f"{MASTER} is the example key of LiteLLM's documentation, which everybody knows",
            "LiteLLM refuses to start with a publicly known key",
            FIX,
            at,
            variable.path,
            severity=refused,
            command=GENERATE,
        )
    elif _PLACEHOLDER.search(value):
        yield Problem(
            f"{MASTER} looks like a placeholder",
            "LiteLLM starts with it, and whoever has seen the template can use the gateway",
            FIX,
            at,
            variable.path,
            severity="warning",
            confidence="medium",
            command=GENERATE,
        )
    elif not value.startswith("sk-"):
        yield Problem(
            f"{MASTER} does not start with sk-",
            "it works as master key, but LiteLLM expects keys of the form sk-..., and its virtual keys must have it",
            "choose a key that starts with sk-",
            at,
            variable.path,
            severity="warning",
            command=GENERATE,
        )
    elif len(value) < SHORT:
        yield Problem(
            f"{MASTER} has only {len(value)} characters",
            "LiteLLM starts with it, but a short key can be guessed, and it opens every function of the gateway",
            FIX,
            at,
            variable.path,
            severity="warning",
            command=GENERATE,
        )


def _salt(variable: Variable) -> Iterator[Problem]:
    value = variable.value.strip()
    if value and (_known(value) or _PLACEHOLDER.search(value) or len(value) < SHORT):
        yield Problem(
            f"{SALT} is {'the example key of the documentation' if _known(value) else 'a placeholder or very short'}",
            "it encrypts the provider credentials in LiteLLM's database; whoever knows it can read them",
            "set it to random text before the first start: stored credentials become unreadable when it changes later",
            variable.mark,
            variable.path,
            severity="warning",
            command='echo "LITELLM_SALT_KEY=sk-$(openssl rand -hex 32)"',
        )


def _known(value: str) -> bool:
    return hashlib.sha256(value.encode()).hexdigest() in schema().names("weak_master_key_sha256")
