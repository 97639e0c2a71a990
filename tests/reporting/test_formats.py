"""Six views of the same rows: what is on the page, in XLSX, CSV, PDF, JSON and Parquet is what was computed."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pypdf
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from pyarrow import parquet

from backoffice.access.models import User
from backoffice.events.models import Event
from refdata.firm_days import firm_day
from refdata.models import Currency
from reporting.formats import FORMATS, pdf
from reporting.formats.parquet import WRITER
from reporting.formats.pdf import as_pdf
from reporting.formats.shown import tables_of, totals_of
from reporting.formats.text import csv_pieces, harmless
from reporting.formats.workbook import write_report
from reporting.formats.xlsx import is_exact, number_cell, text_cell
from reporting.models import ReportRun
from reporting.reports import REPORTS
from reporting.reports.base import Column, Report, Row
from tests.reporting.running import ALWAYS, file_bytes, read_bytes, rows_of, run_of
from tests.sizes import SOAK

pytestmark = pytest.mark.usefixtures("day_at_work")


def both_reports() -> list[ReportRun]:
    day = firm_day(timezone.now()).isoformat()
    return [
        run_of("settled-deals", parameters=ALWAYS),
        run_of("settlement-and-positions", parameters={"business_date": day}),
    ]


def sheets_expected(run: ReportRun) -> dict[str, tuple[list[tuple[int, Column]], list[Row]]]:
    """By the title of each sheet: its columns and the canonical rows that belong on it."""
    report, rows = REPORTS[run.report], rows_of(run)
    return {
        table.title[:31]: (
            list(table.columns),
            [row for row in rows if not report.sections or row[0] == table.code],
        )
        for table in tables_of(report)
    }


def as_canonical(value: Any, column: Column, expected: str | None) -> str | None:
    """What a cell that was read back says, spelt as the canonical rows spell it."""
    if value is None:
        return None
    if isinstance(value, datetime | date):
        return value.date().isoformat() if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, int | float):
        assert expected is not None
        assert column.number
        return str(Decimal(str(value)).quantize(Decimal(expected)))
    if column.labels:
        return {str(label): code for code, label in column.labels.items()}.get(value, value)
    return str(value)


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_cell_of_the_workbook_is_the_canonical_one(language: str) -> None:
    for run in both_reports():
        with translation.override(language):
            expected = sheets_expected(run)
            book = openpyxl.load_workbook(io.BytesIO(file_bytes(run, "xlsx", language)))
            compared = 0
            for title, (columns, rows) in expected.items():
                sheet = book[title]
                assert sheet.freeze_panes == "A2"
                header = [cell.value for cell in sheet[1]]
                for number, row in enumerate(rows, 2):
                    for index, column in columns:
                        cell = sheet.cell(number, header.index(str(column.title)) + 1)
                        value = cell.value
                        assert as_canonical(value, column, row[index]) == (row[index] or None)
                        assert cell.data_type != "f"
                        if column.kind == "money" and row[index] is not None:
                            assert cell.number_format == "#,##0.00"
                        compared += 1
                assert sheet.max_row == len(rows) + 1
            assert compared > 100
            about = {row[0].value: row[1].value for row in book[book.sheetnames[-1]].rows}
            assert about["SHA-256"] == run.sha256
            assert str(run.row_count) in about.values()


def sheets_by_office(workbook: Path) -> None:
    """Every sheet as LibreOffice reads it, in a CSV of its own beside the workbook."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip(
            "LibreOffice is not here: apt-get install --no-install-recommends libreoffice-calc"
        )
    every_sheet = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"
    folder = workbook.parent
    subprocess.run(
        [office, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to",
         every_sheet, "--outdir", str(folder), str(workbook)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip


def test_office_opens_the_workbook_and_reads_the_same(tmp_path: Path) -> None:
    _, run = both_reports()
    (tmp_path / "report.xlsx").write_bytes(file_bytes(run, "xlsx"))
    sheets_by_office(tmp_path / "report.xlsx")
    for title, (columns, rows) in sheets_expected(run).items():
        with (tmp_path / f"report-{title}.csv").open(encoding="utf-8", newline="") as file:
            header, *found = list(csv.reader(file))
        assert len(found) == len(rows)
        for line, row in zip(found, rows, strict=True):
            for index, column in columns:
                cell = line[header.index(str(column.title))]
                if column.number and row[index] is not None:
                    assert Decimal(cell) == Decimal(row[index] or "")
                elif not column.labels:
                    assert cell == (row[index] or "")


def test_office_works_the_totals_out_anew_and_they_are_ours(tmp_path: Path) -> None:
    """Without the numbers that we wrote beside the formulas, so that there is nothing to show but what they come to."""
    day = firm_day(timezone.now())
    asked = {"moved_from": day.replace(day=1).isoformat(), "moved_until": day.isoformat()}
    for number, run in enumerate([*both_reports(), run_of("turnover-sheet", parameters=asked)]):
        path, removed = tmp_path / f"bare{number}.xlsx", 0
        with (
            zipfile.ZipFile(io.BytesIO(file_bytes(run, "xlsx"))) as ours,
            zipfile.ZipFile(path, "w") as bare,
        ):
            for name in ours.namelist():
                content, count = re.subn(r"(</f>)<v>[^<]*</v>", r"\1", ours.read(name).decode())
                bare.writestr(name, content)
                removed += count
        assert removed > 3
        sheets_by_office(path)
        with (tmp_path / f"bare{number}-Totals.csv").open(encoding="utf-8", newline="") as file:
            _, *lines = list(csv.reader(file))
        expected = [
            (table.title, total.title, total.currency, Decimal(total.amount))
            for table in tables_of(REPORTS[run.report])
            for total in totals_of(REPORTS[run.report], run)[table.code]
        ]
        assert len(lines) >= removed
        assert [
            (title, column, currency, Decimal(amount).quantize(wanted))
            for (title, column, currency, amount), (*_, wanted) in zip(lines, expected, strict=True)
        ] == expected


def test_a_total_of_what_a_spreadsheet_would_round_is_no_formula() -> None:
    """A number of 18 digits stands there as text, which no formula counts."""
    run = run_of("settled-deals", parameters=ALWAYS)
    amount = REPORTS[run.report].column("gross_amount")
    kinds = {}
    for name, changed in (("as it is", None), ("long", "123456789012345678")):
        rows = [list(row) for row in rows_of(run)]
        rows[0][amount] = changed or rows[0][amount]
        file = io.BytesIO()
        write_report(file, run, rows)
        totals = openpyxl.load_workbook(file)["Totals"]
        kinds[name] = {row[3].data_type for row in totals.rows if row[1].value == "Gross amount"}
    assert kinds == {"as it is": {"f"}, "long": {"n"}}


def test_csv_and_json_are_the_rows_and_have_no_language() -> None:
    for run in both_reports():
        names = [column.name for column in REPORTS[run.report].columns]
        rows = rows_of(run)
        assert rows
        read = list(csv.reader(io.StringIO(file_bytes(run, "csv").decode("utf-8-sig"))))
        assert read == [names, *([cell or "" for cell in row] for row in rows)]
        assert json.loads(file_bytes(run, "json")) == [
            dict(zip(names, row, strict=True)) for row in rows
        ]
        assert file_bytes(run, "csv", "ru") == file_bytes(run, "csv")
        assert file_bytes(run, "json", "ru") == file_bytes(run, "json")


def test_parquet_has_every_cell_typed_and_the_proof_of_the_run() -> None:
    """Read by the library as anybody would; the values are those of the rows, numbers with their places."""
    for run in both_reports():
        report, rows = REPORTS[run.report], rows_of(run)
        content = file_bytes(run, "parquet")
        assert content == file_bytes(run, "parquet", "ru")
        table = parquet.read_table(io.BytesIO(content))
        told = {name.decode(): value.decode() for name, value in table.schema.metadata.items()}
        assert (told["run"], told["sha256"]) == (str(run), run.sha256)
        assert json.loads(told["parameters"]) == run.parameters
        assert table.num_rows == len(rows)
        for place, column in enumerate(report.columns):
            field, values = table.schema.field(place), table.column(place).to_pylist()
            assert field.name == column.name
            wanted: list[Any] = [row[place] for row in rows]
            if column.kind == "date":
                wanted = [date.fromisoformat(each) if each else None for each in wanted]
            elif column.kind == "count":
                wanted = [int(each) if each else None for each in wanted]
            elif column.number:
                wanted = [Decimal(each) if each else None for each in wanted]
            assert values == wanted, column.name
            assert (field.metadata or {}).get(b"currency", b"").decode() == column.currency


def test_parquet_keeps_numbers_that_no_decimal_holds_as_they_are_spelt(tmp_path: Path) -> None:
    """In two batches; the most digits before the point stand in another row than the most behind it."""
    rows = [["1." + "0" * 20 + "1"], [None]] * 30_000 + [["-" + "9" * 17]]
    fits, longer = tmp_path / "fits.jsonl", tmp_path / "longer.jsonl"
    fits.write_text("".join(json.dumps(row) + "\n" for row in rows))
    longer.write_text(fits.read_text() + json.dumps(["9" * 18]) + "\n")
    for path, kind in ((fits, "decimal128(38, 21)"), (longer, "string")):
        asked = {
            "rows": str(path), "target": str(tmp_path / "made"), "about": {},
            "columns": [{"name": "amount", "kind": "money", "currency": "", "names": ""}],
        }  # fmt: skip
        subprocess.run(
            [sys.executable, str(WRITER)], input=json.dumps(asked).encode(), check=True, timeout=60
        )
        table = parquet.read_table(tmp_path / "made")
        assert str(table.schema.field(0).type) == kind
        cells = [None if cell is None else str(cell) for cell in table.column(0).to_pylist()]
        exact = [Decimal(cell) if cell else None for cell in cells]
        assert exact == [
            Decimal(json.loads(line)[0]) if "null" not in line else None
            for line in path.read_text().splitlines()
        ]


def test_pdf_carries_its_proof_on_every_page_and_is_the_same_each_time() -> None:
    for run in both_reports():
        content = file_bytes(run, "pdf", "ru")
        assert content == file_bytes(run, "pdf", "ru")
        pages = pypdf.PdfReader(io.BytesIO(content)).pages
        for number, page in enumerate(pages, 1):
            text = page.extract_text()
            assert run.sha256 in text.replace("\n", "")
            assert f"стр. {number} из {len(pages)}" in text
            assert round(page.mediabox.width) == 842


def test_a_long_table_says_in_pdf_what_was_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    most = pdf.MOST_ROWS if SOAK else 60
    monkeypatch.setattr(pdf, "MOST_ROWS", most)
    run, _ = both_reports()
    (row, *_) = rows_of(run)
    rows = [row] * (most + 7)
    pages = pypdf.PdfReader(io.BytesIO(as_pdf(run, rows))).pages
    text = " ".join(" ".join(page.extract_text().split()) for page in pages)
    assert f"The first {most} of {most + 7} rows." in text
    deal = str(row[REPORTS[run.report].column("deal")])
    assert text.count(f"{deal} ") == most


class TestCells:
    def test_a_text_is_a_text_whatever_it_begins_with(self) -> None:
        for text in ("=1+1", "+7", "-1", "@SUM(A1)", "\t=1", "<b>&"):
            assert text_cell(text).startswith('<c s="0" t="inlineStr">')
        assert "&lt;b&gt;&amp;" in text_cell("<b>&")
        assert harmless("=cmd|' /C calc'!A0") == "'=cmd|' /C calc'!A0"
        assert text_cell("a\x00\x0bb").count("\ufffd") == 2

    def test_a_number_of_more_than_fifteen_digits_stays_text(self) -> None:
        assert number_cell("123456789012.345", 5) == '<c s="5"><v>123456789012.345</v></c>'
        assert "inlineStr" in number_cell("1234567890123.456", 5)
        assert number_cell("-0.000000000000012", 5) == '<c s="5"><v>-0.000000000000012</v></c>'
        assert is_exact("1000000000000000000000")
        assert not is_exact("1000000000000000.1")


def test_money_has_the_decimals_of_its_currency_row_by_row() -> None:
    """Yen, euro and dinar: no, two and three decimals; the value of each is exact."""
    units = dict(Currency.objects.values_list("code", "minor_unit"))
    assert [units[code] for code in ("JPY", "EUR", "KWD")] == [0, 2, 3]
    rows: list[Row] = [
        ["1200", "JPY"],
        ["-1200.50", "EUR"],
        ["9876543210.125", "KWD"],
        [None, "KWD"],
    ]
    report = Report(
        name="settled-deals", title="Test", purpose="", parameters=(),
        columns=(Column("amount", "Amount", "money", currency="currency"), Column("currency", "Currency")),
        rows=lambda parameters, known: rows,
    )  # fmt: skip
    run = ReportRun.objects.create(report="settled-deals")
    run.refresh_from_db()
    known, REPORTS["settled-deals"] = REPORTS["settled-deals"], report
    try:
        target = io.BytesIO()
        write_report(target, run, rows)
    finally:
        REPORTS["settled-deals"] = known
    cells = [cell for (cell,) in openpyxl.load_workbook(target)["Test"]["A2:A5"]]
    assert [cell.number_format for cell in cells[:3]] == ["#,##0", "#,##0.00", "#,##0.000"]
    assert [cell.value for cell in cells] == [1200, -1200.5, 9876543210.125, None]


def test_pieces_are_sent_before_all_rows_are_read() -> None:
    """A million rows would not fit: the first piece comes when a thousand are read."""
    report, read = REPORTS["settled-deals"], []

    def endless() -> Any:
        while True:
            read.append(1)
            yield ["x"] * len(report.columns)

    pieces = csv_pieces(report, endless())
    next(pieces), next(pieces)
    assert len(read) == 1_000


class TestDownload:
    def test_every_format_comes_from_api_and_page_and_leaves_a_trace(self, api: Any) -> None:
        run, _ = both_reports()
        accountant = User.objects.get(username="accountant")
        page = Client()
        page.force_login(accountant)
        for file_format in FORMATS:
            over_api = api("accountant").get(f"/report-runs/{run}/file.{file_format}")
            assert len(read_bytes(over_api)) > 1_000
            on_page = page.get(reverse("report-file", args=[run, file_format]))
            assert f'filename="settled-deals-{run}.{file_format}"' in on_page["Content-Disposition"]
            assert read_bytes(on_page)
        taken = Event.objects.filter(kind="reportrun.download", subject_id=run.pk)
        assert [e.facts["format"] for e in taken.order_by("id")] == [
            each for each in FORMATS for _ in range(2)
        ]
        assert {(e.actor_id, e.facts["sha256"]) for e in taken} == {(accountant.pk, run.sha256)}

    def test_nobody_takes_what_is_not_there(self, api: Any) -> None:
        run, _ = both_reports()
        assert api("accountant").get(f"/report-runs/{run}/file.docx").status_code == 404
        assert api("dealer").get(f"/report-runs/{run}/file.csv").status_code == 403


def test_no_two_columns_of_a_table_have_the_same_title() -> None:
    for language in ("en", "ru"):
        with translation.override(language):
            for report in REPORTS.values():
                for table in tables_of(report):
                    titles = [str(column.title) for _, column in table.columns]
                    assert len(set(titles)) == len(titles), (report.name, table.code, titles)
