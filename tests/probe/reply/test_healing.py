"""Refusals that the client heals: what its next try leaves out, and that such a set-up is no red."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mcp_server.catalogue.shapes import RequestShape, shape_for
from mcp_server.probe.reply.healing import heal, healed_by_client
from tests.probe.gateways import Call, Gateway, anthropic_error, check

SHAPE = shape_for("2.1.330", "claude-opus-5-5")


def roles(shape: RequestShape) -> set[str]:
    return {message["role"] for message in shape.messages}


HEALED: dict[str, Callable[[RequestShape], Any]] = {
    "Unexpected value(s) `effort-2025-11-24` for the `anthropic-beta` header": lambda s: (
        "effort-2025-11-24" not in s.betas and len(s.betas) == len(SHAPE.betas) - 1
    ),
    "context_management: Extra inputs are not permitted": lambda s: "context_management" not in s.fields,
    "litellm.BadRequestError: AnthropicException - context_management: Extra inputs are not permitted": lambda s: (
        "context_management" not in s.fields
    ),
    "messages.1.output_config: Extra inputs are not permitted": lambda s: (
        not any("output_config" in message for message in s.messages) and "output_config" in s.fields
    ),
    "tools.10.custom.defer_loading: Extra inputs are not permitted": lambda s: (
        not any("defer_loading" in tool.extra for tool in s.tools)
    ),
    "messages.1.role: Input should be 'user' or 'assistant'": lambda s: roles(s) == {"user"},
    'Unexpected role "system". Allowed roles are "user"': lambda s: roles(s) == {"user"},
    "role 'system' is not supported on this model": lambda s: roles(s) == {"user"},
    "adaptive thinking is not supported on this model": lambda s: s.fields["thinking"]["type"] == "enabled",
    "This model does not support the effort parameter.": lambda s: "output_config" not in s.fields,
    "thinking.adaptive.display: Extra inputs are not permitted": lambda s: s.fields["thinking"] == {"type": "adaptive"},
    "capability_rejected: beta_header:interleaved-thinking-2025-05-14": lambda s: (
        set(SHAPE.betas) - set(s.betas) == {"interleaved-thinking-2025-05-14"}
    ),
    "capability_rejected: beta_header:advanced-tool-use-2025-11-20": lambda s: (
        "advanced-tool-use-2025-11-20" not in s.betas and not any("defer_loading" in tool.extra for tool in s.tools)
    ),
    "capability_rejected: beta_header:per-turn-control-2026-07-01": lambda s: (
        "per-turn-control-2026-07-01" not in s.betas and not any("output_config" in m for m in s.messages)
    ),
    "capability_rejected: effort_unsupported": lambda s: (
        "output_config" not in s.fields and not any(beta.startswith("effort-") for beta in s.betas)
    ),
    "capability_rejected: thinking_type:adaptive": lambda s: s.fields["thinking"]["type"] == "enabled",
    "capability_rejected: mid_conv_system": lambda s: roles(s) == {"user"},
    "max_tokens: 128000 > 8192, which is the maximum allowed": lambda s: s.fields["max_tokens"] == 8192,
}
NOT_HEALED = (
    "invalid beta flag",
    "capability_rejected: something_new",
    "output_config: Extra inputs are not permitted",
    "thinking: Input tag 'adaptive' found using 'type' does not match any of the expected tags",
    "thinking: Extra inputs are not permitted",
    "Please use a valid role: user, model.",
    "it has a maxOutputTokens value of 128000 but the supported range is from 1 to 65537",
)


@pytest.mark.parametrize("text", HEALED)
def test_the_next_try_leaves_out_what_was_refused(text: str) -> None:
    healing = heal(SHAPE, f"400: invalid_request_error: {text}")
    assert healing is not None
    assert HEALED[text](healing[0])
    assert healed_by_client(text)


@pytest.mark.parametrize("text", HEALED)
def test_the_same_refusal_once_more_is_not_healed_again(text: str) -> None:
    healing = heal(SHAPE, text)
    assert healing is not None
    assert heal(healing[0], text) is None


@pytest.mark.parametrize("text", NOT_HEALED)
def test_words_that_the_client_does_not_know_are_not_healed(text: str) -> None:
    assert heal(SHAPE, text) is None
    assert not healed_by_client(text)


def test_texts_of_system_messages_move_before_what_the_user_typed() -> None:
    healing = heal(SHAPE, "messages.1.role: Input should be 'user' or 'assistant'")
    assert healing is not None
    sizes = [block["characters"] for block in healing[0].messages[0]["blocks"]]
    typed = SHAPE.messages[0]["blocks"][-1]["characters"]
    assert sizes[-1] == typed
    assert sum(sizes) > 9_000


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("refused", "text"),
    [
        (lambda body: "context_management" in body, "context_management: Extra inputs are not permitted"),
        (lambda body: body["max_tokens"] > 8192, "max_tokens: 128000 > 8192, which is the maximum allowed"),
        (
            lambda body: any(m["role"] == "system" for m in body["messages"]),
            "messages.1.role: Input should be 'user' or 'assistant'",
        ),
    ],
)
async def test_a_set_up_that_the_client_heals_is_a_warning_and_works(
    refused: Callable[[dict[str, Any]], bool], text: str
) -> None:
    def before(call: Call) -> Any:
        streamed = call.path == "/v1/messages" and call.body and call.body.get("stream")
        return anthropic_error(400, "invalid_request_error", text) if streamed and refused(call.body) else None

    gateway = Gateway(before=before)
    answer = await check(gateway)
    assert answer.verdict == "warnings", answer.findings
    assert "Claude Code leaves out" in answer.findings[0].problem
    assert "tool round trip ok" in answer.verification[-1].detail or any(
        "tool round trip ok" in row.detail for row in answer.verification
    )


@pytest.mark.anyio
async def test_what_the_client_does_not_heal_stays_an_error() -> None:
    def before(call: Call) -> Any:
        refused = call.path == "/v1/messages" and call.body and "output_config" in call.body
        text = "output_config: Extra inputs are not permitted"
        return anthropic_error(400, "invalid_request_error", text) if refused else None

    answer = await check(Gateway(before=before))
    assert answer.verdict == "errors"
    assert answer.findings[0].id == "body_field_rejected"
    assert "CLAUDE_CODE_EFFORT_LEVEL=auto" in answer.findings[0].fix
