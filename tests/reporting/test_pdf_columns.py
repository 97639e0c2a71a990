"""How wide the columns of a report on paper are: no word runs into the next."""

from __future__ import annotations

from reporting.formats.pdf import MARGINS, ONE_LINE, share_of


def test_a_column_takes_its_longest_word_whether_of_its_title_or_of_a_cell() -> None:
    assert share_of("ISIN", ["RU000A1038V6"]) == 12 + MARGINS
    assert share_of("Комиссия за продажу", ["–"]) == round(len("Комиссия") * 1.15 + MARGINS, 2)
    assert (
        share_of("Sum", ["1\N{NO-BREAK SPACE}139\N{NO-BREAK SPACE}744\N{NO-BREAK SPACE}000,00"])
        == 16 + MARGINS
    )


def test_a_long_text_breaks_between_words_and_a_code_beside_a_name_is_smaller() -> None:
    assert share_of("Why", ["We lack securities of the client"]) == ONE_LINE + MARGINS
    owner = {"name": "Sever", "code": "999900DEMOSEVERRU017"}
    assert share_of("Owner", [owner]) == round(20 * 0.85 + MARGINS, 2)


def test_nothing_to_show_still_has_its_title() -> None:
    assert share_of("Result", []) == round(6 * 1.15 + MARGINS, 2)
