"""A setting or variable stands in a file in which Claude Code does not honour it.

What: keys that only managed settings may carry (forceLoginMethod, requiredMinimumVersion, allowedProviders and more)
    in another file; keys and variables that a project's files may not set.
Why: Claude Code drops them without a word: the policy that is written down is not enforced.
Fix: move the entry to managed settings, or to ~/.claude/settings.json.

Bad:
    {
      "requiredMinimumVersion": "2.1.300"
    }

Good:
    {
      "permissions": {"allow": ["Bash(ls:*)"]}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.catalogue.client_settings import not_in_project, scoped_keys, taken_from_user
from mcp_server.document.document import Document
from mcp_server.document.nodes import Entry, Mapping, scalar
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_settings import claude
from mcp_server.validate.problem import Problem

ID = "setting-scope-ignored"
KINDS: tuple[Kind, ...] = ("claude-settings",)
SEVERITY: Severity = "warning"


def check(document: Document, context: Context) -> Iterator[Problem]:
    if context.scope not in ("user", "project", "local"):
        return
    settings = claude(document)
    in_project = context.scope != "user"
    keys = settings.root.effective if isinstance(settings.root, Mapping) else {}
    for path, scope in scoped_keys().items():
        found = _entry(settings.root, path.split("."))
        if found is None or (scope == "not-project" and not in_project):
            continue
        if not in_project and taken_from_user(path, scalar(found.value), keys):
            continue
        managed = scope == "managed"
        yield Problem(
            f"{path} counts only in managed settings" if managed else f"{path} does not count in a project's settings",
            "Claude Code ignores it in this file without a word",
            "move it to managed-settings.json" if managed else "move it to ~/.claude/settings.json or managed settings",
            found.key.mark,
            path,
        )
    for variable in settings.env.values() if in_project else ():
        if variable.name in not_in_project():
            yield Problem(
                f"{variable.name} does not count in a project's settings",
                "Claude Code 2.1.330 drops it from the env of project and local settings; 2.1.197 takes it",
                "set it in ~/.claude/settings.json, in managed settings or in the shell",
                variable.entry.key.mark,
                variable.path,
            )


def _entry(node: object, names: list[str]) -> Entry | None:
    found = node.entry(names[0]) if isinstance(node, Mapping) else None
    return found if found is None or len(names) == 1 else _entry(found.value, names[1:])
