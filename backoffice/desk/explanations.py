"""Why a plan left a settlement out, in sentences: what is short, whom it waits for, what would help."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from backoffice.desk.naming import Names, holdings_in, named, names_of
from backoffice.desk.waiting import filled_in
from backoffice.templatetags import desk
from refdata.custody.state import EarmarkKind
from settlements.explaining.around import Because, Edge, Lack
from settlements.models import RunPlan
from settlements.running.state import ExplanationKind, RunObjective

Facts = Mapping[str, Any]


class Said(NamedTuple):
    """One sentence, of which kind it is, and whether it is proved."""

    kind: str
    text: SafeString
    is_proved: bool = True


def sentences(known: Mapping[str, Facts], plan: RunPlan, by: str = "") -> list[Said]:
    """Everything that is known of a settlement, in the order in which it is read.

    `by` is until when what it lacks has to be there, in the time of its place; empty where nobody says it.
    """
    found: list[Said] = []
    names = names_of(pair for each in known.values() for pair in holdings_in(each["facts"]))
    for kind, say in SAYS.items():
        if kind in known:
            each = known[kind]
            said = say({**each["facts"], "by": by, "names": names}, each["is_proved"], plan)
            found += [Said(kind, text, each["is_proved"]) for text in said]
    return found


def _named(row: Facts, names: Names, **more: Any) -> dict[str, Any]:
    """A holding and an amount of it, as sentences name them."""
    amount = row.get("amount")
    facts = named(row, names)
    if amount is not None:
        facts["amount"] = desk.asset_amount(Decimal(amount), row["asset"])
    return facts | more


def _refs(names: Sequence[str], count: int | None = None) -> SafeString:
    """References with links, and how many more there are."""
    text = SafeString(", ".join(desk.by_reference(name) for name in names))
    rest = (count or 0) - len(names)
    if rest <= 0:
        return text
    more = ngettext("%(names)s and %(n)s more", "%(names)s and %(n)s more", rest)
    return filled_in(more, {"names": text, "n": rest})


def _money(amount: Any, plan: RunPlan) -> str:
    return f"{desk.money(abs(Decimal(amount)), plan.currency)} {plan.currency}"


def _stopped(facts: Facts, proved: bool, plan: RunPlan) -> Iterator[SafeString]:
    if "until" not in facts:
        text = gettext("It goes only together with %(others)s, which is stopped.")
        yield filled_in(text, {"others": _refs(facts["others"])})
        return
    text = gettext(
        "%(place)s settles it by %(until)s (%(zone)s), and that has passed: it goes with the next day's cycle."
    )
    yield filled_in(text, {name: facts[name] for name in ("place", "until", "zone")})
    if facts["reason"] == "CLAT":
        yield SafeString(gettext("We had instructed in time; the counterparty had not."))


def _shortage(facts: Facts, proved: bool, plan: RunPlan) -> Iterator[SafeString]:
    for row in facts["short"]:
        text = gettext("%(owner)s lacks %(amount)s %(asset)s (%(place)s).")
        if facts["by"]:
            text = gettext("%(owner)s lacks %(amount)s %(asset)s (%(place)s), by %(by)s.")
        yield filled_in(text, _named(row, facts["names"], by=facts["by"]))
        if row.get("set_apart"):
            text = gettext("What stands there of it serves something else: %(kinds)s.")
            yield filled_in(text, {"kinds": _kinds(row)})


def _kinds(row: Facts) -> str:
    """`pledged 5,000, blocked 10`."""
    words = {**dict(EarmarkKind.choices), "RESTRICTED": gettext("restricted")}
    return ", ".join(
        f"{str(words[kind]).lower()} {desk.asset_amount(Decimal(quantity), row['asset'])}"
        for kind, quantity in row["set_apart"].items()
    )


def _never(facts: Facts, proved: bool, plan: RunPlan) -> Iterator[SafeString]:
    for row in facts.get("short", ()):
        text = gettext(
            "It can never settle as things are: even with everything that comes in, and with nobody else"
            " taking any, %(owner)s would lack %(amount)s %(asset)s (%(place)s)."
        )
        yield filled_in(text, _named(row, facts["names"]))
    if facts.get("held"):
        text = gettext("It cannot settle while %(others)s, with which it has to settle, is held.")
        yield filled_in(text, {"others": _refs(facts["held"])})
    if facts.get("how") == "search":
        yield SafeString(
            gettext(
                "It can never settle as things are: no set that settles together has it, whoever leaves."
            )
        )


def _chain(facts: Facts, proved: bool, plan: RunPlan) -> Iterator[SafeString]:
    names, count = facts["members"], facts.get("length")
    if facts.get("is_ring"):
        text = gettext("They wait for each other in a ring: %(chain)s.")
    else:
        text = gettext("It waits for what others would bring: %(chain)s.")
    yield filled_in(text, {"chain": _refs(names, count)})


def _remedy(facts: Facts, proved: bool, plan: RunPlan) -> Iterator[SafeString]:
    if not facts["found"]:
        yield SafeString(gettext("No remedy was found that pushes nobody out."))
        return
    for row in facts["needs"]:
        text = gettext("It needs %(amount)s %(asset)s more of %(owner)s (%(place)s).")
        if facts["by"]:
            text = gettext("It needs %(amount)s %(asset)s more of %(owner)s (%(place)s) by %(by)s.")
        yield filled_in(text, _named(row, facts["names"], by=facts["by"]))
    if not facts["needs"]:
        yield SafeString(gettext("Nothing more is needed: it can settle with what is at hand."))
    if facts.get("part"):
        text = gettext("Then a part of it settles: %(part)s.")
        yield filled_in(text, {"part": desk.quantity(facts["part"])})
    if facts["others"]:
        text = gettext("With it these settle: %(others)s.")
        yield filled_in(text, {"others": _refs(facts["others"], facts["others_count"])})
    if proved:
        yield SafeString(
            gettext("One unit less is not enough, and nobody who settles is pushed out.")
        )
    else:
        yield SafeString(gettext("That is enough; that less would do was not ruled out."))


def _displacement(facts: Facts, proved: bool, plan: RunPlan) -> Iterator[SafeString]:
    if facts["verdict"] == "UNDECIDED":
        yield SafeString(gettext("Whether anything makes room for it was not decided."))
        return
    told = {
        "out": _refs(facts["out"], facts["out_count"]), "loss": _money(facts["loss"], plan),
    }  # fmt: skip
    loss = Decimal(facts["loss"])
    if not facts["out"]:
        text = gettext("It could settle without pushing anybody out.")
    elif loss <= 0:
        text = gettext("Settling it displaces %(out)s; what settles would not be worth less.")
    elif proved:
        text = gettext(
            "Settling it displaces %(out)s; %(loss)s less would settle, and no other way loses less."
        )
    else:
        text = gettext("Settling it displaces %(out)s; at most %(loss)s less would settle.")
    yield filled_in(text, told)


def _marginal(facts: Facts, proved: bool, plan: RunPlan) -> Iterator[SafeString]:
    for row in facts["units"]:
        worth = Decimal(row["price"]).quantize(Decimal("0.01"))
        if not worth:  # less than a cent: nothing that anybody would do something about
            continue
        if plan.objective.get("wanted") == RunObjective.COUNT:
            text = gettext(
                "One %(asset)s more of %(owner)s (%(place)s) would let at most %(price)s more settle."
            )
        else:
            text = gettext(
                "One %(asset)s more of %(owner)s (%(place)s) would be worth at most %(price)s %(currency)s to the run."
            )
        price = desk.quantity(worth)
        yield filled_in(text, _named(row, facts["names"], price=price, currency=plan.currency))


def _dropped(facts: Facts, proved: bool, plan: RunPlan) -> Iterator[SafeString]:
    text = gettext("It was chosen, but could not settle any more when it was written: %(reason)s.")
    reason = facts.get("reason", "")
    yield filled_in(text, {"reason": desk.reason_words(reason) or gettext("something has changed")})


SAYS: dict[str, Callable[[Facts, bool, RunPlan], Iterator[SafeString]]] = {
    ExplanationKind.STOPPED: _stopped, ExplanationKind.DROPPED: _dropped,
    ExplanationKind.SHORTAGE: _shortage, ExplanationKind.NEVER: _never,
    ExplanationKind.CHAIN: _chain, ExplanationKind.REMEDY: _remedy,
    ExplanationKind.DISPLACEMENT: _displacement, ExplanationKind.MARGINAL: _marginal,
}  # fmt: skip


def best_words(plan: RunPlan) -> str:
    """Whether a better set exists, or how much better one could be at most."""
    if plan.gap == 0:
        return gettext("No better set exists for what the run wants: it is proved.")
    facts = {
        "more": _money(max(plan.bound - plan.value, Decimal(0)), plan),
        "percent": desk.quantity(Decimal(plan.gap * 100).quantize(Decimal("0.01"))),
    }
    return gettext("A better set could be worth at most %(more)s more (%(percent)s %%).") % facts


def edges_of(known: Mapping[str, Facts]) -> list[Edge]:
    """The chain of an explanation as the edges of a graph: who lacks what the next one brings."""
    chain = known.get(ExplanationKind.CHAIN)
    if chain is None:
        return []
    facts = chain["facts"]
    members = [int(name.partition("-")[2]) for name in facts["members"]]
    if facts.get("back_to") and len(members) == facts.get("length"):
        members.append(int(facts["back_to"].partition("-")[2]))
    lacks = [Lack(row["owner"], row["place"], row["asset"]) for row in facts["holdings"]]
    return [
        Edge(one, other, Because.BRINGS, lack)
        for one, other, lack in zip(members, members[1:], lacks, strict=False)
    ]
