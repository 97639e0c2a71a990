"""The graph of what waits for what: its order, its bounds, and its drawing."""

from __future__ import annotations

from typing import Any

import pytest

from backoffice.desk.graphs import HEIGHT, LEFT, WIDTH, drawn
from settlements.explaining.around import MOST, Because, Edge, laid_out, links_around
from settlements.models import LinkEnd, Settlement, SettlementLink
from tests.pages.test_pages import browser
from tests.settlements.test_board import different_ones

WITH, BEFORE, BRINGS = Because.WITH, Because.BEFORE, Because.BRINGS


def test_who_waits_stands_above_and_whom_it_waits_for_below() -> None:
    found = laid_out(5, [
        Edge(9, 5, BEFORE), Edge(8, 9, BEFORE), Edge(5, 3, BEFORE), Edge(3, 1, BRINGS),
        Edge(5, 7, WITH),
    ])  # fmt: skip
    assert found.order == [8, 9, 5, 3, 7, 1]
    assert found.is_whole
    assert len(found.edges) == 5


def test_a_ring_is_laid_out_once_and_the_nearest_are_kept() -> None:
    ring = laid_out(1, [Edge(1, 2, BRINGS), Edge(2, 3, BRINGS), Edge(3, 1, BRINGS)])
    assert (ring.order, ring.is_whole) == ([1, 2, 3], True)
    row = laid_out(1, [Edge(n, n + 1, BEFORE) for n in range(1, 40)])
    assert (row.order, row.is_whole) == (list(range(1, MOST + 1)), False)
    assert laid_out(4, []).order == [4]


def test_arcs_stay_beside_the_boxes_and_within_the_picture() -> None:
    edges = [Edge(n, n + step, BRINGS) for n in range(1, 8) for step in (1, 2, 3) if n + step < 9]
    picture = drawn(laid_out(1, edges), lambda id: (f"S-{id}", "", ""))
    assert [node.y for node in picture.nodes] == sorted({node.y for node in picture.nodes})
    assert picture.nodes[-1].y + HEIGHT < picture.height
    for arc in picture.arcs:
        numbers = [int(each) for each in arc.path.replace("M", "").replace("H", " ").replace(
            "Q", " ").replace("V", " ").split()]  # fmt: skip
        assert all(0 < each <= max(LEFT, picture.height) for each in numbers)
    assert picture.width == WIDTH
    assert len(picture.arcs) == len(edges)


@pytest.mark.usefixtures("own_database")
def test_a_settlement_shows_what_it_is_linked_with_in_both_languages(
    api: Any, sample: dict[str, Any]
) -> None:
    rows = different_ones(api, sample)
    first, second, third, fourth = rows[:4]
    links = [
        SettlementLink.objects.create(first=one, second=other, kind=kind)
        for one, other, kind in (
            (first, second, "BEFORE"), (second, third, "BEFORE"), (second, fourth, "WITH"),
        )
    ]  # fmt: skip
    edges, is_whole = links_around(second.pk)
    assert is_whole
    assert set(edges) == {
        Edge(second.pk, first.pk, BEFORE), Edge(third.pk, second.pk, BEFORE),
        Edge(fourth.pk, second.pk, WITH),
    }  # fmt: skip
    page = browser("checker").get(f"/settlements/{second}/").content.decode()
    assert f"{second}</a> settles only after" in page
    assert page.count('class="node') == 4
    russian = browser("checker", "ru").get(f"/settlements/{second}/").content.decode()
    assert "рассчитывается только после" in russian
    LinkEnd.objects.create(link=links[0], reason="No longer")
    edges, _is_whole = links_around(second.pk)
    assert first.pk not in {id for each in edges for id in (each.waiting, each.awaited)}
    alone = Settlement.objects.get(pk=rows[4].pk)
    assert 'class="graph"' not in browser("checker").get(f"/settlements/{alone}/").content.decode()
