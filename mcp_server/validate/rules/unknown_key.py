"""A key that LiteLLM does not read.

What: a misspelt key, a key that belongs into another section, or one that only older or newer releases read.
Why: LiteLLM has no schema check: unknown keys are ignored without a word (unknown deployment parameters are sent to
    some providers instead), so the setting you believe in does not exist.
Fix: use the nearest valid name, move the key to the section that reads it, or use a release that reads it.

Bad:
    litellm_settings:
      drop_param: true

Good:
    litellm_settings:
      drop_params: true
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.edit import Change
from mcp_server.document.nodes import Entry, Mapping, Scalar, Sequence, join
from mcp_server.document.structure import move_entry, move_into
from mcp_server.document.writing import set_text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import Deployment, LiteLLMConfig, litellm, schema
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.litellm_schema import known_releases, read_by
from mcp_server.validate.schemas.names import close_name, evident
from mcp_server.validate.schemas.sections import NESTED, mappings

ID = "unknown-key"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "warning"
_STARTS_SOMETHING = re.compile("callback|custom|hook|rules|database|redis|cache|master_key")
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
    entry_keys, parameters = schema().keys("model_entry"), schema().keys("litellm_params")
    for deployment in config.deployments:
        for entry in deployment.node:
            if entry.name not in entry_keys and not _stands_for_params(entry, deployment.params):
                yield _beside_params(document, entry, deployment)
        for entry in deployment.params or ():
            if entry.name not in parameters:
                yield _parameter(document, entry, deployment.param_path(entry.name))
    for section in NESTED:
        known = schema().keys(section)
        for path, mapping in mappings(config.root, section):
            for entry in mapping:
                if entry.name not in known:
                    yield _nested(document, section, entry, path)


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
                change=set_text(document, entry.key, "model_list", safe=evident(entry.name, "model_list")),
            )
            continue
        close = None if homes else close_name(entry.name, tuple(known))
        yield _problem(document, "top level", entry, entry.name, homes, close)
    if lone_entry:
        place = config.root.effective["litellm_params"].key
        yield Problem(
            f"this is one model entry ({', '.join(e.name for e in config.root)}), not a configuration: "
            "model_list is missing",
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
            change=_moved(document, join(section, entry.name), entry, ["general_settings"]),
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
    if not homes and (other := _other_release("top" if section == "top level" else section, entry, path)):
        return other
    return Problem(
        f"{name} is not read at this place ({section})",
        f"LiteLLM {schema().version} ignores it{warned}, so it has no effect",
        fix,
        entry.key.mark,
        path,
        change=_moved(document, path, entry, homes) or _renamed(document, entry, close),
    )


def _nested(document: Document, section: str, entry: Entry, path: str) -> Problem:
    other = _other_release(section, entry, join(path, entry.name))
    if other:
        return other
    close = close_name(entry.name, tuple(schema().keys(section)))
    return Problem(
        f"{entry.name} is not read at this place ({path})",
        f"LiteLLM {schema().version} ignores it, so it has no effect",
        f"did you mean {close}?" if close else f"delete it; read here: {_listed(section)}",
        entry.key.mark,
        join(path, entry.name),
        confidence="medium",
        change=_renamed(document, entry, close),
    )


def _listed(section: str) -> str:
    names = sorted(schema().keys(section))
    return ", ".join(names) if len(names) <= 16 else f"{', '.join(names[:16])}, …"


def _other_release(section: str, entry: Entry, path: str) -> Problem | None:
    """What to say of a key that other known releases do read at this place."""
    releases = read_by(section, entry.name)
    if not releases:
        return None
    current, order = schema().version, known_releases()
    newer = [r for r in releases if order.index(r) < order.index(current)]
    if newer:
        what = f"{entry.name} is read only by newer releases: LiteLLM {newer[-1]} reads it, {current} does not yet"
        fix = f"upgrade LiteLLM to {newer[-1]} or newer, or delete it"
    else:
        what = f"{entry.name} is read no more: LiteLLM {releases[0]} still did, {current} does not"
        fix = "delete it, and look in LiteLLM's release notes for what took its place"
    return Problem(
        what, f"LiteLLM {current} ignores it, so it has no effect", fix, entry.key.mark, path, confidence="medium"
    )


def _renamed(document: Document, entry: Entry, close: str | None) -> Change | None:
    return set_text(document, entry.key, close, safe=evident(entry.name, close)) if close else None


def _moved(document: Document, path: str, entry: Entry, homes: list[str]) -> Change | None:
    """Into the only section that reads the key."""
    root = litellm(document).root
    origin = root if path == entry.name else litellm(document).section(path.partition(".")[0])
    # what loads code or opens connections may stop the start once it is read
    safe = isinstance(entry.value, Scalar) and not _STARTS_SOMETHING.search(entry.name)
    return move_entry(document, origin, entry, root, homes[0], safe=safe) if len(homes) == 1 else None


def _beside_params(document: Document, entry: Entry, deployment: Deployment) -> Problem:
    path = deployment.path
    if other := _other_release("model_entry", entry, join(path, entry.name)):
        return other
    inside = entry.name in schema().keys("litellm_params")
    return Problem(
        f"{entry.name} stands beside litellm_params, where LiteLLM does not read it",
        "only model_name, litellm_params, model_info, tpm, rpm and blocked are read there",
        f"indent {entry.name} under litellm_params" if inside else "delete it, or keep it as metadata under model_info",
        entry.key.mark,
        join(path, entry.name),
        change=move_into(document, deployment.node, entry, deployment.params, safe=True) if inside else None,
    )


def _parameter(document: Document, entry: Entry, path: str) -> Problem:
    if other := _other_release("litellm_params", entry, path):
        return other
    close = close_name(entry.name, tuple(schema().keys("litellm_params")))
    return Problem(
        f"{entry.name} is no deployment parameter that LiteLLM knows",
        "it is ignored, or sent to the provider as an unknown field that many refuse; what you meant is not set",
        f"did you mean {close}?" if close else "delete it, or put what the provider really needs under extra_body",
        entry.key.mark,
        path,
        confidence="medium",
        change=_renamed(document, entry, close),
    )


def _homes(name: str) -> list[str]:
    """The sections that read a key of this name."""
    return [s for s in SECTIONS if name in schema().keys(s)]


def _is_anchor(document: Document, entry: Entry) -> bool:
    return "&" in document.line(entry.key.mark.line)


def _stands_for_params(entry: Entry, params: object) -> bool:
    """A misspelt litellm_params is reported by model-entry-incomplete."""
    return params is None and isinstance(entry.value, Mapping)
