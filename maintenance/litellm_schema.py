"""Extracts from an installed LiteLLM what the validator must know, and writes or checks the data files.

    <python of the LiteLLM environment> maintenance/litellm_schema.py [--check]
    <python of the LiteLLM environment> maintenance/litellm_schema.py --releases [RELEASE ...] [--keep FOLDER]

Facts come from the program itself: signatures, Pydantic fields, enumerations, constants, and the string keys that its
source reads from each section (found by walking the syntax tree). Nothing is sent anywhere. ``--releases`` fetches the
other releases (default: those of the data file), newest first, and stores how each differs from the installed one.
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import shutil
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
CATALOGUE = HERE.parent / "mcp_server" / "catalogue"
sys.path.insert(0, str(HERE))
sys.path.insert(1, str(HERE.parent))

from litellm_facts import details, names, releases, sections  # noqa: E402
from litellm_facts.source import Source, module, named  # noqa: E402

from mcp_server.catalogue.patch import patched  # noqa: E402

WHOLE = CATALOGUE / "litellm_schema.json"
OTHERS = CATALOGUE / "litellm_releases.json"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the committed files, change nothing")
    parser.add_argument("--print", action="store_true", help="write what is extracted to standard output")
    parser.add_argument("--releases", nargs="*", metavar="RELEASE", help="refresh the differences of other releases")
    parser.add_argument("--uv", default=shutil.which("uv") or str(HERE.parent / ".venv" / "bin" / "uv"))
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where fetched releases stay (default: nowhere)")
    arguments = parser.parse_args()
    whole = extract()
    if arguments.print:
        print(dumped(whole))
        return 0
    if arguments.check:
        return check(whole)
    others = stored_releases()
    if arguments.releases is not None:
        wanted = arguments.releases or list(others)
        others = {}
        for release in wanted:
            if release != whole["litellm"]:
                print(f"reading LiteLLM {release}", flush=True)
                others[release] = json.loads(
                    releases.extract_release(release, arguments.uv, Path(__file__), arguments.keep)
                )
    differences = {release: releases.difference(whole, other) for release, other in others.items()}
    WHOLE.write_text(dumped(whole), encoding="utf-8")
    OTHERS.write_text(dumped({"base": whole["litellm"], "releases": differences}), encoding="utf-8")
    print(f"wrote {WHOLE.name} and {OTHERS.name} ({', '.join([whole['litellm'], *others])})")
    return 0


def check(whole: dict[str, Any]) -> int:
    new = dumped(whole)
    old = WHOLE.read_text(encoding="utf-8") if WHOLE.exists() else ""
    base = json.loads(OTHERS.read_text(encoding="utf-8"))["base"] if OTHERS.exists() else None
    if old == new and base == whole["litellm"]:
        print(f"{WHOLE.name} agrees with the installed LiteLLM")
        return 0
    changes = list(difflib.unified_diff(old.splitlines(True), new.splitlines(True), "committed", "installed"))
    sys.stdout.writelines(changes[:80])
    print(f"{WHOLE.name} has drifted: run this script without --check and review the difference")
    return 1


def stored_releases() -> dict[str, Any]:
    """The other releases of the data files, each whole again."""
    if not OTHERS.exists():
        return {}
    base = json.loads(WHOLE.read_text(encoding="utf-8"))
    found = json.loads(OTHERS.read_text(encoding="utf-8"))["releases"]
    return {release: patched(base, change) for release, change in found.items()}


def dumped(data: dict[str, Any]) -> str:
    return json.dumps(data, indent=1, ensure_ascii=True, sort_keys=True) + "\n"


def extract() -> dict[str, Any]:
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # the map of this release, not of today
    os.environ.setdefault("LITELLM_LOG", "ERROR")
    litellm: Any = module("litellm")
    source = Source(Path(litellm.__file__).parent)
    keys, extra = details.collect(source)
    digests = named("litellm.proxy.auth.master_key_boot_check:PUBLICLY_KNOWN_MASTER_KEY_SHA256_DIGESTS")
    return {
        "litellm": version("litellm"),
        "source": "maintenance/litellm_schema.py, run in the environment of this LiteLLM release",
        "sections": keys,
        "unknown_keys": extra,
        "list_sections": sorted(sections.LIST_SECTIONS),
        "mapping_sections": sorted(sections.MAPPING_SECTIONS),
        "moved_router_keys": ["health_check_concurrency", "health_check_interval"],
        "providers": names.providers(litellm),
        "bare_models": names.bare_models(litellm),
        "routing_generalizations": names.generalizations(),
        "openai_compatible_endpoints": sorted(str(e) for e in litellm.openai_compatible_endpoints),
        "routing_strategies": names.routing_strategies(),
        "callbacks": names.callbacks(litellm, source),
        "guardrails": names.members("litellm.types.guardrails:SupportedGuardrailIntegrations"),
        "cache_types": names.members("litellm.types.caching:LiteLLMCacheType"),
        "cache_params": sorted(sections.cache_params()),
        "key_management_systems": names.members("litellm.types.secret_managers.main:KeyManagementSystem"),
        "blocked_environment_variables": sorted(source.constant(sections.SERVER, "_BLOCKED_ENV_KEYS") or ()),
        "weak_master_key_sha256": sorted(digests or ()),
        "retry_policy": sorted(named("litellm.types.router:RetryPolicy").model_fields),
        "typed_params": names.typed_fields("LiteLLM_Params"),
        "typed_info": names.typed_fields("ModelInfo"),
        "pre_call_checks": names.pre_call_checks(),
        "retirement_dates": names.retirement_dates(litellm),
    }


if __name__ == "__main__":
    raise SystemExit(main())
