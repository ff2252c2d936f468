"""The five MCP tools: adapters that turn arguments into one operation call and its Answer into a tool result.

Claude Code shows the model only ``structuredContent`` on success and only the text on an error (measured on
2.1.197 and 2.1.330), so both carry the whole Answer. A string argument is declared ``str`` with an empty
default: the SDK parses a JSON *string* into an object when the annotation is anything but plain ``str``.
"""

# No ``from __future__ import annotations``: the SDK evaluates these signatures at registration.

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from inspect import cleandoc
from typing import Annotated, Any, Literal

from mcp.server.mcpserver import AcceptedElicitation, Context, Elicit, ElicitationResult, Resolve
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from mcp.types import CallToolResult, TextContent, ToolAnnotations
from pydantic import BaseModel, Field

from mcp_server.answer import Answer
from mcp_server.errors import GatewayError

Result = Annotated[CallToolResult, Answer]


def all_tools() -> list[Tool]:
    """The five tools in README order; listing order is registration order."""
    return [_tool(function, title, hints) for function, title, hints in _TOOLS]


def generate_config(
    goal: Annotated[str, Field(description="the wish in free words")] = "",
    gateway: Annotated[str, Field(description="litellm, …")] = "",
    providers: Annotated[list[str], Field(description="vertex, bedrock, anthropic")] = [],  # noqa: B006
    models: Annotated[list[str], Field(description="catalogue ids, e.g. gemini-2.5-flash")] = [],  # noqa: B006
    gateway_url: Annotated[str, Field(description="where the gateway is or will be")] = "",
    vertex_project: str = "",
    vertex_region: str = "",
    aws_region: str = "",
    auth: Literal["", "token", "api-key", "helper", "oauth"] = "",
    token_env: Annotated[str, Field(description="NAME of the variable that holds the gateway key")] = "",
    routing: str = "",
    fallbacks: Annotated[list[str], Field(description="models to fall back to, in order")] = [],  # noqa: B006
    proxy_url: str = "",
    no_proxy: str = "",
    ca_bundle: Annotated[str, Field(description="path of a PEM file")] = "",
    scope: Literal["", "user", "project", "local", "managed"] = "",
    deployment: Literal["", "local", "docker", "kubernetes", "systemd"] = "",
) -> Result:
    """Write the configuration that makes Claude Code work through any LLM gateway, cloud or proxy (LiteLLM, …).

    Returns the gateway file, the start command, the client's environment and settings.json, and the commands
    that prove it. Returns text only: it writes no file and contacts nothing; test_model proves the result.
    """
    from mcp_server.operations import generate_config as operation

    return _result(operation.run, **_given(locals()))


def validate_config(
    path: Annotated[str, Field(description="file to check (or give content)")] = "",
    content: Annotated[str, Field(description="the file's text (or give path)")] = "",
    kind: Annotated[
        str,
        Field(description="auto, litellm, claude-settings, claude-gateway, env, docker-compose, kubernetes, zuplo, …"),
    ] = "auto",
    environment: Annotated[
        Literal["check", "ignore"], Field(description="ignore: unset variables are no finding")
    ] = "check",
) -> Result:
    """Check a LiteLLM config.yaml, Claude Code settings.json, .env, Compose, Kubernetes file: line and fix per mistake.

    Also claude gateway, Zuplo and TrueFoundry files. Works offline and executes nothing in the file. It reads the
    file only; whether the gateway then answers is test_model's question.
    """
    from mcp_server.operations import validate_config as operation

    return _result(operation.run, **_given(locals()))


async def check_proxy(
    targets: Annotated[list[str], Field(description="URLs to reach; default: Claude Code's own")] = [],  # noqa: B006
    proxy_url: Annotated[str, Field(description="default: what Claude Code would use")] = "",
    no_proxy: str = "",
    ca_bundle: Annotated[str, Field(description="path of a PEM file")] = "",
) -> Result:
    """Find out why Claude Code cannot connect through a corporate proxy or TLS inspection.

    Says which proxy Claude Code would use for its base URL and which variable or file said so, then tries name,
    TCP, CONNECT and TLS one by one and names the broken step with its cure. Sends no model request.
    """
    from mcp_server.operations import check_proxy as operation

    return await _awaited(operation.run, **_given(locals()))


#: Values of CLAUDE_CODE_ENTRYPOINT in sessions without a person (measured: ``-p`` is ``sdk-cli`` in 2.1.197 and
#: 2.1.330, interactive is ``cli``). There the permission given for the tool call is the consent.
_NON_INTERACTIVE = ("sdk-cli", "sdk-ts", "sdk-py", "claude-code-github-action")


class Consent(BaseModel):
    """Answer to the one question that test_model asks."""

    send: bool = Field(default=True, description="Send the test requests (a few thousand tokens are billed)")


def _ask(
    ctx: Context,
    level: str = "claude-code",
    base_url: str = "",
    model: str = "",
    models: list[str] = [],  # noqa: B006
) -> Consent | Elicit[Consent]:
    """Asks before a billed call where a person can be asked; ``-p`` sessions cancel every question unseen."""
    from mcp_server.redact import quote

    capabilities = ctx.client_capabilities
    can_ask = capabilities is not None and capabilities.elicitation is not None
    nobody_there = os.environ.get("CLAUDE_CODE_ENTRYPOINT", "") in _NON_INTERACTIVE
    if level in ("status", "health") or not can_ask or nobody_there:
        return Consent(send=True)
    target = quote(base_url, 120) if base_url else "the gateway that Claude Code uses"
    names = quote(", ".join([*([model] if model else []), *models]), 120) or "its model"
    return Elicit(f"Send billed test requests for {names} to {target}?", Consent)


async def test_model(
    consent: Annotated[ElicitationResult[Consent], Resolve(_ask)],
    base_url: Annotated[str, Field(description="default: Claude Code's own")] = "",
    model: str = "",
    models: Annotated[list[str], Field(description="several at once")] = [],  # noqa: B006
    token_env: Annotated[str, Field(description="NAME of the variable that holds the gateway key")] = "",
    level: Annotated[
        Literal["status", "health", "message", "claude-code"],
        Field(description="claude-code: streamed tool round trip in the client's own request shape"),
    ] = "claude-code",
) -> Result:
    """Test whether a model really works for Claude Code through the gateway, and name the layer at fault if not.

    Levels: status (is it up), health (credential, models), message (one small answer), claude-code (full proof).
    message and claude-code send real requests that may cost money; status and health are free.
    """
    from mcp_server.operations import test_model as operation

    agreed = isinstance(consent, AcceptedElicitation) and consent.data.send
    given = _given(locals(), leave_out=("consent", "agreed"))
    if not agreed:
        given["level"] = "health"
    result = await _awaited(operation.run, **given)
    if not agreed and result.structured_content is not None:
        return _declined(Answer.model_validate(result.structured_content), level)
    return result


async def diagnose_auth(
    symptom: Annotated[str, Field(description="the error as pasted; secrets in it are masked")] = "",
    provider: Literal["auto", "google", "aws", "anthropic", "gateway"] = "auto",
    config_path: Annotated[str, Field(description="gateway file to take into account")] = "",
    live: Annotated[bool, Field(description="also make the least free calls that decide")] = False,
) -> Result:
    """Explain an error of Claude Code, a gateway or a provider (401, 403, 404, quota, TLS): root cause and cure.

    Weighs the pasted text against this machine's settings, environment and Google credentials. Shows no secret.
    When the evidence does not decide, it says so and names what to collect.
    """
    from mcp_server.operations import diagnose_auth as operation

    return await _awaited(operation.run, **_given(locals()))


_LOOKS_ONLY: dict[str, Any] = {"read_only_hint": True, "destructive_hint": False}
_TOOLS: tuple[tuple[Any, str, dict[str, Any]], ...] = (
    (generate_config, "Generate gateway configuration", {**_LOOKS_ONLY, "open_world_hint": False}),
    (
        validate_config,
        "Validate gateway or Claude Code configuration",
        {**_LOOKS_ONLY, "open_world_hint": False},
    ),
    (check_proxy, "Check proxy and TLS", {**_LOOKS_ONLY, "open_world_hint": True}),
    (
        test_model,
        "Test a model through the gateway (may be billed)",
        {
            "read_only_hint": False,
            "destructive_hint": False,
            "idempotent_hint": False,
            "open_world_hint": True,
        },
    ),
    (diagnose_auth, "Diagnose authentication and gateway errors", {**_LOOKS_ONLY, "open_world_hint": True}),
)


def _tool(function: Any, title: str, hints: dict[str, Any]) -> Tool:
    tool = Tool.from_function(
        function,
        title=title,
        description=cleandoc(function.__doc__ or ""),
        annotations=ToolAnnotations(title=title, **hints),
    )
    # Every client pays for these characters in every session: no generated titles, no null branches.
    tool.parameters = _compact(tool.parameters)
    tool.fn_metadata.output_schema = _output_schema()
    return tool


def _compact(schema: Any) -> Any:
    """The same JSON Schema without what no reader needs: generated titles, defaults, ``null`` alternatives."""
    if isinstance(schema, list):
        return [_compact(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "anyOf" in schema:
        # Answers leave out what is null, so an optional field is one that may be absent.
        (only,) = [branch for branch in schema["anyOf"] if branch.get("type") != "null"]
        return _compact(only)
    kept = {}
    for key, value in schema.items():
        if key == "properties":
            kept[key] = {name: _compact(field) for name, field in value.items()}
        elif key not in ("title", "default", "additionalProperties"):
            kept[key] = _compact(value)
    return kept


@cache
def _output_schema() -> dict[str, Any]:
    """The Answer's schema, inlined and without prose: what a client needs to read the structured result."""
    schema = Answer.model_json_schema()
    parts = schema.pop("$defs")

    def inline(node: Any) -> Any:
        if isinstance(node, list):
            return [inline(item) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return inline(parts[node["$ref"].rpartition("/")[2]])
        return {k: inline(v) for k, v in node.items() if k != "description" or not isinstance(v, str)}

    return dict(_compact(inline(schema)))


def _given(arguments: dict[str, Any], leave_out: tuple[str, ...] = ()) -> dict[str, Any]:
    """The arguments that the caller really gave; empty means not given."""
    return {
        k: v for k, v in arguments.items() if k not in ("operation", *leave_out) and v not in ("", []) and v is not None
    }


def _result(run: Any, **arguments: Any) -> CallToolResult:
    with _explained():
        return as_tool_result(run(**arguments))


async def _awaited(run: Any, **arguments: Any) -> CallToolResult:
    with _explained():
        return as_tool_result(await run(**arguments))


@contextmanager
def _explained() -> Iterator[None]:
    """A failure that the core explains reaches the model in the core's words."""
    try:
        yield
    except GatewayError as error:
        raise ToolError(str(error)) from error


def as_tool_result(answer: Answer) -> CallToolResult:
    """The bounded Answer as structured content, and the same as Markdown text."""
    from mcp_server.render.markdown import markdown

    bounded = answer.bounded()
    return CallToolResult(
        content=[TextContent(type="text", text=markdown(bounded))], structured_content=bounded.document()
    )


def _declined(answer: Answer, level: str) -> CallToolResult:
    answer.verdict = "errors" if answer.verdict == "errors" else "unknown"
    answer.quick_answer = (
        f"Not proven: the billed requests of level {level} were not agreed to, so only the free checks ran. "
        + answer.quick_answer
    )
    return as_tool_result(answer)
