"""The files of ``up``: written for the wish, or the user's own; with the key and the client's settings."""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mcp_server.answer import Finding
from mcp_server.change import files as on_disk
from mcp_server.errors import GatewayError, UsageError
from mcp_server.operations.up_laboratory import PROJECT, Laboratory, laboratory
from mcp_server.redact import quote
from mcp_server.run import gateway_state
from mcp_server.run.gateway_state import About

if TYPE_CHECKING:
    from mcp_server.operations.up import Wish

_CONFIG = "litellm-config.yaml"
#: Claude Code does not exempt loopback from a proxy by itself, so a proxy of the shell decides whether it arrives.
_WAY_OUT = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy")
_REFERENCE = re.compile(r"os\.environ/(?P<name>\w+)")


@dataclass(frozen=True)
class Files:
    """Everything that is on the disk before anything starts."""

    about: About
    key_variable: str
    key: str = field(repr=False)
    settings: Mapping[str, Any]
    main_models: tuple[str, ...]
    """The main model and those of the tiers, without repetition."""
    lint: Sequence[Finding]
    findings: Sequence[Finding] = ()
    """What ``generate``, or the check of the user's file, said."""
    laboratory: Laboratory | None = None

    def client_environment(self) -> dict[str, str]:
        """What a Claude Code with these settings has in this shell; the key in place of the helper."""
        way = {name: os.environ[name] for name in _WAY_OUT if name in os.environ}
        return {**way, **self.settings.get("env", {}), "ANTHROPIC_AUTH_TOKEN": self.key}


def written_files(wish: Wish, port: int, missing: Sequence[str]) -> Files:
    """Generates for the wish and writes everything into the state folder.

    Raises:
        UsageError: what is asked for cannot be generated. GatewayError: a file cannot be written.
    """
    from datetime import date

    from mcp_server.generate.build import generate
    from mcp_server.generate.spec import MASTER_KEY_VARIABLE, parse_request
    from mcp_server.operations.validate_config import check

    folder, base_url = gateway_state.folder(), f"http://127.0.0.1:{port}"
    asked = {**wish.generated(), "gateway": "litellm", "gateway_url": base_url, "auth": "helper", "scope": wish.scope}
    stands = laboratory(_providers(wish)) if wish.lab else None
    if stands is not None and stands.endpoint.api_base:
        asked["vertex_project"] = PROJECT
    request = parse_request({name: list(v) if isinstance(v, tuple) else v for name, v in asked.items()})
    answer = generate(request, date.today(), stands.endpoint if stands else None)
    config = next(file.content for file in answer.config if file.path.endswith(_CONFIG))
    settings = json.loads(next(file.content for file in answer.config if file.language == "json"))
    if not wish.lab:
        _refuse_missing(config)
    models = _names(_data(config, _CONFIG))
    on_disk.write_private(folder / _CONFIG, config.encode())
    _write_settings(settings)
    lint = check(path=str(folder / _CONFIG), kind="litellm", environment="ignore").report.findings
    env = settings["env"]
    key_file, key, made, folders = _key()  # the last step: what fails before leaves no key behind
    about = About(
        base_url=base_url,
        port=port,
        config=str(folder / _CONFIG),
        models=tuple(models),
        main=env["ANTHROPIC_MODEL"],
        lab=wish.lab,
        since="",
        wish={},
        key_file=str(key_file),
        key_made=made,
        folders=(*missing, *folders),
    )
    return Files(about, MASTER_KEY_VARIABLE, key, settings, _mains(env), lint, answer.findings, stands)


def own_files(wish: Wish, port: int, missing: Sequence[str]) -> Files:
    """The user's own gateway file, left as it is, with client settings made for what it serves.

    Raises:
        UsageError, GatewayError: the file cannot be read, serves no named model, or holds its key in clear.
    """
    from mcp_server.generate import client
    from mcp_server.generate.spec import GenerateRequest
    from mcp_server.operations.validate_config import check

    path = Path(wish.config).expanduser().absolute()
    checked = check(path=str(path), kind="litellm", environment="check")
    data = _data(checked.document.text, str(path))
    names = _names(data)
    variable, given = _master_key(data, path)
    lint = [f for f in checked.report.findings if variable not in f.problem]
    base_url = f"http://127.0.0.1:{port}"
    main = names[0]
    tiers = {f"ANTHROPIC_DEFAULT_{tier}_MODEL": main for tier in ("OPUS", "SONNET", "HAIKU", "FABLE")}
    variables = {"ANTHROPIC_BASE_URL": base_url, "ANTHROPIC_MODEL": main, **tiers}
    if not _only_claude(data):
        variables["ENABLE_TOOL_SEARCH"] = "false"
    settings = client.settings(
        client.ClientSide(
            request=GenerateRequest(gateway="litellm", scope=wish.scope),
            base_url=base_url,
            variables=variables,
            auth="helper",
            key_variable=variable if given else None,
        )
    )
    _write_settings(settings)
    key_file, key, made, folders = (None, given, False, ()) if given else _key()
    about = About(
        base_url=base_url,
        port=port,
        config=str(path),
        models=tuple(names),
        main=main,
        lab=False,
        since="",
        wish={},
        key_file=str(key_file or ""),
        key_made=made,
        folders=(*missing, *folders),
    )
    told = [finding for finding in lint if finding.severity != "info"]
    return Files(about, variable, key, settings, (main,), lint, told)


def _data(text: str, name: str) -> dict[str, Any]:
    import yaml

    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError:
        data = None
    if not isinstance(data, dict):
        raise GatewayError(
            f"{quote(name, 200)} is no YAML mapping, so LiteLLM cannot start with it.",
            f"llm-gateway validate {quote(name, 200)} names the line.",
        )
    return data


def _names(data: Mapping[str, Any]) -> list[str]:
    entries = data.get("model_list")
    found = [e.get("model_name") for e in entries if isinstance(e, dict)] if isinstance(entries, list) else []
    names = list(dict.fromkeys(n for n in found if isinstance(n, str) and n and "*" not in n))
    if not names:
        raise UsageError(
            "the file names no model that a client could ask for (model_list is empty, or holds wildcards only).",
            "Add an entry with a model_name without *.",
        )
    return names


def _only_claude(data: Mapping[str, Any]) -> bool:
    entries = [e for e in data["model_list"] if isinstance(e, dict)]
    return all("claude" in str((e.get("litellm_params") or {}).get("model", "")) for e in entries)


def _master_key(data: Mapping[str, Any], path: Path) -> tuple[str, str]:
    """(Variable of the key, its value where the user has set it). Without one in the file, LiteLLM takes ours."""
    from mcp_server.generate.spec import MASTER_KEY_VARIABLE

    general = data.get("general_settings")
    written = general.get("master_key") if isinstance(general, dict) else None
    if written is None:
        return MASTER_KEY_VARIABLE, os.environ.get(MASTER_KEY_VARIABLE, "")
    reference = _REFERENCE.fullmatch(str(written))
    if reference is None:
        raise UsageError(
            f"{quote(str(path), 200)} holds its master_key in clear, and it is not copied from there.",
            f"Write master_key: os.environ/{MASTER_KEY_VARIABLE}; up makes a key, or takes the one you export.",
        )
    return reference["name"], os.environ.get(reference["name"], "")


def _key() -> tuple[Path, str, bool, tuple[str, ...]]:
    """(File, key, whether it was made now, folders made for it). An existing key is kept: other settings use it."""
    from mcp_server.environment import home
    from mcp_server.generate.spec import KEY_FILE

    path = Path(KEY_FILE.replace("$HOME", str(home())))
    there = on_disk.content(path)
    text = (there or b"").decode("utf-8", "replace").strip()
    if text:
        if not text.startswith("sk-") or not text.isprintable() or " " in text:
            raise GatewayError(
                f"{quote(str(path), 200)} holds no key that LiteLLM takes (it must begin with sk-).",
                "Remove the file; up makes a new one.",
            )
        return path, text, False, ()
    folders = tuple(str(folder) for folder in on_disk.make_folder(path.parent))
    key = f"sk-{secrets.token_urlsafe(32)}"
    on_disk.write_private(path, f"{key}\n".encode())
    return path, key, True, folders


def _write_settings(settings: Mapping[str, Any]) -> None:
    from mcp_server.generate.document import json_text

    on_disk.write_private(gateway_state.folder() / "settings.json", json_text(dict(settings)).encode())


def _mains(env: Mapping[str, str]) -> tuple[str, ...]:
    tiers = [value for name, value in env.items() if name.startswith("ANTHROPIC_DEFAULT_") and name.endswith("_MODEL")]
    return tuple(dict.fromkeys([env["ANTHROPIC_MODEL"], *(name for name in tiers if name)]))


def _refuse_missing(config: str) -> None:
    """Variables that the generated file refers to and that are not set: LiteLLM starts and fails at the first call."""
    from mcp_server.generate.spec import MASTER_KEY_VARIABLE

    names = sorted({m["name"] for m in _REFERENCE.finditer(config)} - {MASTER_KEY_VARIABLE})
    unset = [name for name in names if not os.environ.get(name)]
    if unset:
        raise GatewayError(
            f"{', '.join(unset)} {'is' if len(unset) == 1 else 'are'} not set, and the gateway's file refers to it.",
            "Export it in this shell (a Google project can also be given as --vertex-project), then run this again. "
            "Without any credentials: llm-gateway up --lab.",
        )


def _providers(wish: Wish) -> tuple[str, ...]:
    from mcp_server.generate.providers.registry import provider_id

    return tuple(dict.fromkeys(provider_id(name) for name in wish.providers)) or ("vertex",)
