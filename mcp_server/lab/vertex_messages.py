"""The published protobuf types of Vertex AI, used as Google's front end uses them: to read JSON strictly.

What the front end takes beyond the letter of the types is listed here, each with its reason:

* ``null`` is an absent field, and one value stands for a list of one (Google's own examples write ``"contents": {…}``).
* Both spellings of a name, ``maxOutputTokens`` and ``max_output_tokens``.
* Enum values in any case: ``"type": "object"`` (Google's own examples).
"""

from __future__ import annotations

import base64
from functools import cache
from importlib.resources import files
from typing import Any

from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    duration_pb2,
    json_format,
    message_factory,
    struct_pb2,
    timestamp_pb2,
)
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from mcp_server.lab.google_errors import GoogleError, invalid_payload

_PACKAGE = "google.cloud.aiplatform.v1"
_INTEGERS = {
    FieldDescriptor.CPPTYPE_INT32: "TYPE_INT32",
    FieldDescriptor.CPPTYPE_INT64: "TYPE_INT64",
    FieldDescriptor.CPPTYPE_UINT32: "TYPE_UINT32",
    FieldDescriptor.CPPTYPE_UINT64: "TYPE_UINT64",
}
_FLOATS = {FieldDescriptor.CPPTYPE_FLOAT: "TYPE_FLOAT", FieldDescriptor.CPPTYPE_DOUBLE: "TYPE_DOUBLE"}


@cache
def _pool() -> descriptor_pool.DescriptorPool:
    """A pool of its own: the default one may already hold Google's full SDK."""
    pool = descriptor_pool.DescriptorPool()
    for module in (struct_pb2, duration_pb2, timestamp_pb2):
        pool.AddSerializedFile(module.DESCRIPTOR.serialized_pb)
    content = files(__package__).joinpath("data/vertex_content.pb").read_bytes()
    for file in descriptor_pb2.FileDescriptorSet.FromString(content).file:
        pool.Add(file)
    return pool


def read(message: str, body: Any) -> dict[str, Any]:
    """``body`` as the message type ``message`` of Vertex AI: canonical (camelCase) names, only known fields.

    Raises:
        GoogleError: the JSON does not fit; Google's 400 with every unknown name.
    """
    descriptor = _pool().FindMessageTypeByName(f"{_PACKAGE}.{message}")
    violations: list[tuple[str, str]] = []
    if not isinstance(body, dict):
        raise GoogleError(400, 'Invalid JSON payload received. Unexpected token. Expected an object at the "root".')
    canonical = _message(descriptor, body, "", violations)
    if violations:
        raise invalid_payload(violations)
    try:
        json_format.ParseDict(canonical, message_factory.GetMessageClass(descriptor)())
    except json_format.ParseError as error:
        raise GoogleError(400, f"Invalid JSON payload received. {error}") from error
    return canonical


def _message(descriptor: Descriptor, body: dict[str, Any], path: str, found: list[tuple[str, str]]) -> dict[str, Any]:
    canonical: dict[str, Any] = {}
    fields = {name: field for field in descriptor.fields for name in (field.name, field.json_name)}
    set_by_oneof: dict[str, str] = {}
    for name, value in body.items():
        field = fields.get(name)
        if field is None:
            place = f" at '{path}'" if path else ""
            sentence = f'Invalid JSON payload received. Unknown name "{name}"{place}: Cannot find field.'
            found.append((path, sentence))
        elif value is not None or _is_any_value(field):
            here = f"{path}.{field.name}" if path else field.name
            canonical[field.json_name] = _field(field, value, here, found)
            oneof = field.containing_oneof
            if oneof is not None and oneof.name in set_by_oneof:
                sentence = (
                    f"Invalid value at '{path}' (oneof), oneof field '{oneof.name}' is already set. "
                    f"Cannot set '{field.json_name}'"
                )
                found.append((path, sentence))
            elif oneof is not None:
                set_by_oneof[oneof.name] = field.name
    return canonical


def _field(field: FieldDescriptor, value: Any, path: str, found: list[tuple[str, str]]) -> Any:
    if _is_map(field):
        if not isinstance(value, dict):
            return _invalid(path, "Map", value, found)
        assert field.message_type is not None
        of_value = field.message_type.fields_by_name["value"]
        return {
            key: _single(of_value, item, f"{path}[{number}].value", found)
            for number, (key, item) in enumerate(value.items())
        }
    if field.is_repeated:
        items = value if isinstance(value, list) else [value]
        return [_single(field, item, f"{path}[{number}]", found) for number, item in enumerate(items)]
    if isinstance(value, list) and not _is_any_value(field):
        parent, _, name = path.rpartition(".")
        sentence = (
            f"Invalid JSON payload received. Unknown name \"{name}\" at '{parent}': "
            "Proto field is not repeating, cannot start list."
        )
        found.append((path, sentence))
        return None
    return _single(field, value, path, found)


def _single(field: FieldDescriptor, value: Any, path: str, found: list[tuple[str, str]]) -> Any:
    kind = field.cpp_type
    if field.message_type is not None:
        if field.message_type.file.package == "google.protobuf":
            return value  # Struct, Value, Duration, Timestamp: ParseDict judges
        if isinstance(value, dict):
            return _message(field.message_type, value, path, found)
        return _invalid(path, f"type.googleapis.com/{field.message_type.full_name}", value, found)
    if field.enum_type is not None:
        name = value.upper() if isinstance(value, str) else value
        known = (*field.enum_type.values_by_name, *field.enum_type.values_by_number)
        if not isinstance(value, bool) and name in known:
            return name
        return _invalid(path, f"type.googleapis.com/{field.enum_type.full_name}", value, found)
    if kind in _INTEGERS:
        fits = not isinstance(value, bool) and _number(value) is not None and float(value).is_integer()
        return int(float(value)) if fits else _invalid(path, _INTEGERS[kind], value, found)
    if kind in _FLOATS:
        fits = not isinstance(value, bool) and _number(value) is not None
        return value if fits else _invalid(path, _FLOATS[kind], value, found)
    if kind == FieldDescriptor.CPPTYPE_BOOL:
        return value if isinstance(value, bool) else _invalid(path, "TYPE_BOOL", value, found)
    if not isinstance(value, str):
        return _invalid(path, "TYPE_STRING", value, found)
    if field.type == FieldDescriptor.TYPE_BYTES and not _is_base64(value):
        return _invalid(path, "TYPE_BYTES", value, found)
    return value


def _invalid(path: str, kind: str, value: Any, found: list[tuple[str, str]]) -> None:
    shown = f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    found.append((path, f"Invalid value at '{path}' ({kind}), {shown[:200]}"))


def _is_map(field: FieldDescriptor) -> bool:
    return field.message_type is not None and bool(field.message_type.GetOptions().map_entry)


def _is_any_value(field: FieldDescriptor) -> bool:
    kind = field.message_type
    return kind is not None and kind.full_name in ("google.protobuf.Value", "google.protobuf.ListValue")


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _is_base64(text: str) -> bool:
    """Standard or URL-safe alphabet, padding optional, as protobuf's JSON mapping has it."""
    plain = text.translate(str.maketrans("-_", "+/")).rstrip("=")
    try:
        base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except ValueError:
        return False
    return True
