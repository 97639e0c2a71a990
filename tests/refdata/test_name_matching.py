"""When two names are taken for the same: the rule, and that the index finds what a look at all finds."""

from __future__ import annotations

import random

import pytest

from refdata.screening.matching import (
    Figures,
    NameIndex,
    NameRule,
    TwoNames,
    distance,
    figures_of,
    identifier_keys,
    likeness,
    listed_keys,
    paired,
    score_of,
)
from refdata.screening.names import words_of

RULE = NameRule("0.85", "0.70", 4, 8, ["ООО", "Общество с ограниченной ответственностью", "LLC"])
FIGURES = figures_of(RULE)


class TestSpellNames:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("Юрий Щербаков", "YURY SHCHERBAKOV"),
            ("Хрущёв Алексей", "Khrushchev Aleksey"),
            ("Ельцин", "Yeltsin"),
            ("Müller", "Muller"),
            ("O'Neill", "ONeill"),
            ("J.P. Morgan", "JP Morgan"),
            ("Иванов-Петров", "Ivanov Petrov"),
        ],
    )
    def test_spells_one_name_alike_in_both_scripts(self, one: str, other: str) -> None:
        assert words_of(one) == words_of(other)

    def test_keeps_different_names_apart(self) -> None:
        assert len({words_of(n) for n in ("Иванов", "Иванова", "Петров", "12", "21")}) == 5

    def test_has_no_word_for_what_is_no_name(self) -> None:
        assert words_of(" -–«» ") == ()


class TestScoreNames:
    def test_is_a_hit_at_the_threshold_and_not_a_thousandth_below(self) -> None:
        score = score_of(("ivan", "petrov"), ("petrov", "ivan", "sergevich"), FIGURES)
        rule = NameRule(f"0.{score}", "0.70", 4, 8, [])
        above = NameRule(f"0.{score + 1}", "0.70", 4, 8, [])
        names = TwoNames("Ivan Petrov", "Petrov Ivan Sergeevich")

        assert likeness(rule, names).hit
        assert not likeness(above, names).hit

    def test_does_not_depend_on_which_side_is_ours(self) -> None:
        for one, other in (("Север Брокер", "Sever"), ("Alexander Smirnov", "Смирнов Александр")):
            there = likeness(RULE, TwoNames(one, other))
            assert there == likeness(RULE, TwoNames(other, one))

    def test_drops_legal_forms_but_not_a_name_that_is_nothing_else(self) -> None:
        assert FIGURES.words("ООО «Север»") == FIGURES.words("Sever LLC") == ("sever",)
        assert FIGURES.words("LLC") == words_of("LLC")

    def test_pairs_each_word_once(self) -> None:
        pairs = paired(("ivan", "ivan"), ("ivan", "petr"), FIGURES)
        assert [(pair.ours, pair.listed) for pair in pairs] == [("ivan", "ivan")]

    @pytest.mark.parametrize(
        ("one", "other", "letters"),
        [("kot", "kit", 0), ("petr", "pett", 1), ("smirnov", "smirkot", 0), ("aleksandr", "aliksander", 2)],
    )  # fmt: skip
    def test_allows_more_letters_in_longer_words(self, one: str, other: str, letters: int) -> None:
        is_paired = bool(paired((one,), (other,), FIGURES))
        assert is_paired == bool(letters)


class TestFindListedNames:
    def test_finds_through_the_index_whatever_a_look_at_all_finds(self) -> None:
        chance = random.Random(7)
        stems = [
            "petrov",
            "ivanov",
            "smirnov",
            "aleksandr",
            "severnaia",
            "bank",
            "kapital",
            "invest",
        ]
        listed = [_name(chance, stems) for _ in range(150)]
        ours = [_name(chance, stems) for _ in range(40)]
        for figures in (FIGURES, Figures(700, 500, 4, 8, ())):
            index = NameIndex(figures)
            for name in listed:
                index.add(name.split())
            for name in ours:
                expected = {
                    n
                    for n, other in enumerate(listed)
                    if score_of(figures.words(name), other.split(), figures) >= figures.threshold
                }
                assert {found.name for found in index.like(name)} == expected

    def test_measures_letters_as_a_table_of_all_ways_does(self) -> None:
        assert distance("kitten", "sitting", 3) == 3
        assert distance("kitten", "sitting", 2) == 3  # more than asked for
        assert distance("", "ab", 2) == 2


class TestCompareIdentifiers:
    def test_a_listed_head_office_means_its_branches(self) -> None:
        ours = identifier_keys([("BIC", "CCHOXX22MSK"), ("INN", " 7700000016 ")])

        assert listed_keys([("BIC", "CCHOXX22")]).keys() & set(ours)
        assert listed_keys([("bic", "CCHOXX22XXX")]).keys() & set(ours)
        assert not listed_keys([("BIC", "CCHOXX22SPB")]).keys() & set(ours)
        assert listed_keys([("INN", "7700000016")]).keys() & set(ours)

    def test_numbers_of_different_schemes_are_different(self) -> None:
        assert not listed_keys([("INN", "123")]).keys() & set(identifier_keys([("BIK", "123")]))


def _name(chance: random.Random, stems: list[str]) -> str:
    words = []
    for stem in chance.sample(stems, chance.randint(1, 4)):
        letters = list(stem)
        for _ in range(chance.randint(0, 2)):
            place = chance.randrange(len(letters))
            if chance.random() < 0.5:
                letters[place] = chance.choice("aeiost")
            else:
                letters.insert(place, chance.choice("aeiost"))
        words.append("".join(letters))
    return " ".join(words)
