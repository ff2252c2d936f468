"""What is asked for: the arguments of ``generate_config``, checked and normalised."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import urlsplit

from mcp_server.errors import UsageError, nearest
from mcp_server.generate.network import check_proxy_url, without_login
from mcp_server.hosts import is_loopback
from mcp_server.redact import quote, redact

SCOPES = ("user", "project", "local", "managed")
DEPLOYMENTS = ("local", "docker", "kubernetes", "systemd")
AUTHS = ("token", "api-key", "helper", "oauth")
DEFAULT_URL = "http://127.0.0.1:4000"
#: Variable of LiteLLM's own key, and where the generated commands keep that key: readable by its owner only,
#: outside any project.
MASTER_KEY_VARIABLE = "LITELLM_MASTER_KEY"
KEY_FILE = "$HOME/.config/llm-gateway/litellm.key"
#: Variable for a key that somebody else's gateway has issued.
ISSUED_KEY_VARIABLE = "LITELLM_API_KEY"
_MAX_TEXT = 4_000
_MAX_LIST = 200


@dataclass(frozen=True)
class GenerateRequest:
    """One wish. Empty text and empty tuples mean "not said"."""

    goal: str = ""
    gateway: str = ""
    gateway_url: str = ""
    vertex_project: str = ""
    vertex_region: str = ""
    aws_region: str = ""
    auth: str = ""
    token_env: str = ""
    routing: str = ""
    proxy_url: str = ""
    no_proxy: str = ""
    ca_bundle: str = ""
    scope: str = ""
    deployment: str = ""
    providers: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    fallbacks: tuple[str, ...] = ()


@dataclass(frozen=True)
class LaboratoryEndpoint:
    """Where the laboratory stands in for the providers. For the demo and the tests; no tool argument leads here."""

    api_base: str = ""
    """Vertex AI: ``http://127.0.0.1:<port>`` without a path: LiteLLM then keeps its own full paths."""
    vertex_credentials: str = ""
    """Path of a service-account file whose ``token_uri`` is on loopback."""
    bedrock: str = ""
    """Endpoint of Bedrock, ``http://127.0.0.1:<port>``; its credentials come from the environment, as in earnest."""
    anthropic: str = ""
    """Base of the Anthropic API, ``http://127.0.0.1:<port>``; the key comes from the environment."""


LIST_ARGUMENTS = ("providers", "models", "fallbacks")
ARGUMENTS = tuple(f.name for f in fields(GenerateRequest))


def parse_request(arguments: Mapping[str, Any]) -> GenerateRequest:
    """The request that ``arguments`` (tool or command line) make.

    Raises:
        UsageError: unknown argument, wrong type, or a value that cannot be meant; no value that may be a secret
            is repeated.
    """
    values: dict[str, Any] = {}
    for name, value in arguments.items():
        if name not in ARGUMENTS:
            close = nearest(name[:80], ARGUMENTS)
            meant = f"Did you mean {close!r}? " if close else ""
            raise UsageError(
                f"generate_config has no argument {quote(name, 60)!r}.",
                f"{meant}Arguments: {', '.join(ARGUMENTS)}.",
            )
        if value is None:
            continue
        values[name] = _list(name, value) if name in LIST_ARGUMENTS else _text(name, value)
    request = GenerateRequest(**values)
    for name, check in _CHECKS.items():
        if getattr(request, name):
            check(getattr(request, name))
    for name in values.keys() - {"goal"}:
        _refuse_secret(name, without_login(values[name]) if name == "proxy_url" else values[name])
    return request


def places(regions: str) -> tuple[str, ...]:
    """The single regions of ``vertex_region`` or ``aws_region``, each once."""
    return tuple(dict.fromkeys(part.strip() for part in regions.split(",") if part.strip()))


def is_local(url: str) -> bool:
    """Whether ``url`` points at this machine by name or address."""
    return is_loopback(urlsplit(url).hostname or "")


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{name} must be text, not {type(value).__name__}.", f'Write {name} as one string: "…".')
    text = value.strip()
    if len(text) > _MAX_TEXT:
        raise UsageError(
            f"{name} has {len(text):,} characters; at most {_MAX_TEXT:,} are read.", "Shorten it to the essential."
        )
    if name != "goal" and not text.isprintable():
        raise UsageError(f"{name} contains a line break or an invisible character.", f"Write {name} on one line.")
    return text


def _list(name: str, value: Any) -> tuple[str, ...]:
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or not all(isinstance(p, str) for p in parts):
        raise UsageError(f"{name} must be a list of names.", f'Write {name} as ["first", "second"].')
    if len(parts) > _MAX_LIST:
        raise UsageError(f"{name} has {len(parts):,} entries; at most {_MAX_LIST} are read.", "Name fewer.")
    return tuple(_text(name, p) for p in parts)


def _refuse_secret(name: str, value: str | tuple[str, ...]) -> None:
    if any(redact(text) != text for text in ((value,) if isinstance(value, str) else value)):
        raise UsageError(
            f"{name} contains what looks like a credential; it is not repeated here and was not used.",
            "Treat it as exposed and rotate it. Give the name of an environment variable instead (token_env), or "
            "leave the credential out.",
        )


def _one_of(name: str, valid: tuple[str, ...]) -> Callable[[str], None]:
    def check(value: str) -> None:
        if value not in valid:
            close = nearest(value[:80], valid)
            meant = f"Did you mean {close!r}? " if close else ""
            raise UsageError(f"{name} {quote(value, 60)!r} is not known.", f"{meant}Choose one of {', '.join(valid)}.")

    return check


def _matches(name: str, pattern: str, what: str) -> Callable[[str], None]:
    def check(value: str) -> None:
        if not re.fullmatch(pattern, value):
            raise UsageError(f"{name} {quote(value, 80)!r} is not {what}.", f"Write {name} as {what}.")

    return check


def _http_url(name: str) -> Callable[[str], None]:
    def check(value: str) -> None:
        example = f"Write {name} as http://host:port or https://host."
        try:
            parts = urlsplit(value)
            port = parts.port
        except ValueError:
            raise UsageError(f"{name} {quote(value, 120)!r} is not a URL.", example) from None
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(f"{name} {quote(value, 120)!r} has no http:// or https:// scheme with a host.", example)
        if parts.username is not None or parts.password is not None:
            raise UsageError(
                f"{name} carries a user name or password; it would end up in a settings file.",
                "Leave it out here and set it in the environment of the program that needs it.",
            )
        if parts.query or parts.fragment:
            raise UsageError(f"{name} has a query or fragment, which a base URL cannot have.", example)
        if port == 0 or re.search(r"\s", value):
            raise UsageError(f"{name} {quote(value, 120)!r} is not a usable URL.", example)

    return check


_CHECKS: dict[str, Callable[[str], None]] = {
    "gateway_url": _http_url("gateway_url"),
    "proxy_url": check_proxy_url,
    # Google's own rule for ids, with the older domain-scoped form, or a project number.
    "vertex_project": _matches(
        "vertex_project",
        r"(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]|\d{6,15}",
        "a Google Cloud project id (6 to 30 of a-z 0-9 -)",
    ),
    "vertex_region": _matches(
        "vertex_region",
        r"[a-z]+(?:-[a-z]+\d+)?(?:\s*,\s*[a-z]+(?:-[a-z]+\d+)?)*",
        "a Vertex AI location such as us-central1, europe-west4, global or eu (several with commas)",
    ),
    "aws_region": _matches(
        "aws_region",
        r"[a-z]{2,}(?:-[a-z]+)+-\d+(?:\s*,\s*[a-z]{2,}(?:-[a-z]+)+-\d+)*",
        "an AWS region such as us-east-1 or eu-central-1 (several with commas)",
    ),
    "token_env": _matches("token_env", r"[A-Za-z_][A-Za-z0-9_]*", "the NAME of an environment variable"),
    "auth": _one_of("auth", AUTHS),
    "scope": _one_of("scope", SCOPES),
    "deployment": _one_of("deployment", DEPLOYMENTS),
}
