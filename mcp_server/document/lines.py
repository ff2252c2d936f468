"""Lines as editors count them: CRLF, LF and CR end a line; U+0085, U+2028 and form feeds do not."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from itertools import accumulate

from mcp_server.document.nodes import Mark

LINE_END = re.compile(r"\r\n|\r|\n")


class Lines:
    """The line starts of one text: from index to place and back."""

    def __init__(self, text: str) -> None:
        self.length = len(text)
        # an array takes a quarter of a list's memory; without CR there is a way that is several times faster
        if "\r" in text:
            self.starts = array("Q", (0, *(found.end() for found in LINE_END.finditer(text))))
        else:
            self.starts = array("Q", accumulate((len(line) + 1 for line in text.split("\n")), initial=0))
            self.starts.pop()

    def mark(self, index: int) -> Mark:
        """The place of the character at ``index`` (the end of the text is a place too)."""
        line = bisect_right(self.starts, index)
        return Mark(line, index - self.starts[line - 1] + 1)

    def index(self, mark: Mark) -> int:
        """The index of a place; a place after the last line is the end of the text."""
        if mark.line > len(self.starts):
            return self.length
        return min(self.starts[mark.line - 1] + mark.column - 1, self.length)
