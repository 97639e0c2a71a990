"""camt.052, 053, 054: versions 02 to 13 by one reader, several accounts, and what is structurally wrong."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from backoffice.connectors.formats.camt.reading import read_camt
from backoffice.connectors.formats.cash import (
    Account,
    AccountScheme,
    CashStatement,
    Counterparty,
    LineStatus,
    StatementKind,
)
from backoffice.connectors.formats.recognising import read_cash
from backoffice.connectors.formats.refusing import Refused
from backoffice.kernel.money import Money

NAMES = {"052": ("BkToCstmrAcctRpt", "Rpt"), "053": ("BkToCstmrStmt", "Stmt"),
         "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn")}  # fmt: skip
BALANCE = (
    "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='RUB'>{amount}</Amt>"
    "<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-11-23</Dt></Dt></Bal>"
)
ENTRY = (
    "<Ntry><Amt Ccy='RUB'>{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>{reversal}<Sts>{status}</Sts>"
    "<BookgDt><DtTm>2026-11-23T23:30:00-05:00</DtTm></BookgDt><ValDt><Dt>2026-11-24</Dt></ValDt>"
    "<AcctSvcrRef>B-1</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd>"
    "<SubFmlyCd>XBCT</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls><TxDtls><Refs>"
    "<InstrId>I-1</InstrId><EndToEndId>E-1</EndToEndId></Refs><AmtDtls><InstdAmt>"
    "<Amt Ccy='USD'>10</Amt></InstdAmt></AmtDtls><RltdPties><Dbtr>{debtor}</Dbtr><DbtrAcct><Id>"
    "<Othr><Id>40702810900000000009</Id></Othr></Id></DbtrAcct><Cdtr>{creditor}</Cdtr></RltdPties>"
    "<RltdAgts><DbtrAgt><FinInstnId><{bic}>SABRRUMM</{bic}></FinInstnId></DbtrAgt></RltdAgts>"
    "<RmtInf><Ustrd>one</Ustrd><Ustrd>two</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
)


def entry(version: str = "08", **changes: str) -> str:
    old = version < "08"
    told = {
        "amount": "40.00", "sign": "CRDT", "reversal": "", "bic": "BIC" if version < "04" else "BICFI",
        "status": "BOOK" if old else "<Cd>BOOK</Cd>",
        "creditor": "<Nm>US</Nm>" if old else "<Pty><Nm>US</Nm></Pty>",
        "debtor": "<Nm>THEM</Nm>" if old else "<Pty><Nm>THEM</Nm></Pty>",
    }  # fmt: skip
    return ENTRY.format(**told | changes)


def statement(
    inside: str, *, name: str = "Stmt", id: str = "S-1", account: str = "40702810200000000001",
    opening: str = "100.00", closing: str = "140.00", extra: str = "",
) -> str:  # fmt: skip
    balances = BALANCE.format(code="OPBD", amount=opening) + BALANCE.format(
        code="CLBD", amount=closing
    )
    return (
        f"<{name}><Id>{id}</Id><ElctrncSeqNb>7</ElctrncSeqNb><CreDtTm>2026-11-23T18:15:00+03:00"
        f"</CreDtTm><Acct><Id><Othr><Id>{account}</Id></Othr></Id><Ccy>RUB</Ccy></Acct>"
        f"{balances if name == 'Stmt' else ''}{extra}{inside}</{name}>"
    )


def document(*statements: str, version: str = "08", family: str = "053") -> bytes:
    message, _ = NAMES[family]
    return (
        f"<?xml version='1.0' encoding='UTF-8'?>\n<Document xmlns='urn:iso:std:iso:20022:tech:xsd:"
        f"camt.{family}.001.{version}'>\n<{message}><GrpHdr><MsgId>M-1</MsgId>"
        f"<CreDtTm>2026-11-23T18:15:00+03:00</CreDtTm></GrpHdr>{''.join(statements)}</{message}>"
        f"</Document>"
    ).encode()  # fmt: skip


def refused(raw: bytes, schemas: Path | None = None) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as caught:
        read_camt(raw, schemas)
    return [(problem.code, problem.pointer) for problem in caught.value.problems]


class TestReadCamt:
    @pytest.mark.parametrize("version", [f"{n:02d}" for n in range(2, 14)])
    @pytest.mark.parametrize("family", ["052", "053", "054"])
    def test_every_version_says_the_same(self, version: str, family: str) -> None:
        _, name = NAMES[family]
        (found,) = read_cash(
            document(statement(entry(version), name=name), version=version, family=family)
        )
        assert found.kind is {
            "052": StatementKind.INTRADAY, "053": StatementKind.END_OF_DAY, "054": StatementKind.ADVICE,
        }[family]  # fmt: skip
        assert (found.reference, found.number, found.message_id) == ("S-1", "7", "M-1")
        moment = datetime(2026, 11, 23, 18, 15, tzinfo=timezone(timedelta(hours=3)))
        assert (found.format, found.created_at) == (f"camt.{family}.001.{version}", moment)
        assert found.account == Account("40702810200000000001", AccountScheme.RUSSIAN)
        (line,) = found.lines
        assert (line.amount, line.currency, line.status) == (
            Decimal("40.00"), "RUB", LineStatus.BOOKED,
        )  # fmt: skip
        # The day is the one that the bank wrote, whatever it is elsewhere by then.
        assert (line.booking_date, line.value_date) == (date(2026, 11, 23), date(2026, 11, 24))
        assert (line.our_reference, line.bank_reference, line.end_to_end_id) == (
            "I-1",
            "B-1",
            "E-1",
        )
        assert (line.type_code, line.text) == ("PMNT/RCDT/XBCT", "one\ntwo")
        assert line.counterparty == Counterparty("THEM", "40702810900000000009", "SABRRUMM")
        assert line.instructed == Money(Decimal(10), "USD")
        assert found.remarks == ()

    @pytest.mark.parametrize("version", ["01", "14", "99"])
    def test_another_version_is_refused_as_such(self, version: str) -> None:
        assert [code for code, _ in refused(document(statement(""), version=version))] == [
            "unknown-version"
        ]

    def test_several_accounts_in_one_file(self) -> None:
        raw = document(
            statement(entry()),
            statement("", id="S-2", account="DE89370400440532013000", closing="100"),
        )
        first, second = read_camt(raw)
        assert (len(first.lines), len(second.lines)) == (1, 0)
        assert second.account == Account("DE89370400440532013000", AccountScheme.IBAN)
        assert second.remarks == ()  # an empty day: opening is closing

    def test_a_statement_id_that_is_used_again_and_days_that_overlap_are_read(self) -> None:
        first, again = read_camt(document(statement(entry()), statement(entry())))
        assert first == again

    @pytest.mark.parametrize(
        ("sign", "reversal", "amount", "party"),
        [
            ("CRDT", "", 40, "THEM"), ("DBIT", "", -40, "US"),
            ("CRDT", "<RvslInd>true</RvslInd>", 40, "US"),
            ("DBIT", "<RvslInd>1</RvslInd>", -40, "THEM"),
            ("DBIT", "<RvslInd>false</RvslInd>", -40, "US"),
        ],
    )  # fmt: skip
    def test_the_sign_is_the_indicators_and_a_reversal_has_the_party_of_what_it_undoes(
        self, sign: str, reversal: str, amount: int, party: str
    ) -> None:
        (found,) = read_camt(document(statement(entry(sign=sign, reversal=reversal))))
        (line,) = found.lines
        assert line.amount == amount
        assert (line.counterparty.name, line.reversal) == (
            party,
            "true" in reversal or "1" in reversal,
        )

    @pytest.mark.parametrize(
        ("status", "expected"),
        [("<Cd>PDNG</Cd>", "PENDING"), ("<Cd>FUTR</Cd>", "FUTURE"), ("<Cd>INFO</Cd>", "INFORMATION"),
         ("<Prtry>OWN</Prtry>", "INFORMATION")],
    )  # fmt: skip
    def test_only_booked_money_is_in_a_balance(self, status: str, expected: str) -> None:
        (found,) = read_camt(document(statement(entry(status=status), closing="100.00")))
        assert found.lines[0].status is LineStatus(expected)
        assert (found.difference, found.remarks) == (Decimal(0), ())

    def test_one_unit_that_is_not_explained_is_said(self) -> None:
        (found,) = read_camt(document(statement(entry(), closing="140.01")))
        assert [(r.code, r.facts["difference"]) for r in found.remarks] == [
            ("does-not-balance", Decimal("0.01"))
        ]

    def test_a_document_in_an_envelope(self) -> None:
        inner = document(statement(entry())).partition(b"?>\n")[2]
        head = (
            b"<h:AppHdr xmlns:h='urn:iso:std:iso:20022:tech:xsd:head.001.001.02'><h:Fr/></h:AppHdr>"
        )
        (found,) = read_cash(b"<Envelope>" + head + inner + b"</Envelope>")
        assert found.reference == "S-1"

    @pytest.mark.parametrize("encoding", ["windows-1251", "utf-16", "iso-8859-5"])
    def test_xml_says_its_encoding_itself(self, encoding: str) -> None:
        text = document(statement(entry(debtor="<Nm>ООО Ёлка</Nm>"))).decode()
        raw = text.replace("UTF-8", encoding).encode(encoding)
        (found,) = read_cash(raw)
        assert found.lines[0].counterparty.name == "ООО Ёлка"

    def test_details_of_a_batch_are_kept_and_the_line_names_none_of_them(self) -> None:
        details = entry().partition("<TxDtls>")[2].partition("</TxDtls>")[0]
        raw = entry().replace("</TxDtls>", f"</TxDtls><TxDtls>{details}</TxDtls>")
        (found,) = read_camt(document(statement(raw)))
        (line,) = found.lines
        assert [each.end_to_end_id for each in line.details] == ["E-1", "E-1"]
        assert (line.end_to_end_id, line.counterparty.name) == ("", "")


class TestRefused:
    @pytest.mark.parametrize(
        ("old", "new", "problem"),
        [
            ("<Id>S-1</Id>", "", ("missing-element", "/Document/BkToCstmrStmt/Stmt, line 3")),
            ("<Amt Ccy='RUB'>40.00</Amt>", "",
             ("missing-element", "/Document/BkToCstmrStmt/Stmt/Ntry, line 3")),
            ("'RUB'>40.00", "'rub'>40.00",
             ("wrong-currency", "/Document/BkToCstmrStmt/Stmt/Ntry/Amt, line 3")),
            (">40.00", ">-40.00", ("wrong-amount", "/Document/BkToCstmrStmt/Stmt/Ntry/Amt, line 3")),
            (">40.00", ">4e1", ("wrong-amount", "/Document/BkToCstmrStmt/Stmt/Ntry/Amt, line 3")),
            (">40.00", ">1234567890123456789",
             ("wrong-amount", "/Document/BkToCstmrStmt/Stmt/Ntry/Amt, line 3")),
            ("CRDT</CdtDbtInd><Sts>", "CRED</CdtDbtInd><Sts>",
             ("wrong-code", "/Document/BkToCstmrStmt/Stmt/Ntry/CdtDbtInd, line 3")),
            ("<Cd>BOOK</Cd>", "<Cd>BOOKED</Cd>",
             ("wrong-code", "/Document/BkToCstmrStmt/Stmt/Ntry, line 3")),
            ("<ValDt><Dt>2026-11-24", "<ValDt><Dt>2026-11-31",
             ("wrong-date", "/Document/BkToCstmrStmt/Stmt/Ntry/ValDt/Dt, line 3")),
            ("<MsgId>M-1</MsgId>", "",
             ("missing-element", "/Document/BkToCstmrStmt/GrpHdr, line 3")),
            ("Ntry>", "Ntri>", ("unknown-element", "/Document/BkToCstmrStmt/Stmt/Ntri, line 3")),
            ("<AcctSvcrRef>", "<AcctSvcrRef>B-0</AcctSvcrRef><AcctSvcrRef>",
             ("repeated-field", "/Document/BkToCstmrStmt/Stmt/Ntry/AcctSvcrRef[2], line 3")),
            ("<Othr><Id>40702810200000000001</Id></Othr>", "",
             ("missing-element", "/Document/BkToCstmrStmt/Stmt, line 3")),
        ],
    )  # fmt: skip
    def test_what_is_structurally_wrong_is_told_with_its_path(
        self, old: str, new: str, problem: tuple[str, str]
    ) -> None:
        raw = document(statement(entry())).decode()
        changed = raw.replace(old, new)
        assert changed != raw
        assert refused(changed.encode()) == [problem]

    def test_the_place_counts_among_its_like(self) -> None:
        raw = document(statement(entry()), statement(entry() + entry(amount="x")))
        assert refused(raw) == [
            ("wrong-amount", "/Document/BkToCstmrStmt/Stmt[2]/Ntry[2]/Amt, line 3")
        ]

    @pytest.mark.parametrize(
        "head",
        [
            "<!DOCTYPE Document [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;'>]>",
            "<!DOCTYPE Document SYSTEM 'http://127.0.0.1:9/x.dtd'>",
            "<!doctype Document [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>",
        ],
    )
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
    def test_document_types_are_not_read(self, head: str, encoding: str) -> None:
        text = document(statement(entry())).decode().replace("UTF-8", encoding)
        raw = text.replace("<Document", f"{head}<Document", 1).encode(encoding)
        assert refused(raw)[0][0] == "forbidden-xml"

    @pytest.mark.parametrize(
        ("raw", "code"),
        [
            (document(statement(entry()))[:-30], "not-xml"), (b"<Document/>", "wrong-kind"),
            (b"<a>" * 300 + b"</a>" * 300, "not-xml"), (b"<a/>", "missing-element"),
            (document(), "missing-element"), (b"  ", "empty-file"),
            (document(statement("")).replace(b"UTF-8", b"KLINGON"), "not-xml"),
        ],
    )  # fmt: skip
    def test_what_is_no_message(self, raw: bytes, code: str) -> None:
        assert refused(raw)[0][0] == code

    def test_a_schema_refuses_what_the_typed_model_lets_pass(self, shared_data: Path) -> None:
        schemas = shared_data / "schemas" / "iso20022"
        good = document(statement(entry()))
        assert read_camt(good, schemas)
        bad = good.replace(b"<Id>S-1</Id>", b"<Id>" + b"S" * 36 + b"</Id>")
        assert read_camt(bad)
        assert ("against-schema", "/Document/BkToCstmrStmt/Stmt/Id, line 3") in refused(
            bad, schemas
        )


def test_a_large_statement_is_read_in_bounded_time() -> None:
    found: list[CashStatement] = read_camt(document(statement(entry() * 1_000, closing="40100.00")))
    assert (len(found[0].lines), found[0].remarks) == (1_000, ())
