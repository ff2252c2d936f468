"""The keys of several LiteLLM releases: one whole, the others as differences, and what rules make of them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from mcp_server.catalogue.load import read_json
from mcp_server.catalogue.patch import patched
from mcp_server.document.document import parse
from mcp_server.run.programs import versions
from mcp_server.validate.context import Context
from mcp_server.validate.engine import validate
from mcp_server.validate.schemas import litellm_schema
from mcp_server.validate.schemas.litellm_schema import (
    Key,
    checking_against,
    known_releases,
    pinned_release,
    read_by,
    schema,
)

ROOT = Path(__file__).parents[2]
TYPES = {"boolean", "integer", "number", "string", "array", "object"}


def order(release: str) -> tuple[int, ...]:
    return tuple(map(int, release.split(".")[:3]))


def test_known_releases_are_newest_first_and_hold_the_pinned_one() -> None:
    releases = known_releases()
    assert list(releases) == sorted(releases, key=order, reverse=True)
    assert pinned_release() == versions()["litellm"]
    assert pinned_release() in releases
    assert len(releases) >= 5


def test_default_is_the_pinned_release_and_checking_against_another_changes_it() -> None:
    oldest = known_releases()[-1]
    assert schema().version == pinned_release()
    with checking_against(oldest):
        assert schema().version == oldest
    assert schema().version == pinned_release()


def test_unknown_release_is_judged_by_the_newest_known_one_before_it() -> None:
    oldest, newest = known_releases()[-1], known_releases()[0]
    assert schema("1.0.0").version == oldest
    assert schema("999.0.0").version == newest
    assert schema(f"{pinned_release()}99").version == pinned_release()


def test_every_release_is_whole_again_and_has_the_same_parts() -> None:
    parts = schema().data.keys()
    for release in known_releases():
        assert schema(release).data.keys() == parts
        assert len(schema(release).keys("litellm_params")) > 300
        assert {"model_list", "general_settings"} <= schema(release).keys("top")


@pytest.mark.parametrize("section", ["litellm_settings", "general_settings", "router_settings", "mcp_servers.*"])
def test_question_to_a_difference_agrees_with_the_rebuilt_release(section: str) -> None:
    everything = {key for release in known_releases() for key in schema(release).keys(section)}
    for key in everything:
        assert read_by(section, key) == tuple(r for r in known_releases() if key in schema(r).keys(section)), key
    assert read_by(section, "no_such_key") == ()


def test_a_difference_takes_one_release_to_the_other() -> None:
    sys.path.insert(0, str(ROOT / "maintenance"))
    try:
        from litellm_facts.releases import difference
    finally:
        sys.path.remove(str(ROOT / "maintenance"))
    old = {"a": ["x", "y"], "b": {"k": {"type": "string"}, "gone": {}}, "c": ["z", "a"], "same": 1, "empty": []}
    new = {"a": ["w", "y"], "b": {"k": {"type": "number"}, "new": {}}, "c": ["a", "z"], "same": 1, "empty": ["e"]}
    assert patched(old, difference(old, new)) == new
    assert patched(new, difference(new, old)) == old
    assert difference(old, old) is None


def test_facts_of_every_key_are_well_formed() -> None:
    for section in schema().sections:
        for name in schema().keys(section):
            key = schema().key(section, name)
            assert key is not None
            assert set(key.types) <= TYPES, (section, name)
            assert set(key.items.types if key.items else ()) <= TYPES, (section, name)


def test_program_tells_type_values_and_default_of_a_key() -> None:
    strategy = schema().key("router_settings", "routing_strategy")
    assert strategy is not None
    assert strategy.types == ("string",)
    assert "simple-shuffle" in strategy.values
    assert strategy.default == "simple-shuffle"
    alerts = schema().key("general_settings", "alert_types")
    assert alerts is not None
    assert alerts.items is not None
    assert "budget_alerts" in alerts.items.values
    assert schema().key("router_settings", "no_such_key") is None


def test_refusals_were_measured_with_the_pinned_release() -> None:
    measured = read_json(litellm_schema.REFUSALS)
    assert measured["litellm"] == pinned_release()
    for section, keys in measured["refused"].items():
        assert set(keys) <= schema().keys(section)


def findings(text: str, release: str | None) -> list[str]:
    context = Context("litellm", {"LITELLM_MASTER_KEY": "x"}, litellm=release)
    return [f.problem for f in validate(parse(text, "yaml"), context) if f.id == "unknown-key"]


def first_read(section: str, *, after: str) -> tuple[str, str]:
    """A key of a section that releases read only after a certain one, and the first known release that does."""
    later = known_releases()[: known_releases().index(after)]
    for key in sorted(schema(later[0]).keys(section)):
        readers = read_by(section, key)
        if readers and set(readers) <= set(later):
            return key, readers[-1]
    raise AssertionError(f"no key of {section} is newer than {after}")


def test_key_of_a_newer_release_names_the_release_that_reads_it() -> None:
    key, release = first_read("general_settings", after=known_releases()[-1])
    text = f"general_settings:\n  {key}: 1\n  master_key: os.environ/LITELLM_MASTER_KEY\n"
    (problem,) = findings(text, known_releases()[-1])
    assert f"LiteLLM {release} reads it" in problem
    assert findings(text, release) == []


def test_key_that_was_given_up_names_the_last_release_that_read_it() -> None:
    text = "litellm_settings:\n  telemetry: false\n"
    (problem,) = findings(text, None)
    last = read_by("litellm_settings", "telemetry")[0]
    assert f"LiteLLM {last} still did" in problem
    assert findings(text, last) == []


def test_key_facts_tolerate_what_a_release_does_not_tell() -> None:
    assert Key.of({}) == Key()
    assert Key.of({"type": ["string", "number"], "values": ["a"], "gt": 0}).bounds == {"gt": 0}
