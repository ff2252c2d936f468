from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from mcp_server.catalogue.models import EIGHT, models
from mcp_server.lab.serve import running
from mcp_server.lab.vertex import VertexEmulator
from mcp_server.lab.vertex_models import catalogue_models

from .conftest import PROJECT, Vertex, events, logged_in

HI = {"contents": [{"role": "user", "parts": [{"text": "Answer with exactly: PONG"}]}]}
CHAT = {"messages": [{"role": "user", "content": "Answer with exactly: PONG"}]}
QWEN = "qwen/qwen3-235b-a22b-instruct-2507-maas"


def test_every_model_of_the_catalogue_but_claude_is_served_retired_or_not() -> None:
    served = {model.name for model in catalogue_models()}
    assert served == {model.upstream_model for model in models().values() if not model.is_claude}
    assert served >= {models()[id_].upstream_model for id_ in EIGHT}


@pytest.mark.parametrize("id_", EIGHT)
def test_each_of_the_eight_answers_whole_and_streamed_alike(vertex: Vertex, id_: str) -> None:
    model = models()[id_]
    base = vertex.base(location=model.default_location)
    if model.route == "gemini":
        path = f"{base}/publishers/google/models/{model.publisher_model}"
        whole = vertex.post(f"{path}:generateContent", HI).json()
        chunks = events(vertex.post(f"{path}:streamGenerateContent?alt=sse", HI))
        assert whole["candidates"][0]["content"]["parts"] == [{"text": "PONG"}]
        assert "".join(c["candidates"][0]["content"]["parts"][0]["text"] for c in chunks) == "PONG"
        assert chunks[-1]["usageMetadata"] == whole["usageMetadata"]
    else:
        maas = f"{base}/endpoints/openapi/chat/completions"
        raw = f"{base}/publishers/mistralai/models/{model.publisher_model}"
        paths = (maas, maas) if model.route == "maas" else (f"{raw}:rawPredict", f"{raw}:streamRawPredict")
        body = {**CHAT, "model": model.upstream_model}
        streamed = body | {"stream": True} | ({"stream_options": {"include_usage": True}} if paths[0] == maas else {})
        whole = vertex.post(paths[0], body).json()
        *chunks, done = events(vertex.post(paths[1], streamed))
        assert whole["choices"][0]["message"]["content"] == "PONG"
        assert "".join(c["choices"][0]["delta"].get("content") or "" for c in chunks if c["choices"]) == "PONG"
        assert done == "[DONE]"
        assert chunks[-1]["usage"] == whole["usage"]


def test_a_call_without_a_token_gets_googles_401(vertex: Vertex) -> None:
    path = f"{vertex.base()}/publishers/google/models/gemini-2.5-pro:generateContent"
    error = httpx.post(f"{vertex.url}{path}", json=HI).json()["error"]
    assert (error["code"], error["status"]) == (401, "UNAUTHENTICATED")
    assert error["message"].startswith("Request is missing required authentication credential.")
    assert error["details"][0]["reason"] == "CREDENTIALS_MISSING"


def test_a_token_of_someone_else_gets_googles_401(vertex: Vertex) -> None:
    answer = vertex.post(f"{vertex.base()}/endpoints/openapi/chat/completions", CHAT, token="sk-something")
    [wrapped] = answer.json()
    assert answer.status_code == 401
    assert wrapped["error"]["details"][0]["reason"] == "ACCESS_TOKEN_TYPE_UNSUPPORTED"


def test_an_expired_token_gets_googles_401(vertex: Vertex) -> None:
    vertex.emulator.identity.expire_tokens()
    answer = vertex.gemini(HI)
    assert answer.status_code == 401
    assert answer.json()["error"]["details"][0]["reason"] == "ACCESS_TOKEN_EXPIRED"


def test_another_project_is_forbidden(vertex: Vertex) -> None:
    answer = vertex.gemini(HI, project="other")
    assert answer.status_code == 403
    assert answer.json()["error"]["message"] == (
        "Permission 'aiplatform.endpoints.predict' denied on resource '//aiplatform.googleapis.com/projects/other/"
        "locations/us-central1/publishers/google/models/gemini-2.5-pro' (or it may not exist)."
    )


@pytest.mark.parametrize(
    ("path", "resource"),
    [
        (
            "/v1/projects/test-project/locations/us-central1/publishers/google/models/gemini-9:generateContent",
            "projects/test-project/locations/us-central1/publishers/google/models/gemini-9",
        ),
        (
            "/v1/projects/test-project/locations/us-central1/publishers/anthropic/models/gemini-2.5-pro:generateContent",
            "projects/test-project/locations/us-central1/publishers/anthropic/models/gemini-2.5-pro",
        ),
        (
            "/v1/projects/test-project/locations/us-centrall1/publishers/google/models/gemini-2.5-pro:generateContent",
            "projects/test-project/locations/us-centrall1/publishers/google/models/gemini-2.5-pro",
        ),
        (
            "/v1/projects/test-project/locations/us-central1/publishers/mistralai/models/mistralai/codestral-2:rawPredict",
            "projects/test-project/locations/us-central1/publishers/mistralai/models/mistralai/codestral-2",
        ),
        (
            "/v1/projects/test-project/locations/us-central1/publishers/mistralai/models/codestral-2@20250101:rawPredict",
            "projects/test-project/locations/us-central1/publishers/mistralai/models/codestral-2@20250101",
        ),
    ],
    ids=["unknown model", "wrong publisher", "misspelt location", "publisher twice", "wrong version"],
)
def test_what_does_not_exist_gets_googles_404(vertex: Vertex, path: str, resource: str) -> None:
    error = vertex.post(path, HI).json()["error"]
    assert (error["code"], error["status"]) == (404, "NOT_FOUND")
    assert error["message"].startswith(
        f"Publisher Model `{resource}` was not found or your project does not have access"
    )


def test_gemini_2_is_absent_from_the_jurisdiction_endpoints_and_present_in_unlisted_regions(vertex: Vertex) -> None:
    assert vertex.gemini(HI, location="eu").status_code == 404
    assert vertex.gemini(HI, location="us-south1").status_code == 200
    assert vertex.gemini(HI, model="gemini-3.5-flash", location="eu").status_code == 200
    assert vertex.gemini(HI, model="gemini-3.5-flash", location="europe-west1").status_code == 200


def test_an_open_model_outside_its_locations_gets_the_404_in_a_list(vertex: Vertex) -> None:
    answer = vertex.chat({**CHAT, "model": "qwen/qwen3-coder-480b-a35b-instruct-maas"}, location="us-central1")
    [wrapped] = answer.json()
    assert (answer.status_code, wrapped["error"]["status"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize("version", ["", "@001", "@default"])
def test_a_model_answers_to_its_own_versions(vertex: Vertex, version: str) -> None:
    assert vertex.mistral({**CHAT, "model": "codestral-2"}, model=f"codestral-2{version}").status_code == 200


def test_a_retired_model_is_gone_and_the_others_stay(tmp_path: Path) -> None:
    emulator = VertexEmulator(PROJECT, retired=[QWEN])
    with running(emulator) as url:
        vertex = logged_in(emulator, url, tmp_path)
        assert vertex.chat({**CHAT, "model": QWEN}, location="global").status_code == 404
        assert vertex.gemini(HI).status_code == 200


def test_switches_for_models_that_do_not_exist_are_refused() -> None:
    with pytest.raises(ValueError, match="no model 'gemini-9'"):
        VertexEmulator(retired=["gemini-9"])


def test_a_fault_hits_the_named_model_as_often_as_told(vertex: Vertex) -> None:
    vertex.emulator.fault("gemini-2.5-pro", 429, headers={"retry-after": "7"}, times=2)
    assert vertex.gemini(HI, model="gemini-2.5-flash").status_code == 200
    for _ in range(2):
        answer = vertex.gemini(HI)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
        assert answer.json()["error"]["status"] == "RESOURCE_EXHAUSTED"
    assert vertex.gemini(HI).status_code == 200


def test_a_fault_may_carry_any_body(vertex: Vertex) -> None:
    vertex.emulator.fault(None, 200, body="<html>log in</html>", headers={"content-type": "text/html"})
    vertex.emulator.fault(None, 503, body={"odd": True})
    assert vertex.gemini(HI).text == "<html>log in</html>"
    assert vertex.gemini(HI).json() == {"odd": True}


def test_every_request_is_recorded_as_it_came(vertex: Vertex) -> None:
    vertex.emulator.forget()
    vertex.gemini(HI, verb="streamGenerateContent?alt=sse")
    httpx.post(f"{vertex.url}/nowhere", content=b"\x00not json", headers={"X-Odd": "Yes"})
    first, second = vertex.emulator.requests
    assert (first.method, first.query, first.body, first.model) == ("POST", "alt=sse", HI, "gemini-2.5-pro")
    assert first.path.endswith("/publishers/google/models/gemini-2.5-pro:streamGenerateContent")
    assert (second.path, second.body, second.model) == ("/nowhere", b"\x00not json", None)
    assert second.headers["x-odd"] == "Yes"


def test_context_caches_are_out_of_reach_of_the_account(vertex: Vertex) -> None:
    listing = httpx.get(
        f"{vertex.url}{vertex.base()}/cachedContents", headers={"authorization": f"Bearer {vertex.token}"}
    )
    creating = vertex.post(f"{vertex.base()}/cachedContents", {"model": "x"})
    assert (listing.status_code, creating.status_code) == (403, 403)
    assert "aiplatform.cachedContents.list" in listing.json()["error"]["message"]
    assert "aiplatform.cachedContents.create" in creating.json()["error"]["message"]


def test_other_paths_are_not_found(vertex: Vertex) -> None:
    assert vertex.post(f"{vertex.base()}/publishers/google/models/gemini-2.5-pro:predict", HI).status_code == 404
    assert vertex.post("/v1/models", {}).status_code == 404


def test_the_data_files_hold_json_and_name_their_sources() -> None:
    data = Path(__file__).parents[2] / "mcp_server" / "lab" / "data"
    sources = json.loads((data / "sources.json").read_text(encoding="utf-8"))
    others = {"sources.json", "claude.yaml", "bedrock_runtime.json", "fault_table.json"}  # each names its own
    assert {path.name for path in data.iterdir()} == {*sources, *others}
    assert all(source.keys() == {"package", "version"} for source in sources.values())
