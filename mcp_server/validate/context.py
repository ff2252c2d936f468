"""What a rule may know besides the document: plain data and two questions, so that rules stay free of I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

#: The names of the modules in ``validate/kinds/``.
Kind = Literal[
    "litellm",
    "claude-settings",
    "claude-gateway",
    "env",
    "docker-compose",
    "kubernetes",
    "zuplo",
    "truefoundry",
]
SettingsScope = Literal["managed", "local", "project", "user"]


@dataclass(frozen=True)
class Context:
    """``environment`` is ``None`` when variables and neighbouring files must not be judged (``ignore``)."""

    kind: Kind
    environment: Mapping[str, str] | None = field(default_factory=dict)
    exists: Callable[[str], bool] | None = None
    """Whether a path (relative to the configuration file) exists; ``None`` when there is no file to start from."""
    read: Callable[[str], bytes | None] | None = None
    """The bytes of a neighbouring file (for ``include``), ``None`` when it cannot be read; bounded, never fetched."""
    scope: SettingsScope | None = None
    """Which settings file of Claude Code this is, when its path tells."""
    today: date = field(default_factory=date.today)
    litellm: str | None = None
    """The release of LiteLLM to check against (``litellm_schema.known_releases``); ``None`` is the pinned one."""

    def is_set(self, variable: str) -> bool | None:
        """True or False when the environment counts, ``None`` when it must be ignored."""
        return None if self.environment is None else bool(self.environment.get(variable))

    def missing_file(self, path: str) -> bool:
        """True only when it is known that ``path`` does not exist."""
        return self.environment is not None and self.exists is not None and not self.exists(path)
