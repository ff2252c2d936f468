from __future__ import annotations

import pytest

from mcp_server.hosts import is_address, is_http_url, is_loopback


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.10", "::1", "127.1", "127.0.1"])
def test_this_machine_is_recognised(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    ["127.attacker.example", "localhost.attacker.example", "127.0.0.1.attacker.example", "10.0.0.1", "::", "", "127"],
)
def test_a_name_that_only_begins_like_this_machine_is_another_machine(host: str) -> None:
    assert not is_loopback(host)


def test_addresses_are_told_from_names() -> None:
    assert [is_address(text) for text in ("10.0.0.1", "::1", "localhost", "127.attacker.example", "")] == [
        True,
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("text", "usable"),
    [
        ("https://gateway.example.com", True),
        ("HTTP://127.0.0.1:4000/path", True),
        ("http://[::1]:4000", True),
        ("gateway.example.com", False),
        ("ftp://gateway.example.com", False),
        ("http://", False),
        ("http://[::1", False),
        ("http://host:port", False),
        ("http://ho st", False),
        ("http://host/\tpath", False),
    ],
)
def test_a_url_is_usable_when_scheme_host_and_port_can_be_read(text: str, usable: bool) -> None:
    assert is_http_url(text) is usable
