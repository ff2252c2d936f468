"""Claude Code straight to Anthropic, Amazon Bedrock or Google Vertex AI, without a gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_server.answer import Answer, Check, ConfigFile
from mcp_server.catalogue.models import models
from mcp_server.errors import UsageError
from mcp_server.generate import client
from mcp_server.generate.client import ClientSide
from mcp_server.generate.modes import Mode, mode_of

if TYPE_CHECKING:
    from mcp_server.generate.asked import Asked

ID = "direct"
SPELLINGS = ("direct", "directly", "without any gateway", "straight to")
_GATEWAY_ARGUMENTS = ("gateway_url", "fallbacks", "routing", "deployment")


def answer(asked: Asked) -> Answer:
    """Client settings for one provider.

    Raises:
        UsageError: several providers, or an argument that only a gateway has a use for.
    """
    request = asked.request
    given = [name for name in _GATEWAY_ARGUMENTS if getattr(request, name)]
    if given:
        raise UsageError(
            f"{', '.join(given)} belongs to a gateway, and a direct set-up has none.",
            "Leave it out, or name the gateway.",
        )
    mode = mode_of(asked)
    _only_claude(asked, mode)
    side = ClientSide(
        request=request,
        base_url="",
        variables=mode.variables(asked),
        auth=_auth(asked, mode),
        key_variable=request.token_env or mode.own_credential,
        credential=mode.own_credential,
        left_over=("ANTHROPIC_BASE_URL",),
    )
    return Answer(
        verdict="unknown",
        quick_answer=(
            f"Written, not yet proven: Claude Code straight to {mode.title}, no gateway. "
            "test_model proves it (command under Verification)."
        ),
        config=[*client.files(side), *_credentials(mode, side)],
        verification=[
            Check(
                title="what will be used",
                status="todo",
                detail="Provider, region, models and credentials, each with the file or variable it comes from.",
                command="llm-gateway explain",
                expect=f"provider {mode.id}",
                if_not="a stronger settings file or a variable of the shell decides: it is named there",
            ),
            Check(
                title="it works",
                status="todo",
                detail="A streamed tool round trip in the client's own request shape; a few thousand billed tokens.",
                command="llm-gateway test-model",
                expect="verdict ok",
                if_not="findings[0] names the layer and the change",
            ),
        ],
        context=[
            "Security: no file here holds a credential. "
            f"{mode.security} Never put a key into a project's settings file.",
            *mode.notes(asked),
        ],
    )


def _only_claude(asked: Asked, mode: Mode) -> None:
    """Claude Code speaks the Messages format to every provider, and only Claude models answer it there."""
    known = models()
    others = [name for name in asked.models if name in known and known[name].publisher != "anthropic"]
    if others:
        raise UsageError(
            f"{', '.join(others)}: no Claude model, so {mode.title} does not answer Claude Code without a gateway.",
            "Name gateway litellm, which translates, or a Claude model.",
        )


def _auth(asked: Asked, mode: Mode) -> str:
    """The provider's own sign-in unless the user wants a key."""
    wished = asked.request.auth
    if wished == "oauth" and mode.id != "anthropic":
        raise UsageError(
            f"auth 'oauth' is a claude.ai login, which {mode.title} does not take.",
            "Leave auth out for its own sign-in.",
        )
    if wished == "oauth" or (not wished and not asked.request.token_env and mode.id != "anthropic"):
        return "none"
    if wished == "helper":
        if mode.id != "anthropic":
            raise UsageError(
                "a key helper gives Anthropic keys; the cloud has its own refresh commands.",
                "Leave auth out: awsAuthRefresh and gcpAuthRefresh in settings.json sign in again.",
            )
        return "helper"
    return "api-key" if mode.id == "anthropic" else "token"


def _credentials(mode: Mode, side: ClientSide) -> list[ConfigFile]:
    if side.auth != "none":
        return []
    return [
        ConfigFile(
            path="shell: sign in",
            language="shell",
            content=f"{mode.sign_in}\n",
            why="Once per machine, and again when it expires.",
        )
    ]
