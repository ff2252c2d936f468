from __future__ import annotations

import pytest

from mcp_server.effective.programs import formats
from mcp_server.snapshot import ProgramEntry


def rows(entries: list[ProgramEntry]) -> list[tuple[str, str, int]]:
    return [(e.key, e.value, e.line) for e in entries]


def test_a_git_configuration_with_everything_git_allows() -> None:
    text = """# comment
[user]
\tname = Somebody
[http]
\tproxy = http://a.test:1 ; the old one
\tsslVerify
[HTTP "https://Git.Corp.test"]
\tProxy = "http://b.test:2#x" # comment
\tsslCAInfo = /etc/\\
ssl/ca.pem
[remote "origin"] url = https://u:p@git.corp.test/x.git
\tproxy = "with \\"quotes\\""
[include]
\tpath = more
[https]
\tproxy = ignored
"""
    assert rows(formats.git_config(text)) == [
        ("http.proxy", "http://a.test:1", 5),
        ("http.sslverify", "true", 6),
        ("http.https://Git.Corp.test.proxy", "http://b.test:2#x", 8),
        ("http.https://Git.Corp.test.sslcainfo", "/etc/ssl/ca.pem", 9),
        ("remote.origin.url", "https://u:p@git.corp.test/x.git", 11),
        ("remote.origin.proxy", 'with "quotes"', 12),
        ("include.path", "more", 14),
    ]


def test_an_npmrc_keeps_what_concerns_the_network_alone() -> None:
    text = """; comment
registry=https://r.test/
//r.test/:_authToken=planted-secret
https-proxy = "http://p.test:1"
noproxy=a.test,b.test # both
ca[]="one"
//r.test/:certfile=/c.pem
"""
    found = formats.npmrc(text)
    assert rows(found) == [
        ("https-proxy", "http://p.test:1", 4),
        ("noproxy", "a.test,b.test", 5),
        ("ca", "one", 6),
        ("//r.test/:certfile", "/c.pem", 7),
    ]
    assert "planted" not in str(rows(found))


def test_a_curlrc_in_all_its_spellings() -> None:
    text = """# comment
--proxy http://a.test:1
proxy = "http://b.test:2"
-x c.test:3
noproxy: x.test
insecure
user-agent = "proxy thing"
user = me:planted-secret
"""
    assert rows(formats.curlrc(text)) == [
        ("proxy", "http://a.test:1", 2),
        ("proxy", "http://b.test:2", 3),
        ("proxy", "c.test:3", 4),
        ("noproxy", "x.test", 5),
        ("insecure", "", 6),
    ]


def test_ini_files_of_gcloud_pip_aws_and_kde() -> None:
    assert rows(formats.gcloud_properties("[core]\naccount = me\ncustom_ca_certs_file = /ca\n[proxy]\nport = 1\n")) == [
        ("core/custom_ca_certs_file", "/ca", 3),
        ("proxy/port", "1", 5),
    ]
    assert rows(formats.pip_conf("[install]\nproxy = a\n[global]\nproxy = b\nindex-url = https://u:p@x\n")) == [
        ("proxy", "b", 4),
        ("proxy", "a", 2),
    ]
    aws = "[default]\nca_bundle=/one\naws_secret_access_key=planted\n[profile corp]\nca_bundle = /two\n"
    assert rows(formats.aws_config(aws, "default")) == [("ca_bundle", "/one", 2)]
    assert rows(formats.aws_config(aws, "corp")) == [("ca_bundle", "/two", 5)]
    kde = "[Proxy Settings]\nProxyType=2\nProxy Config Script=http://wpad/x.pac\n"
    assert [e.value for e in formats.kde_proxy(kde)] == ["2", "http://wpad/x.pac"]


@pytest.mark.parametrize("reader", [formats.git_config, formats.npmrc, formats.curlrc, formats.gcloud_properties])
@pytest.mark.parametrize(
    "text",
    ["", "\\", "[", '[http "', "=", "[http]\nproxy", "proxy\\", "\x00\x01", '[http]\nproxy="\\', "-"],
)
def test_broken_text_never_ends_a_reader(reader: object, text: str) -> None:
    assert callable(reader)
    assert isinstance(reader(text), list)
