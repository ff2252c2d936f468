"""The MCP server: six tools on the official SDK, both protocol eras, stdio and streamable HTTP."""

from __future__ import annotations

from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult, InputRequiredResult
from pydantic import ValidationError

from mcp_server import __version__
from mcp_server.tools import all_tools

INSTRUCTIONS = (
    "Makes Claude Code work through LLM gateways (LiteLLM first), providers (Vertex AI, Bedrock, Anthropic) and "
    "corporate proxies, and proves it. generate_config writes gateway and client configuration; validate_config "
    "checks a LiteLLM YAML or settings.json; check_proxy finds proxy and TLS faults; test_model proves that a model "
    "works (may be billed); diagnose_auth explains a pasted error; apply_config puts generated files into place, or "
    "takes that back, and asks the user first. Every answer has verdict, quick_answer, config, "
    "verification, context and findings: show them as Quick Answer, Config, Verification, Context. "
    "No tool takes a secret: pass the NAME of an environment variable."
)


class GatewayServer(MCPServer[Any]):
    """MCPServer that refuses unknown arguments; the SDK ignores them silently, so a misspelling would vanish."""

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Calls a tool after checking the argument names.

        Raises:
            ToolError: unknown argument (with the nearest valid name), a value of the wrong type (the value is
                not repeated: it may be a secret), or a failure explained by the tool itself.
        """
        tool = next((t for t in await self.list_tools() if t.name == name), None)
        if tool is not None:
            _refuse_unknown(name, arguments, sorted(tool.input_schema.get("properties", {})))
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            if isinstance(error.__cause__, ValidationError):
                raise ToolError(_explain(name, error.__cause__)) from None
            raise


def build_server() -> GatewayServer:
    """A fresh server with the six tools; nothing is created at import."""
    return GatewayServer(
        name="llm-gateway",
        title="LLM Gateway",
        version=__version__,
        instructions=INSTRUCTIONS,
        tools=all_tools(),
        log_level="WARNING",
    )


def _refuse_unknown(tool: str, arguments: dict[str, Any], valid: list[str]) -> None:
    from mcp_server.errors import nearest
    from mcp_server.redact import quote

    for argument in arguments:
        if argument not in valid:
            close = nearest(argument, valid)
            meant = f" Did you mean {close}?" if close else ""
            raise ToolError(
                f"{tool} has no argument {quote(argument, 60)!r}.{meant} Its arguments are: {', '.join(valid)}."
            )


def _explain(tool: str, error: ValidationError) -> str:
    problems = [
        f"{'.'.join(str(part) for part in e['loc'])}: {_without_value(e['msg'])}"
        for e in error.errors(include_input=False)
    ]
    return f"{tool} cannot use these arguments: {'; '.join(problems)}."


def _without_value(message: str) -> str:
    # Literal errors list the valid values, never the rejected one; other messages carry the type only.
    return message[0].lower() + message[1:]
