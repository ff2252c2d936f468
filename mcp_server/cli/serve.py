"""``llm-gateway serve``: the MCP server on stdio or HTTP."""

from __future__ import annotations

import argparse

from mcp_server.cli.exit_codes import EXIT_OK
from mcp_server.errors import GatewayError


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command to ``verbs``."""
    parser = verbs.add_parser("serve", help="run the MCP server (stdio, or --http)")
    # On loopback only: whoever reaches the server can use this machine's files and credentials through its tools.
    parser.add_argument("--http", action="store_true", help="streamable HTTP on 127.0.0.1 instead of stdio")
    parser.add_argument("--port", type=int, default=8321, help="port for --http (default %(default)s)")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Serves until the client goes; raises GatewayError when the port is taken."""
    from mcp_server.server import build_server

    if not options.http:
        build_server().run()
        return EXIT_OK
    from mcp_server.net.ports import in_use

    if in_use(options.port):
        raise GatewayError(
            f"port {options.port} on 127.0.0.1 is in use, so the server cannot listen there.",
            "Choose another one: llm-gateway serve --http --port NUMBER",
        )
    build_server().run("streamable-http", host="127.0.0.1", port=options.port)
    return EXIT_OK
