"""What stands behind a reverse proxy: one provider, its host, its key, and the paths of its format."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcp_server.errors import UsageError
from mcp_server.generate.modes import Mode, mode_of

if TYPE_CHECKING:
    from mcp_server.generate.asked import Asked

#: What Claude Code asks a gateway of Anthropic's format for.
MESSAGES = ("/v1/messages", "/v1/messages/count_tokens", "/v1/models")


@dataclass(frozen=True)
class Upstream:
    """One provider as a proxy sees it."""

    title: str
    host: str
    port: int
    tls: bool
    key_variable: str
    """Variable of the administrator's shell that holds the provider's credential."""
    header: str
    """The header that takes it, lower case."""
    prefix: str
    """What stands before the key in that header (``Bearer ``)."""
    exact: tuple[str, ...] = ()
    """Paths that are passed on as they are."""
    beginnings: tuple[str, ...] = ()
    """Beginnings of paths that are passed on, encoded as they came."""
    mode: Mode | None = None
    """Claude Code's own mode for this provider; ``None``: Anthropic's format."""
    suffix: str = ""
    """What the client's base URL ends with besides the gateway's address."""
    refresh: str = ""
    """A command that prints a new credential, where one lives for an hour only."""

    @property
    def other_header(self) -> str:
        """The credential header that must not get through."""
        return "authorization" if self.header == "x-api-key" else "x-api-key"


def upstream(asked: Asked, *, written: bool) -> Upstream:
    """The provider behind the gateway: what is asked for, else Anthropic's own API.

    ``written``: this generates the proxy; else only the format counts.

    Raises:
        UsageError: several providers, or one whose format an unknown gateway may not have.
    """
    goal = asked.request.goal
    names = [name.strip().lower() for name in asked.providers]
    if "litellm" in names or (not names and re.search(r"\blite ?llm\b", goal, re.I)):
        return _litellm("litellm" if asked.request.deployment == "kubernetes" else "127.0.0.1")
    mode = mode_of(asked)
    if mode.id == "anthropic":
        return Upstream(
            "the Anthropic API", "api.anthropic.com", 443, True, "ANTHROPIC_API_KEY", "x-api-key", "", MESSAGES
        )
    if not written:
        raise UsageError(
            f"whether your gateway passes the {mode.title} format on is not known.",
            "Use gateway pass-through when it does; leave providers out when it speaks Anthropic's format.",
        )
    if asked.request.auth in ("api-key",):
        raise UsageError(
            f"in its {mode.title} mode Claude Code sends no x-api-key.", "Choose token or helper, or leave auth out."
        )
    return _bedrock(mode, asked) if mode.id == "bedrock" else _vertex(mode, asked)


def _litellm(host: str) -> Upstream:
    """On the same machine, or the Service of the same namespace."""
    return Upstream(
        f"LiteLLM on {host}:4000", host, 4000, False, "LITELLM_API_KEY", "authorization", "Bearer ", MESSAGES
    )


def _bedrock(mode: Mode, asked: Asked) -> Upstream:
    region = mode.variables(asked)["AWS_REGION"]
    return Upstream(
        f"Amazon Bedrock in {region}", f"bedrock-runtime.{region}.amazonaws.com", 443, True,
        "AWS_BEARER_TOKEN_BEDROCK", "authorization", "Bearer ", beginnings=("/model/",), mode=mode,
    )  # fmt: skip


def _vertex(mode: Mode, asked: Asked) -> Upstream:
    region = mode.variables(asked)["CLOUD_ML_REGION"]
    host = {
        "global": "aiplatform.googleapis.com",
        "eu": "aiplatform.eu.rep.googleapis.com",
        "us": "aiplatform.us.rep.googleapis.com",
    }.get(region, f"{region}-aiplatform.googleapis.com")
    return Upstream(
        f"Google Vertex AI in {region}", host, 443, True, "VERTEX_ACCESS_TOKEN", "authorization", "Bearer ",
        beginnings=("/v1/projects/",), mode=mode, suffix="/v1",
        refresh="gcloud auth application-default print-access-token",
    )  # fmt: skip
