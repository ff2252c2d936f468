"""Claude Code: its rules per release stand in ``effective/dialect.py``; this says them in the table's words."""

from __future__ import annotations

from mcp_server import redact
from mcp_server.effective.programs.base import ClientCertificate, Program, ProxyUse, TrustFile, TrustUse
from mcp_server.effective.proxy import proxy_decision
from mcp_server.effective.target import client_target
from mcp_server.snapshot import Setting, Snapshot


def proxy(machine: Snapshot, url: str) -> ProxyUse:
    decision = proxy_decision(machine, url)
    decided = machine.variable(decision.variable) if decision.variable else None
    notes = decision.notes
    helper = machine.key("proxyAuthHelper")
    if helper is not None and decision.address is not None:
        notes = (*notes, f"proxyAuthHelper ({helper.source}) supplies the proxy credentials, for Claude Code alone")
    if decision.problem is not None:
        because = f"{decision.because}: {decision.problem.problem}"
        return ProxyUse("fails", because, decided_by=decided, cause=decision.problem.cause, notes=notes)
    if decision.address is None:
        return ProxyUse("direct", decision.because, bypassed_by=decision.bypassed_by, notes=notes)
    address, because = decision.address, decision.because
    if decided is not None and decided.beats:
        because = f"{because}; it beats {decided.name} of {redact.quote(', '.join(decided.beats), 200)}"
    return ProxyUse("proxy", because, address.authority, address.scheme, decided, notes=notes)


def trust(machine: Snapshot, _url: str) -> TrustUse:
    target = client_target(machine)
    files, ignored = [], []
    for file in target.ca_files:
        setting = Setting(file.variable, file.path, file.scope, file.source)
        if file.effective:
            files.append(TrustFile(setting, replaces=False))
        else:
            ignored.append((setting, file.note))
    folder = machine.outside("SSL_CERT_DIR")
    if folder is not None and folder.value:
        if "system" in target.stores:
            files.append(TrustFile(folder, replaces=False))
        else:
            ignored.append((folder, "does not count with CLAUDE_CODE_CERT_STORE=bundled"))
    off = machine.variable("NODE_TLS_REJECT_UNAUTHORIZED")
    names = {"bundled": "Mozilla's list (built in)", "system": "the system's store"}
    return TrustUse(
        stores=tuple(names[store] for store in target.stores),
        files=tuple(files),
        off=off if off is not None and off.value.strip() == "0" else None,
        ignored=tuple(ignored),
    )


def certificate(machine: Snapshot, _url: str) -> ClientCertificate | None:
    target = client_target(machine)
    if target.client_certificate is None:
        return None
    return ClientCertificate(target.client_certificate, target.client_key)


PROGRAM = Program("claude-code", "Claude Code", proxy, trust, certificate, "claude", "2.1.330 and 2.1.197")
