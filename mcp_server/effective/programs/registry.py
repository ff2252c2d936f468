"""Every program the decision is made for, in the order of the table."""

from __future__ import annotations

from mcp_server.effective.programs import (
    boto3,
    claude_code,
    curl,
    gcloud,
    git,
    google_auth,
    litellm_aiohttp,
    litellm_httpx,
    node,
    npm,
    pip,
)
from mcp_server.effective.programs.base import Program

#: Modules with such a line must stand below (a test compares).
PART_MARK = "PROGRAM = "
PROGRAMS: tuple[Program, ...] = (
    claude_code.PROGRAM,
    litellm_httpx.PROGRAM,
    litellm_aiohttp.PROGRAM,
    google_auth.PROGRAM,
    boto3.PROGRAM,
    gcloud.PROGRAM,
    npm.PROGRAM,
    node.PROGRAM,
    git.PROGRAM,
    curl.PROGRAM,
    pip.PROGRAM,
)
BY_ID = {program.id: program for program in PROGRAMS}
