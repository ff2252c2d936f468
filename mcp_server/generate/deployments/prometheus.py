"""Prometheus' side of a service: where it scrapes, and when it warns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_server.answer import ConfigFile
from mcp_server.generate.document import yaml_text

if TYPE_CHECKING:
    from mcp_server.generate.deployments.service import Service

RULES = "prometheus-rules.yml"
SCRAPE = "prometheus.yml"


def files(service: Service, targets: list[str]) -> list[ConfigFile]:
    """A scrape configuration for ``targets`` (host:port) and the alerting rules; nothing without metrics."""
    if not service.metrics:
        return []
    job = {
        "job_name": service.name,
        "metrics_path": service.metrics,
        "scrape_interval": "30s",
        "static_configs": [{"targets": targets}],
    }
    return [
        ConfigFile(
            path=SCRAPE,
            language="yaml",
            content=yaml_text({"rule_files": [RULES], "scrape_configs": [job]}),
            why="What Prometheus scrapes. Merge it into an existing file.",
        ),
        ConfigFile(
            path=RULES,
            language="yaml",
            content=yaml_text({"groups": [{"name": service.name, "rules": rules(service)}]}),
            why="When Prometheus warns. promtool check rules reads it.",
        ),
    ]


def rules(service: Service) -> list[dict[str, Any]]:
    """The service's own rules and one for its absence."""
    down = rule(
        "GatewayDown",
        f'up{{job="{service.name}"}} == 0',
        "2m",
        "critical",
        f"{service.title} does not answer its scrapes; Claude Code cannot work without it.",
    )
    return [down, *map(dict, service.alert_rules)]


def rule(name: str, expression: str, lasting: str, severity: str, text: str) -> dict[str, Any]:
    """One alerting rule as Prometheus reads it."""
    return {
        "alert": name,
        "expr": expression,
        "for": lasting,
        "labels": {"severity": severity},
        "annotations": {"summary": text},
    }
