"""The command line says what it takes, and what was wrong with what it got."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import pytest

from mcp_server.cli import _parser, main


def verbs(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    found: dict[str, argparse.ArgumentParser] = {}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            found |= action.choices
    return found


def unexplained() -> Iterator[str]:
    for name, parser in verbs(_parser()).items():
        for action in parser._actions:
            if not isinstance(action, argparse._SubParsersAction) and not action.help:
                yield f"{name} {'/'.join(action.option_strings) or action.dest}"


def test_every_argument_of_every_command_is_explained() -> None:
    assert list(unexplained()) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["aply"], "there is no command 'aply'.\n  what to do: Did you mean apply? llm-gateway --help"),
        (["zzzzzz"], "there is no command 'zzzzzz'.\n  what to do: llm-gateway --help"),
        ([], "required: COMMAND.\n  what to do: llm-gateway --help"),
        (["up", "--port", "x"], "argument --port: invalid int value: 'x'.\n  what to do: llm-gateway up --help"),
        (["history", "--all"], "unrecognized arguments: --all."),
    ],
)
def test_wrong_word_is_named_with_what_to_do(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    shown = capsys.readouterr()
    assert said in shown.err
    assert shown.out == ""


def test_key_given_as_an_argument_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    key = "sk-ant-" + "api03-" + "q7Zt" * 12
    with pytest.raises(SystemExit):
        main(["history", "--token", key])
    assert key not in capsys.readouterr().err
