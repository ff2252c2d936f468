"""What the command line takes: the arguments that several commands share, and what it says about a wrong one."""

from __future__ import annotations

import argparse
import re
from typing import NoReturn

from mcp_server.errors import UsageError, nearest
from mcp_server.redact import quote

#: Argument of ``generate`` and ``up`` → its value's name in the help, and what it is.
TEXTS = {
    "gateway": ("NAME", "litellm (default), direct, portkey, …; a wrong name lists all"),
    "gateway_url": ("URL", "where the gateway is or will be"),
    "vertex_project": ("ID", "Google Cloud project"),
    "vertex_region": ("PLACE", "Google location, such as global, eu or us-central1 (default: each model's own)"),
    "aws_region": ("REGION", "AWS region of Bedrock"),
    "token_env": ("NAME", "name of the variable that holds the gateway key; never the key itself"),
    "routing": ("HOW", "how LiteLLM shares requests: simple-shuffle, least-busy, latency-based, cost-based, …"),
    "proxy_url": ("URL", "the corporate proxy, without user and password"),
    "no_proxy": ("HOSTS", "what is reached without the proxy"),
    "ca_bundle": ("FILE", "PEM file of the company's certificate authority"),
    "auth": ("KIND", "token, api-key, helper (a command prints the key) or oauth"),
    "scope": ("SCOPE", "whose settings: user (default), project, local or managed"),
    "deployment": ("WHERE", "where the gateway runs: local (default), docker, kubernetes or systemd"),
}
LISTS = {
    "providers": ("A,B,…", "vertex, bedrock, anthropic"),
    "models": ("A,B,…", "ids of the catalogue; the strongest of them drives (default: the living ones)"),
    "fallbacks": ("A,B,…", "models to fall back to, in order"),
}


class Parser(argparse.ArgumentParser):
    """Wrong arguments end in the same kind of sentence as every other mistake."""

    def error(self, message: str) -> NoReturn:
        """Raises:
        UsageError: always.
        """
        wrong = re.match(
            r"argument COMMAND: invalid choice: (['\"])(?P<word>.*)\1 \(choose from (?P<verbs>.*)\)", message
        )
        if wrong:
            close = nearest(wrong["word"], re.findall(r"[\w-]+", wrong["verbs"]))
            hint = f"Did you mean {close}? " if close else ""
            raise UsageError(
                f"there is no command {quote(wrong['word'], 60)!r}.", f"{hint}llm-gateway --help lists them."
            )
        raise UsageError(f"{quote(message, 300)}.", f"{self.prog} --help shows what it takes.")
