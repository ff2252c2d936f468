"""A value in a Compose file is no text, or becomes another text.

What: a list or mapping as the value of a variable; NAME: value inside a list of NAME=value; a number in command;
    true without quotes; a number such as 1.50 or 010; quotes inside a list item; a variable without value.
Why: Compose refuses the whole file, or passes on something else than is written: 1.50 becomes 1.5, 010 becomes 8,
    - A="b" keeps its quotes, a variable without value takes the one of the machine.
Fix: put every value in quotes.

Bad:
    services:
      litellm:
        image: ghcr.io/berriai/litellm:v1.106.2
        environment:
          - LITELLM_LOG: INFO

Good:
    services:
      litellm:
        image: ghcr.io/berriai/litellm:v1.106.2
        environment:
          - LITELLM_LOG=INFO
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.edits import replace_node
from mcp_server.document.nodes import Entry, Mapping, Node, Scalar, Sequence, is_empty, text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.docker_compose import canonical, compose, is_truth_value
from mcp_server.validate.problem import Problem

ID = "compose-value-not-text"
KINDS: tuple[Kind, ...] = ("docker-compose",)
SEVERITY: Severity = "error"
REFUSES = "Compose refuses the whole file"


def check(document: Document, context: Context) -> Iterator[Problem]:
    seen: set[int] = set()
    for entry, service in compose(document).services:
        path = f"services.{entry.name}"
        for name in ("command", "entrypoint"):
            yield from _words(service.get(name), f"{path}.{name}")
        node = service.get("environment")
        if node is None or id(node) in seen:
            continue  # a block that several services share is reported once
        seen.add(id(node))
        if isinstance(node, Mapping):
            for variable in node:
                if id(variable.value) not in seen:
                    seen.add(id(variable.value))
                    yield from _variable(variable, f"{path}.environment.{variable.name}")
        elif isinstance(node, Sequence):
            for index, item in enumerate(node.items):
                yield from _item(item, f"{path}.environment[{index}]")
        elif not is_empty(node):
            fix = "write a list of NAME=value"
            yield Problem(f"environment is {node.kind}", REFUSES, fix, node.mark, f"{path}.environment")


def _words(node: Node | None, path: str) -> Iterator[Problem]:
    for index, item in enumerate(node.items if isinstance(node, Sequence) else ()):
        if text(item) is None and not (isinstance(item, Scalar) and canonical(item) == item.text and not item.plain):
            yield Problem(
                f"a word of the command is {item.kind}, and must be text",
                REFUSES,
                f'put it in quotes: "{item.text}"' if isinstance(item, Scalar) else "write one word per item",
                item.mark,
                f"{path}[{index}]",
                change=replace_node(item, f'"{item.text}"', safe=True) if isinstance(item, Scalar) else None,
            )


def _variable(entry: Entry, path: str) -> Iterator[Problem]:
    node = entry.value
    if not isinstance(node, Scalar):
        fix = "write one text; JSON goes into single quotes"
        yield Problem(f"{entry.name} is {node.kind}, and must be text", REFUSES, fix, node.mark, path)
    elif node.is_null:
        yield Problem(
            f"{entry.name} has no value",
            "Compose takes the value of the shell or of .env, and leaves the variable out when there is none",
            f'nothing to do when that is meant; for an empty text write {entry.name}: ""',
            entry.key.mark,
            path,
            severity="info",
        )
    elif is_truth_value(node):
        yield Problem(
            f"{entry.name} is {node.kind}, not text",
            f"Docker Compose 2 passes on the word {node.text.lower()}; docker stack and Compose 1 refuse the file",
            f'put it in quotes: "{node.text}"',
            node.mark,
            path,
            severity="warning",
            change=replace_node(node, f'"{node.text}"', safe=True),
        )
    elif canonical(node) != node.text:
        yield Problem(
            f"{entry.name} is a number, and becomes {canonical(node)}",
            "Compose writes numbers in its own way; leading zeros, exponents and trailing zeros are lost",
            f'put it in quotes: "{node.text}"',
            node.mark,
            path,
            severity="warning",
            change=replace_node(node, f'"{node.text}"'),
        )


def _item(item: Node, path: str) -> Iterator[Problem]:
    said = text(item)
    if isinstance(item, Mapping) and len(item) == 1 and (entry := next(iter(item))) and isinstance(entry.value, Scalar):
        shown = f"- {entry.name}=..."
        yield Problem(
            f"{entry.name}: stands in a list, where Compose expects NAME=value",
            f"{REFUSES} (must be a string)",
            f"write {shown}, or drop the dashes of the whole block",
            item.mark,
            path,
        )
    elif said is None:
        fix = "write - NAME=value"
        yield Problem(f"this item is {item.kind}, and must be text", REFUSES, fix, item.mark, path)
    else:
        name, _, value = said.partition("=")
        if name != name.strip() or (value and value != value.lstrip()):
            yield Problem(
                f"blanks stand around the = of {name.strip()}",
                "they become part of the name and of the value, so the program does not find the variable",
                f"write {name.strip()}=value",
                item.mark,
                path,
                severity="error" if name != name.strip() else "warning",
            )
        elif len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
            yield Problem(
                f"the value of {name} stands in quotes inside the item",
                "the quotes are passed on as part of the value",
                f'drop them, or quote the whole item: "{name}=..."',
                item.mark,
                path,
                severity="warning",
            )
