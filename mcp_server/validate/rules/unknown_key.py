"""A key that LiteLLM does not read.

What: a misspelt key, or a key that belongs into another section.
Why: LiteLLM has no schema check: unknown keys are ignored without a word (unknown deployment parameters are sent to
    some providers instead), so the setting you believe in does not exist.
Fix: use the nearest valid name, or move the key to the section that reads it.

Bad:
    litellm_settings:
      drop_param: true

Good:
    litellm_settings:
      drop_params: true
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.document import Document
from mcp_server.validate.edits import replace_node
from mcp_server.validate.kinds.litellm import LiteLLMConfig, litellm, schema
from mcp_server.validate.names import close_name
from mcp_server.validate.nodes import Entry, Mapping, Sequence, join
from mcp_server.validate.problem import Problem

ID = "unknown-key"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "warning"
SECTIONS = ("general_settings", "litellm_settings", "router_settings")
#: Read only from the command line or the environment, wherever they stand in the file.
COMMAND_LINE = {
    "port": "--port",
    "host": "--host",
    "num_workers": "--num_workers",
    "log_level": "the variable LITELLM_LOG",
    "debug": "--debug",
    "detailed_debug": "--detailed_debug",
}
#: Misspellings of the top level that leave the proxy without a single model.
MODEL_LISTS = {"models", "model", "modellist", "model-list", "model_lists", "modelList", "deployments"}


def check(document: Document, context: Context) -> Iterator[Problem]:
    config = litellm(document)
    yield from _top_level(document, config)
    for section in SECTIONS:
        for entry in config.section(section):
            if entry.name not in schema().keys(section):
                yield _in_section(document, section, entry)
    for deployment in config.deployments:
        for entry in deployment.node:
            if entry.name not in schema().keys("model_entry") and not _stands_for_params(entry, deployment.params):
                yield _beside_params(entry, deployment.path)
        for entry in deployment.params or ():
            if entry.name not in schema().keys("litellm_params"):
                yield _parameter(document, entry, deployment.param_path(entry.name))


def _top_level(document: Document, config: LiteLLMConfig) -> Iterator[Problem]:
    known = schema().keys("top")
    lone_entry = "litellm_params" in config.root and "model_list" not in config.root
    for entry in config.root:
        if entry.name in known or (lone_entry and entry.name in schema().keys("model_entry")):
            continue
        if isinstance(entry.value, Mapping) and _is_anchor(document, entry):
            continue  # a template for merge keys: ignored by LiteLLM, used through its anchor
        homes = _homes(entry.name)
        no_models = "model_list" not in config.root and isinstance(entry.value, (Sequence, Mapping))
        if no_models and (entry.name in MODEL_LISTS or close_name(entry.name, ("model_list",))):
            yield Problem(
                f"the top-level key {entry.name} is not read; LiteLLM reads model_list",
                "the proxy starts with no models and answers every request with 'Invalid model name'",
                "rename it to model_list",
                entry.key.mark,
                entry.name,
                severity="error",
                change=replace_node(entry.key, "model_list"),
            )
            continue
        close = None if homes else close_name(entry.name, tuple(known))
        yield _problem(document, "top level", entry, entry.name, homes, close)
    if lone_entry:
        place = config.root.effective["litellm_params"].key
        yield Problem(
            "this is one model entry, not a configuration: model_list is missing",
            "the proxy starts with no models and answers every request with 'Invalid model name'",
            "put the entry under model_list: as a list item ('- model_name: ...') and indent it",
            place.mark,
            "litellm_params",
            severity="error",
        )


def _in_section(document: Document, section: str, entry: Entry) -> Problem:
    moved = section == "router_settings" and entry.name in schema().names("moved_router_keys")
    homes = [home for home in _homes(entry.name) if home != section]
    # A near name in the same section beats the exact name elsewhere only when nothing else reads the key.
    close = None if homes or entry.name in COMMAND_LINE else close_name(entry.name, tuple(schema().keys(section)))
    if moved:
        return Problem(
            f"{entry.name} is not a router setting",
            "LiteLLM refuses to start and asks to move it to general_settings",
            f"move {entry.name} to general_settings",
            entry.key.mark,
            join(section, entry.name),
            severity="error",
        )
    return _problem(document, section, entry, join(section, entry.name), homes, close)


def _problem(document: Document, section: str, entry: Entry, path: str, homes: list[str], close: str | None) -> Problem:
    name = entry.name
    if homes:
        fix = f"move {name} to {' or '.join(homes)}"
    elif name in COMMAND_LINE:
        fix = f"delete it and use {COMMAND_LINE[name]} when you start LiteLLM"
    elif close:
        fix = f"did you mean {close}?"
    else:
        fix = "delete it; LiteLLM has no setting of this name"
    warned = " (it only logs a warning)" if section == "router_settings" else ""
    return Problem(
        f"{name} is not read at this place ({section})",
        f"LiteLLM {schema().version} ignores it{warned}, so it has no effect",
        fix,
        entry.key.mark,
        path,
        change=replace_node(entry.key, close) if close else None,
    )


def _beside_params(entry: Entry, path: str) -> Problem:
    inside = entry.name in schema().keys("litellm_params")
    return Problem(
        f"{entry.name} stands beside litellm_params, where LiteLLM does not read it",
        "only model_name, litellm_params, model_info, tpm, rpm and blocked are read there",
        f"indent {entry.name} under litellm_params" if inside else "delete it, or keep it as metadata under model_info",
        entry.key.mark,
        join(path, entry.name),
    )


def _parameter(document: Document, entry: Entry, path: str) -> Problem:
    close = close_name(entry.name, tuple(schema().keys("litellm_params")))
    return Problem(
        f"{entry.name} is no deployment parameter that LiteLLM knows",
        "it is ignored, or sent to the provider as an unknown field that many refuse; what you meant is not set",
        f"did you mean {close}?" if close else "delete it, or put what the provider really needs under extra_body",
        entry.key.mark,
        path,
        confidence="medium",
        change=replace_node(entry.key, close) if close else None,
    )


def _homes(name: str) -> list[str]:
    """The sections that read a key of this name."""
    return [s for s in SECTIONS if name in schema().keys(s)]


def _is_anchor(document: Document, entry: Entry) -> bool:
    return "&" in document.line(entry.key.mark.line)


def _stands_for_params(entry: Entry, params: object) -> bool:
    """A misspelt litellm_params is reported by model-entry-incomplete."""
    return params is None and isinstance(entry.value, Mapping)
