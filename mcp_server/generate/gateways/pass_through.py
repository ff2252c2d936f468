"""Claude Code in its own Bedrock or Vertex mode through a gateway that passes these formats on."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from mcp_server.answer import Answer, Check, verdict_of
from mcp_server.errors import UsageError
from mcp_server.generate import client
from mcp_server.generate.client import ClientSide
from mcp_server.generate.gateway_url import url_findings
from mcp_server.generate.modes import mode_of

if TYPE_CHECKING:
    from mcp_server.generate.asked import Asked
    from mcp_server.generate.spec import GenerateRequest

ID = "pass-through"
SPELLINGS = ("pass-through", "passthrough", "pass through", "bedrock mode", "vertex mode")


def answer(asked: Asked) -> Answer:
    """Client settings for the mode, with the gateway's key in place of the cloud's.

    Raises:
        UsageError: no gateway_url, no provider or more than one, or one without such a mode.
    """
    request = asked.request
    if not request.gateway_url:
        raise UsageError(
            "the address of the gateway is not known.",
            "Give gateway_url, for LiteLLM https://host/bedrock or https://host/vertex_ai/v1.",
        )
    _refuse(request)
    if request.deployment not in ("", "local"):
        raise UsageError(
            f"deployment {request.deployment!r}: nothing is deployed here, the gateway runs already.",
            "Leave deployment out, or use gateway litellm, claude-apps-gateway or custom to have one written.",
        )
    mode = mode_of(asked, needs_switch=True)
    base_url = request.gateway_url.rstrip("/")
    side = ClientSide(
        request=request,
        base_url=base_url,
        variables={**mode.variables(asked), mode.base_url: base_url, mode.skip_auth: "1"},
        auth=request.auth if request.auth == "helper" else "token",
        key_variable=request.token_env or "GATEWAY_KEY",
        credential="ANTHROPIC_AUTH_TOKEN",
        left_over=("ANTHROPIC_BASE_URL",),
    )
    findings = url_findings(base_url, "")
    key = side.key_variable or ""
    return Answer(
        verdict=verdict_of(findings, proven=False),
        quick_answer=(
            f"Written, not yet proven: Claude Code speaks the {mode.title} format to {base_url}; the gateway holds the "
            "cloud's credentials. test_model proves it (command under Verification)."
        ),
        config=client.files(side),
        verification=[
            Check(
                title="it works in this mode",
                status="todo",
                detail="In the shell with the settings: a streamed tool round trip in the mode's own format; billed.",
                command="llm-gateway test-model",
                expect="verdict ok",
                if_not="findings[0] names the layer and the change",
            ),
            Check(
                title="nothing signs the requests",
                status="todo",
                detail="The gateway must add the cloud's credentials; with skip-auth the client signs nothing.",
                command=f"llm-gateway check-proxy {shlex.quote(base_url)}",
                expect="the gateway is reached",
                if_not="the finding names the layer",
            ),
        ],
        context=[
            f"Security: no file here holds a credential. Export {key}, the gateway's key for you; the cloud's "
            "credentials stay with the gateway. Skip the cloud's authentication only towards a gateway that adds its "
            "own: straight to the cloud the requests would be refused.",
            f"The gateway must serve {mode.paths} under this address, stream unbuffered and pass every header and "
            "body field on.",
            "ANTHROPIC_BASE_URL has no effect in this mode.",
            *mode.notes(asked),
        ],
        findings=findings,
    )


def _refuse(request: GenerateRequest) -> None:
    unused = [n for n in ("routing", "fallbacks") if getattr(request, n)]
    if unused:
        raise UsageError(
            f"{', '.join(unused)} is decided inside the gateway, not in Claude Code's settings.",
            "Leave it out here and set it in the gateway.",
        )
    if request.auth in ("api-key", "oauth"):
        raise UsageError(
            f"auth {request.auth!r}: in its cloud modes Claude Code sends neither x-api-key nor a claude.ai login.",
            "Choose token or helper, or leave auth out.",
        )
