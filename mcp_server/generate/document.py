"""Turns plain data into the text of a file. The only place that dumps YAML or JSON for a generated file."""

from __future__ import annotations

import json
from typing import Any


def yaml_text(data: dict[str, Any], header: tuple[str, ...] = ()) -> str:
    """``data`` as YAML, in the order given, after ``header`` as comment lines."""
    import yaml

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, _data: Any) -> bool:
            # Shared catalogue values would otherwise become anchors in the user's file.
            return True

        def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
            super().increase_indent(flow, False)  # list items stand deeper than their key

    def text(dumper: Dumper, value: str) -> yaml.ScalarNode:
        # PyYAML writes these line breaks bare in its single-quoted style, and reads them back as spaces.
        style = '"' if any(c in value for c in "\x85\u2028\u2029") else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    body: str = yaml.dump(data, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=110, default_flow_style=False)
    return "".join(f"# {' '.join(line.split())}\n" for line in header) + body


def json_text(data: dict[str, Any]) -> str:
    """``data`` as indented JSON with a final line break."""
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def yaml_documents(documents: list[dict[str, Any]], header: tuple[str, ...] = ()) -> str:
    """Several documents in one YAML text."""
    first, *more = [yaml_text(data) for data in documents]
    return yaml_text({}, header).removesuffix("{}\n") + "---\n".join([first, *more])


def place_below(path: str) -> str:
    """Where a generated file goes in a folder of the user's choice: a project's files keep their own folders, a file
    that belongs elsewhere on the machine (settings, ``/etc/…``) is laid down by its name."""
    return path.rpartition("/")[2] if path.startswith(("/", "~", ".claude/")) else path
