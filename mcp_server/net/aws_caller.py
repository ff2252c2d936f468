"""The child process that asks STS who signs: botocore with the machine's own files and variables, nothing else.

A process of its own, because botocore reads the environment as it stands and may run ``credential_process``: here it
gets exactly Claude Code's variables, and it ends for certain when the time is over. Prints one JSON object.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

#: Seconds for connecting and for the answer; the parent bounds the whole.
STEP_SECONDS = 4


def main() -> None:
    """Entry point of the child; never raises."""
    sys.stdout.write(json.dumps(_ask()))


def _ask() -> dict[str, Any]:
    import botocore.exceptions
    import botocore.session
    from botocore.config import Config

    config = Config(
        retries={"total_max_attempts": 1},
        connect_timeout=STEP_SECONDS,
        read_timeout=STEP_SECONDS,
        parameter_validation=False,
    )
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or None
    try:
        # As in Claude Code: a profile that is named beats the keys of the environment.
        session = botocore.session.Session(profile=os.environ.get("AWS_PROFILE") or None)
        client = session.create_client("sts", region_name=region, config=config)
        answer = client.get_caller_identity()
    except botocore.exceptions.ClientError as failure:
        error = failure.response.get("Error", {})
        return {"failed": f"botocore: AWS STS answered {error.get('Code')}: {error.get('Message')}"}
    except botocore.exceptions.BotoCoreError as failure:
        return {"failed": f"botocore.exceptions.{type(failure).__name__}: {failure}"}
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
    ) as failure:  # what credential_process printed, a broken cache file
        return {"failed": f"botocore (credential_process or a cache file): {type(failure).__name__}: {failure}"}
    return {"account": answer.get("Account"), "arn": answer.get("Arn")}
