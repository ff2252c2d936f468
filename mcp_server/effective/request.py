"""The model request that leaves this machine: URL, model and headers, or why none does (pure, measured).

``tests/effective/test_view.py`` compares every part with what the real client sends.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from mcp_server.catalogue.claude_code import vertex_region_variable
from mcp_server.catalogue.shapes import shape_for
from mcp_server.effective.credentials import HELPER
from mcp_server.effective.custom_headers import breaks_request
from mcp_server.effective.mode import filled, provider_mode, region_of
from mcp_server.effective.target import ClientTarget
from mcp_server.snapshot import Snapshot

#: The client's library sets it last, whatever the user wants.
_FIXED = ("content-type", "anthropic-beta")
#: Characters of a model id that stay as they are in a path; a slash does so for Vertex only (measured).
_KEPT_IN_BEDROCK = ":@+()"
_KEPT_IN_VERTEX = "/:@+()"


@dataclass(frozen=True)
class ModelRequest:
    """``url`` and ``model`` of the main call of a new session, and every header above the transport.

    ``headers`` maps lower-case names to values, ``None`` where the client computes the value for each request.
    Values may be secrets. ``blocked`` tells why no request leaves at all; the rest then is what would be sent.
    """

    url: str
    model: str
    headers: Mapping[str, str | None] = field(repr=False)
    blocked: str = ""


def model_request(snapshot: Snapshot, target: ClientTarget, helper_value: str | None = None) -> ModelRequest:
    """The predicted main call. ``helper_value`` is what ``apiKeyHelper`` printed (``""`` when it failed)."""
    model = target.models["default"].model
    return ModelRequest(
        _url(snapshot, target, model),
        model,
        _headers(snapshot, target, model, helper_value),
        next(_blocked(snapshot, target), ""),
    )


def _url(snapshot: Snapshot, target: ClientTarget, model: str) -> str:
    return _joined(target.base_url.value, message_path(snapshot, target, model))


def message_path(snapshot: Snapshot, target: ClientTarget, model: str) -> str:
    """What the client appends to the base URL for a message to ``model``, encoded as it sends it (measured)."""
    if target.provider == "bedrock":
        return f"/model/{quote(model, safe=_KEPT_IN_BEDROCK)}/invoke-with-response-stream"
    if target.provider == "vertex":
        return f"{vertex_place(snapshot, target, model)}/models/{quote(model, safe=_KEPT_IN_VERTEX)}:streamRawPredict"
    return "/v1/messages?beta=true"


def vertex_place(snapshot: Snapshot, target: ClientTarget, model: str) -> str:
    """Project, region (some models have a variable of their own) and publisher of a call to Vertex."""
    mode, _ = provider_mode(snapshot)
    own = vertex_region_variable(model, target.version)
    setting = filled(snapshot.variable(own)) if own else None
    region = setting.value.strip() if setting else region_of(snapshot, mode)
    project = filled(snapshot.variable("ANTHROPIC_VERTEX_PROJECT_ID"))
    return f"/projects/{project.value.strip() if project else 'PROJECT'}/locations/{region}/publishers/anthropic"


def _joined(base: str, path: str) -> str:
    """The client writes both in a row and reads the result as one URL: a query or fragment swallows the path."""
    text = base + (path[1:] if base.endswith("/") else path)
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        return text
    query = parts.query
    if "?" in base.partition("#")[0]:
        query = urlencode(parse_qsl(query, keep_blank_values=True))
    return urlunsplit(
        (parts.scheme.lower(), f"[{host}]{port}" if ":" in host else f"{host}{port}", parts.path, query, "")
    )


def _headers(snapshot: Snapshot, target: ClientTarget, model: str, helper_value: str | None) -> dict[str, str | None]:
    shape = shape_for(target.version, model)
    found: dict[str, str | None] = dict(shape.headers)
    found["user-agent"] = shape.user_agent
    if target.provider == "anthropic_aws":
        workspace = filled(snapshot.variable("ANTHROPIC_AWS_WORKSPACE_ID"))
        found["anthropic-workspace-id"] = workspace.value.strip() if workspace else ""
    known = {name.lower(): value for name, value in target.auth_headers(helper_value).items()}
    for credential in target.credentials:
        for header in credential.headers:
            # A helper that was not run: the header is sent, its value is not known here.
            value = None if credential.computed else known.get(header.lower())
            found[header.lower()] = value.strip() if value is not None else None
    filled_here = {header.lower() for c in target.credentials for header in c.headers}
    own_key = target.provider == "anthropic_aws" or (target.provider == "foundry" and target.version != "2.1.197")
    if own_key and "x-api-key" in filled_here:
        filled_here.add("authorization")  # beside the provider's own key, a custom Authorization is dropped (measured)
    for name, value in target.custom_headers.headers:
        lower = name.lower()
        if lower not in _FIXED and not (lower == "authorization" and lower in filled_here):
            found[lower] = value
    proxy = target.proxy.address
    if target.proxy.proxy and proxy is not None and proxy.username and urlsplit(target.base_url.value).scheme == "http":
        pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
        found["proxy-authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return found


def missing_variable(snapshot: Snapshot, target: ClientTarget) -> str | None:
    """The variable that this provider mode needs beside URL and credential, when it is not set (measured)."""
    needed = {"anthropic_aws": "ANTHROPIC_AWS_WORKSPACE_ID"}
    if target.skip_auth:  # else the credentials may name the project
        needed["vertex"] = "ANTHROPIC_VERTEX_PROJECT_ID"
    name = needed.get(target.provider)
    return name if name is not None and filled(snapshot.variable(name)) is None else None


def _blocked(snapshot: Snapshot, target: ClientTarget) -> Iterator[str]:
    """Why no model request leaves, in the order in which the client would stumble."""
    old = target.version == "2.1.197"
    for file in snapshot.settings_files:
        if not old and file.scope == "managed" and file.error:
            yield f"{file.path} cannot be read, and Claude Code {target.version} then refuses to start"
        if not old and file.scope == "flag" and file.unusable:
            yield f"the settings given with --settings are refused: {file.unusable}"
    if target.proxy.problem is not None:
        yield target.proxy.problem.problem
    forced = [k for k in ("forceLoginMethod", "forceLoginOrgUUID") if (s := snapshot.key(k)) and s.scope == "managed"]
    own = [c.name for c in target.credentials if c.name in ("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY", HELPER)]
    if forced and own and target.provider == "anthropic":
        yield f"{forced[0]} of the managed settings wants a login, and {own[0]} is set: Claude Code refuses to start"
    if "://" not in target.base_url.value:
        yield f"{target.base_url.name} has no scheme: Claude Code cannot read it as a URL"
    custom = {n.lower() for n in target.custom_headers.names} & {"authorization", "x-api-key"}
    if target.provider == "anthropic" and not custom and not any(c.headers for c in target.credentials):
        hidden = " (none is visible to me)" if snapshot.environment_hidden else ""
        yield f"no credential is set{hidden}: Claude Code says `Not logged in` and sends nothing"
    for credential in target.credentials:
        value = credential.value.strip()
        if credential.headers and (any(c in value for c in "\r\n") or not value.isascii()):
            yield f"no header can carry {credential.name} ({credential.source}): Claude Code sends nothing"
    if reason := breaks_request(target.custom_headers):
        yield reason
    if needed := missing_variable(snapshot, target):
        yield f"{needed} is not set, and Claude Code sends nothing without it"
    if target.provider == "anthropic_aws":
        regions = (filled(snapshot.variable(n)) for n in ("AWS_REGION", "AWS_DEFAULT_REGION"))
        if old and any(c.computed for c in target.credentials) and not any(regions):
            yield "neither AWS_REGION nor AWS_DEFAULT_REGION is set, and Claude Code 2.1.197 signs nothing without one"
    if (
        target.provider == "foundry"
        and old
        and not any(c.name == "ANTHROPIC_FOUNDRY_API_KEY" for c in target.credentials)
    ):
        yield "ANTHROPIC_FOUNDRY_API_KEY is not set, and Claude Code 2.1.197 then asks Azure for a token"
