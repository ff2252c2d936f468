"""Which generated files can be put into place by ``apply_config``, where they go, and how each is changed."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mcp_server.answer import ConfigFile
from mcp_server.change.apply import Step
from mcp_server.errors import GatewayError, UsageError, nearest
from mcp_server.redact import clean, quote, redact

if TYPE_CHECKING:
    from mcp_server.generate.spec import GenerateRequest

#: Where the command for a person lays the files down first.
_FOLDER = "generated"


def arguments(generated: Sequence[str]) -> dict[str, str]:
    """The arguments of ``generate_config`` out of ``NAME=VALUE`` entries. Raises UsageError for anything else."""
    found: dict[str, str] = {}
    for entry in generated:
        name, sign, value = entry.partition("=")
        name = name.strip()
        if not sign:
            raise UsageError(
                f"generated holds {quote(entry, 60)!r}, which has no =.",
                "Write each argument of generate_config as NAME=VALUE, for example gateway=litellm, models=a,b.",
            )
        if name in found:
            raise UsageError(f"generated names {quote(name, 60)!r} twice.", "Give a list once, as NAME=FIRST,SECOND.")
        found[name] = value
    if not found:
        raise UsageError(
            "it is not said what to apply.",
            'Give generated: the arguments that generate_config was given, as ["gateway=litellm", "models=a,b"].',
        )
    return found


def offered(config: Sequence[ConfigFile]) -> dict[str, ConfigFile]:
    """Name → generated file of a kind that the change engine understands."""
    from mcp_server.change.merge import language_of
    from mcp_server.generate.document import place_below

    found = {}
    for file in config:
        name = place_below(file.path)
        try:
            language_of(Path(name).name)
        except UsageError:
            continue
        if file.language != "shell":
            found[name] = file
    return found


def chosen(there: Mapping[str, ConfigFile], files: Sequence[str]) -> list[str]:
    """The names in ``files``, else the settings. Raises UsageError: there is no such file, or it is a managed one."""
    usual = [name for name, file in there.items() if scope_of(file) not in (None, "managed")]
    for name in files or usual:
        if name not in there:
            close = nearest(name[:120], tuple(there))
            raise UsageError(
                f"no generated file that could be applied is called {quote(name, 120)!r}.",
                f"{f'Did you mean {close}? ' if close else ''}There are: {', '.join(there) or 'none'}. "
                "llm-gateway generate --output DIR writes files of every kind.",
            )
        if scope_of(there[name]) == "managed":
            raise UsageError(
                "managed settings bind everybody on this machine; no tool writes them.",
                "An administrator does: llm-gateway apply FILE --scope managed. For one person: scope=user.",
            )
    if not (files or usual):
        raise UsageError(
            "nothing that was generated goes into settings of yours.",
            f"Name files: {', '.join(n for n in there if scope_of(there[n]) is None)}."
            if there
            else "Call generate_config first; advice holds no files.",
        )
    return list(dict.fromkeys(files or usual))


def scope_of(file: ConfigFile) -> str | None:
    """The scope of a generated settings file; ``None`` for any other file."""
    from mcp_server.generate.client import SETTINGS_FILES

    return next((scope for scope, (path, _) in SETTINGS_FILES.items() if path == file.path), None)


def step(file: ConfigFile, name: str) -> Step:
    """Settings go to their scope and are merged; any other file goes into the project under its own name.

    Raises:
        UsageError, GatewayError: the place is managed, leads out of the project, or belongs to another tool.
    """
    from mcp_server.change.owners import refuse_owned
    from mcp_server.environment import home
    from mcp_server.operations.change_files import settings_path

    scope = scope_of(file)
    path = settings_path(scope) if scope else _project() / name
    place = _allowed(path, anywhere=scope == "user")
    refuse_owned(place, home())
    mergeable = scope or file.language in ("yaml", "env")
    change = _merged if mergeable else _new
    return Step(path, partial(change, path, file.content, exact=not scope))


def _project() -> Path:
    return Path(os.environ.get("CLAUDE_PROJECT_DIR") or ".")


def _allowed(path: Path, *, anywhere: bool = False) -> Path:
    """The file that would be written. A link of an unknown repository must not lead the writing elsewhere."""
    from mcp_server.change.files import target
    from mcp_server.environment import managed_folder

    place = target(path)
    if place.is_relative_to(managed_folder().resolve()):
        raise UsageError(
            f"{quote(str(path), 200)} is a managed file; no tool writes those.", "An administrator changes it."
        )
    if not anywhere and not place.is_relative_to(_project().resolve()):
        raise UsageError(
            f"{quote(str(path), 200)} is a link out of the project, to {quote(str(place), 200)}.",
            "Remove the link, or make the change yourself with llm-gateway apply.",
        )
    return place


def _merged(path: Path, content: str, before: bytes | None, *, exact: bool) -> bytes | None:
    from mcp_server.change.merge import language_of, merged
    from mcp_server.operations.change_files import wishes_in

    if exact and not (before or b"").strip():
        return content.encode()
    return merged(before, language_of(path.name), wishes_in(content, path.name), str(path))


def _new(path: Path, content: str, before: bytes | None, *, exact: bool) -> bytes | None:
    data = content.encode()
    if exact and before not in (None, data):
        raise GatewayError(
            f"{quote(str(path), 200)} exists already with other content, and was left as it is.",
            "Leave it out of files, or merge it by hand.",
        )
    return data


def command(request: GenerateRequest, files: Mapping[str, ConfigFile]) -> str:
    """The same for a person, typed in the project's folder."""
    words = ["llm-gateway", "generate"]
    given: dict[str, Any] = {name: value for name, value in asdict(request).items() if value and name != "goal"}
    for name, value in given.items():
        words += [f"--{name.replace('_', '-')}", value if isinstance(value, str) else ",".join(value)]
    words += ["--output", _FOLDER, *(["--", request.goal] if request.goal else [])]
    commands = [words]
    for name, file in files.items():
        scope = scope_of(file)
        place = ["--scope", scope] if scope else ["--to", name]
        commands.append(["llm-gateway", "apply", f"{_FOLDER}/{name}", *place])
    return redact(clean(" && ".join(map(shlex.join, commands))))
