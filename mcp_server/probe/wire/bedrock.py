"""Amazon Bedrock's InvokeModel: the model in the path, some betas in the body, binary event stream (measured)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcp_server.catalogue.shapes import RequestShape
from mcp_server.net.body import EventReader
from mcp_server.net.eventstream import CONTENT_TYPE, ChunkReader
from mcp_server.probe.wire.base import Sent, Wire, is_message, ordered

ANTHROPIC_VERSION = "bedrock-2023-05-31"


class BedrockWire(Wire):
    """The client counts tokens by other means in this mode and lists no models."""

    content_type = CONTENT_TYPE
    counts_tokens = False

    def message(self, shape: RequestShape, path: str, headers: Mapping[str, str], body: Any) -> Sent:
        if not is_message(path):
            return super().message(shape, path, headers, body)
        betas = [beta for beta in headers.get("anthropic-beta", "").split(",") if beta]
        # Bedrock reads the body; what the client puts into the header as well is for gateways.
        inside = [beta for beta in shape.body_betas if beta in betas]
        inside += [beta for beta in betas if beta not in (*shape.body_betas, *shape.header_betas)]
        outside = [beta for beta in betas if beta in shape.header_betas]
        sent = {key: value for key, value in headers.items() if key != "anthropic-beta"}
        if outside:
            sent["anthropic-beta"] = ",".join(outside)
        version = shape.wire_fields.get("anthropic_version", ANTHROPIC_VERSION)
        rest = {key: value for key, value in body.items() if key not in ("model", "stream")}
        if inside:
            rest["anthropic_beta"] = inside
        whole = ordered({**rest, "anthropic_version": version}, shape.wire_keys)
        place = self.place(str(body["model"]))
        if not body.get("stream"):
            place = place.replace("/invoke-with-response-stream", "/invoke")
        return Sent(place, {**sent, **self.headers}, whole)

    def free(self, path: str, body: Any) -> tuple[str, Any]:
        return (self.place(self.default_model), body) if is_message(path) else (path, body)

    def reader(self) -> EventReader:
        return ChunkReader()
