"""A LiteLLM file of an older release: what ``validate --fix`` repairs, plus keys in clear turned into variables."""

from __future__ import annotations

import re

from mcp_server.answer import ConfigFile
from mcp_server.change.migrate.model import Lost, Migration, Secrets, Source, said
from mcp_server.document.document import Document, parse
from mcp_server.document.edit import Change
from mcp_server.document.edits import apply
from mcp_server.document.nodes import Scalar
from mcp_server.document.writing import set_text
from mcp_server.errors import GatewayError
from mcp_server.generate.gateways.litellm.config import CONFIG_FILE
from mcp_server.redact import redact
from mcp_server.validate.context import Context
from mcp_server.validate.engine import Report, report
from mcp_server.validate.fixing import fix
from mcp_server.validate.kinds import litellm
from mcp_server.validate.rules.secret_in_clear import ENDINGS, HARMLESS, NAMES

ID = "litellm"
TITLE = "LiteLLM file"
PLACES = ()


def detect(name: str, data: bytes) -> bool:
    return litellm.claims(name, data[:400_000].decode("utf-8", "replace")) and not name.endswith(".json")


def convert(source: Source) -> Migration:
    """The same file with what is renamed or misspelt put right; comments and order stay."""
    migration = Migration(TITLE, local_gateway=True)
    document = parse(source.data, "yaml", source.name)
    context = Context("litellm", environment=None)

    def judge(other: Document) -> Report:
        return report(other, context)

    fixed = fix(document, context, judge, unsafe=True)
    if not fixed.document.readable and not fixed.document.syntax:
        raise GatewayError(f"{said(source.name, 200)} holds nothing.", "Name the file that LiteLLM is started with.")
    if not fixed.document.readable:
        first = fixed.document.syntax[0]
        raise GatewayError(
            f"{said(source.name, 200)}:{first.mark.line}:{first.mark.column} {first.problem}.", f"{first.fix}."
        )
    text, secrets = _without_keys(fixed.document, source.name)
    migration.secrets = secrets.found
    migration.guarded += secrets.values
    for finding in fixed.applied:
        migration.kept.append(f"{finding.id}: {said(finding.problem, 200)}")
    after = judge(parse(text, "yaml", source.name))
    for finding in after.findings:
        if finding.severity != "info":
            place = f"line {finding.where.line}: " if finding.where and finding.where.line else ""
            migration.by_hand.append(f"{place}{said(finding.problem, 200)} {said(finding.fix, 200)}")
    for secret in secrets.found:
        migration.kept.append(f"{secret.variable} in place of a key in clear")
    if redact(text) != text:
        for number, line in enumerate(text.splitlines(), 1):
            if redact(line) != line:
                raise GatewayError(
                    f"{said(source.name, 200)}: line {number} still holds something like a credential after the "
                    "conversion; nothing was written.",
                    "Put it into a variable (os.environ/NAME) by hand, then run this again.",
                )
    if not migration.kept:
        migration.lost.append(Lost("changes", "there was nothing to change: the file is of the current form"))
    migration.files = [
        ConfigFile(
            path=CONFIG_FILE, language="yaml", content=text, why="The same file in the current form, without keys."
        )
    ]
    return migration


def _without_keys(document: Document, name: str) -> tuple[str, Secrets]:
    found, changes = Secrets(), []
    for path, node in document.nodes:
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            continue
        last = re.sub(r"\[\d+\]$", "", path.rpartition(".")[2]).lower()
        named = last in NAMES or last.endswith(ENDINGS)
        if (named and not HARMLESS.match(node.value)) or redact(node.value) != node.value:
            variable = found.variable(
                node.value, _variable(document, path, last), f"{said(name, 160)}:{node.mark.line}"
            )
            change = set_text(document, node, f"os.environ/{variable}")
            if isinstance(change, Change):
                changes.append(change)
    text, _ = apply(document.text, changes)
    return text, found


def _variable(document: Document, path: str, last: str) -> str:
    """After the provider of the deployment, or after the key's own name."""
    if last == "master_key":
        return "LITELLM_MASTER_KEY"
    nodes = dict(document.nodes)
    model = nodes.get(f"{path.rpartition('.')[0]}.model")
    provider = model.value.partition("/")[0] if isinstance(model, Scalar) and "/" in str(model.value) else ""
    return f"{provider}_{last}" if provider else f"LITELLM_{last}"
