"""A value in a manifest must be text and is not, or is no base64.

What: numbers, true, yes or on as value of a variable or in ConfigMap.data and Secret.stringData; Secret.data that is
    not base64; env written as a mapping; value together with valueFrom.
Why: Kubernetes takes text only and refuses the object ("cannot unmarshal number into Go struct field EnvVar.value").
    kubectl reads YAML 1.1: yes, no, on, off, y and n are truth values too.
Fix: put the value in quotes; in a Secret use stringData, or encode with base64.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: litellm}
    spec:
      template:
        spec:
          containers:
            - name: litellm
              image: ghcr.io/berriai/litellm:v1.106.2
              env:
                - {name: PORT, value: 4000}

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: litellm}
    spec:
      template:
        spec:
          containers:
            - name: litellm
              image: ghcr.io/berriai/litellm:v1.106.2
              env:
                - {name: PORT, value: "4000"}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.edits import replace_node
from mcp_server.document.nodes import Entry, Mapping, Node, Scalar, Sequence, is_empty, text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.kubernetes import Object, cluster
from mcp_server.validate.problem import Problem

ID = "kubernetes-value-not-text"
KINDS: tuple[Kind, ...] = ("kubernetes",)
SEVERITY: Severity = "error"
REFUSES = "Kubernetes refuses the object"
#: What kubectl takes for a truth value or a number (measured; dates and 12:30 stay text).
_TRUTH = re.compile(r"(?:y|Y|n|N|yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)")
_NUMBER = re.compile(
    r"[-+]?(?:0[xX][0-9a-fA-F_]+|0o?[0-7_]+|0b[01_]+|[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?|\.[0-9_]+"
    r"(?:[eE][-+]?[0-9]+)?|\.inf|\.Inf|\.INF)|\.nan|\.NaN|\.NAN"
)
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


def check(document: Document, context: Context) -> Iterator[Problem]:
    view = cluster(document)
    for item in view.objects:
        if item.kind in ("ConfigMap", "Secret"):
            for block, entry in item.data():
                yield from _data(item, block, entry)
    for container in view.containers:
        node = container.node.get("env")
        if isinstance(node, Mapping):
            yield Problem(
                "env is a mapping, and must be a list",
                f"{REFUSES} (cannot unmarshal object)",
                "write - name: NAME and value: ... for each variable",
                node.mark,
                f"{container.path}.env",
            )
        for index, variable in enumerate(node.items if isinstance(node, Sequence) else ()):
            yield from _variable(variable, f"{container.path}.env[{index}]")


def _variable(node: Node, path: str) -> Iterator[Problem]:
    name = text(node.get("name")) if isinstance(node, Mapping) else None
    if not isinstance(node, Mapping) or not name:
        if not isinstance(node, Scalar) or "{{" not in node.text:
            fix = "write - name: NAME and value: ... on two lines of one item"
            yield Problem("this variable has no name:", f"{REFUSES} (name is required)", fix, node.mark, path)
        return
    entry = node.entry("value")
    if entry is None:
        return
    if not is_empty(entry.value) and "valueFrom" in node and text(entry.value) != "":
        yield Problem(
            f"{name} has value and valueFrom",
            f"{REFUSES} (valueFrom may not be specified when value is not empty)",
            "keep one of the two",
            entry.key.mark,
            f"{path}.valueFrom",
        )
    yield from _text(name, entry.value, f"{path}.value")


def _data(item: Object, block: str, entry: Entry) -> Iterator[Problem]:
    path = f"{item.path}.{block}.{entry.name}"
    if not item.encoded(block):
        yield from _text(entry.name, entry.value, path)
        return
    said = text(entry.value)
    if said is not None and "{{" not in said and not _BASE64.fullmatch(said.replace("\n", "").replace("\r", "")):
        yield Problem(
            f"{entry.name} is not base64",
            f"{REFUSES} (illegal base64 data)",
            "move the entry to stringData, which takes plain text, or encode it: printf %s VALUE | base64 -w0",
            entry.value.mark,
            path,
        )
    elif said is None and not is_empty(entry.value):
        yield from _text(entry.name, entry.value, path)


def _text(name: str, node: Node, path: str) -> Iterator[Problem]:
    if isinstance(node, Scalar):
        if not node.plain or is_empty(node):
            return
        truth = _TRUTH.fullmatch(node.text) is not None
        if not truth and not _NUMBER.fullmatch(node.text):
            return
        what = f"the truth value {node.text}" if truth else "a number"
        fix, change = f'put it in quotes: "{node.text}"', replace_node(node, f'"{node.text}"', safe=True)
    else:
        what, fix, change = node.kind, "write one text; a file goes into a block: NAME: |", None
    yield Problem(
        f"{name} is {what}, and must be text", f"{REFUSES} (cannot unmarshal)", fix, node.mark, path, change=change
    )
