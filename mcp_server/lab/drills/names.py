"""The names that clients ask a LiteLLM file for, and what each of them leads to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import translate
from typing import Any

from mcp_server.errors import UsageError, nearest
from mcp_server.lab.drills.copying import entries
from mcp_server.lab.drills.reading import UserFile
from mcp_server.redact import quote

KINDS = ("fallbacks", "context_window_fallbacks", "content_policy_fallbacks")
#: What is asked for where the file has a wildcard.
_SAMPLES = {"anthropic": "claude-sonnet-4-6", "": "gpt-4o"}
#: LiteLLM modes that answer a conversation; without a mode a deployment is taken for one.
_CONVERSES = (None, "chat", "responses", "completion")
_OTHER_USE = re.compile(
    r"(?i)embed|whisper|\btts\b|dall-e|rerank|moderation|gpt-image|imagen|transcribe|stable-diffusion"
)


@dataclass(frozen=True)
class Name:
    """One name. ``group`` is the model group behind it (another one than ``asked`` for aliases and wildcards)."""

    asked: str
    group: str
    deployments: tuple[int, ...]
    is_alias: bool = False

    @property
    def shown(self) -> str:
        return quote(self.asked, 80)


def names_of(file: UserFile) -> list[Name]:
    """Every model group and alias that answers conversations, in the order of the file."""
    members: dict[str, list[int]] = {}
    for index, item in enumerate(entries(file)):
        if _converses(item):
            members.setdefault(str(item["model_name"]), []).append(index)
    names = [Name(_sample(file, group, own), group, tuple(own)) for group, own in members.items()]
    aliases = file.setting("router_settings", "model_group_alias")
    for alias, target in aliases.items() if isinstance(aliases, dict) else ():
        group = target.get("model") if isinstance(target, dict) else target
        if group in members and alias not in members:
            names.append(Name(alias, str(group), tuple(members[str(group)]), is_alias=True))
    return names


def chosen(file: UserFile, names: Sequence[Name], wanted: Sequence[str] | None) -> list[Name]:
    """``names`` narrowed to those that the user asked for.

    Raises:
        UsageError: the file does not serve one of them.
    """
    if not wanted:
        return list(names)
    known = {name.asked: name for name in names}
    result = []
    for word in wanted:
        found = known.get(word) or next(
            (Name(word, n.group, n.deployments) for n in names if "*" in n.group and _covers(n.group, word)), None
        )
        if found is None:
            close = nearest(word[:120], list(known))
            raise UsageError(
                f"{file.shown} has no model {quote(word, 80)!r} that answers conversations.",
                f"Did you mean {quote(close, 80)}?" if close else f"It has: {quote(', '.join(known), 300)}.",
            )
        result.append(found)
    return result


@dataclass(frozen=True)
class Fallbacks:
    """The fallback settings of a file. LiteLLM looks them up under the name asked for, before aliases are followed."""

    file: UserFile

    def targets(self, name: str, kind: str = "fallbacks") -> list[str]:
        """What ``kind`` gives for ``name``: its own entry, else that of ``*``, else (for ``fallbacks``) the default."""
        own: list[str] | None = None
        general: list[str] | None = None
        for source, targets in self._pairs(kind):
            if source == name or (own is None and source == name.partition("/")[2]):
                own = targets
            elif source == "*":
                general = targets
        found = own if own is not None else general
        if found is None and kind == "fallbacks":
            found = _texts(self._setting("default_fallbacks"))
        return found or []

    def any_for(self, name: str) -> bool:
        """Whether any kind of fallback belongs to ``name``."""
        return any(self.targets(name, kind) for kind in KINDS)

    def closure(self, name: Name) -> set[str]:
        """All groups that a call for ``name`` may reach."""
        reached, pending = set[str](), [name.asked, name.group]
        while pending:
            group = pending.pop()
            if group not in reached:
                reached.add(group)
                pending += [target for kind in KINDS for target in self.targets(group, kind)]
        return reached

    def section(self, kind: str = "fallbacks") -> str:
        """The section in which ``kind`` stands; the router's wins."""
        return (
            "litellm_settings"
            if self._in("router_settings", kind) is None and self._in("litellm_settings", kind) is not None
            else "router_settings"
        )

    def _pairs(self, kind: str) -> Iterator[tuple[str, list[str]]]:
        listed = self._setting(kind)
        for item in listed if isinstance(listed, list) else ():
            if isinstance(item, dict) and len(item) == 1:
                source, targets = next(iter(item.items()))
                yield str(source), _texts(targets)

    def _setting(self, kind: str) -> Any:
        own = self._in("router_settings", kind)
        return self._in("litellm_settings", kind) if own is None else own

    def _in(self, section: str, kind: str) -> Any:
        return self.file.setting(section, kind)


def _texts(value: Any) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    models = [item.get("model") if isinstance(item, dict) else item for item in listed]
    return [model for model in models if isinstance(model, str)]


def _converses(item: dict[str, Any]) -> bool:
    info = item.get("model_info")
    mode = info.get("mode") if isinstance(info, dict) else None
    return mode in _CONVERSES and not (mode is None and _OTHER_USE.search(str(item["litellm_params"]["model"])))


def _sample(file: UserFile, group: str, own: Sequence[int]) -> str:
    """A name to ask a wildcard group for."""
    if "*" not in group:
        return group
    model = str(entries(file)[own[0]]["litellm_params"]["model"])
    claude = "anthropic" in f"{group} {model}" or "claude" in f"{group} {model}"
    sample = _SAMPLES["anthropic" if claude else ""]
    return (
        sample
        if group == "*"
        else group.replace("*", sample.removeprefix("claude-") if "claude-*" in group else sample)
    )


def _covers(group: str, word: str) -> bool:
    return re.fullmatch(translate(group.replace("[", "[[]").replace("?", "[?]")), word) is not None
