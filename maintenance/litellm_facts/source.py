"""The source of the installed LiteLLM: its syntax trees, the keys it reads by name."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

#: What an absent module or attribute of an older release gives.
NOTHING: Any = None
ABSENT = object()


@cache
def module(name: str) -> ModuleType | None:
    """A module of LiteLLM, ``None`` when this release (or what it needs) does not have it."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def named(path: str) -> Any:
    """``package.module:attribute``, ``None`` when this release does not have it."""
    name, _, attribute = path.partition(":")
    return getattr(module(name), attribute, None)


def package_value(name: str) -> Any:
    """An attribute of the package, loaded if it is one of those that are loaded on demand; else ``None``."""
    try:
        return getattr(module("litellm"), name, None)
    except ImportError:  # what it is made of is not installed
        return None


class Source:
    """The syntax trees of the installed package, parsed once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._trees: dict[Path, ast.Module] = {}
        self._nodes: dict[Path, list[ast.AST]] = {}

    def tree(self, path: Path | str) -> ast.Module:
        path = self.root / path
        if path not in self._trees:
            text = path.read_text(encoding="utf-8") if path.is_file() else ""
            self._trees[path] = ast.parse(text)
        return self._trees[path]

    def nodes(self, path: Path) -> list[ast.AST]:
        if path not in self._nodes:
            self._nodes[path] = list(ast.walk(self.tree(path)))
        return self._nodes[path]

    def files(self, under: str) -> list[Path]:
        base = self.root / under
        return [base] if base.is_file() else sorted(base.rglob("*.py"))

    def holding(self, words: Iterable[str], under: str = "") -> Iterator[Path]:
        """Files that hold one of these words at all: parsing the others would take most of the time."""
        for path in self.files(under):
            content = path.read_text(encoding="utf-8")
            if any(word in content for word in words):
                yield path

    def reads(self, names: set[str], under: str) -> Iterator[tuple[str, Any]]:
        """String keys read from a variable or attribute of one of these names (get, [], in, pop), with the constant
        default of the call (``ABSENT`` when it gives none)."""
        for path in self.holding(names, under):
            for node in self.nodes(path):
                yield from key_read(node, names)

    def keys_read(self, names: set[str], under: str) -> set[str]:
        return {key for key, _ in self.reads(names, under)}

    def function(self, path: str, name: str) -> ast.AST:
        """A function of a file; an empty module when this release has none of this name."""
        for node in self.nodes(self.root / path):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name:
                return node
        return ast.Module([], [])

    def constant(self, path: str, name: str) -> Any:
        """The literal value that a name of a module or class is set to (``None`` when there is none): no import of
        the proxy, whose own requirements differ from release to release."""
        for node in self.nodes(self.root / path):
            targets = [node.target] if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [])
            value = getattr(node, "value", None)
            if any(isinstance(t, ast.Name) and t.id == name for t in targets) and isinstance(value, ast.AST):
                if isinstance(value, ast.Call) and value.args:  # frozenset({...})
                    value = value.args[0]
                return literal(value)
        return None


def key_read(node: ast.AST, names: set[str]) -> Iterator[tuple[str, Any]]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in {"get", "pop", "setdefault"} and _named(node.func.value, names) and node.args:
            default = literal(node.args[1], ABSENT) if len(node.args) > 1 else ABSENT
            yield from ((key, default) for key in text(node.args[0]))
    elif isinstance(node, ast.Subscript) and _named(node.value, names):
        yield from ((key, ABSENT) for key in text(node.slice))
    elif (
        isinstance(node, ast.Compare)
        and isinstance(node.ops[0], (ast.In, ast.NotIn))
        and _named(node.comparators[0], names)
    ):
        yield from ((key, ABSENT) for key in text(node.left))


def _named(node: ast.AST, names: set[str]) -> bool:
    # `(general_settings or {}).get(...)` reads the section as well
    if isinstance(node, ast.BoolOp):
        return any(_named(value, names) for value in node.values)
    return (isinstance(node, ast.Name) and node.id in names) or (isinstance(node, ast.Attribute) and node.attr in names)


def text(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def compared(nodes: Iterable[ast.AST], variable: str) -> Iterator[str]:
    """Texts that a variable is compared with, ``x == "a"`` and ``x in {"a", "b"}`` alike."""
    for node in nodes:
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Name) and node.left.id == variable:
            for other in node.comparators:
                yield from text(other)
                if isinstance(other, (ast.Set, ast.Tuple, ast.List)):
                    for element in other.elts:
                        yield from text(element)


def within(node: ast.AST, names: set[str]) -> set[str]:
    return {key for child in ast.walk(node) for key, _ in key_read(child, names)}


def literal(node: ast.AST, otherwise: Any = None) -> Any:
    try:
        return ast.literal_eval(node)  # type: ignore[arg-type]
    except (ValueError, TypeError, SyntaxError):
        return otherwise


def parameters(function: Any) -> dict[str, inspect.Parameter]:
    """The named parameters of a function or class, without self and the catch-alls; empty for ``None``."""
    if function is None:
        return {}
    kinds = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    found = inspect.signature(function).parameters
    return {n: p for n, p in found.items() if p.kind not in kinds and n not in ("self", "args", "kwargs")}
