from __future__ import annotations

import sys
import time
from collections.abc import Sequence

import pytest

from mcp_server.effective.pac import MAX_BYTES, PacResult, evaluate
from mcp_server.errors import GatewayError

CORPORATE = """
function FindProxyForURL(url, host) {
  if (isPlainHostName(host) || dnsDomainIs(host, ".corp.test")) return "DIRECT";
  if (shExpMatch(host, "*.vpn.test")) return "SOCKS5 socks.corp.test:1080";
  if (isInNet(host, "10.0.0.0", "255.0.0.0")) return "DIRECT";
  if (url.substring(0, 5) == "http:") return "PROXY plain.corp.test:8080; DIRECT";
  return "PROXY proxy.corp.test:3128; HTTPS second.corp.test:443; DIRECT";
}
"""


def one(text: str, url: str = "https://api.example.com/v1?q=1", **options: object) -> PacResult:
    return evaluate(text, [url], **options)[0]  # type: ignore[arg-type]


def returning(expression: str) -> str:
    return (
        f"function FindProxyForURL(url, host) {{ return String({expression}) === 'true' ? 'PROXY yes:1' : 'DIRECT'; }}"
    )


def nobody(_name: str) -> Sequence[str]:
    return ()


def test_a_corporate_file_gives_each_target_its_way() -> None:
    urls = ["https://gw.corp.test", "https://gateway", "https://a.vpn.test", "https://10.1.2.3", "http://x.test"]
    found = evaluate(CORPORATE, [*urls, "https://api.anthropic.com"], nobody)
    assert [r.choices[0] for r in found[:4]] == ["DIRECT", "DIRECT", "SOCKS5 socks.corp.test:1080", "DIRECT"]
    assert found[4].choices == ("PROXY plain.corp.test:8080", "DIRECT")
    assert found[5].choices == ("PROXY proxy.corp.test:3128", "HTTPS second.corp.test:443", "DIRECT")
    assert [r.first for r in found] == [
        "",
        "",
        "socks5://socks.corp.test:1080",
        "",
        "http://plain.corp.test:8080",
        "http://proxy.corp.test:3128",
    ]


def test_names_are_resolved_by_the_callers_resolver_alone() -> None:
    asked: list[str] = []

    def resolver(name: str) -> Sequence[str]:
        asked.append(name)
        return ("2001:db8::1", "10.9.9.9")

    assert one(CORPORATE, "https://inside.test", resolve=resolver).choices == ("DIRECT",)
    assert asked == ["inside.test"]


def test_without_a_resolver_a_name_counts_as_unknown_and_that_is_said() -> None:
    found = one(CORPORATE, "https://inside.test")
    assert found.choices[0] == "PROXY proxy.corp.test:3128"
    assert found.unresolved == ("inside.test",)


def test_a_file_that_catches_the_stop_is_still_answered_by_the_resolver() -> None:
    text = """function FindProxyForURL(u, h) {
      var a; try { a = dnsResolve(h); } catch (e) { a = null; } return a ? "PROXY " + a + ":1" : "DIRECT"; }"""
    assert one(text, resolve=lambda _name: ("192.0.2.7",)).choices == ("PROXY 192.0.2.7:1",)


def test_path_query_and_credentials_of_an_https_url_are_hidden_from_the_file() -> None:
    text = (
        "function FindProxyForURL(url, host) { return 'PROXY ' + url.replace('https://', '').replace('/', '') + ':1'; }"
    )
    assert one(text, "https://user:planted@api.test/secret?token=planted").choices == ("PROXY api.test:1",)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("isInNet('10.1.2.3', '10.0.0.0', '255.0.0.0')", True),
        ("isInNet('11.1.2.3', '10.0.0.0', '255.0.0.0')", False),
        ("isInNet('192.168.200.1', '192.168.128.0', '255.255.128.0')", True),
        ("isInNetEx('172.16.5.5', '172.16.0.0/12')", True),
        ("localHostOrDomainIs('www', 'www.corp.test')", True),
        ("localHostOrDomainIs('www.other.test', 'www.corp.test')", False),
        ("shExpMatch('a.b.test', '*.test')", True),
        ("shExpMatch('a.b.test', 'a?b.test')", True),
        ("shExpMatch('axbxtest', 'a.b.test')", False),
        ("dnsDomainLevels('a.b.c') === 2", True),
        ("weekdayRange('SUN', 'SAT')", True),
        ("weekdayRange('MON', 'SUN', 'GMT')", True),
        ("timeRange(0, 24)", True),
        ("timeRange(0, 0, 0, 23, 59, 59, 'GMT')", True),
        ("dateRange('JAN', 'DEC')", True),
        ("dateRange(1, 31)", True),
        ("dateRange(1990, 1991)", False),
        ("dateRange(1, 'JAN', 1990, 31, 'DEC', 2990)", True),
        ("myIpAddress() === '127.0.0.1'", True),
    ],
)
def test_the_functions_of_the_format(expression: str, expected: bool) -> None:
    assert one(returning(expression)).choices == (("PROXY yes:1",) if expected else ("DIRECT",))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "defines no function"),
        ("<html>Please log in</html>", "no JavaScript"),
        ("function FindProxyForURL(u, h) { return 5; }", "no list of proxies"),
        ("function FindProxyForURL(u, h) { return undefinedThing; }", "undefinedThing"),
        ("function FindProxyForURL(u, h) { while (true) {} }", "did not end within"),
        ("while (true) {}", "did not end within"),
        ("function FindProxyForURL(u, h) { return FindProxyForURL(u, h); }", "calls itself without end"),
        ("function FindProxyForURL(u, h) { var a = []; for (;;) a.push('x'.repeat(99999)); }", "MB of memory"),
        ("function FindProxyForURL(u, h) { return /(a+)+$/.test('a'.repeat(60) + 'b'); }", "did not end within"),
        ("function FindProxyForURL(u, h) { for (var i = 0;; i++) dnsResolve('h' + i); }", "more than 50 host names"),
        ("x" * (MAX_BYTES + 1), "larger than"),
    ],
)
def test_a_file_that_does_not_work_is_named_precisely_and_in_time(text: str, words: str) -> None:
    start = time.process_time()
    found = one(text)
    assert words in found.problem
    assert found.choices == ()
    assert time.process_time() - start < 30


def test_the_time_is_for_all_targets_together() -> None:
    start = time.process_time()
    found = evaluate("function FindProxyForURL(u, h) { while (true) {} }", [f"https://t{n}.test" for n in range(6)])
    assert all("did not end" in r.problem for r in found)
    assert time.process_time() - start < 30


@pytest.mark.parametrize(
    "reach",
    [
        "typeof require + typeof process + typeof std + typeof os + typeof fetch + typeof XMLHttpRequest",
        "[typeof WebSocket, typeof Deno, typeof scriptArgs, typeof print, typeof load].join('')",
    ],
)
def test_the_file_reaches_neither_files_nor_network(reach: str) -> None:
    text = f"function FindProxyForURL(u, h) {{ return 'PROXY ' + ({reach}).split('undefined').join('') + 'x:1'; }}"
    assert one(text).choices == ("PROXY x:1",)


def test_a_module_import_brings_nothing_in() -> None:
    text = """var got = 'none'; import('/etc/hostname').then(m => { got = 'read'; }, e => {});
      function FindProxyForURL(u, h) { return 'PROXY ' + got + ':1'; }"""
    assert one(text).choices == ("PROXY none:1",)


def test_without_the_engine_the_message_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "quickjs", None)
    with pytest.raises(GatewayError, match="PAC") as caught:
        one(CORPORATE)
    assert "llm-gateway-assistant[pac]" in caught.value.fix
