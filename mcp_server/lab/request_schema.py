"""Checks request bodies against the request types of the providers' SDKs (``data/*.json``), unknown keys refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for


@dataclass(frozen=True)
class Violation:
    """One thing that does not fit. ``path`` leads to the offending value, to an unknown or a missing key included."""

    path: tuple[str | int, ...]
    kind: Literal["unknown", "missing", "value"]
    detail: str
    value: Any = None

    @property
    def place(self) -> str:
        """The path as ``messages[2].content``."""
        text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path)
        return text.lstrip(".") or "body"

    @property
    def dotted(self) -> str:
        """The path as ``messages.2.content``."""
        return ".".join(map(str, self.path)) or "body"


def violations(schema: str, body: Any) -> list[Violation]:
    """What in ``body`` the schema ``data/<schema>.json`` refuses, in the order of the schema, each place once."""
    return found_by(_validator(schema), body)


def found_by(validator: Validator, body: Any) -> list[Violation]:
    """What in ``body`` the validator refuses, each place once."""
    found: dict[tuple[str | int, ...], Violation] = {}
    for error in validator.iter_errors(body):
        for violation in _as_violations(_cause(error)):
            found.setdefault(violation.path, violation)
    return list(found.values())


@cache
def _validator(schema: str) -> Validator:
    content = json.loads(files(__package__).joinpath(f"data/{schema}.json").read_text(encoding="utf-8"))
    return validator_of(content)


def validator_of(schema: dict[str, Any]) -> Validator:
    """What checks bodies against a JSON Schema."""
    return validator_for(schema)(schema)


def _cause(error: ValidationError) -> ValidationError:
    """The innermost error of the alternative that was meant, see ``_distance``."""
    while error.context:
        branches: dict[Any, list[ValidationError]] = {}
        for inner in error.context:
            branches.setdefault(inner.schema_path[0], []).append(inner)
        error = min(branches.values(), key=_distance)[0]
    return error


def _distance(errors: list[ValidationError]) -> tuple[bool, int]:
    """How far an alternative is from what was meant: another kind (JSON type, role, type name), then more errors."""
    return any(error.validator in ("const", "enum", "type") for error in errors), len(errors)


def _as_violations(error: ValidationError) -> list[Violation]:
    path = tuple(error.absolute_path)
    schema = error.schema if isinstance(error.schema, Mapping) else {}
    if error.validator == "additionalProperties":
        unknown = [key for key in error.instance if key not in schema["properties"]]
        return [Violation((*path, key), "unknown", "unknown key", error.instance[key]) for key in unknown]
    if error.validator == "required":
        missing = [key for key in schema["required"] if key not in error.instance]
        return [Violation((*path, key), "missing", "missing key") for key in missing]
    return [Violation(path, "value", error.message[:200], error.instance)]
