"""Amazon Bedrock on loopback: InvokeModel for Claude, Converse, CountTokens, and the inference profiles of a region.

Strict: a signature by the one access key (or the one API key), ids that the region can call, bodies that fit the
service model (``bedrock_converse``) or Anthropic's types without ``model`` and ``stream`` (``anthropic_rules``), binary
event streams. Runtime and control plane listen on the same address.

The header ``anthropic-beta`` is ignored (whether the service reads it is not known; Claude Code sends
``claude-code-20250219`` there); ``anthropic_beta`` in the body decides.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, unquote
from uuid import uuid4

from starlette.responses import JSONResponse, Response

from mcp_server.lab import anthropic_messages as messages
from mcp_server.lab import anthropic_rules as rules
from mcp_server.lab import aws_signature, bedrock_converse, bedrock_errors, bedrock_invoke, eventstream
from mcp_server.lab.bedrock_errors import BedrockError, from_model, validation
from mcp_server.lab.bedrock_models import FoundationModel, Region, ToolUse, foundation_models
from mcp_server.lab.claude_facts import full_id
from mcp_server.lab.emulator import Emulator, RecordedRequest
from mcp_server.lab.prompt_cache import PromptCache

_MODEL_CALL = re.compile(r"/model/([^/]+)/(invoke|invoke-with-response-stream|converse|converse-stream|count-tokens)")
_PROFILES = "/inference-profiles"
_LARGEST_BODY = 25_000_000
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


@dataclass
class _Interruption:
    model: str | None
    kind: str
    text: str
    after: int
    times: int


class BedrockEmulator(Emulator):
    """One account in one region."""

    def __init__(
        self,
        region: str = "us-east-1",
        *,
        session_token: str | None = None,
        expired: bool = False,
        no_access: Collection[str] = (),
        retired: Collection[str] = (),
        exhausted: Collection[str] = (),
        application_profiles: Mapping[str, str] | None = None,
        on_demand: Collection[str] = (),
        tools: Mapping[str, ToolUse] | None = None,
        refused_betas: Collection[str] = (),
        extra_betas: Collection[str] = (),
        refused_fields: Collection[str] = (),
    ) -> None:
        """``environment`` and ``api_key`` hold the credentials that are accepted.

        ``session_token``: temporary credentials, refused without it; ``expired``: whose time is over. By id of the
        foundation model: ``no_access`` (403), ``retired`` (404), ``exhausted`` (429), ``on_demand`` (callable without
        an inference profile), ``tools`` (how a model treats tools). ``application_profiles``: name (the last part of
        the ARN) → foundation model. The last three as in ``AnthropicEmulator``.
        """
        super().__init__()
        models = foundation_models()
        switches = tools or {}
        named = {*no_access, *retired, *exhausted, *on_demand, *switches, *(application_profiles or {}).values()}
        if strange := named - models.keys():
            raise ValueError(f"the Bedrock emulator has no model {min(strange)!r}")
        known = {
            name: replace(
                model,
                profile_only=model.profile_only and name not in on_demand,
                tools=switches.get(name, model.tools),
            )
            for name, model in models.items()
        }
        self.region = Region(region, "123456789012", known, dict(application_profiles or {}))
        self._no_access, self._retired, self._exhausted = map(frozenset, (no_access, retired, exhausted))
        self._signer = aws_signature.Signer(
            access_key_id=_key_id("AS" if session_token else "AK"),
            secret_access_key=secrets.token_urlsafe(30),
            region=region,
            service="bedrock",
            session_token=session_token,
            expired=expired,
        )
        self.api_key = f"bedrock-api-key-{secrets.token_urlsafe(24)}"
        self._switches: dict[str, Any] = {
            "refused_betas": refused_betas,
            "extra_betas": extra_betas,
            "refused_fields": refused_fields,
        }
        self._cache = PromptCache()
        self._interruptions: list[_Interruption] = []
        self._interruptions_lock = threading.Lock()

    @property
    def environment(self) -> dict[str, str]:
        """The variables of a client that may use this account."""
        signer = self._signer
        token = {"AWS_SESSION_TOKEN": signer.session_token} if signer.session_token else {}
        return {
            "AWS_ACCESS_KEY_ID": signer.access_key_id,
            "AWS_SECRET_ACCESS_KEY": signer.secret_access_key,
            "AWS_REGION": signer.region,
            "AWS_DEFAULT_REGION": signer.region,
            **token,
        }

    def interrupt(
        self,
        model: str | None,
        exception: str = "throttlingException",
        text: str = "",
        *,
        after: int = 3,
        times: int = 1,
    ) -> None:
        """Let the next ``times`` streams of ``model`` (``None``: of any) end with an exception after ``after`` events.

        ``exception``: one of those that the service model lists for streams.
        """
        if exception not in bedrock_errors.service_model()["stream_exceptions"]["invoke"]:
            raise ValueError(f"Bedrock's streams have no exception {exception!r}")
        sentence = text or "Too many tokens, please wait before trying again."
        with self._interruptions_lock:
            self._interruptions.append(_Interruption(model, exception, sentence, after, times))

    def model_of(self, path: str, body: Any) -> str | None:
        del body
        found = re.fullmatch(r"/model/(.+)/[a-z-]+", path)
        return unquote(found.group(1)) if found else None

    def error_body(self, status: int) -> Any:
        return {"message": bedrock_errors.for_status(status)[1]}

    def headers_of(self, response: Response) -> dict[str, str]:
        headers = {"x-amzn-requestid": str(uuid4())}
        if response.status_code >= 400:
            headers["x-amzn-errortype"] = bedrock_errors.error_type(bedrock_errors.for_status(response.status_code)[0])
        return headers

    def answer(self, call: RecordedRequest) -> Response:
        found = _MODEL_CALL.fullmatch(call.raw_path)
        profiles = call.raw_path == _PROFILES or call.raw_path.startswith(f"{_PROFILES}/")
        if not (found and call.method == "POST") and not (profiles and call.method == "GET"):
            content = {"Output": {"__type": "com.amazon.coral.service#UnknownOperationException"}, "Version": "1.0"}
            return JSONResponse(content, 404, {"x-amzn-errortype": "UnknownOperationException"})
        try:
            self._authenticate(call)
            if found is None:
                return self._profiles(call)
            if len(call.raw) > _LARGEST_BODY:
                raise validation(
                    "1 validation error detected: Value at 'body' failed to satisfy constraint: Member must have "
                    f"length less than or equal to {_LARGEST_BODY}"
                )
            identifier, verb = unquote(found.group(1)), found.group(2)
            model = self._model(identifier, counting=verb == "count-tokens")
            if verb == "count-tokens":
                return self._count(model, call.body)
            if verb.startswith("converse"):
                return self._converse(model, identifier, call.body, streamed=verb == "converse-stream")
            return self._invoke(model, identifier, call.body, streamed=verb != "invoke")
        except BedrockError as refusal:
            return refusal.response()

    def _authenticate(self, call: RecordedRequest) -> None:
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            if not secrets.compare_digest(token.encode(), self.api_key.encode()):
                raise BedrockError(
                    "AccessDeniedException", "Authentication failed: Please make sure your API Key is valid."
                )
            return
        request = aws_signature.SignedRequest(call.method, call.raw_path, call.query, call.headers, call.raw)
        try:
            aws_signature.check(request, self._signer)
        except aws_signature.SignatureError as error:
            raise BedrockError(error.name, error.message) from error

    def _profiles(self, call: RecordedRequest) -> Response:
        if call.raw_path == _PROFILES:
            kind = parse_qs(call.query).get("type", ["SYSTEM_DEFINED"])[0]
            listed = self.region.profiles if kind == "SYSTEM_DEFINED" else {}
            return JSONResponse({"inferenceProfileSummaries": [self.region.summary(name) for name in listed]})
        name = unquote(call.raw_path.removeprefix(f"{_PROFILES}/")).rpartition("/")[2]
        if model := self.region.application_profiles.get(name):
            arn = self.region.arn("application-inference-profile", name)
            models = [{"modelArn": f"arn:aws:bedrock:{self.region.name}::foundation-model/{model}"}]
            about = {"inferenceProfileId": name, "inferenceProfileName": name, "inferenceProfileArn": arn}
            return JSONResponse({**about, "models": models, "status": "ACTIVE", "type": "APPLICATION"})
        if name not in self.region.profiles:
            raise BedrockError("ResourceNotFoundException", f"Inference profile {name} not found.")
        return JSONResponse(self.region.summary(name))

    def _model(self, identifier: str, *, counting: bool) -> FoundationModel:
        pattern = bedrock_errors.service_model()["model_id"]["pattern"]
        model = self.region.resolve(identifier, pattern, counting=counting)
        if model.id in self._retired:
            raise bedrock_errors.end_of_life()
        if model.id in self._no_access:
            raise bedrock_errors.no_access()
        if model.id in self._exhausted:
            raise BedrockError(*bedrock_errors.for_status(429))
        return model

    def _invoke(self, model: FoundationModel, identifier: str, body: Any, *, streamed: bool) -> Response:
        self._check_invoke(model, body)
        message = messages.answer(body, full_id(model.id), self._cache.usage(model.id, body))
        message["id"] = message["id"].replace("msg_", "msg_bdrk_")
        usage = message["usage"]
        if not streamed:
            counts = {
                "x-amzn-bedrock-input-token-count": str(usage["input_tokens"]),
                "x-amzn-bedrock-output-token-count": str(usage["output_tokens"]),
                "x-amzn-bedrock-invocation-latency": "1",
            }
            return JSONResponse(message, headers=counts)
        return self._stream(
            identifier, bedrock_invoke.chunks(message), {"x-amzn-bedrock-content-type": "application/json"}
        )

    def _check_invoke(self, model: FoundationModel, body: Any, *, counting: bool = False) -> None:
        betas = bedrock_invoke.betas(model, body)
        if problem := rules.problem(bedrock_invoke.as_messages(model, body), self._terms(model, betas, counting)):
            raise validation(problem)

    def _terms(self, model: FoundationModel, betas: list[str], counting: bool = False) -> rules.Terms:
        return rules.Terms("bedrock", model.id, frozenset(betas), counting, **self._switches)

    def _converse(self, model: FoundationModel, identifier: str, body: Any, *, streamed: bool) -> Response:
        request = self._conversed(model, body, streamed=streamed)
        message = messages.answer(request, model.id, self._cache.usage(model.id, request))
        for block in message["content"]:
            if block["type"] == "tool_use":
                block["id"] = block["id"].replace("toolu_", "tooluse_")
        if not streamed:
            return JSONResponse(bedrock_converse.whole(message))
        padded = ((kind, {**content, "p": "abcdefgh"}) for kind, content in bedrock_converse.events(message))
        return self._stream(identifier, (eventstream.event(kind, content) for kind, content in padded))

    def _conversed(
        self, model: FoundationModel, body: Any, *, streamed: bool, counting: bool = False
    ) -> dict[str, Any]:
        """A Converse request as a checked Messages request."""
        if not counting:
            bedrock_converse.check_shape("converse", body)
        bedrock_converse.check(model, body, streamed=streamed)
        request, betas = bedrock_converse.as_messages(model, body)
        if model.claude and (problem := rules.problem(request, self._terms(model, betas, counting))):
            raise from_model(problem)
        return request

    def _count(self, model: FoundationModel, body: Any) -> Response:
        bedrock_converse.check_shape("count_tokens", body)
        if "converse" in body["input"]:
            request = self._conversed(model, body["input"]["converse"], streamed=False, counting=True)
            return JSONResponse({"inputTokens": messages.input_tokens(request)})
        inner = bedrock_invoke.counted(body["input"]["invokeModel"]["body"])
        self._check_invoke(model, inner, counting=True)
        return JSONResponse({"inputTokens": messages.input_tokens(inner)})

    def _stream(self, identifier: str, parts: Iterator[bytes], headers: dict[str, str] | None = None) -> Response:
        return eventstream.stream(self._interrupted(identifier, parts), headers)

    def _interrupted(self, identifier: str, parts: Iterator[bytes]) -> Iterator[bytes]:
        with self._interruptions_lock:
            planned = next((i for i in self._interruptions if i.times > 0 and i.model in (None, identifier)), None)
            if planned:
                planned.times -= 1
        for number, part in enumerate(parts):
            if planned and number == planned.after:
                yield eventstream.exception(planned.kind, planned.text)
                return
            yield part


def _key_id(kind: str) -> str:
    return f"{kind}IA" + "".join(secrets.choice(_ALPHABET) for _ in range(16))
