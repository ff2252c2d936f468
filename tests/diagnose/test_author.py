"""Who wrote an error: nested authors, the facts inside, and input of every size and kind."""

from __future__ import annotations

import random

from mcp_server.diagnose.author import MAX_CHARACTERS, read

NESTED = (
    'API Error: 400 {"error":{"message":"litellm.BadRequestError: Vertex_aiException BadRequestError - '
    '{\\"error\\":{\\"code\\":403,\\"message\\":\\"Permission \'aiplatform.endpoints.predict\' denied on resource '
    "'//aiplatform.googleapis.com/projects/team-demo-1/locations/europe-west4/endpoints/openapi'\\\","
    '\\"status\\":\\"PERMISSION_DENIED\\"}}. Received Model Group=claude-sonnet-4-6","type":"None","code":"400"}}'
)


def test_a_nested_error_names_every_author_from_the_outside_in() -> None:
    symptom = read(NESTED)
    assert symptom.authors == ("claude_code", "litellm", "google")
    assert symptom.wrote == "Google Cloud (Vertex AI)"


def test_status_type_model_region_and_project_are_pulled_out() -> None:
    symptom = read(NESTED)
    assert symptom.statuses == (400, 403)
    assert "PERMISSION_DENIED" in symptom.types
    assert symptom.models[0] == "claude-sonnet-4-6"
    assert symptom.regions == ("europe-west4",)
    assert symptom.project == "team-demo-1"


def test_the_request_id_and_the_kind_of_a_key_are_named_but_not_the_key() -> None:
    symptom = read(
        '{"type":"error","error":{"type":"authentication_error"},"request_id":"req_011AbCdEfGhIj"}'
        " sk-ant-api03-QQQQwwww1111"
    )
    assert symptom.request_id == "req_011AbCdEfGhIj"
    assert symptom.key_kinds == ("Anthropic API key",)


def test_numbers_that_are_no_status_are_not_taken_for_one() -> None:
    assert read("took 500 ms, 4096 tokens, version 2.404.1, port 127.0.0.1:443").statuses == ()


def test_the_author_of_a_foreign_error_is_foreign() -> None:
    symptom = read("npm ERR! code ERESOLVE\nnpm ERR! could not resolve")
    assert symptom.foreign[0] == "npm"
    assert not symptom.authors
    assert symptom.relevance == 0


def test_nothing_and_binary_are_empty() -> None:
    assert read(None).empty
    assert read("  \n\t ").empty
    noise = random.Random(1).randbytes(50_000).decode("latin-1")
    assert read(noise).empty


def test_the_error_in_the_middle_of_five_megabytes_is_found() -> None:
    line = "2026-11-25 12:00:00 INFO worker: all is well with the world today\n"
    half = line * (2_500_000 // len(line))
    symptom = read(half + "litellm.AuthenticationError: token_not_found_in_db\n" + half)
    assert symptom.authors == ("litellm",)
    assert symptom.cut
    assert len(symptom.text) <= MAX_CHARACTERS + 100


def test_one_endless_line_stays_bounded() -> None:
    symptom = read('{"a":"' * 800_000)
    assert len(symptom.text) <= MAX_CHARACTERS + 100


def test_typographic_quotes_and_terminal_colours_do_not_hide_an_error() -> None:
    plain = read("There's an issue with the selected model (x-1)")
    fancy = read("\x1b[31mThere\u2019s an issue with\u00a0the selected model (x-1)\x1b[0m")
    assert plain.authors == fancy.authors == ("claude_code",)
