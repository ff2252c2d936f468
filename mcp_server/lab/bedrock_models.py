"""What the Bedrock emulator serves: foundation models, the inference profiles of a region, what an id means there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from mcp_server.lab.bedrock_errors import BedrockError, invalid_identifier, on_demand, unfit_identifier
from mcp_server.lab.claude_facts import claude_models, facts

ToolUse = Literal["works", "plain", "refused"]
_ARN = re.compile(r"arn:aws[^:]*:bedrock:(?P<region>[^:]*):(?P<account>\d*):(?P<kind>[a-z-]+)/(?P<name>.+)")


@dataclass(frozen=True)
class FoundationModel:
    """One model. Limits are tokens."""

    id: str
    max_output: int
    context: int
    claude: bool = True
    profile_only: bool = True
    tools: ToolUse = "works"
    """``plain``: not in streams."""


def foundation_models() -> dict[str, FoundationModel]:
    """Every model by its id, as ``data/claude.yaml`` knows them."""
    claude = [
        FoundationModel(m.bedrock, m.max_output, m.context, profile_only=m.profile_only)
        for m in claude_models().values()
    ]
    others = [
        FoundationModel(name, claude=False, **{"profile_only": False, **entry})
        for name, entry in facts()["bedrock_others"].items()
    ]
    return {model.id: model for model in (*claude, *others)}


@dataclass(frozen=True)
class Region:
    """One region of one account."""

    name: str
    account: str
    models: dict[str, FoundationModel]
    application_profiles: dict[str, str]
    """Name of an application inference profile (the last part of its ARN) → foundation model."""

    @property
    def prefixes(self) -> list[str]:
        """Prefixes of the system's inference profiles here."""
        table: dict[str, list[str]] = facts()["bedrock_prefixes"]
        matching = [start for start in table if self.name.startswith(start)]
        return table[max(matching, key=len)] if matching else ["global"]

    @property
    def profiles(self) -> dict[str, FoundationModel]:
        """Every system-defined inference profile by its id."""
        return {f"{prefix}.{name}": model for prefix in self.prefixes for name, model in self.models.items()}

    def arn(self, kind: str, name: str) -> str:
        """The ARN of a resource of this account here."""
        return f"arn:aws:bedrock:{self.name}:{self.account}:{kind}/{name}"

    def resolve(self, given: str, pattern: str, *, counting: bool = False) -> FoundationModel:
        """The model that an id or ARN in a request means. Tokens are counted by the bare id of any model.

        Raises:
            BedrockError: it cannot be called like that here.
        """
        if not re.fullmatch(pattern, given):
            raise unfit_identifier(given, pattern)
        kind, name = "", given
        if arn := _ARN.fullmatch(given):
            kind, name = arn["kind"], arn["name"]
            if arn["region"] not in (self.name, "") or (arn["account"] not in (self.account, "")):
                raise invalid_identifier()
        if kind == "application-inference-profile":
            found = self.models.get(self.application_profiles.get(name, ""))
            if found is None:
                raise BedrockError("ResourceNotFoundException", f"Could not resolve the inference profile {given}.")
            return found
        if kind in ("", "inference-profile") and name in self.profiles:
            return self.profiles[name]
        if kind in ("", "foundation-model") and name in self.models:
            if self.models[name].profile_only and not counting:
                raise on_demand(name)
            return self.models[name]
        raise invalid_identifier()

    def summary(self, profile: str) -> dict[str, object]:
        """A system-defined inference profile as the control plane lists it."""
        model = self.profiles[profile]
        arn = f"arn:aws:bedrock:{self.name}::foundation-model/{model.id}"
        return {
            "inferenceProfileId": profile,
            "inferenceProfileName": profile,
            "inferenceProfileArn": self.arn("inference-profile", profile),
            "description": f"Routes requests to {model.id}.",
            "models": [{"modelArn": arn}],
            "status": "ACTIVE",
            "type": "SYSTEM_DEFINED",
            "createdAt": "2026-01-01T00:00:00Z",
            "updatedAt": "2026-01-01T00:00:00Z",
        }
