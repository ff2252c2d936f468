"""A key that claude gateway does not know.

What: a misspelt key, a key of another section, or two ways of signing in side by side in one auth block.
Why: the schema is strict: claude gateway refuses the whole file at the first unknown key and exits.
Fix: use the nearest name, or move the key to the section that has it.

Bad:
    listen: {host: 127.0.0.1, prot: 8080}
    upstreams:
      - {provider: anthropic, auth: {api_key: "${ANTHROPIC_API_KEY}"}}
    oidc: {issuer: https://login.example.com, client_id: gateway, client_secret: "${OIDC_SECRET}"}
    session: {jwt_secret: "${JWT_SECRET}"}
    store: {postgres_url: "${DATABASE_URL}"}

Good:
    listen: {host: 127.0.0.1, port: 8080}
    upstreams:
      - {provider: anthropic, auth: {api_key: "${ANTHROPIC_API_KEY}"}}
    oidc: {issuer: https://login.example.com, client_id: gateway, client_secret: "${OIDC_SECRET}"}
    session: {jwt_secret: "${JWT_SECRET}"}
    store: {postgres_url: "${DATABASE_URL}"}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.structure import rename_key
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_gateway import gateway, strict
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.names import close_name, evident
from mcp_server.validate.schemas.strict import Defect

ID = "claude-gateway-unknown-key"
KINDS: tuple[Kind, ...] = ("claude-gateway",)
SEVERITY: Severity = "error"
WHY = "claude gateway 2.1.330 refuses the whole file for it ('Unrecognized key(s) in object') and exits"


def check(document: Document, context: Context) -> Iterator[Problem]:
    for defect in gateway(document).defects:
        if defect.sort == "unknown-key":
            yield _problem(document, defect)


def _problem(document: Document, defect: Defect) -> Problem:
    assert defect.entry is not None
    name, section = defect.name, defect.path[: -len(defect.name)].rstrip(".")
    place = section or "the top level"
    mark = defect.mark
    if name == "dev" and not section:
        why = "claude gateway 2.1.330 refuses the file: there is no mode without PostgreSQL any more"
        return Problem("the key dev was removed", why, "delete it and set store.postgres_url", mark, defect.path)
    homes = strict().homes(name)
    if defect.instead:
        fix = f"keep one of {' or '.join(defect.instead)}"
        return Problem(f"{name} cannot stand beside the other keys of {place}", WHY, fix, mark, defect.path)
    close = close_name(name, defect.valid, 0.7)
    if close and (not homes or evident(name, close)):
        change = rename_key(document, defect.entry, close, safe=evident(name, close))
        return Problem(f"{place} has no key {name}", WHY, f"write {close}", mark, defect.path, change=change)
    if homes:
        fix = f"move {name} to {' or '.join(home or 'the top level' for home in homes[:3])}"
    else:
        fix = f"delete it; {place} has {', '.join(sorted(defect.valid)[:24])}"
    return Problem(f"{place} has no key {name}", WHY, fix, mark, defect.path)
