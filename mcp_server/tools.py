"""The six MCP tools: adapters that turn arguments into one operation call and its Answer into a tool result.

Claude Code shows the model only ``structuredContent`` on success and only the text on an error (measured on
2.1.197 and 2.1.330), so both carry the whole Answer. A string argument is declared ``str`` with an empty
default: the SDK parses a JSON *string* into an object when the annotation is anything but plain ``str``.
"""

# No ``from __future__ import annotations``: the SDK evaluates these signatures at registration.

import inspect
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal

from mcp.server.mcpserver import AcceptedElicitation, Context, Elicit, ElicitationResult, Resolve
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from mcp.types import CallToolResult, TextContent, ToolAnnotations
from pydantic import BaseModel, Field, create_model

from mcp_server.answer import Answer
from mcp_server.errors import GatewayError
from mcp_server.tool_schemas import compact, output_schema

Result = Annotated[CallToolResult, Answer]


def all_tools() -> list[Tool]:
    """The six tools in README order; listing order is registration order."""
    return [_tool(function, title, hints) for function, title, hints in _TOOLS]


def _can_ask(ctx: Context) -> bool:
    """Whether the client shows forms to a person. A bare ``elicitation`` means forms; only ``url`` does not."""
    capabilities = ctx.client_capabilities
    offered = capabilities.elicitation if capabilities is not None else None
    return offered is not None and (offered.form is not None or offered.url is None)


#: Values of CLAUDE_CODE_ENTRYPOINT in sessions without a person (measured: ``-p`` is ``sdk-cli`` in 2.1.197 and
#: 2.1.330, interactive is ``cli``), where every question is cancelled unseen.
_NON_INTERACTIVE = ("sdk-cli", "sdk-ts", "sdk-py", "claude-code-github-action")


def _nobody_there() -> bool:
    return os.environ.get("CLAUDE_CODE_ENTRYPOINT", "") in _NON_INTERACTIVE


def _ask_facts(ctx: Context, **arguments: Any) -> BaseModel | Elicit[BaseModel] | None:
    """Asks once for the facts that the wish lacks; every one may be left out."""
    from mcp_server.operations import generate_config as operation

    facts = operation.missing(**_given(arguments)) if _can_ask(ctx) and not _nobody_there() else ()
    if not facts:
        return None
    fields: dict[str, Any] = {
        fact.name: (
            Literal[fact.choices] if fact.choices else type(fact.default),
            Field(default=fact.default, description=fact.question),
        )
        for fact in facts
    }
    return Elicit(
        "To write the configuration, this is not known yet. What you leave as it is stays a named variable or an "
        "assumption. Do not enter secrets.",
        create_model("Facts", **fields),
    )


def generate_config(
    facts: Annotated[ElicitationResult[BaseModel], Resolve(_ask_facts)],
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
    that prove it. Returns text only: it writes no file and contacts nothing; apply_config writes, test_model proves.
    """
    from mcp_server.operations import generate_config as operation

    given = _given(locals(), leave_out=("facts",))
    said = facts.data.model_dump() if isinstance(facts, AcceptedElicitation) and facts.data is not None else {}
    return _result(operation.run_with, said=said, **given)


# The resolver takes whatever the tool takes; the SDK hands arguments over by the names of a signature.
setattr(  # noqa: B010 - a plain assignment is an error for mypy
    _ask_facts,
    "__signature__",
    inspect.Signature(
        [
            inspect.signature(_ask_facts).parameters["ctx"],
            *list(inspect.signature(generate_config).parameters.values())[1:],
        ]
    ),
)


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

    # Where nobody can be asked, the permission given for the tool call is the consent.
    if level in ("status", "health") or not _can_ask(ctx) or _nobody_there():
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


def _planned(
    action: Literal["diff", "apply", "rollback", "history"] = "diff",
    generated: list[str] = [],  # noqa: B006
    files: list[str] = [],  # noqa: B006
    change: str = "",
) -> Any:
    """What the call would do, made before anybody is asked: exactly this is shown, and exactly this is written."""
    from mcp_server.operations import apply_config as operation

    with _explained():
        return operation.plan(action, generated, files, change)


Planned = Annotated[Any, Resolve(_planned)]


class Agreement(BaseModel):
    """Answer to the one question that apply_config asks."""

    write: bool = Field(default=False, description="Yes, write it")


def _ask_to_write(ctx: Context, planned: Planned) -> Elicit[Any] | None:
    """Asks before every writing. A permission for the tool call is no consent: it was given without the diff."""
    if not planned.writes or planned.too_long or not _can_ask(ctx):
        return None
    client = ctx.session.client_params
    if client is None or client.client_info.name != "claude-code":
        return Elicit(planned.question(diff=True), Agreement)
    # Claude Code shows three rows of a message and one row a field (measured on 2.1.330; 2.1.197 shows all), so there
    # every row of the diff is a field that can hold nothing else.
    rows: dict[str, Any] = {
        f"row_{number}": (Literal[row], Field(default=row, title=str(number)))
        for number, row in enumerate(planned.rows, 1)
    }
    form = create_model("Agreement", **rows, write=(bool, Agreement.model_fields["write"]))
    return Elicit(planned.question(diff=False), form)


def apply_config(
    planned: Planned,
    agreement: Annotated[ElicitationResult[Any], Resolve(_ask_to_write)],
    action: Literal["diff", "apply", "rollback", "history"] = "diff",  # noqa: ARG001 - _planned takes all four
    generated: Annotated[  # noqa: ARG001
        list[str], Field(description="what generate_config was given, as NAME=VALUE: gateway=litellm, models=a,b")
    ] = [],  # noqa: B006
    files: Annotated[  # noqa: ARG001
        list[str], Field(description="which generated files; default: the settings of its scope")
    ] = [],  # noqa: B006
    change: Annotated[str, Field(description="id to roll back; default: the last")] = "",  # noqa: ARG001
) -> Result:
    """Apply what generate_config wrote to settings.json, .env or a gateway's YAML, or roll such a change back.

    Merges, loses nothing, undoes byte for byte. The user sees the diff and is asked; without a yes nothing is written.
    """
    from mcp_server.operations import apply_config as operation

    if isinstance(agreement, AcceptedElicitation) and agreement.data is not None and agreement.data.write:
        return _result(operation.carry_out, planned=planned)
    return _result(operation.unchanged, planned=planned, reason=_why_not(planned, agreement))


def _why_not(planned: Any, agreement: Any) -> str:
    if not planned.writes:
        return ""
    if planned.too_long:
        return "the change is too long to be judged in a question."
    if agreement.action == "decline":
        return "the user declined."
    if agreement.action == "cancel":
        return "the question was closed without an answer (a session without a person closes every question)."
    if agreement.data is None:
        return "this client offers no way to ask the user."
    return "the question was answered without choosing to write."


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
    (
        apply_config,
        "Apply or roll back configuration (asks first)",
        {"read_only_hint": False, "destructive_hint": True, "open_world_hint": False},
    ),
)


def _tool(function: Any, title: str, hints: dict[str, Any]) -> Tool:
    tool = Tool.from_function(
        function,
        title=title,
        description=inspect.cleandoc(function.__doc__ or ""),
        annotations=ToolAnnotations(**hints),
    )
    # Every client pays for these characters in every session.
    tool.parameters = compact(tool.parameters)
    tool.fn_metadata.output_schema = output_schema()
    return tool


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
