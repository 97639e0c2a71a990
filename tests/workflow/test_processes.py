"""Processes as data: conditions at their borders, what cannot be left out, who may take which step."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

import msgspec
import pytest

from backoffice.kernel.lifecycle import OtherEyesRequired
from backoffice.workflow.processes.conditions import Comparison, Measure, Op, holds
from backoffice.workflow.processes.deciding import (
    Case,
    StepIncomplete,
    StepOfAnotherRole,
    Taking,
    due_at,
    outcome_of,
    require_may_take,
    steps_needed,
)
from backoffice.workflow.processes.definition import Anchor, Process, ProcessKind, Words

TEN_MILLION = "10000000"
KIND = ProcessKind(
    name="process.example", title="Example", subject="deal",
    anchors=(Anchor("confirm", "clerk"), Anchor("approve", "checker", other_eyes=True)),
    measures=(
        Measure("amount", "Amount", number=True),
        Measure("product", "Product", choices=(("equity", "Shares"), ("bond", "Bonds"))),
    ),
    fields=(("agreement", "Agreement"),), takes_steps=True, reacts=True,
)  # fmt: skip


class Example(Process, frozen=True, forbid_unknown_fields=True):
    kind: ClassVar[ProcessKind] = KIND


def step(key: str, role: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "name": {"en": key.title(), "ru": key.title()}, "role": role, **more}


CONFIRM, APPROVE = step("confirm", "clerk"), step("approve", "checker")


def compared(measure: str, op: str, *values: str) -> dict[str, Any]:
    return {"measure": measure, "op": op, "values": list(values)}


def read(*steps: dict[str, Any], reactions: Any = ()) -> Example:
    return msgspec.convert({"steps": list(steps), "reactions": list(reactions)}, Example)


def third(**more: Any) -> dict[str, Any]:
    return step("second-look", "manager", when=[[compared("amount", "above", TEN_MILLION)]], **more)


class TestConditions:
    @pytest.mark.parametrize(
        ("op", "below", "at", "beyond"),
        [
            (Op.ABOVE, False, False, True), (Op.AT_LEAST, False, True, True),
            (Op.AT_MOST, True, True, False), (Op.BELOW, True, False, False),
        ],
    )  # fmt: skip
    def test_a_number_is_compared_at_its_border(
        self, op: Op, below: bool, at: bool, beyond: bool
    ) -> None:
        condition = [[Comparison("amount", op, [TEN_MILLION])]]

        amounts = ("9999999.99", TEN_MILLION, "10000000.01")
        assert [holds(condition, {"amount": each}) for each in amounts] == [below, at, beyond]

    def test_a_word_is_one_of_some_or_none_of_them(self) -> None:
        one, none = (
            [[Comparison("product", op, ["equity", "bond"])]] for op in (Op.ONE_OF, Op.NONE_OF)
        )

        assert holds(one, {"product": "bond"})
        assert not holds(one, {"product": "repo"})
        assert holds(none, {"product": "repo"})
        assert not holds(none, {"product": "bond"})

    def test_and_binds_within_a_group_and_or_between_them(self) -> None:
        large = Comparison("amount", Op.ABOVE, [TEN_MILLION])
        bond = Comparison("product", Op.ONE_OF, ["bond"])
        equity = Comparison("product", Op.ONE_OF, ["equity"])
        condition = [[large, bond], [equity]]

        assert not holds(condition, {"amount": "9", "product": "bond"})
        assert holds(condition, {"amount": "11000000", "product": "bond"})
        assert holds(condition, {"amount": "9", "product": "equity"})

    def test_without_a_condition_a_step_is_always_needed(self) -> None:
        assert holds([], {})

    def test_what_is_not_known_spares_nobody_a_step(self) -> None:
        assert holds([[Comparison("amount", Op.ABOVE, [TEN_MILLION])]], {"amount": ""})
        assert holds([[Comparison("product", Op.NONE_OF, ["bond"])]], {})


class TestDefinitions:
    @pytest.mark.parametrize(
        ("steps", "why"),
        [
            ([CONFIRM], "the steps confirm, approve are there"),
            ([APPROVE, CONFIRM], "the steps confirm, approve are there"),
            ([CONFIRM, {**APPROVE, "other_eyes": False}], "approve is always taken by other eyes"),
            ([CONFIRM, {**APPROVE, "when": third()["when"]}], "approve is always needed"),
            ([CONFIRM, {**APPROVE, "role": "clerk"}], "approve is always taken by checker"),
            ([third(), CONFIRM, APPROVE], "the first step is confirm"),
            ([CONFIRM, APPROVE, third(), third()], "two steps have the same key"),
            ([CONFIRM, APPROVE, third(fields=["uti"])], "uti is no field"),
            ([CONFIRM, APPROVE, step("x", "auditor")], "auditor takes no steps of this process"),
            ([CONFIRM, APPROVE, step("X", "clerk")], "'X' is no key"),
            ([CONFIRM, APPROVE, step("x", "clerk", when=[[]])], "is empty"),
            ([CONFIRM, APPROVE, step("x", "clerk", when=[[compared("colour", "one-of", "red")]])],
             "colour is no measure"),
            ([CONFIRM, APPROVE, step("x", "clerk", when=[[compared("amount", "one-of", "1")]])],
             "amount is not compared by one-of"),
            ([CONFIRM, APPROVE, step("x", "clerk", when=[[compared("amount", "above", "1", "2")]])],
             "amount is compared with 2 values"),
            ([CONFIRM, APPROVE, step("x", "clerk", when=[[compared("amount", "above", "NaN")]])],
             "not a plain decimal number"),
            ([CONFIRM, APPROVE, step("x", "clerk", when=[[compared("product", "one-of", "car")]])],
             "product is never car"),
        ],
    )  # fmt: skip
    def test_what_is_fixed_cannot_be_left_out_and_what_is_unknown_not_asked(
        self, steps: list[dict[str, Any]], why: str
    ) -> None:
        with pytest.raises(msgspec.ValidationError, match=why):
            read(*steps)

    def test_steps_are_added_between_the_fixed_ones_and_behind_them(self) -> None:
        process = read(CONFIRM, step("call-back", "clerk"), APPROVE, third())

        assert [each.key for each in process.steps] == [
            "confirm",
            "call-back",
            "approve",
            "second-look",
        ]

    def test_a_name_is_told_in_the_language_of_the_reader(self) -> None:
        assert Words("Look", "Взгляд").inside("ru") == "Взгляд"
        assert Words("Look", "Взгляд").inside("en-gb") == "Look"


class TestDeciding:
    def test_a_third_step_is_needed_above_its_border_only(self) -> None:
        process = read(CONFIRM, APPROVE, third())

        needed = [
            len(steps_needed(process, {"amount": amount}))
            for amount in (TEN_MILLION, "10000000.01")
        ]
        assert needed == [2, 3]

    def test_a_reaction_falls_due_once_its_days_are_over(self) -> None:
        raised = step(
            "raise", "manager", after_days=2, when=[[compared("amount", "above", "1000000")]]
        )
        process = read(CONFIRM, APPROVE, reactions=[raised])

        def due(days: int, amount: str) -> bool:
            return "raise" in outcome_of(process, Case(facts={"amount": amount}, days=days))

        assert [due(2, "2000000"), due(3, "2000000"), due(3, "1000000")] == [False, True, False]

    def taking(self, **more: Any) -> Taking:
        return Taking(
            **{"subject": "D-1", "actor_id": 7, "roles": ["manager"], "before": [1, 2], **more}
        )

    def test_a_step_is_for_its_role(self) -> None:
        (look,) = read(CONFIRM, APPROVE, third()).steps[2:]

        require_may_take(look, self.taking())
        with pytest.raises(StepOfAnotherRole):
            require_may_take(look, self.taking(roles=["checker"]))

    def test_other_eyes_are_those_of_nobody_before(self) -> None:
        (look,) = read(CONFIRM, APPROVE, third()).steps[2:]
        (same,) = read(CONFIRM, APPROVE, third(other_eyes=False)).steps[2:]

        with pytest.raises(OtherEyesRequired):
            require_may_take(look, self.taking(before=[1, 7]))
        require_may_take(same, self.taking(before=[1, 7]))

    def test_documents_and_fields_must_be_there(self) -> None:
        asks = third(
            documents=[{"en": "Credit line", "ru": "Кредитная линия"}], fields=["agreement"]
        )
        (look,) = read(CONFIRM, APPROVE, asks).steps[2:]

        with pytest.raises(StepIncomplete) as refused:
            require_may_take(look, self.taking(evidence=" ", missing_fields=["agreement"]))
        assert refused.value.facts["missing"] == "Credit line, agreement"
        require_may_take(look, self.taking(evidence="memo 7"))

    def test_a_step_is_due_so_long_before_the_cut_off(self) -> None:
        (look,) = read(CONFIRM, APPROVE, third(minutes_before=45)).steps[2:]
        cut_off = datetime(2026, 11, 24, 16, tzinfo=UTC)

        assert due_at(look, cut_off) == datetime(2026, 11, 24, 15, 15, tzinfo=UTC)
        assert due_at(look, None) is None
