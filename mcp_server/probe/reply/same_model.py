"""Is the model that answered the one that was asked for? Names differ by provider, date and spelling (pure)."""

from __future__ import annotations

import re
from typing import Literal

_FAMILY = re.compile(
    r"claude|gemini|gemma|gpt|deepseek|llama|codestral|mistral|ministral|qwen|grok|kimi|glm|nova|command", re.IGNORECASE
)
#: Words that make another model of the same family.
_TIERS = {
    *("opus", "sonnet", "haiku", "fable", "mythos", "pro", "flash", "lite", "mini", "nano", "micro", "coder", "oss"),
    *("turbo", "large", "medium", "small"),
}
_DATE = re.compile(r"^(?:20\d{6}|\d{4})$")


def compare(asked: str, answered: str | None) -> Literal["same", "other", "unknown"]:
    """``other`` only when both are names of known models that differ; an alias leaves it ``unknown``."""
    if not answered:
        return "unknown"
    first, second = _tokens(asked), _tokens(answered)
    tiers_agree = first & _TIERS == second & _TIERS
    if first == second or (tiers_agree and (first <= second or second <= first)):
        return "same"
    return "other" if _is_model_id(asked) and _is_model_id(answered) else "unknown"


def _tokens(name: str) -> frozenset[str]:
    bare = name.lower().removesuffix("[1m]").rpartition("/")[2]
    bare = re.sub(
        r"^(?:(?:us|eu|apac|jp|au|global)\.)?(?:anthropic|meta|mistral|amazon|deepseek|qwen|openai)\.", "", bare
    )
    parts = [part for part in re.split(r"[-@:_]", bare) if part]
    return frozenset(part for part in parts if not _DATE.match(part) and part not in ("latest", "maas", "v1", "0"))


def _is_model_id(name: str) -> bool:
    """A family name and a version: what an alias such as ``fast`` or ``claude-gemini`` does not have."""
    return _FAMILY.search(name) is not None and re.search(r"\d", name) is not None
