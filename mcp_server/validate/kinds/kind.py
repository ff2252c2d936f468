"""What a kind of configuration file is: a module of this folder with the constants and functions below."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from mcp_server.document.document import Document, Language
from mcp_server.validate.context import Kind

#: Configurations inside one file that are checked; a manifest of the whole company is one for each team.
MAX_PARTS = 200


@dataclass(frozen=True)
class Part:
    """A configuration of another kind inside a file: the ``env`` of a container, a LiteLLM file in a ConfigMap.

    ``document`` has its own tree, whose marks are places of the outer file, and the outer file's text.
    ``prefix`` is the dotted path of the part in the outer file. ``environment`` holds the variables that its
    program is given, ``None`` when the outer file does not tell all of them. With ``own_file`` it is a file of its
    own that the outer one includes: places are its own, and it is not changed.
    """

    kind: Kind
    document: Document
    prefix: str
    environment: Mapping[str, str] | None = None
    own_file: bool = False


class KindModule(Protocol):
    """A module of ``kinds/``. ``ID`` is the name that users write; the texts are shown to them."""

    @property
    def ID(self) -> Kind: ...  # noqa: N802
    @property
    def TITLE(self) -> str:  # noqa: N802
        """As in "2 errors in config.yaml (TITLE)"."""

    @property
    def LANGUAGE(self) -> Language: ...  # noqa: N802
    @property
    def READER(self) -> str:  # noqa: N802
        """The program that reads such files."""

    @property
    def DOCUMENTS(self) -> bool:  # noqa: N802
        """Whether its files may hold several YAML documents."""

    @property
    def NOT_CHECKED(self) -> str:  # noqa: N802
        """What a clean file still does not prove."""

    @property
    def NEXT(self) -> str:  # noqa: N802
        """The command that proves more."""

    @property
    def EXPECT(self) -> str:  # noqa: N802
        """What that command shows when all is well."""

    @property
    def claims(self) -> Callable[[str, str], bool]:
        """Whether a file with this name (lower case, forward slashes, may be empty) and text is of this kind."""

    @property
    def parts(self) -> Callable[[Document], Iterable[Part]]:
        """Configurations of other kinds inside the document."""
