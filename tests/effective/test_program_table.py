from __future__ import annotations

from mcp_server.answer import Finding
from mcp_server.effective.programs.table import disagreements, program_table, table_checks
from mcp_server.snapshot import SettingsFile, Snapshot

PROXY = "http://proxy.corp.test:3128"


def machine(shell: dict[str, str], settings: dict[str, str] | None = None, **versions: str) -> Snapshot:
    files = (SettingsFile("user", "/home/.claude/settings.json", {"env": settings}),) if settings else ()
    return Snapshot(shell=shell, settings_files=files, client_version="2.1.330", versions=versions)


def found(
    shell: dict[str, str], url: str, *, asked: bool = True, settings: dict[str, str] | None = None
) -> list[Finding]:
    return disagreements(program_table(machine(shell, settings), [url]), asked=asked)


def test_programs_are_grouped_by_way_and_by_what_decided() -> None:
    shell = {"HTTPS_PROXY": PROXY, "NO_PROXY": ".corp.test"}
    table = program_table(machine(shell, gcloud="", pip=""), ["https://corp.test"])
    checks = table_checks(table, asked=True)
    assert [(c.title, c.status) for c in checks] == [("Every program's way to corp.test", "warn")]
    assert checks[0].detail == (
        "direct: Claude Code, LiteLLM (aiohttp), google-auth (requests), boto3, npm, git, curl "
        f"(NO_PROXY entry '.corp.test'); {PROXY}: LiteLLM (httpx) (HTTPS_PROXY (shell)); "
        "direct: Node fetch (nothing it reads names a proxy)."
    )


def test_when_all_agree_one_line_says_so() -> None:
    checks = table_checks(program_table(machine({}), ["https://api.test"]), asked=True)
    assert [c.status for c in checks] == ["pass"]
    assert checks[0].detail.startswith("all 11 programs alike. direct: Claude Code, ")


def test_a_no_proxy_dialect_is_a_warning_for_named_targets_and_a_note_for_the_own_gateway() -> None:
    shell = {"HTTPS_PROXY": PROXY, "NO_PROXY": "10.0.0.0/8"}
    named, own = found(shell, "https://10.1.1.1"), found(shell, "https://10.1.1.1", asked=False)
    assert [(f.id, f.severity) for f in named] == [("no_proxy_not_matched", "warning")]
    assert [f.severity for f in own] == ["info"]
    assert "Claude Code goes direct" in named[0].problem
    assert "LiteLLM (httpx), LiteLLM (aiohttp), boto3, npm" in named[0].problem


def test_a_variable_of_the_settings_alone_is_explained() -> None:
    notes = found({}, "https://api.test", settings={"HTTPS_PROXY": PROXY})
    assert [f.id for f in notes] == ["settings_precedence_override"]
    assert notes[0].where is not None
    assert (notes[0].where.file, notes[0].where.key) == ("/home/.claude/settings.json", "HTTPS_PROXY")


def test_a_socks_proxy_for_all_breaks_the_python_programs() -> None:
    notes = found({"HTTPS_PROXY": PROXY, "ALL_PROXY": "socks5://s.test:1080"}, "https://api.test")
    assert [(f.id, f.severity) for f in notes] == [("proxy_scheme_unsupported", "warning")]
    assert notes[0].problem.startswith("LiteLLM (httpx) cannot reach api.test: ALL_PROXY (shell) is a SOCKS proxy")
    assert "reads every proxy variable before its first request" in notes[0].problem


def test_an_ipv6_range_in_no_proxy_breaks_httpx_for_every_address() -> None:
    notes = found({"HTTPS_PROXY": PROXY, "NO_PROXY": "2001:db8::/32"}, "https://api.test")
    assert [f.id for f in notes] == ["no_proxy_not_matched"]
    assert "every request fails" in notes[0].problem


def test_nodes_fetch_going_direct_is_no_disagreement() -> None:
    assert found({"HTTPS_PROXY": PROXY}, "https://api.test") == []


def test_a_local_gateway_is_not_argued_about_unless_it_was_named() -> None:
    assert found({"HTTP_PROXY": PROXY}, "http://127.0.0.1:4000", asked=False) == []


def test_the_trust_line_tells_replacing_from_adding() -> None:
    shell = {"SSL_CERT_FILE": "/ca.pem", "NODE_EXTRA_CA_CERTS": "/ca.pem", "REQUESTS_CA_BUNDLE": "/gone.pem"}
    found = Snapshot(
        shell=shell, client_version="2.1.330", paths={"/ca.pem": "file", "/gone.pem": "missing"}, versions={"pip": ""}
    )
    trust = table_checks(program_table(found, ["https://api.test"]), asked=True)[-1]
    assert trust.title == "Whom every program trusts"
    assert trust.status == "warn"
    assert "LiteLLM (httpx), LiteLLM (aiohttp)" in trust.detail
    assert "only /ca.pem from SSL_CERT_FILE (shell)" in trust.detail
    assert "plus /ca.pem from NODE_EXTRA_CA_CERTS (shell)" in trust.detail
    assert "REQUESTS_CA_BUNDLE (shell) names a path that does not exist" in trust.detail


def test_a_password_is_in_no_part_of_the_table() -> None:
    value = "http://user:planted-secret@p.test:1"
    shell = {"HTTPS_PROXY": value, "ALL_PROXY": "socks5://u:planted-secret@s.test", "HTTP_PROXY": "u:planted-secret#@x"}
    table = program_table(machine(shell), ["https://api.test", "http://api.test"])
    said = [*table_checks(table, asked=True), *disagreements(table, asked=True)]
    assert "planted" not in str([part.model_dump() for part in said])
    assert "planted" not in repr(table)
