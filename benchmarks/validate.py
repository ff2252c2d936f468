"""``validate_config`` against PyYAML's C parser on the same file, alternately, in one run.

Prints the ratio for 1,000 deployments (aim: at most 3) and how it grows to 10,000 (linear is 10).
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import yaml

from mcp_server.operations.validate_config import run


def gateway_file(deployments: int) -> str:
    """A plain LiteLLM file without mistakes."""
    models = [
        {
            "model_name": f"model-{n}",
            "litellm_params": {
                "model": "vertex_ai/gemini-3.5-flash",
                "vertex_project": "my-project",
                "vertex_location": "global",
                "labels": {"app": "claude-code"},
            },
        }
        for n in range(deployments)
    ]
    settings = {"general_settings": {"master_key": "os.environ/LITELLM_MASTER_KEY"}}
    return yaml.safe_dump({"model_list": models, **settings}, sort_keys=False)


def seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def medians(text: str, rounds: int) -> tuple[float, float]:
    """Median seconds of (PyYAML's C parse, validate_config), taken alternately."""
    pairs = [
        (
            seconds(lambda: yaml.load(text, Loader=yaml.CSafeLoader)),
            seconds(lambda: run(content=text, kind="litellm", environment="ignore")),
        )
        for _ in range(rounds)
    ]
    return statistics.median(p for p, _ in pairs), statistics.median(v for _, v in pairs)


def main() -> None:
    small, large = gateway_file(1_000), gateway_file(10_000)
    medians(small, 1)
    parse, check = medians(small, 7)
    _, check_large = medians(large, 3)
    ratio = check / parse
    print(f"1,000 deployments: PyYAML C {parse:.3f} s, validate_config {check:.3f} s, ratio {ratio:.2f} (aim: 3)")
    print(f"10,000 deployments take {check_large / check:.1f} times as long (linear is 10)")


if __name__ == "__main__":
    main()
