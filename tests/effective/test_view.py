"""The effective view against the real client: what is predicted for a machine is what arrives at the recorder.

``MEASURE=all`` runs every case of ``cases/view.yaml`` in both versions; without it the cases marked ``e2e`` run. The
offline test compares every case with what ``client_run.py`` recorded in ``cases/view_measured.json``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from client_run import (
    GATEWAYS,
    MEASURED,
    PROXIES,
    VERSIONS,
    Listeners,
    cases,
    listening,
    machine,
    measured,
    prepare,
)

from mcp_server.operations.explain import look

pytestmark = pytest.mark.anyio

CASES = cases()
WANTED = os.environ.get("MEASURE") == "all"


async def predicted(case: Mapping[str, Any], folder: Path, listeners: Listeners, version: str) -> dict[str, Any]:
    """The same summary as ``client_run.summary``, from the product alone."""
    shell = prepare(case, folder, listeners)
    # HOME and PATH are what the client gets, too.
    found = await look(machine(case, folder, {**shell, "PATH": os.environ["PATH"]}, version))
    request, proxy = found.request, found.target.proxy
    if request.blocked:
        return {}
    parts = urlsplit(request.url)
    through = None
    if proxy.proxy:
        port = urlsplit(proxy.proxy).port
        through = next(label for label in PROXIES if listeners.ports[label] == port)
    if through and parts.scheme == "https":
        return {"proxy": through, "host": f"{parts.hostname}:{parts.port or 443}"}
    return {
        "proxy": through,
        "host": listeners.name_ports(parts.netloc),
        "path": parts.path + (f"?{parts.query}" if parts.query else ""),
        "model": request.model,
        "headers": dict(sorted(request.headers.items())),
    }


def same(prediction: dict[str, Any], seen: dict[str, Any]) -> list[str]:
    """What differs, in words; a predicted value of ``None`` stands for any."""
    if bool(prediction) != bool(seen):
        return [f"a request was {'' if prediction else 'not '}predicted, and {'one' if seen else 'none'} arrived"]
    wrong = [
        f"{part}: predicted {prediction.get(part)!r}, seen {seen.get(part)!r}"
        for part in ("proxy", "host", "path", "model")
        if part in seen and prediction.get(part) != seen[part]
    ]
    for name in sorted({*prediction.get("headers", {}), *seen.get("headers", {})}):
        if "headers" not in seen:
            break
        expected, value = prediction.get("headers", {}).get(name, "(none)"), seen["headers"].get(name, "(none)")
        if value == "(none)" or expected == "(none)" or (expected is not None and expected != value):
            wrong.append(f"header {name}: predicted {expected!r}, seen {value!r}")
    return wrong


@pytest.mark.e2e
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("case", [c for c in CASES if WANTED or c.get("e2e")], ids=lambda c: c["name"])
async def test_the_predicted_request_is_the_one_that_the_real_client_sends(
    case: dict[str, Any], version: str, tmp_path: Path
) -> None:
    if "managed" in case and (not hasattr(os, "geteuid") or os.geteuid() != 0):
        pytest.skip("managed settings need a mount of their own, which only root may make")
    with listening() as listeners:
        expected = await predicted(case, tmp_path / "predicted", listeners, version)
        seen, said = measured(case, tmp_path / "real", listeners, version)
    assert same(expected, seen) == [], said[:300]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("case", CASES, ids=lambda c: c["name"])
async def test_the_predicted_request_is_the_one_that_was_measured(
    case: dict[str, Any], version: str, tmp_path: Path
) -> None:
    seen = json.loads(MEASURED.read_text(encoding="utf-8"))[case["name"]][version]
    listeners = Listeners({label: 41_000 + n for n, label in enumerate((*GATEWAYS, *PROXIES))})
    expected = await predicted(case, tmp_path, listeners, version)
    assert same(expected, seen) == []
