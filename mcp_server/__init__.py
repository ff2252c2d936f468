"""llm-gateway: makes Claude Code work through any LLM gateway, and proves it."""

__version__ = "0.1.0"
