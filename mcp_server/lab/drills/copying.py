"""The copy of the user's file that a drill runs: his routing, our providers, no secret of his.

Every deployment's provider becomes a port of the laboratory; what calls out is left out; times and limits that a drill
could not wait for are shortened. Everything else stays as written, and every change is told.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

from mcp_server.answer import Where
from mcp_server.errors import GatewayError
from mcp_server.lab.drills.copy_rules import (
    CREDENTIAL,
    LEFT_OUT,
    NETWORK_VARIABLE,
    PLAIN_VALUE,
    PROVIDER_PARAMETERS,
)
from mcp_server.lab.drills.providers import Provider, provider_for
from mcp_server.lab.drills.reading import UserFile
from mcp_server.redact import quote, redact

#: More ports than a person's file has deployments.
MAX_DEPLOYMENTS = 300
_REFERENCE = "os.environ/"
#: The setting of ``general_settings`` with which LiteLLM starts without a master key.
PERMITS_NO_KEY = "dangerously_permit_weak_or_unset_master_key"
_TIMES = ("timeout", "stream_timeout", "request_timeout")
#: LiteLLM's own, seconds.
_DEFAULTS = {"timeout": 6_000, "cooldown_time": 5}
_LIMITS = ("rpm", "tpm", "max_parallel_requests")


@dataclass(frozen=True)
class Shorten:
    """Upper bounds of what is waited for, seconds; ``limit`` for requests a minute and in parallel."""

    cooldown: float | None = None
    timeout: float | None = None
    limit: int | None = None


@dataclass(frozen=True)
class Deployment:
    """One entry of ``model_list``. ``written`` is its model string, ``params`` its parameters as written."""

    index: int
    group: str
    written: str
    provider: Provider
    where: Where
    params: Mapping[str, Any] = field(repr=False)

    @property
    def title(self) -> str:
        return f"model_list[{self.index}] ({quote(self.written, 80)})"


@dataclass
class Copy:
    """``config`` is what LiteLLM reads, ``environment`` what it runs with; ``changes`` are sentences for the user."""

    config: dict[str, Any]
    environment: dict[str, str]
    deployments: list[Deployment]
    master_key: str | None = field(repr=False)
    key: str = field(repr=False)
    """What the drill's client sends: the master key, else a key that nobody asks for."""
    changes: list[str]
    left_out: dict[str, str]
    """Dotted settings that are not in the copy → why."""
    ours: set[str] = field(repr=False)
    """Values of the laboratory that look like secrets and are none of the user's."""

    @property
    def secret(self) -> str:
        """The credential that LiteLLM sends to the providers of the laboratory."""
        return self.environment["DRILL_PROVIDER_KEY"]


def copy_of(file: UserFile, ports: list[int], credentials: str, shorten: Shorten) -> Copy:
    """The copy for providers on ``ports`` (one per entry of ``model_list``); ``credentials``: a Google key file.

    Raises:
        GatewayError: an entry of ``model_list`` cannot be understood.
    """
    provider_key = f"sk-provider-{secrets.token_hex(12)}"
    copy = Copy({}, {"DRILL_PROVIDER_KEY": provider_key}, [], None, "", [], {}, {credentials})
    file = replace(file, data=deepcopy(file.data))
    _sections(file, copy)
    _master_key(file, copy)
    # The names of some models make LiteLLM fetch a tokenizer, for which it waits 46 s where it cannot.
    own = copy.config.get("litellm_settings")
    # Without the second LiteLLM calls /v1/responses for a Messages request, which only OpenAI itself serves.
    ours = ("disable_hf_tokenizer_download", "use_chat_completions_url_for_anthropic_messages")
    copy.config["litellm_settings"] = {**(own or {}), **dict.fromkeys(ours, True)}
    models = [
        _model(file, i, item, port, credentials, copy)
        for i, (item, port) in enumerate(zip(entries(file), ports, strict=True))
    ]
    config = copy.config = {**copy.config, "model_list": models}
    _shorten(config, shorten, copy)
    _pass_through(config, ports[0], copy)
    copy.config = _without_secrets(config, "", copy)
    _changes(copy)
    return copy


def entries(file: UserFile) -> list[dict[str, Any]]:
    """The well-formed entries of ``model_list``.

    Raises:
        GatewayError: one is malformed, or there are too many.
    """
    listed = file.data["model_list"]
    if len(listed) > MAX_DEPLOYMENTS:
        raise GatewayError(
            f"{file.shown} has {len(listed):,} deployments; drills rehearse files with up to {MAX_DEPLOYMENTS}.",
            "Rehearse a file with the groups in question.",
        )
    for number, item in enumerate(listed):
        params = item.get("litellm_params") if isinstance(item, dict) else None
        if not isinstance(params, dict) or not isinstance(params.get("model"), str) or "model_name" not in item:
            where = file.view.root.get("model_list")
            raise GatewayError(
                f"model_list[{number}] of {file.shown} lacks model_name or litellm_params.model"
                + (f" (the list begins in line {where.mark.line})." if where is not None else "."),
                f"Correct it first: llm-gateway validate {file.shown}",
            )
    return list(listed)


def _sections(file: UserFile, copy: Copy) -> None:
    for section, value in file.data.items():
        if section in LEFT_OUT[""]:
            copy.left_out[section] = LEFT_OUT[""][section]
        elif section in LEFT_OUT and isinstance(value, dict):
            rules = LEFT_OUT[section]
            copy.left_out |= {f"{section}.{name}": rules[name] for name in value if name in rules}
            copy.config[section] = {name: v for name, v in value.items() if name not in rules}
        elif section != "model_list":
            copy.config[section] = value
    variables = copy.config.get("environment_variables")
    if isinstance(variables, dict):
        kept = {name: v for name, v in variables.items() if not NETWORK_VARIABLE.search(name)}
        copy.left_out |= {f"environment_variables.{n}": "leads elsewhere" for n in variables if n not in kept}
        plain = {n: v if PLAIN_VALUE.match(str(v)) else "laboratory" for n, v in kept.items()}
        copy.config["environment_variables"] = plain


def _master_key(file: UserFile, copy: Copy) -> None:
    """The copy is protected exactly when the user's gateway is: by the file, or by a variable.

    LiteLLM 1.106.2 does not start without a master key unless the file permits it, so a file that neither has one nor
    permits its absence belongs to a gateway that gets it from its own environment.
    """
    lab = copy.key = f"sk-laboratory-{secrets.token_hex(12)}"
    general = dict(copy.config.get("general_settings") or {})
    variables = copy.config.get("environment_variables")
    permitted = general.get(PERMITS_NO_KEY) is True
    if file.setting("general_settings", "master_key"):
        copy.master_key = lab
        copy.config["general_settings"] = {**general, "master_key": lab}
        copy.changes.append("general_settings.master_key is a key of the laboratory.")
    elif isinstance(variables, dict) and "LITELLM_MASTER_KEY" in variables:
        copy.master_key = lab
        copy.config["environment_variables"] = {**variables, "LITELLM_MASTER_KEY": lab}
        copy.changes.append("environment_variables.LITELLM_MASTER_KEY is a key of the laboratory.")
    elif os.environ.get("LITELLM_MASTER_KEY") or not permitted:
        copy.master_key = copy.environment["LITELLM_MASTER_KEY"] = lab
        copy.changes.append("The file has no master key; LITELLM_MASTER_KEY of the copy is a key of the laboratory.")


def _model(file: UserFile, index: int, item: dict[str, Any], port: int, credentials: str, copy: Copy) -> dict[str, Any]:
    params = dict(item["litellm_params"])
    node = file.view.deployments[index].node if index < len(file.view.deployments) else None
    where = Where(file=file.shown, key=f"model_list[{index}]")
    if node is not None and len(file.view.files) == 1:
        where = where.model_copy(update={"line": node.mark.line, "column": node.mark.column})
    written = str(params["model"])
    provider = provider_for(params)
    kept = {name: value for name, value in params.items() if not PROVIDER_PARAMETERS.match(name)}
    base_url = f"http://127.0.0.1:{port}"
    changed = {**item, "litellm_params": {**kept, **provider.parameters(base_url, credentials)}}
    if provider.stands_in:
        info = item.get("model_info") if isinstance(item.get("model_info"), dict) else {}
        changed["model_info"] = {"base_model": written, **(info or {})}
    copy.deployments.append(Deployment(index, str(item["model_name"]), written, provider, where, params))
    return changed


def _shorten(config: dict[str, Any], shorten: Shorten, copy: Copy) -> None:
    """Lowers what a drill cannot wait for; a time that nobody set is set, because LiteLLM's own is an hour and more."""
    sections = ("litellm_settings", "router_settings")
    holders: list[tuple[str, Any]] = [(section, config.get(section)) for section in sections]
    holders += [(f"model_list[{i}].litellm_params", m["litellm_params"]) for i, m in enumerate(config["model_list"])]
    rules = ((("cooldown_time",), shorten.cooldown), (_TIMES, shorten.timeout), (_LIMITS, shorten.limit))
    for place, holder in holders:
        for names, bound in rules:
            for name in names if isinstance(holder, dict) and bound is not None else ():
                value = holder.get(name)
                if (
                    isinstance(value, int | float)
                    and not isinstance(value, bool)
                    and bound is not None
                    and value > bound
                ):
                    holder[name] = bound
                    copy.changes.append(
                        f"{place}.{name} is {bound:g} here instead of {value:g}, so that it can be waited for."
                    )
    router = config["router_settings"] = dict(config.get("router_settings") or {})
    for name, bound in (("timeout", shorten.timeout), ("cooldown_time", shorten.cooldown)):
        if bound is not None and bound < _DEFAULTS[name] and not isinstance(router.get(name), int | float):
            router[name] = bound
            copy.changes.append(f"router_settings.{name} is {bound:g} here, so that it can be waited for.")


def _pass_through(config: dict[str, Any], port: int, copy: Copy) -> None:
    general = config.get("general_settings")
    endpoints = general.get("pass_through_endpoints") if isinstance(general, dict) else None
    for endpoint in endpoints if isinstance(endpoints, list) else ():
        if isinstance(endpoint, dict) and "target" in endpoint:
            endpoint["target"] = f"http://127.0.0.1:{port}"
            copy.changes.append("general_settings.pass_through_endpoints lead to the laboratory.")


def _without_secrets(value: Any, name: str, copy: Copy) -> Any:
    """``value`` with the laboratory's word for every credential and every reference to a variable of the user's."""
    if isinstance(value, dict):
        return {key: _without_secrets(inner, str(key), copy) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_secrets(inner, name, copy) for inner in value]
    if not isinstance(value, str) or value == copy.master_key or value in copy.ours:
        return value
    if value.startswith(_REFERENCE):
        variable = value.removeprefix(_REFERENCE)
        if re.fullmatch(r"\w+", variable) and variable not in copy.environment:
            given = os.environ.get(variable, "")
            copy.environment[variable] = given if PLAIN_VALUE.match(given) else "laboratory"
        return value
    if CREDENTIAL.search(name) or redact(value) != value:
        return copy.secret
    return value


def _changes(copy: Copy) -> None:
    stand_ins = sorted({d.provider.name for d in copy.deployments if d.provider.stands_in})
    if stand_ins:
        copy.changes.append(
            "Stood in for by a plain OpenAI- or Anthropic-compatible server, because the laboratory has no "
            "emulator of "
            f"them: {', '.join(quote(name, 40) for name in stand_ins)}. Routing is the same; their own error texts "
            "are not."
        )
    copy.changes.append(
        f"The providers of all {len(copy.deployments)} deployments are the laboratory's, with its credentials; no "
        "secret "
        "of the file or of this shell was used."
    )
    by_reason: dict[str, list[str]] = {}
    for setting, why in copy.left_out.items():
        by_reason.setdefault(why, []).append(quote(setting, 60))
    copy.changes += [f"Left out ({why}): {', '.join(names)}." for why, names in by_reason.items()]
