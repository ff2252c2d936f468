"""What a rule is: a module in ``rules/`` with a docstring that is its manual page, three constants and ``check``.

The docstring has a first line that states the defect, then the sections ``What:``, ``Why:``, ``Fix:``, ``Bad:``
and ``Good:``; the last two hold an indented example that the tests run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.problem import Problem


class Rule(Protocol):
    """A module of ``rules/``. ``ID`` is stable API (kebab-case, states the defect)."""

    @property
    def ID(self) -> str: ...  # noqa: N802
    @property
    def KINDS(self) -> tuple[Kind, ...]: ...  # noqa: N802
    @property
    def SEVERITY(self) -> Severity: ...  # noqa: N802
    @property
    def check(self) -> Callable[[Document, Context], Iterator[Problem]]: ...
