"""The one change for a cause, filled with what the evidence says: sentence, edit or command, verification."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mcp_server import redact
from mcp_server.answer import Check, ConfigFile
from mcp_server.catalogue.load import causes, read_yaml
from mcp_server.diagnose.author import Symptom
from mcp_server.diagnose.credentials import CredentialFacts
from mcp_server.snapshot import Snapshot

FALLBACKS = {
    "model": "MODEL",
    "region": "REGION",
    "project": "PROJECT",
    "profile": "NAME",
    "action": "bedrock:InvokeModel",
    "permission": "aiplatform.endpoints.predict",
    "base_url": "$ANTHROPIC_BASE_URL",
}
#: What was refused, as the clouds name it: an AWS action, a Google permission.
_ACTION = re.compile(
    r"(?:not authori[sz]ed to perform:? |calling the )?\b(?P<action>(?:bedrock|sts|aws-marketplace):[A-Z]\w{2,60})"
)
_PERMISSION = re.compile(
    r"\b(?P<permission>(?:aiplatform|serviceusage|iam|cloudaicompanion)\.[a-zA-Z]{3,40}\.[a-zA-Z]{2,40})\b"
)
_PLAIN_NAME = re.compile(r"[\w.@+-]{1,64}")
#: In a file a shell variable would be taken literally.
_IN_FILES = {**FALLBACKS, "base_url": "<base URL of the gateway>"}
#: What may stand unquoted in a command.
_PLAIN_URL = re.compile(r"https?://[\w.\-]+(?::\d+)?(?:/[\w.\-/]*)?")


@dataclass(frozen=True)
class Cure:
    """What to tell and what to change."""

    quick: str
    fix: str
    config: tuple[ConfigFile, ...]
    verification: tuple[Check, ...]

    @property
    def command(self) -> str | None:
        """The first command, when the change is made in a terminal."""
        return next((f.content.splitlines()[0] for f in self.config if f.language == "shell"), None)


def cure_for(cause: str, variant: str | None, values: Mapping[str, str]) -> Cure:
    """The cure of ``cause`` (or of its ``variant``); ``values`` fill the placeholders."""
    entry = dict(read_yaml("cures.yaml")["cures"].get(cause) or _general(cause))
    special = entry.pop("variants", {}).get(variant) if variant else None
    if special:
        edits = ("run", "env", "litellm", "keys")
        kept = {k: v for k, v in entry.items() if k not in edits} if any(k in special for k in edits) else entry
        entry = {**kept, **special}
    filled = {
        part: filled_in(value, {**(_IN_FILES if part in ("env", "keys", "litellm") else FALLBACKS), **values})
        for part, value in entry.items()
    }
    return Cure(filled["quick"], filled["fix"], tuple(_files(filled, cause)), (_check(filled),))


def values_from(
    symptom: Symptom, snapshot: Snapshot, cause: str, credentials: CredentialFacts | None = None
) -> dict[str, str]:
    """Placeholder values that the evidence names. Only plain identifiers get in, so that they may stand in commands."""
    found = {
        "model": symptom.models[0] if symptom.models else None,
        "region": symptom.regions[0] if symptom.regions else None,
        "project": symptom.project,
        "action": (m := _ACTION.search(symptom.text)) and m["action"],
        "permission": (m := _PERMISSION.search(symptom.text)) and m["permission"],
    }
    told = snapshot.variable("ANTHROPIC_MODEL")
    if not found["model"] and told is not None and re.fullmatch(r"[\w.:@/-]{3,120}", told.value.strip()):
        found["model"] = told.value.strip()
    found |= state_values(credentials)
    base = snapshot.variable("ANTHROPIC_BASE_URL")
    if base is not None and _PLAIN_URL.fullmatch(base.value.strip()):
        url = base.value.strip().rstrip("/")
        if cause == "base_url_path_duplicated":
            url = url.removesuffix("/messages").removesuffix("/v1")
        found["base_url"] = url
    return {name: redact.quote(value, 200) for name, value in found.items() if value}


def state_values(credentials: CredentialFacts | None) -> dict[str, str]:
    """Placeholder values that the credentials of this machine give."""
    states = credentials.states if credentials is not None else ()
    profile = next((s.profile for s in states if s.profile and s.relevant), None)
    return {"profile": profile} if profile is not None and _PLAIN_NAME.fullmatch(profile) else {}


def _general(cause: str) -> dict[str, Any]:
    definition = causes()[cause].definition
    return {
        "quick": definition,
        "fix": "Run the checks of the layer named here; they show the failing step.",
        "run": ["llm-gateway check-proxy", "llm-gateway test-model"],
        "verify": ["llm-gateway test-model", "an answer", "the first failing check is the cause"],
    }


def filled_in(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        for name, replacement in values.items():
            value = value.replace("{" + name + "}", replacement)
        return value
    if isinstance(value, Mapping):
        return {filled_in(k, values): filled_in(v, values) for k, v in value.items()}
    if isinstance(value, list):
        return [filled_in(v, values) for v in value]
    return value


def _files(entry: Mapping[str, Any], cause: str) -> list[ConfigFile]:
    files: list[ConfigFile] = []
    if "run" in entry:
        files.append(
            ConfigFile(path="terminal", language="shell", content="\n".join(entry["run"]) + "\n", why=entry["fix"])
        )
    if "env" in entry or "keys" in entry:
        content: dict[str, Any] = {"env": entry["env"]} if "env" in entry else {}
        content |= entry.get("keys", {})
        files.append(
            ConfigFile(
                path="~/.claude/settings.json",
                language="json",
                content=json.dumps(content, indent=2, ensure_ascii=False) + "\n",
                why=f"{entry['fix']} Merge these keys into the file; keep its other content.",
            )
        )
    if "litellm" in entry:
        import yaml

        files.append(
            ConfigFile(
                path="config.yaml",
                language="yaml",
                content=yaml.safe_dump(entry["litellm"], sort_keys=False, allow_unicode=True),
                why=f"LiteLLM's side ({causes()[cause].layer}): merge these keys, then restart LiteLLM.",
            )
        )
    return files


def _check(entry: Mapping[str, Any]) -> Check:
    command, expect, if_not = entry["verify"]
    return Check(
        title="after the change",
        status="todo",
        detail="run this; it can fail",
        command=command,
        expect=str(expect),
        if_not=str(if_not),
    )
