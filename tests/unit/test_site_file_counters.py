"""What the firewall counted becomes figures with words; what is not nft's output is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from site_file.counters import COUNTERS, CountersWrong, figures, loaded
from site_file.site_tasks import ROLES


def listed(*counters: dict[str, object]) -> str:
    """Return counters as `nft -j list counters` prints them (nftables 1.0.6)."""
    head = {"metainfo": {"version": "1.0.6", "release_name": "Lester Gooch #5", "json_schema_version": 1}}
    return json.dumps({"nftables": [head, *({"counter": counter} for counter in counters)]})


def counter(name: str, table: str, packets: int, family: str = "inet") -> dict[str, object]:
    return {
        "family": family,
        "name": name,
        "table": table,
        "handle": 2,
        "packets": packets,
        "bytes": packets * 60,
    }


def test_figures_have_words_in_both_languages_and_stand_in_the_order_of_the_console() -> None:
    found = figures(listed(counter("refused_seats", "kaodian", 7), counter("syn_flood", "kaodian", 3)))
    assert [figure.name for figure in found] == list(COUNTERS)
    held = {figure.name: figure for figure in found}
    assert (held["refused_seats"].packets, held["refused_seats"].bytes) == (7, 420)
    assert held["syn_flood"].words.kind == "attack"
    assert held["refused_seats"].words.kind == "refused"
    assert all(figure.words.zh and figure.words.en for figure in found)


def test_same_incident_in_several_tables_is_added_up() -> None:
    text = listed(
        counter("arp_spoof", "kaodian_arp", 2, "arp"), counter("arp_spoof", "kaodian_switch", 5, "bridge")
    )
    assert {figure.name: figure.packets for figure in figures(text)}["arp_spoof"] == 7


def test_counters_of_other_tables_are_left_out() -> None:
    assert all(figure.packets == 0 for figure in figures(listed(counter("syn_flood", "docker", 9))))


def test_firewall_that_is_not_loaded_is_told_from_one_that_counted_nothing() -> None:
    assert not loaded(listed())
    assert not loaded(listed(counter("arp_spoof", "kaodian_arp", 0, "arp")))
    assert loaded(listed(counter("syn_flood", "kaodian", 0)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "null",
        '{"nftables": 7}',
        '{"nftables": [7]}',
        '{"nftables": [{"counter": 7}]}',
        '{"nftables": [{"counter": {"name": "syn_flood", "table": "kaodian"}}]}',
        '{"nftables": [{"counter": {"name": "syn_flood", "table": "kaodian", "packets": "1", "bytes": 1}}]}',
    ],
)
def test_what_is_not_nfts_output_is_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(CountersWrong, match="nft -j list counters"):
        figures(text)


@settings(max_examples=100)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=10),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["nftables", "counter", "name", "table", "packets", "bytes"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_any_json_is_read_or_refused(value: object) -> None:
    try:
        assert len(figures(json.dumps({"nftables": [value]}))) == len(COUNTERS)
    except CountersWrong as wrong:
        assert "防火墙" in str(wrong)


def test_every_counter_of_the_template_has_words() -> None:
    template = (ROLES / "firewall/templates/nftables.conf.j2").read_text(encoding="utf-8")
    for name in COUNTERS:
        assert name in template
