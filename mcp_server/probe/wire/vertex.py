"""Claude on Google's Vertex AI: ``:streamRawPredict``, the model in the path, the version in the body (measured)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcp_server.catalogue.shapes import RequestShape
from mcp_server.probe.wire.base import Sent, Wire, is_count, is_message, ordered

ANTHROPIC_VERSION = "vertex-2023-10-16"


class VertexWire(Wire):
    """Answers are the same server-sent events as in Anthropic's format."""

    def message(self, shape: RequestShape, path: str, headers: Mapping[str, str], body: Any) -> Sent:
        if not is_message(path):
            return super().message(shape, path, headers, body)
        version = shape.wire_fields.get("anthropic_version", ANTHROPIC_VERSION)
        rest = {key: value for key, value in body.items() if key != "model"}
        sent = ordered({**rest, "anthropic_version": version}, shape.wire_keys)
        place = self.place(str(body["model"]))
        if not body.get("stream"):
            place = place.replace(":streamRawPredict", ":rawPredict")
        return Sent(place, {**headers, **self.headers}, sent)

    def free(self, path: str, body: Any) -> tuple[str, Any]:
        model = str((body or {}).get("model") or self.default_model)
        if is_message(path):
            return self.place(model), body
        if is_count(path):
            models = self.place(model).rpartition("/models/")[0]
            return f"{models}/models/count-tokens:rawPredict", {**body, "anthropic_version": ANTHROPIC_VERSION}
        return path, body
