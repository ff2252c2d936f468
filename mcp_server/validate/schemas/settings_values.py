"""Which wrong value in a Claude Code settings file costs what, per version (pure; measured with ``claude doctor``)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mcp_server.catalogue.client_settings import costs_only_itself, schemas, versions
from mcp_server.document.nodes import Mapping, Scalar
from mcp_server.validate.schemas.json_schema import Violation, violations

#: A hook before a tool use may be what guards it, so 2.1.330 drops the file with it; another hook alone.
_GUARDS = ("hooks.PreToolUse", "hooks.PermissionRequest")
_HOOK = re.compile(r"hooks\.[^.\[]+[.\[]")
#: ``env`` has rules of its own; items of permission lists are judged by permission-rule-malformed.
OTHERS = re.compile(r"env\b|permissions\.(allow|deny|ask)\[")


def loses_file(version: str, found: Violation) -> bool:
    """Does ``version`` ignore the whole file (not managed) because of this value?"""
    key = re.split(r"[.\[]", found.path)[0]
    null = isinstance(found.node, Scalar) and found.node.is_null
    if found.path == "permissions.defaultMode" and getattr(found.node, "text", None) == "manual":
        return version != versions()[0]  # the newest reads it as default, though its schema does not list it
    if key == "hooks" and _HOOK.match(found.path) and not found.key:
        return found.path.startswith(_GUARDS) if version == versions()[0] else True
    if key == "hooks":
        return False
    return version not in costs_only_itself(key, null=null)


def wrong_values(root: Mapping, version: str) -> Iterator[Violation]:
    """What the schema of ``version`` refuses below ``root``, values in ``env`` and permission rules aside."""
    properties = schemas()[version]["properties"]
    for entry in root.effective.values():
        if entry.name in properties:
            for found in violations(properties[entry.name], entry.value, entry.name):
                if not OTHERS.match(found.path):
                    yield found
