"""What the depository says of its own accord in the morning: an offer that owners may take, and what somebody
instructed against us by mistake. Everything in it is invented.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

from backoffice.connectors.simulator.saying_mt import framed
from backoffice.demonstration.market import OWN_BIC
from backoffice.kernel.whole_files import write_whole

PLACE, ITS_BIC = "NSD", "DEMNRUMMXXX"
ACCOUNT = "NSD-RUS-DEPO"
OFFERED, ALLEGED = "RU0007661625", "RU0009029540"  # Gazprom, Sberbank
SAID_AT = time(9)


def say_in_the_morning(folder: Path, *, today: date) -> None:
    """Lay it where a channel of the depository looks."""
    write_whole(folder / PLACE / "in" / f"morning-{PLACE}-{today:%Y%m%d}.fin", [morning_of(today)])


def morning_of(today: date) -> bytes:
    """MT564 and MT578, as a channel of the depository brings them."""
    at = datetime.combine(today, SAID_AT)
    said = (("564", _offer(at)), ("578", _alleged(at)))
    return "".join(
        framed(kind, lines, to=OWN_BIC, by=ITS_BIC, at=at) for kind, lines in said
    ).encode()


def _offer(at: datetime) -> Iterator[str]:
    """The issuer buys back at a price above the market's; who does nothing keeps what they have."""
    record, answered, paid = (at + timedelta(days=days) for days in (14, 10, 21))
    yield from (
        ":16R:GENL",
        ":20C::CORP//DEMO-OFFER-1",
        f":20C::SEME//OFFER{at:%y%m%d}",
        ":23G:NEWM",
    )
    yield from (":22F::CAEV//TEND", ":22F::CAMV//VOLU", ":25D::PROC//COMP", ":16S:GENL")
    yield from (":16R:USECU", f":35B:ISIN {OFFERED}", ":16R:ACCTINFO", f":97A::SAFE//{ACCOUNT}")
    yield from (":93B::ELIG//UNIT/200000,", ":16S:ACCTINFO", ":16S:USECU")
    yield from (":16R:CADETL", f":98A::RDTE//{record:%Y%m%d}", ":16S:CADETL")
    yield from (":16R:CAOPTN", ":13A::CAON//001", ":22F::CAOP//CASH", ":17B::DFLT//N")
    yield from (
        f":98C::RDDT//{answered:%Y%m%d}150000",
        f":69A::PWAL//{at:%Y%m%d}/{answered:%Y%m%d}",
    )
    yield from (":16R:SECMOVE", ":22H::CRDB//DEBT", f":35B:ISIN {OFFERED}")
    yield from (f":98A::PAYD//{paid:%Y%m%d}", ":16S:SECMOVE", ":16R:CASHMOVE", ":22H::CRDB//CRED")
    yield from (f":98A::PAYD//{paid:%Y%m%d}", ":92F::GRSS//RUB150,", ":16S:CASHMOVE", ":16S:CAOPTN")
    yield from (":16R:CAOPTN", ":13A::CAON//002", ":22F::CAOP//NOAC", ":17B::DFLT//Y")
    yield from (f":98C::RDDT//{answered:%Y%m%d}150000", ":16S:CAOPTN")


def _alleged(at: datetime) -> Iterator[str]:
    """A delivery to us that no deal of ours stands behind."""
    yield from (":16R:GENL", f":20C::SEME//ALLEGED{at:%y%m%d}", ":23G:NEWM")
    yield from (f":98C::PREP//{at:%Y%m%d%H%M%S}", ":16S:GENL", ":16R:TRADDET")
    yield from (f":98A::SETT//{at:%Y%m%d}", f":98A::TRAD//{at - timedelta(days=1):%Y%m%d}")
    yield from (f":35B:ISIN {ALLEGED}", ":22H::REDE//RECE", ":22H::PAYM//APMT", ":16S:TRADDET")
    yield from (":16R:FIAC", ":36B::SETT//UNIT/400,", f":97A::SAFE//{ACCOUNT}", ":16S:FIAC")
    yield from (":16R:SETDET", ":22F::SETR//TRAD", ":16R:SETPRTY", ":95P::DEAG//DETWRUMMXXX")
    yield from (":16S:SETPRTY", ":16R:SETPRTY", f":95P::PSET//{ITS_BIC}", ":16S:SETPRTY")
    yield from (":16R:AMT", ":19A::SETT//RUB125600,", ":16S:AMT", ":16S:SETDET")
