"""``validate_config`` against PyYAML's C parser and against LiteLLM's own check, alternately, in one run.

Prints the ratio to the parser for 1,000 deployments (aim: at most 3), how it grows to 10,000 (linear is 10), and how
many times faster the command is than ``litellm --validate_config`` on the same file (aim: at least 30). Processor time
is compared, not time of day: other work on the machine then counts for neither side.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import yaml

from mcp_server.operations.validate_config import run
from mcp_server.run.programs import litellm_python


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
    """Processor time of this process."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def command_seconds(command: list[str], environment: dict[str, str]) -> float:
    """Processor time of a command from its start to its end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env={**os.environ, **environment}, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def commands(file: str, rounds: int) -> tuple[float, float]:
    """Median seconds of (``litellm --validate_config``, ``llm-gateway validate``), taken alternately."""
    litellm = [str(litellm_python()), "-m", "litellm.proxy.proxy_cli", "--config", file, "--validate_config"]
    own = [sys.executable, "-I", "-c", "from mcp_server.cli import main; main()", "validate", file]
    environment = {"LITELLM_MASTER_KEY": "sk-for-this-benchmark-only", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    command_seconds(litellm, environment)
    pairs = [(command_seconds(litellm, environment), command_seconds(own, environment)) for _ in range(rounds)]
    return statistics.median(p for p, _ in pairs), statistics.median(o for _, o in pairs)


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
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(gateway_file(10))
        file.flush()
        theirs, ours = commands(file.name, 3)
    print(
        f"litellm --validate_config {theirs:.2f} s, llm-gateway validate {ours:.3f} s: "
        f"{theirs / ours:.0f} times faster (aim: 30)"
    )


if __name__ == "__main__":
    main()
