"""What the probes of one run share: how to reach the gateway, what was learned about it, what it cost."""

from __future__ import annotations

import json as json_text
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import urlsplit
from uuid import uuid4

from mcp_server.catalogue.shapes import RequestShape
from mcp_server.effective.models import ResolvedModel
from mcp_server.effective.proxy import ProxyDecision
from mcp_server.net.http import Reply, Sign, StreamReply
from mcp_server.net.route import Route
from mcp_server.probe.reply.refusal import Circumstances, Refusal
from mcp_server.probe.request.words import Words, new_words
from mcp_server.probe.wire import AnthropicWire, Wire

Level = Literal["status", "health", "message", "claude-code"]
LEVELS: tuple[Level, ...] = ("status", "health", "message", "claude-code")

#: Seconds for one model altogether, and for one streamed answer.
MODEL_SECONDS = 60.0
STREAM_SECONDS = 30.0
#: Seconds between two events of a small answer.
SILENCE_SECONDS = 4.0
#: Seconds a free request may take.
FREE_SECONDS = 8.0


@dataclass
class Gateway:
    """What was learned about the gateway, shared by all models of a run."""

    litellm: bool = False
    version: str | None = None
    models: tuple[str, ...] | None = None
    """Names it lists; ``None`` when it lists none."""
    key_proved: bool = False
    """It accepts this credential and refuses another one."""
    key_unseen: bool = False
    """It answers the list of models as it does without any credential, although one is sent."""


@dataclass
class Ledger:
    """What was sent and what it cost, as far as the answers say."""

    requests: int = 0
    billed: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    sent_characters: int = 0
    repeated: int = 0
    """Messages sent again without a part, since their refusal said nothing; the client does so, too."""


@dataclass
class Context:
    """One run, or one model of it. Probes write what they learn into ``gateway``, ``refusals`` and ``facts``."""

    route: Route
    decision: ProxyDecision | None
    headers: Mapping[str, str] = field(repr=False)
    """Credential and custom headers, lower-case names; secret."""
    credential: str
    """Name of the variable or setting that holds the credential; empty when there is none."""
    level: Level
    shape: RequestShape
    model: ResolvedModel | None = None
    tiers: Mapping[str, ResolvedModel] = field(default_factory=dict)
    """Names the client itself may ask for; empty when the target is not the client's own."""
    wire: Wire = field(default_factory=AnthropicWire)
    """The format in which the client speaks to this target. Probes and checks build requests in Anthropic's own."""
    sign: Sign | None = field(default=None, repr=False)
    """Signs each request, in the modes where no header holds a lasting credential."""
    signed_by: str = ""
    """``AWS`` or ``Google``, where the credential is computed; also while nothing is sent."""
    base_variable: str = "ANTHROPIC_BASE_URL"
    """The variable that holds the base URL in this provider mode."""
    direct: bool = False
    """The base URL is the provider's own, built into the client: there is no gateway."""
    gateway: Gateway = field(default_factory=Gateway)
    ledger: Ledger = field(default_factory=Ledger)
    words: Words = field(default_factory=new_words)
    session_id: str = field(default_factory=lambda: str(uuid4()))
    refusals: list[Refusal] = field(default_factory=list)
    """Refusals that a later try of the same request survived."""
    small_request_passed: bool = False
    patience: float = 8.0
    """Seconds to the first event of the small message."""
    facts: dict[str, Any] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)

    def for_model(self, model: ResolvedModel, shape: RequestShape) -> Context:
        """A context of its own for one model; what is learned about the gateway stays shared."""
        return replace(
            self,
            model=model,
            shape=shape,
            words=new_words(),
            session_id=str(uuid4()),
            refusals=[],
            facts={},
            started=time.monotonic(),
        )

    @property
    def model_name(self) -> str:
        """The id on the wire."""
        return self.model.model if self.model else ""

    @property
    def base_path(self) -> str:
        return urlsplit(self.route.base_url).path.rstrip("/")

    @property
    def other_headers(self) -> dict[str, str]:
        """The user's custom headers without the credential."""
        return {name: value for name, value in self.headers.items() if name not in ("authorization", "x-api-key")}

    @property
    def seconds_left(self) -> float:
        return max(MODEL_SECONDS - (time.monotonic() - self.started), 1.0)

    def circumstances(self, *, messages_path: bool = True) -> Circumstances:
        """What decides between causes that read alike."""
        model = self.model
        from_tier = model is not None and (model.built_in or model.asked in self.tiers) and model.asked != "default"
        return Circumstances(
            litellm=self.gateway.litellm,
            credential_sent=bool({"authorization", "x-api-key"} & set(self.headers)) or self.sign is not None,
            key_proved=self.gateway.key_proved,
            key_unseen=self.gateway.key_unseen,
            small_request_passed=self.small_request_passed,
            base_path=self.base_path,
            model_from_tier=from_tier,
            messages_path=messages_path,
        )

    async def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        limit: int = 200_000,
        deadline: float = FREE_SECONDS,
    ) -> Reply:
        """A free request with the client's User-Agent, in the words of the target's format.

        ``headers`` replaces the credential headers; a request that brings another credential is not signed.
        """
        from mcp_server.net.http import request

        self.ledger.requests += 1
        base = {"user-agent": self.shape.user_agent, "anthropic-version": "2023-06-01", "accept": "application/json"}
        sent = {**base, **self.wire.headers, **(self.headers if headers is None else headers)}
        path, json = self.wire.free(path, json)
        foreign = self.level == "status" or bool({"authorization", "x-api-key"} & set(headers or {}))
        reply = await request(
            replace(self.route, timeout=min(self.route.timeout, deadline)),
            method,
            path,
            headers=sent,
            json=json,
            limit=limit,
            deadline=deadline,
            sign=None if foreign else self.sign,
        )
        self._learn(reply.headers)
        return reply

    async def stream(self, path: str, headers: Mapping[str, str], body: Any) -> StreamReply:
        """A message request, billed; the answer collected within the model's time.

        Until a small message has passed, the wait for an event is short: a broken target is told within ten seconds.
        """
        from mcp_server.net.http import stream

        self.ledger.requests += 1
        self.ledger.billed += 1
        self.ledger.sent_characters += _characters(body)
        seconds = min(STREAM_SECONDS, self.seconds_left)
        first = seconds if self.small_request_passed else min(seconds, self.patience)
        sent = self.wire.message(self.shape, path, headers, body)
        reply = await stream(
            replace(self.route, timeout=first),
            sent.path,
            headers={**sent.headers, **self.headers},
            json=sent.body,
            deadline=seconds,
            first_event=first,
            silence=None if self.small_request_passed else max(SILENCE_SECONDS, self.patience / 2),
            reader=self.wire.reader(),
            sign=self.sign,
        )
        self._learn(reply.headers)
        return reply

    def _learn(self, headers: Mapping[str, str]) -> None:
        version = headers.get("x-litellm-version")
        if version:
            self.gateway.litellm, self.gateway.version = True, version[:40]
        elif any(name.startswith("x-litellm-") for name in headers):
            self.gateway.litellm = True


def _characters(body: Any) -> int:
    return len(json_text.dumps(body, ensure_ascii=False))
