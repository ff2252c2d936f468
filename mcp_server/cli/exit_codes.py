"""The exit codes of every command."""

from __future__ import annotations

#: Nothing to complain about (for most commands: warnings only).
EXIT_OK = 0
#: Problems were found.
EXIT_PROBLEMS = 1
#: The command line is wrong.
EXIT_USAGE = 2
#: Something could not be checked, so nothing is said about it.
EXIT_UNCHECKED = 3
