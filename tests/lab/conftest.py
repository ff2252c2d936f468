"""A running Vertex emulator with every model of the catalogue, and a client that is logged in to it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from mcp_server.lab.serve import running
from mcp_server.lab.vertex import VertexEmulator

PROJECT = "test-project"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def assertion(info: dict[str, Any], key: Any = None, **claims: Any) -> str:
    """A signed JWT as google-auth makes it, ``claims`` changed."""
    now = int(time.time())
    standard = {
        "iss": info["client_email"],
        "aud": info["token_uri"],
        "iat": now,
        "exp": now + 3600,
        "scope": "https://www.googleapis.com/auth/cloud-platform",
    }
    return jwt.encode({**standard, **claims}, key or info["private_key"], algorithm="RS256")


@dataclass
class Vertex:
    """The emulator, its address, and calls with or without a token."""

    emulator: VertexEmulator
    url: str
    token: str

    def post(self, path: str, body: Any, token: str | None = None) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token if token is None else token}"}
        return httpx.post(f"{self.url}{path}", json=body, headers=headers, verify=False)

    def gemini(
        self, body: Any, model: str = "gemini-2.5-pro", verb: str = "generateContent", **place: str
    ) -> httpx.Response:
        return self.post(f"{self.base(**place)}/publishers/google/models/{model}:{verb}", body)

    def chat(self, body: Any, **place: str) -> httpx.Response:
        return self.post(f"{self.base(**place)}/endpoints/openapi/chat/completions", body)

    def mistral(self, body: Any, verb: str = "rawPredict", model: str = "codestral-2") -> httpx.Response:
        return self.post(f"{self.base()}/publishers/mistralai/models/{model}:{verb}", body)

    @staticmethod
    def base(project: str = PROJECT, location: str = "us-central1") -> str:
        return f"/v1/projects/{project}/locations/{location}"


def logged_in(emulator: VertexEmulator, url: str, directory: Path) -> Vertex:
    """A client with a fresh token; the key file goes into ``directory``."""
    info = json.loads(emulator.identity.service_account(directory, f"{url}/token").read_text(encoding="utf-8"))
    granted = httpx.post(f"{url}/token", data={"grant_type": GRANT, "assertion": assertion(info)}, verify=False)
    return Vertex(emulator, url, granted.json()["access_token"])


@pytest.fixture(scope="session")
def shared() -> Iterator[tuple[VertexEmulator, str]]:
    emulator = VertexEmulator(PROJECT)
    with running(emulator) as url:
        yield emulator, url


@pytest.fixture
def vertex(shared: tuple[VertexEmulator, str], tmp_path: Path) -> Vertex:
    return logged_in(*shared, tmp_path)


def events(response: httpx.Response) -> list[Any]:
    """The JSON of each event of a stream, ``[DONE]`` as text."""
    assert response.headers["content-type"].startswith("text/event-stream")
    lines = [line.removeprefix("data: ") for line in response.text.splitlines() if line.startswith("data: ")]
    return [line if line == "[DONE]" else json.loads(line) for line in lines]
