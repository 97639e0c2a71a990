"""The rules of matching at their borders: what is certain is matched, what has a rival goes to a person."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.matching.by_amount import fits
from reconciliation.matching.deciding import Decided, decide
from reconciliation.matching.items import NOTHING, Entry, Line, names_in, normal, total
from reconciliation.matching.kinds import RECON_RULES, Pair, Terms
from reconciliation.matching.proposing import propose
from reconciliation.matching.state import RULES, MatchRule, Why
from reconciliation.matching.sums import MOST_AMONG, combinations_to

TERMS = {1: Terms(), 2: Terms()}


def line(id: int, amount: str, day: int = 0, ref: str = "", party: str = "", pool: int = 1) -> Line:
    parties = frozenset([party]) if party else NOTHING
    return Line(id, pool, Decimal(amount), day, names_in(ref), parties)


def entry(
    id: int, amount: str, day: int = 0, ref: str = "", party: str = "", pool: int = 1, reverses: int = 0
) -> Entry:  # fmt: skip
    parties = frozenset([party]) if party else NOTHING
    return Entry(id, 1, pool, Decimal(amount), day, names_in(ref), parties, reverses)


def found(decided: Decided) -> dict[tuple[tuple[int, ...], tuple[int, ...]], str]:
    return {
        (
            tuple(sorted(a.id for a in each.lines)),
            tuple(sorted(b.id for b in each.entries)),
        ): each.rule.value
        for each in decided.found
    }  # fmt: skip


def by(lines: list[Line], entries: list[Entry], terms: dict[int, Terms] = TERMS) -> object:
    return found(decide(lines, entries, terms))


class TestByReference:
    def test_reference_and_amount_match_however_the_bank_spells_the_reference(self) -> None:
        for spelt in ("S-12", "s-12", "S12", "S/12", " S.12"):
            assert by([line(1, "5", ref=spelt)], [entry(7, "5", ref="S-12")]) == {
                ((1,), (7,)): "REFERENCE"
            }

    def test_a_cent_more_is_no_match_and_is_told_as_another_amount(self) -> None:
        decided = decide([line(1, "5.01", ref="S-12")], [entry(7, "5", ref="S-12")], TERMS)

        assert not decided.found
        assert [(a[0].id, b[0].id) for a, b in decided.tied] == [(1, 7)]

    def test_the_other_way_is_no_match(self) -> None:
        assert by([line(1, "-5", ref="S-12")], [entry(7, "5", ref="S-12")]) == {}

    def test_a_reference_counts_for_its_days_and_one_day_later_no_more(self) -> None:
        assert by([line(1, "5", 30, "S-12")], [entry(7, "5", ref="S-12")])
        assert by([line(1, "5", 31, "S-12")], [entry(7, "5", ref="S-12")]) == {}

    def test_of_two_lines_for_one_entry_neither_is_matched(self) -> None:
        twice = [line(1, "5", ref="S-12"), line(2, "5", ref="S-12")]

        decided = decide(twice, [entry(7, "5", ref="S-12")], TERMS)

        assert not decided.found
        assert len(decided.tied) == 1

    def test_as_many_twins_on_both_sides_are_one_match_that_claims_no_pairs(self) -> None:
        lines = [line(1, "5", ref="S-12"), line(2, "5", ref="S-12")]
        entries = [entry(7, "5", ref="S-12"), entry(8, "5", ref="S-12")]

        assert by(lines, entries) == {((1, 2), (7, 8)): "TWINS"}
        assert by(lines, entries[:1]) == {}

    def test_a_fee_with_the_same_reference_stands_not_in_the_way(self) -> None:
        lines = [line(1, "100", ref="S-12"), line(2, "-1.50", ref="S-12")]

        assert by(lines, [entry(7, "100", ref="S-12")]) == {((1,), (7,)): "REFERENCE"}

    def test_one_line_for_the_parts_of_a_settlement_or_several_for_one(self) -> None:
        parts = [entry(7, "60", ref="S-12"), entry(8, "40", ref="S-12")]
        assert by([line(1, "100", ref="S-12")], parts) == {((1,), (7, 8)): "COMMON"}

        lines = [line(1, "60", ref="S-12"), line(2, "40", ref="S-12")]
        assert by(lines, [entry(7, "100", ref="S-12")]) == {((1, 2), (7,)): "COMMON"}
        assert by(lines, [entry(7, "100.01", ref="S-12")]) == {}

    def test_two_wrong_lines_whose_sum_is_right_do_not_hide_each_other(self) -> None:
        lines = [line(1, "60.01", ref="S-1"), line(2, "39.99", ref="S-2")]
        entries = [entry(7, "60", ref="S-1"), entry(8, "40", ref="S-2")]
        assert by(lines, entries) == {}

        same_reference = [line(1, "60.01", ref="S-1"), line(2, "39.99", ref="S-1")]
        parts = [entry(7, "60", ref="S-1"), entry(8, "40", ref="S-1")]
        assert by(same_reference, parts) == {}

        lost = [line(1, "60.01"), line(2, "39.99")]
        assert by(lost, [entry(7, "60"), entry(8, "40")]) == {}

    def test_an_entry_and_its_reversal_are_nothing_on_any_statement(self) -> None:
        entries = [entry(7, "5"), entry(8, "-5", reverses=7)]

        assert by([], entries) == {((), (7, 8)): "REVERSAL"}

    def test_a_reversal_by_the_bank_takes_back_the_only_line_of_its_reference(self) -> None:
        back = line(2, "-5", ref="S-9")._replace(reversal=True)

        assert by([line(1, "5", ref="S-9"), back], []) == {((1, 2), ()): "REVERSAL"}
        assert by([line(1, "5", ref="S-9"), line(3, "5", ref="S-9"), back], []) == {}


class TestByAmount:
    @pytest.mark.parametrize(("days", "rule"), [(0, "DAY"), (1, "WINDOW"), (3, "WINDOW")])
    def test_what_nothing_else_fits_is_matched_within_the_window(
        self, days: int, rule: str
    ) -> None:
        assert by([line(1, "5", days)], [entry(7, "5")]) == {((1,), (7,)): rule}
        assert by([line(1, "5", -days)], [entry(7, "5")]) == {((1,), (7,)): rule}

    def test_a_day_beyond_the_window_is_no_match(self) -> None:
        assert by([line(1, "5", 4)], [entry(7, "5")]) == {}

    def test_a_rival_on_another_day_of_the_window_stops_the_match_of_the_same_day(self) -> None:
        assert by([line(1, "5", 2)], [entry(7, "5", 0), entry(8, "5", 2)]) == {}
        assert by([line(1, "5", 2), line(2, "5", 0)], [entry(8, "5", 2)]) == {}

    def test_a_rival_beyond_the_window_is_none(self) -> None:
        assert by([line(1, "5", 0)], [entry(7, "5", 0), entry(8, "5", 4)]) == {((1,), (7,)): "DAY"}

    def test_twins_without_a_reference_go_to_a_person(self) -> None:
        twins = [line(1, "5"), line(2, "5")], [entry(7, "5"), entry(8, "5")]

        decided = decide(*twins, TERMS)

        assert not decided.found
        assert [p.why for p in propose(*twins, TERMS)] == [Why.RIVALS]

    def test_the_party_decides_between_rivals(self) -> None:
        lines = [line(1, "5", party="T:1"), line(2, "5", party="T:2")]
        entries = [entry(7, "5", party="T:1"), entry(8, "5", party="T:2")]

        assert by(lines, entries) == {((1,), (7,)): "PARTY", ((2,), (8,)): "PARTY"}

    def test_another_taxpayer_is_another(self) -> None:
        assert by([line(1, "5", party="T:1")], [entry(7, "5", party="T:2")]) == {}

    def test_a_line_that_names_something_else_of_ours_is_not_taken_by_its_amount(self) -> None:
        assert by([line(1, "5", ref="S-99")], [entry(7, "5", ref="S-12")]) == {}

    def test_an_entry_that_a_line_names_with_another_amount_is_not_given_away(self) -> None:
        lines = [line(1, "4", ref="S-12"), line(2, "5")]

        decided = decide(lines, [entry(7, "5", ref="S-12")], TERMS)

        assert not decided.found

    def test_accounts_are_never_mixed(self) -> None:
        assert by([line(1, "5", ref="S-12", pool=2)], [entry(7, "5", ref="S-12")]) == {}

    def test_what_a_person_undid_is_proposed_and_not_matched(self) -> None:
        held = line(1, "5", ref="S-12")._replace(held=True)
        items = [held], [entry(7, "5", ref="S-12")]

        assert by(*items) == {}
        assert [p.why for p in propose(*items, TERMS)] == [Why.RULE_OFF]

    def test_a_rule_that_is_off_proposes(self) -> None:
        off = {1: Terms(rules=tuple(rule for rule in RULES if rule != MatchRule.WINDOW))}
        items = [line(1, "5", 1)], [entry(7, "5")]

        assert by(*items, off) == {}
        assert [p.why for p in propose(*items, off)] == [Why.RULE_OFF]


class TestSums:
    def test_several_of_one_party_make_one_where_only_they_have_the_sum(self) -> None:
        entries = [entry(7, "60", party="T:1"), entry(8, "40", party="T:1")]

        assert by([line(1, "100", party="T:1")], entries) == {((1,), (7, 8)): "SUM"}

    def test_two_ways_to_the_sum_are_none(self) -> None:
        entries = [entry(id, amount, party="T:1") for id, amount in
                   ((7, "60"), (8, "40"), (9, "70"), (10, "30"))]  # fmt: skip

        assert by([line(1, "100", party="T:1")], entries) == {}

    def test_a_sum_without_a_party_is_only_proposed(self) -> None:
        items = [line(1, "100")], [entry(7, "60"), entry(8, "40")]

        assert by(*items) == {}
        (proposed,) = propose(*items, TERMS)
        assert (proposed.why, len(proposed.entries)) == (Why.SUM, 2)

    def test_the_search_is_bounded(self) -> None:
        many = [entry(id, str(id)) for id in range(1, MOST_AMONG + 2)]

        assert combinations_to(Decimal(5), many) == []
        assert combinations_to(Decimal(5), many[:-1])


class TestTolerance:
    def test_almost_the_same_is_proposed_up_to_the_tolerance_and_never_matched(self) -> None:
        terms = {1: Terms(tolerance="0.50")}
        near, far = [line(1, "99.50")], [line(1, "99.49")]

        assert by(near, [entry(7, "100")], terms) == {}
        assert [p.why for p in propose(near, [entry(7, "100")], terms)] == [Why.TOLERANCE]
        assert propose(far, [entry(7, "100")], terms) == []


def test_the_rule_of_a_place_computes_what_its_vectors_say() -> None:
    compute = RECON_RULES.compute

    assert compute(Terms(), Pair(same_reference=True)).rule == "REFERENCE"
    assert compute(Terms(window_days=1), Pair(days_apart=1)).rule == "WINDOW"
    assert compute(Terms(window_days=1), Pair(days_apart=2)).rule == ""
    assert compute(Terms(), Pair(rivals=1)).proposed == "RIVALS"
    assert compute(Terms(tolerance="1"), Pair(line="99")).proposed == "TOLERANCE"
    with pytest.raises(ValueError, match="named once"):
        Terms(rules=(MatchRule.DAY, MatchRule.DAY))


def test_references_that_say_nothing_are_none() -> None:
    assert names_in("NONREF", "NOTPROVIDED", "") == frozenset()
    assert names_in("abc", text="Payment S-12 by contract D-7, NDS-20") == {"ABC", "S12", "D7"}
    assert normal("ab c-1") == "ABC1"


_amounts = st.sampled_from(["1", "2", "3", "-1"])
_refs = st.sampled_from(["", "", "S-1", "S-2", "X"])
_parties = st.sampled_from(["", "T:1", "T:2"])
_items = st.tuples(_amounts, st.integers(0, 6), _refs, _parties)


@given(st.lists(_items, max_size=6), st.lists(_items, max_size=6))
def test_no_match_is_made_where_a_rival_exists_and_all_sums_agree(
    lines: list[tuple[str, int, str, str]], entries: list[tuple[str, int, str, str]]
) -> None:
    some = [line(id, *each) for id, each in enumerate(lines)]
    others = [entry(id, *each) for id, each in enumerate(entries)]

    decided = decide(some, others, TERMS)

    taken = [x.id for each in decided.found for x in each.lines]
    given_away = [x.key for each in decided.found for x in each.entries]
    assert len(taken) == len(set(taken))
    assert len(given_away) == len(set(given_away))
    assert all(total(each.lines) == total(each.entries) for each in decided.found)
    by_name = {MatchRule.REFERENCE, MatchRule.TWINS, MatchRule.COMMON}
    spoken = {
        *(x.id for f in decided.found if f.rule in by_name for x in f.lines),
        *(x.id for group, _ in decided.tied for x in group), *(x.id for x in some if x.own_names),
    }  # fmt: skip
    given_by_name = {
        *(x.id for f in decided.found if f.rule in by_name for x in f.entries),
        *(x.id for _, group in decided.tied for x in group),
    }
    edges = [
        (a, b)
        for a, b in fits(some, others, TERMS)
        if some[a].id not in spoken and others[b].id not in given_by_name
    ]
    for each in decided.found:
        if each.rule in (MatchRule.DAY, MatchRule.WINDOW):
            a, b = each.lines[0].id, each.entries[0].id
            assert [edge for edge in edges if edge[0] == a or edge[1] == b] == [(a, b)]


@given(st.lists(_items, max_size=4), st.lists(_items, max_size=4))
def test_the_order_in_which_things_come_changes_nothing(
    lines: list[tuple[str, int, str, str]], entries: list[tuple[str, int, str, str]]
) -> None:
    some = [line(id, *each) for id, each in enumerate(lines)]
    others = [entry(id, *each) for id, each in enumerate(entries)]
    first = by(some, others)

    for shuffled in list(permutations(some))[:6]:
        assert by(list(shuffled), others[::-1]) == first
