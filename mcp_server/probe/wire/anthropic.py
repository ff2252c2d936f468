"""Anthropic's own format: behind a plain base URL, and in the modes of Foundry, Mantle and Anthropic on AWS or Google.

These differ from each other by base URL, model ids, betas and one header only (measured on 2.1.197 and 2.1.330).
"""

from mcp_server.probe.wire.base import Wire


class AnthropicWire(Wire):
    """Nothing to translate."""
