# /// script
# requires-python = ">=3.10"
# dependencies = ["google-cloud-aiplatform==2.7.0", "openai==3.57.0", "mistralai==3.7.0", "anthropic==2.14.0"]
# ///
"""Takes what makes the emulators strict from the providers' own SDKs, into ``mcp_server/lab/data``.

    uv run maintenance/vertex_schemas.py            write the files
    uv run maintenance/vertex_schemas.py --check    compare them with the SDKs, exit 1 when they differ

``vertex_content.pb``   FileDescriptorSet: the messages of Gemini's generateContent and countTokens and all they contain
``openai_chat.json``    JSON Schema of an OpenAI chat completion request
``mistral_chat.json``   JSON Schema of a Mistral chat completion request
``anthropic_*.json``    JSON Schema of an Anthropic Messages request, the stable types and the beta types
``sources.json``        the package and version behind each file

Exit code 3: an SDK is missing from this Python.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[1] / "mcp_server" / "lab" / "data"
MESSAGES = ("GenerateContentRequest", "GenerateContentResponse", "CountTokensRequest", "CountTokensResponse")
#: Fields that the v1 endpoint takes while the published v1 types lack them; taken from v1beta1. Message: (field, why).
EARLY_FIELDS = {
    "FunctionCall": ("id", "in v1 since July 2026, see BerriAI/litellm pull request 34603"),
    "FunctionResponse": ("id", "in v1 since July 2026, see BerriAI/litellm pull request 34603"),
}
#: Keywords of JSON Schema that refuse nothing.
ANNOTATIONS = ("title", "description", "default", "examples", "deprecated", "discriminator", "format")


def vertex_content() -> bytes:
    """The closure of ``MESSAGES``: whole messages without their options, in files that hold nothing else."""
    from google.cloud.aiplatform_v1.types import prediction_service
    from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

    reached: dict[str, Any] = {}
    todo = [getattr(prediction_service, name).pb().DESCRIPTOR for name in MESSAGES]
    while todo:
        descriptor = todo.pop()
        while descriptor.containing_type is not None:
            descriptor = descriptor.containing_type
        if descriptor.full_name not in reached:
            reached[descriptor.full_name] = descriptor
            if descriptor.file.package != "google.protobuf":
                todo.extend(_field_types(descriptor))

    home_of = {name: descriptor.file.name for name, descriptor in reached.items()}
    ours = {d.file.name: d.file for d in reached.values() if d.file.package != "google.protobuf"}
    files = []
    for name in sorted(ours):
        whole = FileDescriptorProto()
        ours[name].CopyToProto(whole)
        kept = FileDescriptorProto(name=name, package=whole.package, syntax=whole.syntax)
        kept.message_type.extend(m for m in whole.message_type if f"{whole.package}.{m.name}" in reached)
        kept.enum_type.extend(e for e in whole.enum_type if f"{whole.package}.{e.name}" in reached)
        _add_early_fields(kept)
        for message in kept.message_type:
            _strip_message(message)
        for enum in kept.enum_type:
            _strip_enum(enum)
        used = {type_name.lstrip(".") for message in kept.message_type for type_name in _type_names(message)}
        homes = {home for full, home in home_of.items() for u in used if u == full or u.startswith(f"{full}.")}
        kept.dependency.extend(sorted(homes - {name}))
        files.append(kept)
    return FileDescriptorSet(file=_dependencies_first(files)).SerializeToString(deterministic=True)


def _add_early_fields(file: Any) -> None:
    from google.cloud import aiplatform_v1beta1
    from google.protobuf.descriptor_pb2 import DescriptorProto

    for message in file.message_type:
        if message.name in EARLY_FIELDS:
            beta = DescriptorProto()
            getattr(aiplatform_v1beta1, message.name).pb().DESCRIPTOR.CopyToProto(beta)
            name, _ = EARLY_FIELDS[message.name]
            if all(field.name != name for field in message.field):
                message.field.extend(field for field in beta.field if field.name == name)


def _field_types(descriptor: Any) -> list[Any]:
    """Messages and enums that the fields of ``descriptor`` and of the messages inside it have."""
    if not hasattr(descriptor, "fields"):
        return []
    own = [kind for field in descriptor.fields for kind in (field.message_type, field.enum_type) if kind]
    return own + [used for nested in descriptor.nested_types for used in _field_types(nested)]


def _type_names(message: Any) -> Iterator[str]:
    yield from (field.type_name for field in message.field if field.type_name)
    for nested in message.nested_type:
        yield from _type_names(nested)


def _strip_message(message: Any) -> None:
    is_map_entry = message.options.map_entry
    message.ClearField("options")
    if is_map_entry:
        message.options.map_entry = True
    for field in message.field:
        field.ClearField("options")
        field.ClearField("json_name")  # protobuf derives the same one
        field.name = field.name.rstrip("_")  # the Python SDK's way around keywords; the service knows "type"
    for nested in message.nested_type:
        _strip_message(nested)
    for enum in message.enum_type:
        _strip_enum(enum)


def _strip_enum(enum: Any) -> None:
    enum.ClearField("options")
    for value in enum.value:
        value.ClearField("options")


def _dependencies_first(files: list[Any]) -> list[Any]:
    ordered: dict[str, Any] = {}
    ours = {file.name for file in files}
    while len(ordered) < len(files):
        for file in files:
            if file.name not in ordered and all(d in ordered for d in file.dependency if d in ours):
                ordered[file.name] = file
    return list(ordered.values())


def openai_chat() -> bytes:
    """The request of ``chat.completions.create``, plain or streamed."""
    from openai.types.chat.completion_create_params import CompletionCreateParams

    return _as_file(_strict(_schema_of(CompletionCreateParams)))


def mistral_chat() -> bytes:
    """The request of Mistral's chat completion."""
    from mistralai.client.models import ChatCompletionRequest

    schema = _strict(ChatCompletionRequest.model_json_schema())
    schema["$defs"]["Unset"] = False  # the SDK's mark for an absent value, never sent
    for definition in schema["$defs"].values():
        role = definition.get("properties", {}).get("role") if definition else None
        if role is not None:  # the SDK fills it in and always sends it
            definition["properties"]["role"] = role.get("anyOf", [role])[0]
            definition["required"] = sorted({*definition.get("required", ()), "role"})
    return _as_file(schema)


def anthropic_messages() -> bytes:
    """The request of ``messages.create``: what passes without a beta header."""
    from anthropic.types.message_create_params import MessageCreateParams

    return _as_file(_closed(_strict(_schema_of(MessageCreateParams))))


def anthropic_beta_messages() -> bytes:
    """The request of ``beta.messages.create``: what passes with beta headers."""
    from anthropic.types.beta.message_create_params import MessageCreateParams

    schema = _closed(_strict(_schema_of(MessageCreateParams)))
    for definition in (schema, *schema["$defs"].values()):
        definition.get("properties", {}).pop("betas", None)  # the SDK sends it as a header
    return _as_file(schema)


def _closed(schema: Any) -> Any:
    """``schema`` with the SDK's response types closed: it takes them as input too, and leaves them open."""
    for name, definition in schema["$defs"].items():
        if not name.endswith(("Param", "InputSchemaTyped")) and definition.get("additionalProperties") is True:
            definition["additionalProperties"] = False
    return schema


def _schema_of(kind: Any) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(kind).json_schema()


def _strict(schema: Any) -> Any:
    """``schema`` without annotations and with every object closed to unknown keys."""
    if isinstance(schema, list):
        return [_strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    strict: dict[str, Any] = {}
    for key, value in schema.items():
        if key in ("properties", "$defs"):  # here the keys are names, not keywords
            strict[key] = {name: _strict(inner) for name, inner in value.items()}
        elif key not in ANNOTATIONS:
            strict[key] = _strict(value)
    if "properties" in strict:
        strict.setdefault("additionalProperties", False)
    if {"type": "string"} in strict.get("anyOf", []):  # any text is allowed: the list of known ones refuses nothing
        others = [s for s in strict["anyOf"] if s.get("type") != "string" or s == {"type": "string"}]
        strict = others[0] if len(others) == 1 else {**strict, "anyOf": others}
    return strict


def _as_file(data: Any) -> bytes:
    return (json.dumps(data, separators=(",", ":"), sort_keys=True) + "\n").encode()


FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "vertex_content.pb": ("google-cloud-aiplatform", vertex_content),
    "openai_chat.json": ("openai", openai_chat),
    "mistral_chat.json": ("mistralai", mistral_chat),
    "anthropic_messages.json": ("anthropic", anthropic_messages),
    "anthropic_beta_messages.json": ("anthropic", anthropic_beta_messages),
}


def main() -> int:
    parser = argparse.ArgumentParser(description="Regenerates or checks mcp_server/lab/data.")
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 when a file differs")
    check = parser.parse_args().check
    try:
        made = {name: make() for name, (_, make) in FILES.items()}
    except ModuleNotFoundError as missing:
        print(f"the module {missing.name} is not installed; run: uv run maintenance/vertex_schemas.py", file=sys.stderr)
        return 3
    made["sources.json"] = _as_file(
        {name: {"package": package, "version": version(package)} for name, (package, _) in FILES.items()}
    )
    changed = [name for name, content in made.items() if _stored(name) != content]
    for name in changed:
        print(f"{name}: {'differs from the installed SDK' if check else 'written'}")
        if not check:
            (DATA / name).write_bytes(made[name])
    if not changed:
        print("mcp_server/lab/data is up to date")
    return 1 if check and changed else 0


def _stored(name: str) -> bytes | None:
    path = DATA / name
    return path.read_bytes() if path.is_file() else None


if __name__ == "__main__":
    sys.exit(main())
