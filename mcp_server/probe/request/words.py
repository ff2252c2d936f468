"""Random words of one run: an answer that holds them was made for this request, not cached or canned."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Any

_WORDS = (
    *("amber", "anchor", "barley", "basket", "beacon", "birch", "bridge", "candle", "canyon", "cedar", "clover"),
    *("copper", "cotton", "garden", "ginger", "harbor", "hazel", "island", "jasmine", "kettle", "lantern"),
    *("maple", "marble", "meadow", "mirror", "nectar", "olive", "orchard", "pebble", "pepper", "river", "saddle"),
    *("saffron", "silver", "spruce", "sunset", "timber", "tulip", "valley", "velvet", "violet", "walnut"),
)
TOOL_NAME = "read_probe_value"


@dataclass(frozen=True)
class Words:
    """What one run says and expects back."""

    text: str
    """What the small message must answer with."""
    arguments: dict[str, Any]
    """What the tool must be called with: nested, with numbers, flags, an empty object, a longer text, many scripts."""
    result: str
    """Stands only in the tool's result; must appear in the answer after it."""

    @property
    def text_instruction(self) -> str:
        return f"Answer with exactly: {self.text}"

    @property
    def tool_instruction(self) -> str:
        exact = json.dumps(self.arguments, ensure_ascii=False)
        call = f'Call the tool "{TOOL_NAME}" once, with exactly this JSON as its input: {exact}'
        return f"{call}\nWhen its result is there, answer with the result word for word and nothing else."


def new_words() -> Words:
    """Fresh words; no two runs share them."""
    return Words(
        text=f"{_word()} {_word()} {_word()} {secrets.randbelow(9000) + 1000}",
        arguments={
            "path": f"shelf/{_word()}/{_word()}.txt",
            "label": f"Zürich – 東京 “{_word()}”",
            "note": f"{' '.join(_word() for _ in range(30))} 🦊 C:\\new </end> {_word()}",
            "options": {
                "limits": [1, secrets.randbelow(90) + 10],
                "strict": True,
                "ratio": 0.5,
                "tags": {},
                "owner": {"name": f"{_word()}\n{_word()}", "role": "reader"},
            },
        },
        result=f"{_word()}-{secrets.randbelow(90_000) + 10_000}",
    )


def tool_definition() -> dict[str, Any]:
    """The tool that the model is asked to call."""
    text = {"type": "string"}
    owner = {
        "type": "object",
        "properties": {"name": text, "role": {"type": "string", "enum": ["reader", "writer"]}},
        "required": ["name", "role"],
        "additionalProperties": False,
    }
    options = {
        "type": "object",
        "properties": {
            "limits": {"type": "array", "items": {"type": "integer"}, "maxItems": 8},
            "strict": {"type": "boolean"},
            "ratio": {"type": "number"},
            "tags": {"type": "object", "additionalProperties": {"type": "string"}},
            "owner": owner,
        },
        "required": ["limits", "strict", "ratio", "tags", "owner"],
        "additionalProperties": False,
    }
    return {
        "name": TOOL_NAME,
        "description": "Reads the value that is stored under a path. The result is one short text.",
        "input_schema": {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {
                "path": {"type": "string", "description": "where the value is stored"},
                "label": {"type": "string", "description": "a mark that is stored with the reading"},
                "note": {"type": "string", "description": "a longer text that is stored with the reading"},
                "options": options,
            },
            "required": ["path", "label", "note", "options"],
            "additionalProperties": False,
        },
    }


def _word() -> str:
    return secrets.choice(_WORDS)
