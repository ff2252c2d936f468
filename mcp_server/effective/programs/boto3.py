"""boto3 and botocore: Bedrock and AWS tokens, in LiteLLM too."""

from __future__ import annotations

from urllib.parse import urlsplit

from mcp_server.effective.programs.base import Program, ProxyUse, TrustFile, TrustUse, no_certificate, place
from mcp_server.effective.programs.files import beating, lookup
from mcp_server.effective.programs.python_rules import BOTOCORE, proxies, scheme_of, unset, urllib_bypass
from mcp_server.effective.programs.values import read
from mcp_server.snapshot import Snapshot


def proxy(machine: Snapshot, url: str) -> ProxyUse:
    """One variable per scheme, no ``ALL_PROXY``; NO_PROXY is compared with host and port."""
    found, scheme = proxies(machine), scheme_of(url)
    no_proxy = found.get("no")
    entry = urllib_bypass(no_proxy, urlsplit(url).netloc)
    if entry is not None and no_proxy is not None:
        because = f"direct: entry {entry!r} of {place(no_proxy)} covers this address"
        return ProxyUse("direct", because, bypassed_by=entry)
    chosen = found.get(scheme)
    if chosen is None:
        return ProxyUse("direct", unset(machine, scheme, (scheme,)))
    return read(chosen, BOTOCORE, f"{place(chosen)} serves {scheme}:// URLs")


def trust(machine: Snapshot, _url: str) -> TrustUse:
    """``AWS_CA_BUNDLE`` before ``ca_bundle`` of the profile before ``REQUESTS_CA_BUNDLE``; each replaces."""
    profile = lookup(machine, "aws", "ca_bundle")
    chosen = beating((machine.outside("AWS_CA_BUNDLE"), profile, machine.outside("REQUESTS_CA_BUNDLE")))
    if chosen is None:
        return TrustUse(("Mozilla's list (certifi)",))
    if not chosen.value.strip():
        return TrustUse((), fails=f"{place(chosen)} is set but empty, which botocore refuses")
    if machine.paths.get(chosen.value) == "missing":
        return TrustUse((), fails=f"{place(chosen)} names a path that does not exist, so every https request fails")
    return TrustUse((), (TrustFile(chosen, replaces=True),))


PROGRAM = Program("boto3", "boto3", proxy, trust, no_certificate, None, "1.44")
