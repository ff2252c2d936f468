"""Whatever stands in the variables: a decision, findings and a cure come out, and no planted secret."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from mcp_server.effective import client_target, proxy_decision, settings_findings
from mcp_server.effective.cure import Case, cure_files
from mcp_server.effective.no_proxy import meant_to_bypass, portable_no_proxy
from mcp_server.snapshot import SettingsFile, Snapshot

PIECES = st.sampled_from(
    [
        *(
            "http://",
            "https:",
            "socks5://",
            "//",
            ":",
            "@",
            "#",
            "/",
            "?",
            "%",
            "[",
            "]",
            "::1",
            "127.0.0.1",
            "host.test",
        ),
        *("*.", ".", ",", " ", "\n", "\\", "10.0.0.0/8", ":8080", ":99999", "user:planted-secret@", "é", "\x00", "²"),
    ]
)
ODD = st.lists(PIECES, max_size=8).map("".join) | st.text(max_size=20)
NAMES = (
    *("https_proxy", "HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "no_proxy"),
    *("ANTHROPIC_BASE_URL", "ANTHROPIC_CUSTOM_HEADERS", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_MODEL", "CLOUD_ML_REGION"),
    *("CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_CERT_STORE", "ANTHROPIC_FOUNDRY_RESOURCE"),
)
JSON = st.recursive(st.none() | st.booleans() | st.integers() | ODD, lambda inner: st.lists(inner, max_size=2))


@example(shell={"https_proxy": "["}, env={}, version="2.1.197", url="")
@settings(max_examples=150)
@given(
    shell=st.dictionaries(st.sampled_from(NAMES), ODD, max_size=6),
    env=JSON | st.dictionaries(st.sampled_from(NAMES), JSON, max_size=4),
    version=st.sampled_from([None, "2.1.197", "2.1.330", "2.1.9999", "²"]),
    url=ODD,
)
def test_odd_values_never_break_the_analysis(shell: dict[str, str], env: object, version: str | None, url: str) -> None:
    files = (SettingsFile("user", "/s.json", {"env": env, "model": env, "modelOverrides": env, "apiKeyHelper": env}),)
    machine = Snapshot(shell, files, client_version=version)
    target = client_target(machine)
    decision = proxy_decision(machine, url)
    found = settings_findings(machine, target)
    shown = [repr(found), repr(target.proxy.problem), target.proxy.because, repr(decision.problem), decision.because]
    shown.append(repr(cure_files(Case(machine, target, [target.proxy, decision], found, keep_arguments=True))))
    meant_to_bypass(machine, decision)
    portable_no_proxy(url)
    assert "user:planted-secret@" not in " ".join(shown)
