from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
import yaml

from mcp_server.answer import MAX_PAYLOAD_CHARACTERS, Answer
from mcp_server.catalogue.claude_code import builtin_ids
from mcp_server.catalogue.load import causes
from mcp_server.catalogue.models import EIGHT, models
from mcp_server.errors import UsageError
from mcp_server.generate.build import generate
from mcp_server.generate.spec import LaboratoryEndpoint, parse_request
from mcp_server.redact import redact

TODAY = date(2026, 11, 25)


def answer(today: date = TODAY, laboratory: LaboratoryEndpoint | None = None, **arguments: Any) -> Answer:
    return generate(parse_request(arguments), today, laboratory)


def gateway_file(made: Answer) -> dict[str, Any]:
    return dict(yaml.safe_load(next(f.content for f in made.config if f.language == "yaml")))


def settings_file(made: Answer) -> dict[str, Any]:
    return dict(json.loads(next(f.content for f in made.config if f.language == "json")))


def refused(**arguments: Any) -> str:
    with pytest.raises(UsageError) as caught:
        answer(**arguments)
    return str(caught.value)


def told(made: Answer) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for finding in made.findings:
        found.setdefault(finding.id, []).append((finding.where.key if finding.where else None) or "")
    return found


# ---- models ----------------------------------------------------------------------------------------------------


def test_all_eight_are_served_under_their_ids() -> None:
    made = answer(models=list(EIGHT))
    entries = gateway_file(made)["model_list"]
    assert [e["model_name"] for e in entries] == list(EIGHT)
    assert [e["litellm_params"]["model"] for e in entries] == [models()[i].litellm_model for i in EIGHT]


def test_each_model_gets_the_settings_claude_code_needs() -> None:
    params = {e["model_name"]: e["litellm_params"] for e in gateway_file(answer(models=list(EIGHT)))["model_list"]}
    assert params["codestral"]["allowed_openai_params"] == ["tools", "tool_choice"]
    assert params["gemini-2.5-pro"]["labels"] == {"app": "claude-code"}
    assert params["qwen3-235b"]["vertex_location"] == "global"
    assert "labels" not in params["deepseek-r1"]


def test_limits_that_litellms_map_has_wrong_are_told_to_it() -> None:
    info = {e["model_name"]: e["model_info"] for e in gateway_file(answer(models=list(models())))["model_list"]}
    assert info["llama-4-maverick"] == {
        "display_name": "Llama 4 Maverick",
        "max_output_tokens": 8_192,
        "max_tokens": 8_192,
    }
    assert info["deepseek-r1"]["max_input_tokens"] == 163_840
    assert info["codestral"] == {"display_name": "Codestral 2"}


def test_settings_of_litellm_follow_from_the_models_served() -> None:
    everywhere = {"drop_params": True, "modify_params": True}
    gemini = {"disable_anthropic_gemini_context_caching_transform": True}
    llama = {"disable_hf_tokenizer_download": True}
    assert gateway_file(answer(models=["codestral"]))["litellm_settings"] == everywhere
    assert gateway_file(answer(models=["gemini-2.5-pro"]))["litellm_settings"] == everywhere | gemini
    assert gateway_file(answer(models=["llama-4-maverick"]))["litellm_settings"] == everywhere | llama
    assert gateway_file(answer(models=list(EIGHT)))["litellm_settings"] == everywhere | gemini | llama


def test_every_gone_model_of_the_eight_is_told_with_a_living_successor() -> None:
    made = answer(models=list(EIGHT))
    assert made.verdict == "warnings"
    gone = [f for f in made.findings if f.id == "model_retired"]
    assert [f.where.key.removeprefix("model_list.") for f in gone if f.where and f.where.key] == [
        i for i in EIGHT if i != "codestral"
    ]
    for finding in gone:
        assert any(s in finding.fix for s in models() if models()[s].state_on(TODAY) == "living")


def test_after_the_shutdown_day_a_closed_model_is_a_retired_one() -> None:
    assert "closed to new projects" in answer(models=["gemini-2.5-pro"]).findings[0].problem
    later = answer(today=date(2027, 4, 1), models=["gemini-2.5-pro", "codestral"])
    assert "retired on Vertex AI" in later.findings[0].problem


def test_a_set_of_dead_models_is_an_error() -> None:
    made = answer(models=["deepseek-r1", "qwen3-235b"])
    assert made.verdict == "errors"
    assert "main model and tiers would all answer 404" in made.findings[0].problem
    assert "deepseek-v4.1-flash" in made.findings[0].fix


def test_nothing_named_means_the_living_models_and_says_what_became_of_the_eight() -> None:
    made = answer(goal="set up LiteLLM with the Vertex models")
    served = [e["model_name"] for e in gateway_file(made)["model_list"]]
    assert "codestral" in served
    assert all(models()[i].state_on(TODAY) == "living" for i in served)
    assert made.verdict == "unknown"
    assert any("deepseek-r1 retired since 2026-10-21" in line for line in made.context)


def test_explicit_models_win_over_the_words_of_the_goal() -> None:
    made = answer(goal="all eight models", models=["codestral", "Codestral 2"])
    assert [e["model_name"] for e in gateway_file(made)["model_list"]] == ["codestral"]


# ---- main model and tiers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "chosen", [list(EIGHT), ["llama-3.1-405b", "codestral"], [], ["gpt-oss-20b", "llama-3.1-405b"]]
)
def test_no_model_without_tool_use_is_main_model_or_tier(chosen: list[str]) -> None:
    made = answer(models=chosen)
    env = settings_file(made)["env"]
    used = {env[name] for name in env if name == "ANTHROPIC_MODEL" or name.startswith("ANTHROPIC_DEFAULT_")}
    assert all(models()[i].tool_use for i in used)
    if "llama-3.1-405b" in chosen:
        assert told(made)["model_lacks_tool_use"] == ["model_list.llama-3.1-405b"]


def test_callable_models_come_before_retired_ones() -> None:
    env = settings_file(answer(models=["qwen3-coder-480b", "codestral"]))["env"]
    assert env["ANTHROPIC_MODEL"] == env["ANTHROPIC_DEFAULT_HAIKU_MODEL"] == "codestral"


def test_a_set_without_tool_use_is_refused() -> None:
    assert "no model with tool use" in refused(models=["llama-3.1-405b"])


def test_background_work_gets_the_cheapest_that_holds_as_much_as_the_main_model() -> None:
    env = settings_file(answer(models=["gemini-3.8-flash", "gemini-3.5-flash-lite", "gpt-oss-120b"]))["env"]
    assert env["ANTHROPIC_DEFAULT_HAIKU_MODEL"] == "gemini-3.5-flash-lite"
    assert env["CLAUDE_CODE_MAX_CONTEXT_TOKENS"] == "1048576"


@pytest.mark.parametrize("chosen", [list(EIGHT), [], ["claude-opus-5-5", "gemini-3.8-flash"]])
def test_every_id_the_client_calls_by_itself_is_served_or_mapped(chosen: list[str]) -> None:
    config = gateway_file(answer(models=chosen))
    served = {e["model_name"] for e in config["model_list"]}
    aliases = config["router_settings"]["model_group_alias"]
    assert builtin_ids().keys() <= served | aliases.keys()
    assert not served & aliases.keys()
    assert all(a["model"] in served and a["hidden"] for a in aliases.values())


def test_pure_claude_needs_no_crutches_and_is_not_called_unsupported() -> None:
    made = answer(models=["claude-opus-5-5", "claude-haiku-5-5"])
    env = settings_file(made)["env"]
    assert "ENABLE_TOOL_SEARCH" not in env
    assert "CLAUDE_CODE_MAX_CONTEXT_TOKENS" not in env
    assert env["ANTHROPIC_DEFAULT_HAIKU_MODEL"] == "claude-haiku-5-5"
    assert not any("not supported by Anthropic" in line for line in made.context)


def test_models_with_a_smaller_window_are_told_with_the_command_that_starts_them() -> None:
    line = next(c for c in answer(models=list(EIGHT)).context if "compacts at one window" in c)
    assert "codestral 128,000" in line
    assert "claude --model codestral" in line


# ---- where -----------------------------------------------------------------------------------------------------


def test_a_missing_project_is_read_from_its_variable_and_said() -> None:
    made = answer(models=["codestral"])
    assert gateway_file(made)["model_list"][0]["litellm_params"]["vertex_project"] == "os.environ/GOOGLE_CLOUD_PROJECT"
    assert any("GOOGLE_CLOUD_PROJECT" in line for line in made.context)
    given = answer(models=["codestral"], vertex_project="my-project")
    assert gateway_file(given)["model_list"][0]["litellm_params"]["vertex_project"] == "my-project"
    assert "GOOGLE_CLOUD_PROJECT" not in str(given.config)


def test_a_wished_location_is_used_where_it_can_be_and_told_where_not() -> None:
    made = answer(models=["codestral", "qwen3-235b", "gemini-3.8-flash"], vertex_region="europe-west4")
    places = {e["model_name"]: e["litellm_params"]["vertex_location"] for e in gateway_file(made)["model_list"]}
    assert places == {"codestral": "europe-west4", "qwen3-235b": "global", "gemini-3.8-flash": "europe-west4"}
    regional = [f for f in made.findings if f.id == "vertex_region_unsupported"]
    assert [(f.where.key, f.confidence) for f in regional if f.where] == [
        ("model_list.qwen3-235b.vertex_location", "high"),
        ("model_list.gemini-3.8-flash.vertex_location", "low"),
    ]


def test_the_laboratory_stands_in_for_google_without_changing_anything_else() -> None:
    plain = gateway_file(answer(models=list(EIGHT)))
    lab = gateway_file(answer(models=list(EIGHT), laboratory=LaboratoryEndpoint("http://127.0.0.1:9", "/sa.json")))
    for entry in lab["model_list"]:
        assert entry["litellm_params"].pop("api_base") == "http://127.0.0.1:9"
        assert entry["litellm_params"].pop("vertex_credentials") == "/sa.json"
    assert lab == plain


@pytest.mark.parametrize(
    ("url", "bare"), [("http://127.0.0.1:4000/v1/", "/v1"), ("http://127.0.0.1:4000/v1/messages", "/v1/messages")]
)
def test_a_path_the_client_appends_itself_is_cut_off_and_said(url: str, bare: str) -> None:
    made = answer(models=["codestral"], gateway_url=url)
    assert settings_file(made)["env"]["ANTHROPIC_BASE_URL"] == "http://127.0.0.1:4000"
    assert bare in next(f.problem for f in made.findings if f.id == "base_url_path_duplicated")


def test_plain_http_to_another_machine_is_told() -> None:
    assert "secret_exposed" in told(answer(models=["codestral"], gateway_url="http://gateway.example.com"))
    assert "secret_exposed" not in told(answer(models=["codestral"], gateway_url="https://gateway.example.com"))


# ---- credentials -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", ["", "user", "project", "local", "managed"])
@pytest.mark.parametrize("auth", ["", "token", "api-key", "helper"])
@pytest.mark.parametrize("token_env", ["", "MY_GATEWAY_KEY"])
def test_no_file_ever_holds_a_credential(scope: str, auth: str, token_env: str) -> None:
    if (scope, auth) == ("project", "helper"):
        return  # refused, see below
    made = answer(models=list(EIGHT), scope=scope, auth=auth, token_env=token_env)
    settings = settings_file(made)
    assert settings.pop("apiKeyHelper", "cat ").split()[0] in ("cat", "printenv")
    for text in (json.dumps(settings), json.dumps(gateway_file(made))):
        assert redact(text) == text
    env = settings["env"]
    assert all(env.get(name, "") == "" for name in ("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY"))
    assert gateway_file(made)["general_settings"] == {"master_key": "os.environ/LITELLM_MASTER_KEY"}


def test_a_key_helper_stands_only_where_its_owner_runs_it() -> None:
    assert "apiKeyHelper" in settings_file(answer(models=["codestral"]))
    for scope in ("project", "local", "managed"):
        assert "apiKeyHelper" not in settings_file(answer(models=["codestral"], scope=scope))
    assert "a project file would run for everyone" in refused(models=["codestral"], scope="project", auth="helper")


def test_the_key_of_a_remote_gateway_comes_from_a_variable() -> None:
    made = answer(models=["codestral"], gateway_url="https://gateway.example.com")
    shell = made.config[-1].content
    assert 'export ANTHROPIC_AUTH_TOKEN="$LITELLM_API_KEY"' in shell
    assert "apiKeyHelper" not in settings_file(made)
    proof = [c.command for c in made.verification if c.command and "test-model" in c.command]
    assert len(proof) == 2
    assert all("--token-env LITELLM_API_KEY" in command for command in proof)


def test_credentials_that_are_not_the_gateways_are_switched_off() -> None:
    env = settings_file(answer(models=["codestral"], auth="token"))["env"]
    assert env["ANTHROPIC_API_KEY"] == env["CLAUDE_CODE_USE_VERTEX"] == env["CLAUDE_CODE_USE_BEDROCK"] == ""
    assert "ANTHROPIC_AUTH_TOKEN" not in env
    env = settings_file(answer(models=["codestral"], auth="api-key"))["env"]
    assert env["ANTHROPIC_AUTH_TOKEN"] == ""
    assert "ANTHROPIC_API_KEY" not in env


def test_a_secret_in_the_goal_is_told_and_not_repeated() -> None:
    made = answer(goal="LiteLLM with codestral, key sk-ant-api03-abcdefghijklmnop")
    assert "secret_exposed" in told(made)
    assert "abcdefghijkl" not in json.dumps(made.document())


# ---- network ---------------------------------------------------------------------------------------------------


def test_a_proxy_never_swallows_the_local_gateway() -> None:
    made = answer(
        models=["codestral"], proxy_url="http://proxy.example.com:3128", no_proxy="10.0.0.1 .corp", ca_bundle="/ca.pem"
    )
    env = settings_file(made)["env"]
    assert env["NO_PROXY"] == env["no_proxy"] == "10.0.0.1,corp,.corp,127.0.0.1,localhost,::1"
    assert env["HTTPS_PROXY"] == env["https_proxy"] == "http://proxy.example.com:3128"
    assert env["NODE_EXTRA_CA_CERTS"] == "/ca.pem"
    start = next(f.content for f in made.config if f.path == "shell: start the gateway")
    for name in ("HTTPS_PROXY", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        assert f"export {name}=" in start


@pytest.mark.parametrize(
    ("url", "listens"),
    [
        ("", "--host 127.0.0.1 --port 4000"),
        ("http://localhost:4100", "--host 127.0.0.1 --port 4100"),
        ("http://[::1]:4100", "--host ::1 --port 4100"),
        ("https://gateway.example.com:8443/llm", "--host 127.0.0.1 --port 4000"),
    ],
)
def test_the_gateway_listens_where_the_client_looks_and_never_beyond_this_machine(url: str, listens: str) -> None:
    assert listens in answer(models=["codestral"], gateway_url=url).config[1].content


def test_a_path_that_a_local_gateway_does_not_have_is_refused() -> None:
    assert "answers at the root" in refused(models=["codestral"], gateway_url="http://127.0.0.1:4000/llm")


# ---- routing and fallbacks -------------------------------------------------------------------------------------


def test_fallbacks_are_served_too_and_never_call_each_other_in_a_circle() -> None:
    config = gateway_file(answer(models=["codestral"], fallbacks=["gemini-3.8-flash", "glm-5.2", "glm-5.2"]))
    assert [e["model_name"] for e in config["model_list"]] == ["codestral", "gemini-3.8-flash", "glm-5.2"]
    chains = {k: v for item in config["router_settings"]["fallbacks"] for k, v in item.items()}
    assert chains["codestral"] == ["gemini-3.8-flash", "glm-5.2"]
    assert chains["gemini-3.8-flash"] == ["glm-5.2"]
    assert "glm-5.2" not in chains
    # LiteLLM looks up the name that was asked for, so the client's own ids need their chain as well.
    assert chains["claude-opus-5-5"] == chains["gemini-3.8-flash"]


def test_a_fallback_without_tool_use_is_refused() -> None:
    assert "llama-3.1-405b has no tool use" in refused(models=["codestral"], fallbacks=["llama 405b"])


def test_routing_is_written_under_litellms_own_name() -> None:
    config = gateway_file(answer(models=["codestral"], routing="latency-based"))
    assert config["router_settings"]["routing_strategy"] == "latency-based-routing"
    assert any("chooses among deployments of one name" in c for c in answer(routing="least-busy").context)
    assert "routing_strategy" not in gateway_file(answer(models=["codestral"]))["router_settings"]
    assert "Did you mean 'least-busy'" in refused(models=["codestral"], routing="least-bsy")


# ---- refusals --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"gateway": "mintmcp"}, "'mintmcp' is not generated yet"),
        ({"goal": "MintMCP please"}, "'mintmcp' is not generated yet"),
        ({"gateway": "litelm"}, "Did you mean 'litellm'"),
        ({"gateway": "qqqq"}, "Supported now: "),
        ({"providers": ["bedrock"], "models": ["codestral"]}, "not served by bedrock"),
        ({"providers": ["vertx"]}, "Did you mean 'vertex'"),
        ({"deployment": "kubernetis"}, "Did you mean 'kubernetes'"),
        ({"auth": "oauth"}, "claude.ai login cannot authenticate"),
        ({"providers": ["vertex"], "aws_region": "us-east-1"}, "belongs to bedrock"),
        ({"models": ["gemeni-2.5-pro"]}, "Did you mean 'gemini-2.5-pro'"),
        ({"models": ["codestral", ""]}, "empty name"),
    ],
)
def test_what_is_not_supported_is_refused_by_name_and_nothing_is_invented(arguments: dict[str, Any], said: str) -> None:
    assert said in refused(**arguments)


# ---- the answer ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chosen", [[], list(EIGHT), list(models())])
def test_an_answer_has_all_four_sections_and_stays_whole(chosen: list[str]) -> None:
    made = answer(models=chosen)
    assert made.verdict != "ok"  # nothing was started
    assert [f.language for f in made.config] == ["yaml", "shell", "json", "shell"]
    assert all(c.status == "todo" and c.command and c.expect and c.if_not for c in made.verification)
    assert len(json.dumps(made.document(), ensure_ascii=False)) < MAX_PAYLOAD_CHARACTERS
    assert made.quick_answer.startswith("Written, not yet proven")


def test_every_finding_id_is_in_the_vocabulary() -> None:
    made = answer(
        models=list(EIGHT),
        vertex_region="us-central1",
        gateway_url="http://far.example.com/v1",
        goal="key sk-abcdefghijkl",
    )
    assert {f.id for f in made.findings} <= causes().keys()
    assert len({f.id for f in made.findings}) == 5


def test_context_says_what_is_unsupported_third_party_and_dated() -> None:
    text = "\n".join(answer(models=list(EIGHT)).context)
    assert "not supported by Anthropic" in text
    assert "third-party" in text
    assert "no file here holds a credential" in text
    assert "checked 2026-11-22" in text


def test_an_old_catalogue_says_its_age() -> None:
    assert any("70 days old" in line for line in answer(today=date(2027, 1, 31), models=["codestral"]).context)
    assert not any("days old" in line for line in answer(models=["codestral"]).context)


def test_the_operation_answers_like_the_pure_core() -> None:
    from mcp_server.operations.generate_config import run

    assert run(models=["codestral"]) == generate(parse_request({"models": ["codestral"]}), date.today())
    with pytest.raises(UsageError, match="Did you mean 'models'"):
        run(modles=["codestral"])
