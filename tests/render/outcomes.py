"""Outcomes for the renderings: made by the real operation from files with awkward names and contents."""

from __future__ import annotations

from pathlib import Path

from mcp_server.operations.validate_files import Request, run
from mcp_server.validate.outcome import Outcome

RULE = "number-as-string-breaks-streaming"
SECRET = "sk-ant-api03-" + "Q7z" * 12
AWKWARD = "sub dir/ünï,1:2%\n::error::x.yaml"
TEXT = f"""\
# llm-gateway: ignore-file[unknown-key] written for the next release
router_settings:
  num_retries: '3'
  "no\\u0001such<key>&]]>": "{SECRET}"
litellm_settings:
  num_retries: '4'  # llm-gateway: ignore[{RULE}]
general_settings:
  master_key: os.environ/LITELLM_MASTER_KEY
model_list:
  - model_name: "m\\u0007\\u001b[31m"
    litellm_params:
      model: ""
      api_key: "{SECRET}"
"""


def awkward(folder: Path, **more: object) -> Outcome:
    """Findings of every severity, silenced ones, a clean file and one that cannot be read."""
    (folder / "sub dir").mkdir(exist_ok=True)
    (folder / AWKWARD).write_text(TEXT, encoding="utf-8")
    (folder / "clean.yaml").write_text(
        "general_settings:\n  master_key: os.environ/LITELLM_MASTER_KEY\nmodel_list:\n  - model_name: m\n"
        "    litellm_params:\n      model: anthropic/claude-sonnet-4-6\n      api_key: os.environ/K\n",
        encoding="utf-8",
    )
    url = '"ANTHROPIC_BASE_URL": "https://gw.example.com/v1"'
    (folder / "settings.json").write_text(f'{{"env": {{{url}, "NO_XML\\ufffe": 1}}}}')
    paths = (AWKWARD, "clean.yaml", "settings.json", "missing.yaml")
    return run(Request(paths, environment="ignore", **more))  # type: ignore[arg-type]
