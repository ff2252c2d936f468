"""Files that nobody named: which ones in a folder are ours to check, and which names a hook should watch.

Stricter than ``claims``, which answers for a file that was named on purpose: there a wrong guess costs a hint, here
it would judge a stranger's file.
"""

from __future__ import annotations

import re

from mcp_server.validate.context import Kind
from mcp_server.validate.kinds import KINDS, start_of

#: Names (as ``files:`` of pre-commit understands them) that tell a kind; the other kinds have no usual name.
FILES: dict[Kind, str] = {
    "litellm": r"(^|/)([\w.-]*litellm[\w.-]*|proxy([_-]server)?[_-]config)\.ya?ml$",
    "claude-settings": r"(^|/)(\.claude/settings(\.local)?|managed-settings(\.d/[\w.-]+)?)\.json$",
    "claude-gateway": r"(^|/)[\w.-]*claude[_-]?gateway[\w.-]*\.ya?ml$",
    "env": r"(^|/)(\.env(\.[\w.-]+)?|[\w.-]+\.env)$",
    "docker-compose": r"(^|/)(docker-)?compose([.-][\w.-]+)?\.ya?ml$",
}
#: Endings of files worth opening in a folder.
CANDIDATE = re.compile(r"\.(ya?ml|jsonc?|env|envrc)$|(^|/)\.env(\.[\w.-]+)?$")

_OURS = re.compile(r"(?i)litellm|anthropic|claude_code|claude-code|vertex_ai|bedrock")
#: Kinds whose files exist everywhere, and what one of ours has in it (or in its name).
_SURE: dict[Kind, re.Pattern[str]] = {
    "litellm": re.compile(
        r"(?m)^[\"']?(model_list|litellm_settings)[\"']?\s*:"
        r"|^[\"']?(general_settings|router_settings)[\"']?\s*:\s*(#.*)?\n\s+[\"']?"
        r"(master_key|database_url|routing_strategy|fallbacks|num_retries|model_group_alias)"
        r"|\A\{(?s:.{0,200000}?)\"(model_list|litellm_settings)\"\s*:"
    ),
    "claude-settings": re.compile(
        r"\"(ANTHROPIC_|CLAUDE_CODE_|DISABLE_TELEMETRY)\w*\"\s*:|\"(apiKeyHelper|awsAuthRefresh|otelHeadersHelper)\"\s*:"
    ),
    "env": _OURS,
    "docker-compose": _OURS,
    "kubernetes": _OURS,
}


def recognise(name: str, text: str) -> Kind | None:
    """The kind of a file found at ``name``, ``None`` when it is not surely a configuration of ours."""
    lower = name.replace("\\", "/").lower()
    start = start_of(text)
    kind = next((module.ID for module in KINDS if module.claims(lower, start)), None)
    if kind is None:
        return None
    if kind == "claude-settings" and re.search(FILES[kind], lower):
        return kind
    sure = _SURE.get(kind)
    return kind if sure is None or sure.search(start) else None
