"""What Claude Code would really do on this machine, derived from a snapshot alone (pure)."""

from mcp_server.effective.models import ResolvedModel, resolve_model, tier_models
from mcp_server.effective.proxy import ProxyDecision, proxy_decision
from mcp_server.effective.settings import settings_findings
from mcp_server.effective.target import CaFile, ClientTarget, Credential, client_target

__all__ = [
    "CaFile",
    "ClientTarget",
    "Credential",
    "ProxyDecision",
    "ResolvedModel",
    "client_target",
    "proxy_decision",
    "resolve_model",
    "settings_findings",
    "tier_models",
]
