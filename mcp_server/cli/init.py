"""``llm-gateway init``: asks what is wanted, shows the files and the diff, writes on yes. Ctrl-C leaves at any time."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from mcp_server.cli import screen
from mcp_server.cli.exit_codes import EXIT_OK
from mcp_server.errors import GatewayError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mcp_server.answer import Answer
    from mcp_server.operations.wizard import Offer

EXIT_LEFT = 130
_FLAGS = """init asks questions, which needs a terminal. The same without one:
  llm-gateway up --lab                                        try it, no credentials
  llm-gateway up --vertex-project ID --models A,B --apply     a local LiteLLM, started and checked
  llm-gateway generate --gateway litellm --providers vertex --models A,B --vertex-project ID --vertex-region PLACE \\
      --auth helper --scope user --proxy-url URL --output DIR
  llm-gateway generate --gateway NAME --gateway-url URL --token-env NAME --output DIR
  llm-gateway apply DIR/settings.json
"""


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command to ``verbs``."""
    parser = verbs.add_parser(
        "init",
        help="set a gateway up by answering questions",
        description="Asks which gateway, providers, models and key, shows files and diff, writes on yes. "
        "Ctrl-C leaves at any time; nothing is written then.",
    )
    parser.add_argument("--although-managed", action="store_true", help="also when another tool manages the settings")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Runs the dialog; 130 when it is left. Raises GatewayError where it cannot be held or nothing can be written."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        screen.write(_FLAGS)
        return EXIT_OK
    try:
        import questionary  # noqa: F401
    except ModuleNotFoundError as missing:
        raise GatewayError(
            f"init needs the package {missing.name}, which is not installed.",
            "Install it: pip install 'llm-gateway-assistant[wizard]'. Or without questions: llm-gateway generate.",
        ) from missing
    try:
        return _dialog(options)
    except (KeyboardInterrupt, EOFError):
        screen.write("\nLeft; nothing was written.\n")
        return EXIT_LEFT


def _dialog(options: argparse.Namespace) -> int:
    from mcp_server.operations import wizard

    screen.write("A few questions; Ctrl-C leaves, and nothing is written before you say yes.\n")
    arguments: dict[str, Any] = {}
    while True:
        arguments = _asked(arguments)
        try:
            answer = wizard.generated(arguments)
        except UsageError as error:
            screen.write(f"\nThat does not fit: {error.problem}\n{error.fix}\nYour answers are kept.\n\n")
            continue
        screen.write_answer(answer)
        ended = _finish(options, arguments, answer, str(arguments["scope"]))
        if ended is not None:
            return ended


def _finish(options: argparse.Namespace, arguments: dict[str, Any], answer: Answer, scope: str) -> int | None:
    """Does what is wished with the answer; ``None``: back to the questions."""
    import os
    from pathlib import Path

    from mcp_server.change.apply import effects
    from mcp_server.operations import wizard
    from mcp_server.operations.wizard import Offer

    # up takes the way out from the environment, and makes the key itself.
    own_way = arguments["proxy_url"] in ("", os.environ.get("HTTPS_PROXY")) and arguments.get("auth") in ("", "helper")
    starts = arguments["gateway"] == "litellm" and own_way and scope in ("user", "local")
    planned = wizard.steps(answer, scope, Path.cwd(), although_managed=options.although_managed)
    made = effects(planned)
    screen.write(f"\nThis would change:\n{wizard.difference(made) or '(nothing)'}\n\n")
    choices = [
        *([Offer("up", "start it now, check it, and apply the settings")] if starts else []),
        Offer("write", f"write {', '.join(str(effect.path) for effect in made)}"),
        Offer("leave", "nothing: only tell me the command"),
        Offer("back", "back to the questions; your answers are kept"),
    ]
    what = _select("What now?", choices)
    if what == "back":
        return None
    same = wizard.command(arguments)
    if what == "leave":
        screen.write(f"Nothing was written. The same without questions:\n  {same}\n")
        return EXIT_OK
    if what == "up":
        start = f"{wizard.command(arguments, 'up')} --scope {scope} --apply --detach"
        screen.write(f"{start}\n")
        return _start(start)
    record = wizard.write(planned)
    undo = f" Undo: llm-gateway rollback {record.id}." if record else ""
    screen.write(f"Written.{undo}\nProve it: llm-gateway test-model\nThe same without questions:\n  {same}\n")
    return EXIT_OK


def _start(command: str) -> int:
    """Runs our own command in this process."""
    import shlex

    from mcp_server.cli import main

    try:
        main(shlex.split(command)[1:])
    except SystemExit as ended:
        return int(ended.code or 0)
    return EXIT_OK


def _asked(before: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of ``generate``, one question each; the answers of ``before`` are offered again."""
    import os

    from mcp_server.operations import wizard
    from mcp_server.operations.wizard import Offer

    def said(name: str, usual: str = "") -> str:
        return str(before.get(name, usual))

    gateway = _select("Which gateway?", wizard.gateways(), said("gateway"))
    arguments: dict[str, Any] = {"gateway": gateway}
    if gateway not in wizard.WITHOUT_URL:
        arguments["gateway_url"] = _text("Its address?", "gateway_url", said("gateway_url", "https://"))
    if gateway == "litellm":
        providers = _checkbox(
            "Behind it? (space chooses, enter goes on)", wizard.providers(), before.get("providers", ())
        )
        arguments["providers"] = providers
        models = before.get("models", ()) if providers == before.get("providers") else ()
        arguments["models"] = _checkbox("Which models?", wizard.offered_models(providers), models)
        if "vertex" in providers:
            project = os.environ.get("GOOGLE_CLOUD_PROJECT", "")
            arguments["vertex_project"] = _text(
                "Google Cloud project? (empty: when it starts)", "vertex_project", said("vertex_project", project)
            )
            arguments["vertex_region"] = _text(
                "Google location? (empty: each model's own)", "vertex_region", said("vertex_region")
            )
        if "bedrock" in providers:
            arguments["aws_region"] = _text("AWS region? (empty: the usual one)", "aws_region", said("aws_region"))
    auths = [
        Offer("", "what fits best (a helper for a local gateway, else a token variable)"),
        Offer("token", "a token, exported in the shell"),
        Offer("api-key", "an API key, exported in the shell"),
        Offer("helper", "a command that prints the key"),
    ]
    if gateway not in ("direct", "proxy-only", "claude-apps-gateway"):
        arguments["auth"] = _select("How does Claude Code get its key?", auths, said("auth"))
    scopes = [
        Offer("user", "you, in every project (~/.claude/settings.json)"),
        Offer("local", "you, in this project only (.claude/settings.local.json)"),
        Offer("project", "everyone who works in this project (.claude/settings.json, committed)"),
    ]
    arguments["scope"] = _select("For whom?", scopes, said("scope"))
    proxy = os.environ.get("HTTPS_PROXY", "")
    proxy = said("proxy_url", "" if "@" in proxy else proxy)
    arguments["proxy_url"] = _text("Corporate proxy? (empty: none)", "proxy_url", proxy)
    return arguments


def _select(question: str, offers: Sequence[Offer], before: str = "") -> str:
    from questionary import Choice, select

    choices = [Choice(offer.title, value=offer.value) for offer in offers]
    default = before if any(offer.value == before for offer in offers) else None
    return str(select(question, choices=choices, default=default).unsafe_ask())


def _checkbox(question: str, offers: Sequence[Offer], before: Sequence[str] = ()) -> list[str]:
    from questionary import Choice, checkbox

    chosen = set(before) or {offer.value for offer in offers if offer.chosen}
    choices = [Choice(offer.title, value=offer.value, checked=offer.value in chosen) for offer in offers]

    def enough(chosen: list[str]) -> bool | str:
        return True if chosen else "Choose at least one."

    return [str(value) for value in checkbox(question, choices=choices, validate=enough).unsafe_ask()]


def _text(question: str, name: str, default: str = "") -> str:
    from questionary import text

    from mcp_server.operations import wizard

    def fits(value: str) -> bool | str:
        return wizard.problem(name, value.strip()) or True if value.strip() else True

    check: Callable[[str], bool | str] = fits
    return str(text(question, default=default, validate=check).unsafe_ask()).strip()
