"""A reference to an environment variable does not work as written.

What: ${VAR}, $VAR, os.environ.VAR, os.environ["VAR"] or OS.ENVIRON/VAR; a reference that does not start the value;
    a blank or second slash before the name; a variable that is not set.
Why: LiteLLM expands only values that begin with os.environ/NAME. Anything else is sent literally: the provider
    receives the text ${VAR} as the key.
Fix: write the whole value as os.environ/NAME and set the variable where LiteLLM runs.

Bad:
    model_list:
      - model_name: sonnet
        litellm_params:
          model: anthropic/claude-sonnet-4-6
          api_key: ${ANTHROPIC_API_KEY}

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
from dataclasses import replace

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Scalar
from mcp_server.document.writing import set_text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import LiteLLMConfig, litellm, schema
from mcp_server.validate.problem import Problem

ID = "environment-reference"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"

#: No reference, right or wrong, is without one of these.
_SIGN = re.compile(r"[$%]|^\s*env/|environ|os\.getenv", re.IGNORECASE)
RIGHT = re.compile(r"os\.environ/([A-Za-z_][A-Za-z0-9_.-]*)")
WHOLE = re.compile(
    r"""(?ix) (?: \$\{(\w+)(?::?[-=?+][^}]*)?\} | \$(\w+) | os\.environ\.(\w+) | os\.environ\[["']?(\w+)["']?\]
        | os\.getenv\(["']?(\w+)["']?\) | os\.environ/{2,}(\w+) | os\.environ/\s+(\w+) | env/(\w+) | %(\w+)%
        | os\.environ\\(\w+) | environ/(\w+) | os\.environ:(\w+) )"""
)
INSIDE = re.compile(r"\$\{\w+(?::?[-=?+][^}]*)?\}|os\.environ/\w+")
ANY_CASE = re.compile(r"os\.environ/(\w+)", re.IGNORECASE)
#: Settings without which LiteLLM does not start when they resolve to nothing.
FATAL = re.compile(r"^general_settings\.master_key$|^model_list\[\d+\]\.litellm_params\.model$")
#: Free text where a dollar sign or such a word is no reference.
FREE_TEXT = re.compile(r"description|prompt|message|comment|note|regex|pattern|template", re.IGNORECASE)


def check(document: Document, context: Context) -> Iterator[Problem]:
    config = litellm(document)
    for path, node in document.nodes:
        if not isinstance(node, Scalar) or not _SIGN.search(node.text) or not node.is_text:
            continue
        text = node.text
        if RIGHT.fullmatch(text):
            yield from _right(config, context, path, node)
        elif text.startswith("os.environ/") and not WHOLE.fullmatch(text.strip()):
            yield _no_name(path, node)
        else:
            problem = None if FREE_TEXT.search(path) else _wrong(document, path, node)
            if problem:
                yield problem if _is_read(path) else replace(problem, severity="warning")


def _is_read(path: str) -> bool:
    """Whether LiteLLM makes something of the value; text in model_info is only handed on."""
    if ".model_info." in path:
        typed: dict[str, str] = schema().data["typed_info"]
        return typed.get(path.rpartition(".")[2], "str") != "str"
    return re.split(r"[.\[]", path)[0] in schema().keys("top")


def _no_name(path: str, node: Scalar) -> Problem:
    fatal = FATAL.search(path) is not None
    return Problem(
        f"{node.text} names no variable: what stands after the slash is taken as its whole name",
        "the value is empty, and LiteLLM does not start" if fatal else "the value is empty, without a message",
        "write os.environ/NAME with the name alone",
        node.mark,
        path,
    )


def _wrong(document: Document, path: str, node: Scalar) -> Problem | None:
    text = node.text.strip()
    whole = WHOLE.fullmatch(text) or (ANY_CASE.fullmatch(text) if not text.startswith("os.environ/") else None)
    if whole:
        name = next(group for group in whole.groups() if group)
        return Problem(
            f"{text} is not a reference that LiteLLM understands",
            "a blank or second slash becomes part of the name, so the value is empty"
            if text.startswith("os.environ/")
            else "it is used literally: this very text is sent as the value",
            f"write os.environ/{name}",
            node.mark,
            path,
            change=set_text(document, node, f"os.environ/{name}", safe=":" not in text and "-" not in text),
        )
    inside = INSIDE.search(text)
    if inside and (not text.startswith("os.environ/") or inside.start() > 0):
        name = (re.search(r"\w+\}?$", inside[0].split(":")[0].rstrip("}")) or inside)[0]
        return Problem(
            f"{inside[0]} stands inside a longer value, where LiteLLM does not expand it",
            "the value is used literally, with the reference as plain text in it",
            f"put the complete value into one variable and write os.environ/{name.strip('${}')}_VALUE or the like"
            if not path.startswith("environment_variables.")
            else "set the variable outside, where LiteLLM is started",
            node.mark,
            path,
        )
    return None


def _right(config: LiteLLMConfig, context: Context, path: str, node: Scalar) -> Iterator[Problem]:
    name = node.text.removeprefix("os.environ/")
    inner = config.section("environment_variables")
    if name in inner and not path.startswith("environment_variables."):
        if not context.is_set(name):
            yield Problem(
                f"{name} is defined in environment_variables, which LiteLLM applies after references are resolved",
                "the reference is empty at the moment it is read",
                f"set {name} in the environment that starts LiteLLM, not in this file",
                node.mark,
                path,
            )
    elif re.search(r"_callbacks?\[\d+\]$|\.callbacks\[\d+\]$", path):
        yield Problem(
            f"the reference {node.text} stands in a plain list, where LiteLLM does not expand it",
            "LiteLLM takes the text for a Python module and fails to start",
            "write the callback's name itself",
            node.mark,
            path,
        )
    elif context.is_set(name) is False:
        fatal = FATAL.search(path) is not None
        yield Problem(
            f"the variable {name} is not set here",
            "LiteLLM refuses to start when it is not set where LiteLLM runs"
            + (", even with LITELLM_MASTER_KEY set" if "master_key" in path and name != "LITELLM_MASTER_KEY" else "")
            if fatal
            else "LiteLLM takes it for 'no value' without a message; the request fails or uses another credential",
            f"export {name} in the environment that starts LiteLLM (if it runs elsewhere, check it there)",
            node.mark,
            path,
            severity="error" if fatal and config.runs_here(context) else "warning",
            confidence="high" if config.runs_here(context) else "medium",
        )
