"""A credential stands in clear in the file.

What: an API key, token, password or private key written as a literal value.
Why: configuration files are committed, copied into images and pasted into chats; whoever reads it can use the
    account.
Fix: in LiteLLM write os.environ/NAME; for Claude Code use apiKeyHelper or an untracked user settings file. Rotate a
    key that has already been shared.

Bad:
    model_list:
      - model_name: sonnet
        litellm_params:
          model: anthropic/claude-sonnet-4-6
          api_key: sk-ant-api03-notarealkeynotarealkey00

Good:
    model_list:
      - model_name: sonnet
        litellm_params:
          model: anthropic/claude-sonnet-4-6
          api_key: os.environ/ANTHROPIC_API_KEY
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Scalar
from mcp_server.redact import hint, redact
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.problem import Problem

ID = "secret-in-clear"
KINDS: tuple[Kind, ...] = ("litellm", "claude-settings", "claude-gateway", "truefoundry", "zuplo")
SEVERITY: Severity = "warning"
#: Names of keys whose value is a credential, and endings of such names (lower case, with underscores).
NAMES = frozenset(
    (
        *("api_key", "apikey", "auth_token", "authtoken", "access_token", "refresh_token", "session_token", "bearer"),
        *("secret", "secret_key", "secret_access_key", "client_secret", "webhook_secret", "private_key"),
        *("password", "passwd", "master_key", "salt_key"),
    )
)
#: Keys of the administration of claude gateway.
ADMIN_KEY = re.compile(r"(?:read|write)_keys\[\d+\]\.key$")
ENDINGS = ("_api_key", "_auth_token", "_access_token", "_secret", "_password", "_secret_access_key", "_secret_key")
#: Cheap test before the exact patterns of ``redact`` run: some part that every known shape has.
SHAPED = re.compile(
    r"sk-|AIza|ya29|1//|GOCSPX|AKIA|ASIA|ABIA|ACCA|gh[pousr]_|github_pat|glpat|xox|hooks\.slack|zpka_|hf_|gsk_|xai-|k-lf-"
    r"|npm_|pypi-|dapi|ABSK|eyJ|BEGIN |:[^/]*//[^/]*@|earer |asic |[?&]\w*(?:key|token|sig)="
)
#: Values that no one needs to hide: references, commands, placeholders, too short to be a key.
HARMLESS = re.compile(
    r"(?i)^(os\.environ.*|\$.*|tfy-secret://.*"
    r"|%\w+%|<.*>|\{\{.*|.*(your|change|replace|placeholder|example|dummy|xxx).*|none|null|no-?key"
    r"|not-?needed|empty|unused|ollama|lm-studio|sk-1234|anything|fake.*|test.*|sk-(test|local|dev|demo|fake|dummy)[-_]?\w{0,12}|true|false|\*+|.{0,7})$"
)

#: How each reader takes a credential from elsewhere.
INSTEAD: dict[str, str] = {
    "litellm": "write os.environ/NAME and put the value into the environment",
    "claude-settings": "use apiKeyHelper (a command that prints the key) or set the variable outside",
    "claude-gateway": "write ${NAME} and put the value into the environment, or ${file:/path}",
    "truefoundry": "store it as a secret in TrueFoundry and write its tfy-secret:// reference",
    "zuplo": "write $env(NAME) and set the variable in the project (as a secret)",
}


def check(document: Document, context: Context) -> Iterator[Problem]:
    for path, node in document.nodes:
        if not isinstance(node, Scalar) or not node.is_text or not node.text.strip():
            continue
        value = node.text.strip()[:4_000]
        by_shape = len(value) >= 12 and SHAPED.search(value) is not None and redact(value) != value
        by_name = _names_a_credential(path) and " " not in value and not value.startswith(("/", "~"))
        if not (by_shape or by_name) or HARMLESS.match(value[:200]):
            continue
        yield Problem(
            f"a credential stands here in clear ({hint(value)})",
            "configuration files are committed, copied and pasted; whoever reads this file can use the account",
            f"{INSTEAD[context.kind]}; rotate it if the file was shared",
            node.mark,
            path,
            confidence="high" if by_shape else "medium",
        )


def _names_a_credential(path: str) -> bool:
    name = path.rpartition(".")[2].lower().replace("-", "_")
    return name in NAMES or name.endswith(ENDINGS) or ADMIN_KEY.search(path) is not None
