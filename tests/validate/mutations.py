"""Random damage to a good LiteLLM configuration: what people do to such files, and what editors and merges do."""

from __future__ import annotations

import copy
import datetime
import random
from collections.abc import Callable
from typing import Any

import yaml

from mcp_server.validate.schemas.litellm_schema import schema
from tests.validate import text_mutations

#: Values of every kind, as they come out of a slip or of another tool.
VALUES: tuple[Any, ...] = (
    *(None, "", "word", "two words", "7", 7, 0, -1, 0.5, True, False, "true", "off", "10m", "1e3"),
    *(datetime.date(2026, 1, 2), [], {}, ["word"], [7], [None], {"a": "b"}, [{"a": "b"}], [["word"]]),
    *("os.environ/SET_VARIABLE", "${SET_VARIABLE}", "$SET_VARIABLE", "os.environ/SET_VARIABLE/x", "os.environ.X"),
)
#: Settings that change nothing of a request.
RIGHT: tuple[tuple[str, str, Any], ...] = (
    *(("litellm_settings", k, v) for k, v in {"json_logs": False, "request_timeout": 600, "num_retries": 2}.items()),
    *(("router_settings", k, v) for k, v in {"routing_strategy": "simple-shuffle", "allowed_fails": 100}.items()),
    *(("general_settings", k, v) for k, v in {"disable_spend_logs": True, "health_check_interval": 300}.items()),
    ("environment_variables", "MY_VARIABLE", "value"),
)
#: Values that are right somewhere, and so wrong elsewhere.
WORDS = (
    *("anthropic/claude-sonnet-4-6", "vertexai/gemini-3.5-flash", "gpt-4o", "my-model", "bedrock/claude", "openai/x"),
    *("round-robin", "latency-based-routing", "usage-based-routing-v2", "prometheus", "langfuse", "otel", "my_cb.x"),
    *("redis", "local", "http://127.0.0.1:1", "127.0.0.1:1", "https://gateway.example/v1/", "free", "sk-1234", "*"),
)
SECTIONS = ("litellm_settings", "router_settings", "general_settings", "model_list", "environment_variables")
Path = tuple[Any, ...]


def mutate(text: str, chance: random.Random) -> tuple[str, str]:
    """One change of ``text``: what was done, and the text after it. The change may turn out to change nothing."""
    for _ in range(20):
        change = chance.choice(chance.choices((_TREE, text_mutations.DAMAGE, _HARMLESS), (6, 2, 2))[0])
        result = change(text, chance)
        if result is not None and result[1] != text:
            return f"{change.__name__.strip('_')}: {result[0]}", result[1]
    return "nothing", text


def _tree(change: Callable[[Any, random.Random], str | None]) -> Callable[[str, random.Random], tuple[str, str] | None]:
    """A change of the tree, written back as YAML."""

    def apply(text: str, chance: random.Random) -> tuple[str, str] | None:
        tree = _unshared(yaml.safe_load(text))
        done = change(tree, chance)
        if done is None:
            return None
        return done, yaml.dump(tree, Dumper=_Dumper, sort_keys=False, allow_unicode=True)

    apply.__name__ = change.__name__
    return apply


def _unshared(node: Any) -> Any:
    """The tree with a copy of its own for every alias."""
    if isinstance(node, dict):
        return {key: _unshared(value) for key, value in node.items()}
    return [_unshared(item) for item in node] if isinstance(node, list) else node


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _paths(node: Any, here: Path = ()) -> list[Path]:
    """Every value of the tree."""
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path for key, value in children for path in ((*here, key), *_paths(value, (*here, key)))]


def _at(tree: Any, path: Path) -> Any:
    for key in path:
        tree = tree[key]
    return tree


def _pick(tree: Any, chance: random.Random, wanted: Callable[[Any], bool] = lambda _: True) -> Path | None:
    found = [path for path in _paths(tree) if wanted(_at(tree, path))]
    return chance.choice(found) if found else None


def _shown(path: Path) -> str:
    return ".".join(map(str, path))


def delete(tree: Any, chance: random.Random) -> str | None:
    path = _pick(tree, chance)
    if path is None:
        return None
    del _at(tree, path[:-1])[path[-1]]
    return _shown(path)


def value(tree: Any, chance: random.Random) -> str | None:
    path = _pick(tree, chance)
    if path is None:
        return None
    new = copy.deepcopy(chance.choice(VALUES if chance.random() < 0.7 else WORDS))
    _at(tree, path[:-1])[path[-1]] = new
    return f"{_shown(path)} = {new!r}"


def wrap(tree: Any, chance: random.Random) -> str | None:
    path = _pick(tree, chance)
    if path is None:
        return None
    old = _at(tree, path)
    new = chance.choice(([old], {"value": old}, [[old]], str(old), {str(old): None} if isinstance(old, str) else [old]))
    if isinstance(old, list) and old and chance.random() < 0.5:
        new = old[0]
    _at(tree, path[:-1])[path[-1]] = new
    return _shown(path)


def misspell(tree: Any, chance: random.Random) -> str | None:
    path = _pick(tree, chance)
    if path is None or not isinstance(path[-1], str) or len(path[-1]) < 3:
        return None
    return _renamed(tree, path, _slip(path[-1], chance))


def rename(tree: Any, chance: random.Random) -> str | None:
    path = _pick(tree, chance)
    if path is None or not isinstance(path[-1], str):
        return None
    section = chance.choice(("general_settings", "litellm_settings", "router_settings", "litellm_params", "top"))
    return _renamed(tree, path, chance.choice(sorted(schema().keys(section))))


def misspell_value(tree: Any, chance: random.Random) -> str | None:
    """Names in references, models, providers, strategies, callbacks, addresses."""
    path = _pick(tree, chance, lambda v: isinstance(v, str) and len(v) > 2)
    if path is None:
        return None
    old = _at(tree, path)
    head, slash, tail = old.partition("/")
    forms = [_slip(old, chance), f"{old} ", old.upper(), f"{old}/", f"x-{old}", old.replace("-", "_")]
    if slash:
        forms += [f"{_slip(head, chance) if len(head) > 2 else 'x'}/{tail}", tail, f"{head}//{tail}"]
    new = chance.choice(forms)
    _at(tree, path[:-1])[path[-1]] = new
    return f"{_shown(path)} = {new!r}"


def add(tree: Any, chance: random.Random) -> str | None:
    """A setting that exists, with a value that may be wrong."""
    if not isinstance(tree, dict):
        return None
    section = chance.choice(("general_settings", "litellm_settings", "router_settings", "litellm_params", "model_info"))
    key, new = chance.choice(sorted(schema().keys(section))), copy.deepcopy(chance.choice(VALUES))
    if section in ("litellm_params", "model_info"):
        entries = [e for e in tree.get("model_list") or [] if isinstance(e, dict)]
        if not entries:
            return None
        place = chance.choice(entries).setdefault(section, {})
    else:
        place = tree.setdefault(section, {})
    if not isinstance(place, dict):
        return None
    place[key] = new
    return f"{section}.{key} = {new!r}"


def move(tree: Any, chance: random.Random) -> str | None:
    """A key to another mapping of the file."""
    path = _pick(tree, chance)
    homes = [p for p in ((), *_paths(tree)) if isinstance(_at(tree, p), dict)]
    if path is None or not isinstance(path[-1], str):
        return None
    homes = [home for home in homes if home[: len(path)] != path]
    moved = _at(tree, path[:-1]).pop(path[-1])
    home = chance.choice(homes)
    _at(tree, home)[path[-1]] = moved
    return f"{_shown(path)} to {_shown(home) or 'the top'}"


def swap(tree: Any, chance: random.Random) -> str | None:
    """The contents of two sections."""
    present = [s for s in SECTIONS if s in tree]
    if len(present) < 2:
        return None
    one, other = chance.sample(present, 2)
    tree[one], tree[other] = tree[other], tree[one]
    return f"{one} and {other}"


def reference(tree: Any, chance: random.Random) -> str | None:
    """Fallbacks and aliases to names that exist or do not."""
    names = [e.get("model_name") for e in tree.get("model_list") or [] if isinstance(e, dict)]
    names = [n for n in names if isinstance(n, str)]
    if not names:
        return None
    one, other = chance.choice(names), chance.choice([*names, "nowhere", "anthropic/claude-sonnet-4-6"])
    forms: list[tuple[str, str, Any]] = [
        ("router_settings", "fallbacks", [{one: [other]}]),
        ("litellm_settings", "fallbacks", [{one: [other]}]),
        ("router_settings", "fallbacks", {one: [other]}),
        ("router_settings", "fallbacks", [{one: other}]),
        ("router_settings", "fallbacks", [{one: [other], "z": [other]}]),
        ("router_settings", "default_fallbacks", [other]),
        ("router_settings", "default_fallbacks", other),
        ("router_settings", "context_window_fallbacks", [{one: [other]}]),
        ("router_settings", "content_policy_fallbacks", {one: [other]}),
        ("router_settings", "model_group_alias", {one: other}),
        ("router_settings", "model_group_alias", {"alias": {"model": other, "hidden": True}}),
        ("router_settings", "model_group_alias", [{one: other}]),
    ]
    section, key, new = chance.choice(forms)
    place = tree.setdefault(section, {})
    if not isinstance(place, dict):
        return None
    place[key] = new
    return f"{section}.{key} = {new!r}"


def _renamed(tree: Any, path: Path, name: str) -> str:
    mapping = _at(tree, path[:-1])
    items = [(name if key == path[-1] else key, item) for key, item in mapping.items()]
    mapping.clear()
    mapping.update(items)
    return f"{_shown(path)} to {name}"


def _slip(word: str, chance: random.Random) -> str:
    """A slip of the keyboard."""
    at = chance.randrange(1, len(word))
    return chance.choice(
        (
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :],
        )
    )


def setting(tree: Any, chance: random.Random) -> str | None:
    """A setting that is right, at its right place."""
    if not isinstance(tree, dict):
        return None
    section, key, new = chance.choice(RIGHT)
    if not isinstance(tree.setdefault(section, {}), dict):
        return None
    tree[section][key] = copy.deepcopy(new)
    return f"{section}.{key} = {new!r}"


def note(tree: Any, chance: random.Random) -> str | None:
    """Metadata of the user's own at a deployment."""
    entries = [e for e in tree.get("model_list") or [] if isinstance(e, dict)] if isinstance(tree, dict) else []
    if not entries:
        return None
    info = chance.choice(entries).setdefault("model_info", {})
    if not isinstance(info, dict):
        return None
    info[chance.choice(("owner", "note", "cost_center"))] = new = chance.choice(("team a", 7, True, ["x"], {"y": 1}))
    return f"{new!r}"


def reorder(tree: Any, chance: random.Random) -> str | None:
    """The keys of one mapping in another order."""
    path = _pick(tree, chance, lambda v: isinstance(v, dict) and len(v) > 1)
    mapping = tree if path is None else _at(tree, path)
    items = list(mapping.items())
    chance.shuffle(items)
    mapping.clear()
    mapping.update(items)
    return _shown(path or ())


_TREE = tuple(
    map(
        _tree,
        (
            delete,
            delete,
            value,
            value,
            value,
            wrap,
            misspell,
            misspell,
            rename,
            misspell_value,
            add,
            add,
            move,
            swap,
            reference,
        ),
    )
)
_HARMLESS = (*map(_tree, (setting, setting, note, reorder)), *text_mutations.HARMLESS)
