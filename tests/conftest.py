"""Every test starts from an environment without proxies, credentials and gateway settings of the machine.

No drawn example fails for being slow: how fast a machine is says nothing about the code. The same examples are drawn in
every run, so that a commit is judged by itself; HYPOTHESIS_PROFILE=other draws new ones.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("other", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", settings.get_profile("other"), derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

_PREFIXES = ("ANTHROPIC_", "AWS_", "CLAUDE", "CLOUDSDK_", "GOOGLE_", "LITELLM_", "VERTEX")
_NAMES = {
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"),
    *("GCLOUD_PROJECT", "NODE_TLS_REJECT_UNAUTHORIZED", "NO_COLOR"),
}


@pytest.fixture(scope="session", autouse=True)
def clean_environment() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.upper() in _NAMES or name.startswith(_PREFIXES):
                patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"
