"""What the models behind a name of a LiteLLM configuration can do, as far as the catalogue and the file tell."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from mcp_server.catalogue.models import Model, models
from mcp_server.document.nodes import Sequence, scalar, text
from mcp_server.validate.kinds.litellm import Deployment, LiteLLMConfig


@dataclass(frozen=True)
class Abilities:
    """Of the weakest deployment of a name. ``window`` in tokens, ``None`` when unknown; ``tools``: all take them."""

    window: int | None
    tools: bool


def abilities(config: LiteLLMConfig, name: str) -> Abilities | None:
    """``None`` when nothing is known of any deployment of this model_name."""
    known = [a for file in config.files for d in file.deployments if d.name == name and (a := _of(d))]
    if not known:
        return None
    windows = [a.window for a in known if a.window]
    return Abilities(min(windows) if windows else None, all(a.tools for a in known))


def catalogued(deployment: Deployment) -> Model | None:
    """The model of the catalogue that a deployment serves, whichever provider serves it."""
    by_string, by_id = _index()
    bare = deployment.model_id.partition("@")[0]
    return by_string.get(deployment.model or "") or by_string.get(f"vertex_ai/{bare}") or by_id.get(bare)


@cache
def _index() -> tuple[dict[str, Model], dict[str, Model]]:
    return {m.litellm_model: m for m in models().values()}, {m.publisher_model: m for m in models().values()}


def _of(deployment: Deployment) -> Abilities | None:
    info = deployment.info
    own = scalar(info.get("max_input_tokens")) if info else None
    tools = scalar(info.get("supports_function_calling")) if info else None
    model = catalogued(deployment)
    if model is None and not isinstance(own, int) and tools is None:
        return None
    window = own if isinstance(own, int) and not isinstance(own, bool) else model.context_window if model else None
    takes = tools is not False and (model is None or _takes_tools(deployment, model))
    return Abilities(window, takes)


def _takes_tools(deployment: Deployment, model: Model) -> bool:
    """LiteLLM drops tools for Mistral's models on Vertex unless they are let through."""
    if model.route != "mistral" or deployment.provider != "vertex_ai":
        return model.tool_use
    allowed = deployment.params.get("allowed_openai_params") if deployment.params else None
    return "tools" in {text(i) for i in allowed.items} if isinstance(allowed, Sequence) else False
