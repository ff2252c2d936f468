"""Vertex AI on loopback: Gemini, the OpenAI-compatible open models, Mistral, Claude, and Google's token endpoint.

Strict: a bearer token of the emulator's own service account, the one project it knows, the locations and limits of
each model, and bodies that fit the published types. See ``vertex_gemini``, ``vertex_maas``, ``vertex_mistral`` and
``vertex_claude``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from starlette.responses import JSONResponse, Response

from mcp_server.lab import chat, google_errors, vertex_gemini, vertex_maas, vertex_messages, vertex_mistral
from mcp_server.lab.emulator import Emulator, RecordedRequest
from mcp_server.lab.google_errors import GoogleError
from mcp_server.lab.google_identity import GoogleIdentity
from mcp_server.lab.scripted import decide, within
from mcp_server.lab.sse import event_stream
from mcp_server.lab.vertex_claude import COUNTER, VertexClaude
from mcp_server.lab.vertex_models import EmulatedModel, Route, ToolUse, catalogue_models, claude_on_vertex

_RESOURCE = re.compile(r"/v1/projects/(?P<project>[^/]+)/locations/(?P<location>[^/]+)/(?P<rest>.+)")
_MODEL_CALL = re.compile(r"publishers/(?P<publisher>[^/]+)/models/(?P<model>[^:]+):(?P<verb>\w+)")
_CHAT = "endpoints/openapi/chat/completions"
_RAW: tuple[Route, ...] = ("mistral", "anthropic")
_VERBS: dict[str, tuple[Route, ...]] = {
    "generateContent": ("gemini",),
    "streamGenerateContent": ("gemini",),
    "countTokens": ("gemini",),
    "rawPredict": _RAW,
    "streamRawPredict": _RAW,
}
#: Version suffixes that name the model itself.
_VERSIONS = ("", "@default", "@001")


class VertexEmulator(Emulator):
    """One project of Vertex AI with the catalogue's models, retired ones included unless ``retired`` names them."""

    def __init__(
        self,
        project: str = "laboratory",
        models: Sequence[EmulatedModel] | None = None,
        *,
        retired: Collection[str] = (),
        tools: Mapping[str, ToolUse] | None = None,
        not_enabled: Collection[str] = (),
        exhausted: Collection[str] = (),
        refused_betas: Collection[str] = (),
        extra_betas: Collection[str] = (),
        refused_fields: Collection[str] = (),
    ) -> None:
        """``retired``: models that are gone (404); ``tools``: how models treat tools, else as the catalogue says;
        ``not_enabled``: models that nobody has switched on for the project (400); ``exhausted``: without quota (429).

        All go by the model's name on the wire (``gemini-2.5-pro``, ``qwen/qwen3-…-maas``, ``claude-opus-5-5``).
        The last three concern Claude, see ``AnthropicEmulator``.
        """
        super().__init__()
        known = [*catalogue_models(), *claude_on_vertex()] if models is None else models
        switches = tools or {}
        if strange := {*retired, *switches, *not_enabled, *exhausted} - {model.name for model in known}:
            raise ValueError(f"the Vertex emulator has no model {min(strange)!r}")
        self._models = [
            replace(model, tools=switches.get(model.name, model.tools)) for model in known if model.name not in retired
        ]
        self._locations = {location for model in known for location in model.locations}
        self._not_enabled, self._exhausted = frozenset(not_enabled), frozenset(exhausted)
        self._claude = VertexClaude(refused_betas, extra_betas, refused_fields)
        self.identity = GoogleIdentity(project)

    @property
    def project(self) -> str:
        """The only project that the service account may use."""
        return self.identity.project

    def model_of(self, path: str, body: Any) -> str | None:
        if path.endswith(_CHAT):
            return super().model_of(path, body)
        call = _MODEL_CALL.search(path)
        if call and call["model"] == COUNTER:
            return super().model_of(path, body)
        return call["model"] if call else None

    def error_body(self, status: int) -> Any:
        sentence = google_errors.STATUS_NAMES.get(status, "UNKNOWN").replace("_", " ").capitalize()
        return google_errors.body(status, f"{sentence}.")

    def answer(self, call: RecordedRequest) -> Response:
        if call.path == "/token" and call.method == "POST":
            return self.identity.token_response(call.body if isinstance(call.body, bytes) else b"")
        found = _RESOURCE.fullmatch(call.path)
        if found is None:
            return _not_found()
        rest = found["rest"]
        try:
            self._authenticate(call)
            if rest.startswith("cachedContents"):
                verb = "list" if call.method == "GET" else "create"
                parent = f"projects/{found['project']}/locations/{found['location']}"
                raise google_errors.permission_denied(parent, f"aiplatform.cachedContents.{verb}")
            if rest == _CHAT and call.method == "POST":
                return self._chat(call, found.groupdict())
            named = _MODEL_CALL.fullmatch(rest)
            if named is None or named["verb"] not in _VERBS or call.method != "POST":
                return _not_found()
            counting = (named["publisher"], named["model"]) == ("anthropic", COUNTER)
            name = (call.model or "") if counting else named["model"]
            model = self._model(found.groupdict(), named["publisher"], name, _VERBS[named["verb"]])
            if model.route == "gemini":
                return _gemini(model, named["verb"], call)
            if model.route == "anthropic":
                return self._claude.answer(model, call, counting=counting)
            return _mistral(model, named["verb"], call)
        except GoogleError as refusal:
            return refusal.response(as_list=rest == _CHAT)

    def _authenticate(self, call: RecordedRequest) -> None:
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise google_errors.unauthenticated("CREDENTIALS_MISSING")
        if reason := self.identity.token_problem(token):
            raise google_errors.unauthenticated(reason)

    def _model(self, place: Mapping[str, str], publisher: str, name: str, routes: tuple[Route, ...]) -> EmulatedModel:
        resource = f"projects/{place['project']}/locations/{place['location']}/publishers/{publisher}/models/{name}"
        if place["project"] != self.project:
            raise google_errors.permission_denied(resource)
        bare, at, version = name.partition("@")
        for model in self._models:
            is_it = (model.publisher, model.id) == (publisher, bare) and model.route in routes
            if not is_it or at + version not in (*_VERSIONS, f"@{model.version}"):
                continue
            if not self._serves(model, place["location"]):
                if model.route == "anthropic" and place["location"] in self._locations:
                    raise google_errors.not_servable(resource, place["location"])
                break
            if model.name in self._not_enabled:
                raise google_errors.not_allowed(self.project, resource)
            if model.name in self._exhausted:
                raise google_errors.quota_exceeded(f"{publisher}-{model.id}")
            return model
        raise google_errors.model_not_found(resource)

    def _serves(self, model: EmulatedModel, location: str) -> bool:
        """Global and jurisdiction endpoints (``global``, ``us``, ``eu``) serve only models that are known there."""
        listed_only = model.locations_complete or "-" not in location
        return location in (model.locations if listed_only else self._locations)

    def _chat(self, call: RecordedRequest, place: Mapping[str, str]) -> Response:
        publisher, _, name = (call.model or "").partition("/")
        model = self._model(place, publisher, name, ("maas",))
        body = call.body
        vertex_maas.check(model, body)
        offered = chat.offered_tools(body) if model.tools == "works" else []
        decision = within(decide(chat.conversation(body), offered), vertex_maas.output_limit(body), body.get("stop"))
        completion = chat.Completion(model.name, decision, chat.input_tokens(body), thinks=model.reasoning)
        if not body.get("stream"):
            return JSONResponse(completion.whole())
        wants_usage = bool((body.get("stream_options") or {}).get("include_usage"))
        chunks = completion.chunks(usage_chunk=wants_usage)
        return event_stream([*((None, chunk) for chunk in chunks), (None, "[DONE]")])


def _gemini(model: EmulatedModel, verb: str, call: RecordedRequest) -> Response:
    if verb == "countTokens":
        body = vertex_messages.read("CountTokensRequest", call.body)
        vertex_gemini.check(model, body, counting=True)
        return JSONResponse(vertex_gemini.count_response(body))
    body = vertex_messages.read("GenerateContentRequest", call.body)
    vertex_gemini.check(model, body)
    offered = vertex_gemini.offered_tools(body) if model.tools == "works" else []
    stop = body.get("generationConfig", {}).get("stopSequences")
    decision = within(decide(vertex_gemini.conversation(body), offered), vertex_gemini.output_limit(body), stop)
    chunks = vertex_gemini.responses(model, body, decision)
    if verb == "generateContent":
        return JSONResponse(vertex_gemini.whole(chunks))
    if "alt=sse" in call.query.split("&"):
        return event_stream((None, chunk) for chunk in chunks)
    return JSONResponse(list(chunks))


def _mistral(model: EmulatedModel, verb: str, call: RecordedRequest) -> Response:
    body = call.body
    if refusal := vertex_mistral.refusal(model, body):
        return refusal
    offered = chat.offered_tools(body) if model.tools == "works" else []
    decision = within(decide(chat.conversation(body), offered), body.get("max_tokens"), body.get("stop"))
    completion = chat.Completion(model.id, decision, chat.input_tokens(body), new_call_id=vertex_mistral.new_call_id)
    if verb == "rawPredict":
        return JSONResponse(completion.whole())
    chunks = completion.chunks(usage_chunk=False, usage_in_last=True)
    return event_stream([*((None, chunk) for chunk in chunks), (None, "[DONE]")])


def _not_found() -> Response:
    return Response("<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>", 404, media_type="text/html")
