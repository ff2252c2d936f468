"""What a builder is given: the checked arguments, what the free words say, and the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcp_server.generate.goal import Wish
    from mcp_server.generate.spec import GenerateRequest, LaboratoryEndpoint


@dataclass(frozen=True)
class Asked:
    """One wish. Arguments beat the free words."""

    request: GenerateRequest
    wish: Wish
    today: date
    laboratory: LaboratoryEndpoint | None = None

    @property
    def models(self) -> tuple[str, ...]:
        """Model names as the user wrote them; empty when none is named."""
        return self.request.models or self.wish.models

    @property
    def providers(self) -> tuple[str, ...]:
        """Provider names as the user wrote them; empty when none is named."""
        return self.request.providers or self.wish.providers
