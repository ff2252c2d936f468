"""Auto mode: may a session be in it, and who judges its actions: the provider along with the turn, or a model (pure).

Measured on 2.1.330 in Anthropic's format. 2.1.197 asks no provider to judge.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mcp_server.catalogue.claude_code import client
from mcp_server.catalogue.load import read_yaml
from mcp_server.effective.mode import filled, is_on
from mcp_server.effective.models import ResolvedModel, resolve_model
from mcp_server.effective.target import ClientTarget
from mcp_server.snapshot import OFF_VALUES, SCOPE_ORDER, Setting, Snapshot

SERVER = "CLAUDE_CODE_AUTO_MODE_SERVER"
MODEL = "CLAUDE_CODE_AUTO_MODE_MODEL"
_BETAS_OFF = "CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS"
#: Files whose ``"auto"`` counts; a project may choose any other mode, but not this one.
_MAY_CHOOSE = ("managed", "flag", "user")


@dataclass(frozen=True)
class AutoMode:
    """What the settings make of auto mode. Where nothing is said, an interactive session begins in it."""

    chosen: bool = False
    """``permissions.defaultMode`` is ``auto``: ``claude -p`` runs in it too."""
    off: str = ""
    """The setting that keeps every session out of it unless asked; empty when there is none."""
    by_server: bool = True
    """The provider is asked to judge in the field ``safeguards``; else a model is asked in a request of its own."""
    classifier: str = ""
    """The model that is asked then; empty where it is the one of the session."""


def auto_mode(snapshot: Snapshot, target: ClientTarget) -> AutoMode:
    """Auto mode by this machine's settings."""
    model, _ = classifier(snapshot, target)
    told = snapshot.variable(SERVER)
    refused = told is not None and bool(told.value.strip()) and told.value.strip().lower() in OFF_VALUES
    by_server = not refused and not is_on(snapshot.variable(_BETAS_OFF))
    mode = _default_mode(snapshot)
    off = _disabled(snapshot) or (f"permissions.defaultMode is {mode}" if mode not in ("", "auto") else "")
    return AutoMode(mode == "auto" and not off, off, by_server, model)


def classifier(snapshot: Snapshot, target: ClientTarget) -> tuple[str, Setting | None]:
    """The model that judges where the provider does not, and the setting that names it; empty for other releases.

    A name in ``CLAUDE_CODE_AUTO_MODE_MODEL`` goes out as it stands, no alias is resolved; some of Claude's own are
    not taken.
    """
    calls = client(target.version).calls
    if "classifier" not in calls:
        return "", None
    told = filled(snapshot.variable(MODEL))
    if told is not None and not any(
        name in told.value.lower() for name in read_yaml("claude_code.yaml")["no_classifier"]
    ):
        return told.value.strip(), told
    sonnet: ResolvedModel = resolve_model(snapshot, "sonnet")
    return (sonnet.model, sonnet.setting) if sonnet.setting is not None else (calls["classifier"], None)


def takes_part(model: str) -> bool:
    """Whether the client offers auto mode with this model name; without it, sessions stay in the default mode."""
    return not any(name in model.lower() for name in read_yaml("claude_code.yaml")["no_auto_mode"])


def _default_mode(snapshot: Snapshot) -> str:
    """The strongest ``permissions.defaultMode`` that counts; empty when there is none."""
    for scope, permissions in _permissions(snapshot):
        mode = permissions.get("defaultMode")
        if isinstance(mode, str) and (mode != "auto" or scope in _MAY_CHOOSE):
            return mode
    return ""


def _disabled(snapshot: Snapshot) -> str:
    if any(file.data.get("disableAutoMode") == "disable" for file in snapshot.settings_files):
        return "disableAutoMode is set"
    if any(permissions.get("disableAutoMode") == "disable" for _, permissions in _permissions(snapshot)):
        return "permissions.disableAutoMode is set"
    return ""


def _permissions(snapshot: Snapshot) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Scope and ``permissions`` of each settings file, strongest first."""
    for file in sorted(snapshot.settings_files, key=lambda each: SCOPE_ORDER.index(each.scope)):
        permissions = file.data.get("permissions")
        if isinstance(permissions, Mapping):
            yield file.scope, permissions
