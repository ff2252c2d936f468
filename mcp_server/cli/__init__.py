"""The ``llm-gateway`` command: the same operations as the MCP tools, for people and for CI.

Exit codes: 0 fine (or warnings) · 1 problems found · 2 wrong usage · 3 could not be checked. For ``validate``,
warnings are problems too, unless ``--fail-on`` says otherwise.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from mcp_server import __version__
from mcp_server.cli import change, compatibility, doctor, drill, init, lab, migrate, rotate, screen, up, validate
from mcp_server.cli.exit_codes import EXIT_OK, EXIT_PROBLEMS, EXIT_UNCHECKED, EXIT_USAGE
from mcp_server.errors import GatewayError, UsageError

if TYPE_CHECKING:
    from mcp_server.answer import Answer

_GENERATE_TEXTS = (
    "gateway", "gateway_url", "vertex_project", "vertex_region", "aws_region", "token_env", "routing",
    "proxy_url", "no_proxy", "ca_bundle", "auth", "scope", "deployment",
)  # fmt: skip
_GENERATE_LISTS = ("providers", "models", "fallbacks")
_GENERATE_OPTIONS = (*_GENERATE_TEXTS, *_GENERATE_LISTS)


_REPORT = (
    "Writes a Markdown report with what the issue forms of Claude Code and LiteLLM ask for. Credentials are removed, "
    "and the result is searched once more for them."
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the console script; always ends the process with one of the exit codes above."""
    screen.prepare()
    try:
        sys.exit(_run(_parser().parse_args(arguments)))
    except GatewayError as error:
        print(f"llm-gateway: {error.problem}\n  what to do: {error.fix}", file=sys.stderr)
        sys.exit(EXIT_USAGE if isinstance(error, UsageError) else EXIT_PROBLEMS)
    except _interruptions():
        print("llm-gateway: stopped.", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        # The reader has gone (``| head``): say nothing, and keep Python from saying it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_OK)
    except Exception as error:
        # The top-level handler: a defect of ours must not look like an answer, nor spill what it was working on.
        if os.environ.get("LLM_GATEWAY_DEBUG"):
            raise
        package = (getattr(error, "name", None) or "").partition(".")[0]
        if isinstance(error, ModuleNotFoundError) and package not in ("", "mcp_server"):
            print(
                f"llm-gateway: this command needs the package {package}, which is not installed.\n"
                "  what to do: install the laboratory's packages: pip install 'llm-gateway-assistant[lab]'",
                file=sys.stderr,
            )
            sys.exit(EXIT_PROBLEMS)
        print(
            f"llm-gateway: internal error ({type(error).__name__}); this is a defect of llm-gateway.\n"
            "  what to do: run it again with LLM_GATEWAY_DEBUG=1 and report the traceback.",
            file=sys.stderr,
        )
        sys.exit(EXIT_UNCHECKED)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="llm-gateway",
        description="Makes Claude Code work through any LLM gateway, provider mix and corporate proxy, and proves it.",
        epilog="Exit codes: 0 fine, 1 problems found, 2 wrong usage, 3 could not be checked.",
    )
    parser.add_argument("--version", action="version", version=f"llm-gateway {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="COMMAND")

    serve = verbs.add_parser("serve", help="run the MCP server (stdio, or --http)")
    # On loopback only: whoever reaches the server can use this machine's files and credentials through its tools.
    serve.add_argument("--http", action="store_true", help="streamable HTTP on 127.0.0.1 instead of stdio")
    serve.add_argument("--port", type=int, default=8321, help="port for --http (default %(default)s)")

    generate = _verb(verbs, "generate", "write gateway and client configuration", _generate)
    generate.add_argument("goal", nargs="*", help="the wish in free words")
    for name in _GENERATE_TEXTS:
        generate.add_argument(f"--{name.replace('_', '-')}", metavar="…")
    for name in _GENERATE_LISTS:
        generate.add_argument(f"--{name}", type=_names, metavar="A,B,…")
    generate.add_argument("--output", metavar="DIR", help="also write the files into DIR (refuses to overwrite)")

    validate.add(verbs)
    compatibility.add(verbs)
    change.add(verbs)
    migrate.add(verbs)
    rotate.add(verbs)
    drill.add(verbs)
    lab.add(verbs)
    up.add(verbs)
    doctor.add(verbs)
    init.add(verbs)

    proxy = _verb(verbs, "check-proxy", "find proxy and TLS faults on the way to the gateway", _check_proxy)
    proxy.add_argument("targets", nargs="*", metavar="URL", help="default: Claude Code's own base URL")
    for name in ("proxy-url", "no-proxy", "ca-bundle"):
        proxy.add_argument(f"--{name}")
    proxy.add_argument("--pac", metavar="FILE", help="a PAC file to evaluate for the targets")

    test = _verb(verbs, "test-model", "prove that a model works for Claude Code", _test_model)
    test.add_argument("models", nargs="*", metavar="MODEL", help="default: the model Claude Code would use")
    test.add_argument("--base-url", help="default: Claude Code's own")
    test.add_argument("--token-env", metavar="NAME", help="name of the variable that holds the gateway key")
    test.add_argument("--level", choices=("status", "health", "message", "claude-code"), default="claude-code")
    test.add_argument("--dry-run", action="store_true", help="show the requests, send nothing")
    test.add_argument(
        "--patience", type=float, default=8.0, metavar="SECONDS", help="wait for the first answer, default 8"
    )

    diagnose = _verb(verbs, "diagnose", "explain an error: root cause and cure", _diagnose)
    diagnose.add_argument("symptom", nargs="*", help="the error text, or - for standard input")
    diagnose.add_argument("--provider", choices=("auto", "google", "aws", "anthropic", "gateway"), default="auto")
    diagnose.add_argument("--config", dest="config_path", metavar="FILE", help="gateway file to take into account")
    diagnose.add_argument("--live", action="store_true", help="also make the least free calls that decide")

    explain = _verb(
        verbs, "explain", "show what Claude Code really uses here, and where each value comes from", _explain
    )
    explain.add_argument("--client-version", metavar="X", help="predict for this release of Claude Code")
    explain.add_argument("--settings", metavar="FILE", help="file or JSON that claude --settings would be given")

    report = verbs.add_parser("report", help="write a redacted report for an issue", description=_REPORT)
    report.add_argument("symptom", nargs="*", help="the error text, or - for standard input")
    report.add_argument("--config", dest="config_path", metavar="FILE", help="gateway file to check as well")
    report.add_argument("--output", metavar="FILE", help="write to this new file, not to standard output")

    demo = verbs.add_parser("demo", help="the main job on the loopback laboratory, with the real programs")
    demo.add_argument("--json", action="store_true", help="print the Answer as JSON")
    demo.set_defaults(run=_demo)
    return parser


def _verb(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    help_text: str,
    run: Callable[[argparse.Namespace], Answer],
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=help_text, description=f"{help_text[0].upper()}{help_text[1:]}.")
    parser.add_argument("--json", action="store_true", help="print the Answer as JSON")
    parser.set_defaults(run=run)
    return parser


def _run(options: argparse.Namespace) -> int:
    if options.verb == "serve":
        return _serve(options)
    if options.verb == "validate":
        return validate.run(options)
    if options.verb == "compatibility":
        return compatibility.run(options)
    if hasattr(options, "command"):
        return int(options.command(options))
    if options.verb == "report":
        return _report(options)
    answer: Answer = options.run(options)
    screen.write_answer(answer, as_json=options.json)
    if options.verb in ("generate", "explain") and answer.verdict == "unknown":
        return EXIT_OK  # done as asked; proving it is test-model's job
    return {"ok": EXIT_OK, "warnings": EXIT_OK, "errors": EXIT_PROBLEMS, "unknown": EXIT_UNCHECKED}[answer.verdict]


def _serve(options: argparse.Namespace) -> int:
    from mcp_server.server import build_server

    if not options.http:
        build_server().run()
        return EXIT_OK
    from mcp_server.net.ports import in_use

    if in_use(options.port):
        raise GatewayError(
            f"port {options.port} on 127.0.0.1 is in use, so the server cannot listen there.",
            "Choose another one: llm-gateway serve --http --port NUMBER",
        )
    build_server().run("streamable-http", host="127.0.0.1", port=options.port)
    return EXIT_OK


def _generate(options: argparse.Namespace) -> Answer:
    from mcp_server.operations import generate_config

    answer = generate_config.run(
        goal=" ".join(options.goal) or None, **{n: getattr(options, n) for n in _GENERATE_OPTIONS}
    )
    if options.output:
        _write_files(answer, options.output)
    return answer


def _write_files(answer: Answer, folder: str) -> None:
    """Writes every file of the Answer, or none: nothing is overwritten and nothing is left half-written."""
    from pathlib import Path

    from mcp_server.generate.document import place_below

    base = Path(folder)
    files = {base / place_below(f.path): f.content for f in answer.config if f.language != "shell"}
    taken = [str(path) for path in files if path.exists()]
    if taken:
        raise UsageError(f"{', '.join(taken)} exists already.", "Choose another folder for --output, or remove it.")
    written: list[Path] = []
    try:
        base.mkdir(parents=True, exist_ok=True)
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            written.append(path)
            path.write_text(content, encoding="utf-8")
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        raise GatewayError(
            f"cannot write into {folder}: {error.strerror}.", "Choose a folder that you may write to."
        ) from error


def _check_proxy(options: argparse.Namespace) -> Answer:
    from mcp_server.operations import check_proxy

    return _wait(
        check_proxy.run(
            targets=options.targets or None,
            proxy_url=options.proxy_url,
            no_proxy=options.no_proxy,
            ca_bundle=options.ca_bundle,
            pac=options.pac,
        )
    )


def _test_model(options: argparse.Namespace) -> Answer:
    from mcp_server.operations import test_model

    return _wait(
        test_model.run(
            base_url=options.base_url,
            models=options.models or None,
            token_env=options.token_env,
            level=options.level,
            dry_run=options.dry_run,
            patience=options.patience,
        )
    )


def _diagnose(options: argparse.Namespace) -> Answer:
    from mcp_server.operations import diagnose_auth

    return _wait(
        diagnose_auth.run(
            symptom=_symptom(options),
            provider=options.provider,
            config_path=options.config_path,
            live=options.live,
        )
    )


def _symptom(options: argparse.Namespace) -> str | None:
    text = " ".join(options.symptom)
    return (sys.stdin.buffer.read().decode("utf-8", errors="replace") if text == "-" else text) or None


def _explain(options: argparse.Namespace) -> Answer:
    from mcp_server.operations import explain

    return _wait(explain.run(client_version=options.client_version, settings=options.settings))


def _report(options: argparse.Namespace) -> int:
    import asyncio

    from mcp_server.operations import report

    bundle = asyncio.run(report.run(symptom=_symptom(options), config_path=options.config_path))
    if options.output:
        report.write(bundle, options.output)
        screen.write(f"Written: {options.output} (readable only by you).\n")
    else:
        screen.write(bundle.markdown)
    return EXIT_OK


def _demo(_: argparse.Namespace) -> Answer:
    from mcp_server.lab.demo import run

    def report(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    return _wait(run(report))


def _wait(answer: Awaitable[Answer]) -> Answer:
    import asyncio

    async def wait() -> Answer:
        return await answer

    return asyncio.run(wait())


def _interruptions() -> tuple[type[BaseException], ...]:
    """What ends a command from outside. ``asyncio`` takes longer to import than most files to check."""
    loop = sys.modules.get("asyncio")
    return (KeyboardInterrupt, loop.CancelledError) if loop else (KeyboardInterrupt,)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


if __name__ == "__main__":
    main()
