"""Files of rows: encodings, delimiters, workbooks, and what hostile ones may not do."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import date, datetime

import pytest
from openpyxl import Workbook

from deals.importing import reading
from deals.importing.reading import (
    ImportTooLarge,
    NotATable,
    Table,
    UnknownSheet,
    letter_of,
)

MOMENT = datetime.fromisoformat("2026-11-23T10:15:00")  # cells know no zone
ROWS = [["Дата", "Сумма"], ["23.11.2026", "1 000,50"]]
TEXT = "\r\n".join(";".join(row) for row in ROWS)


def read_table(content: bytes, *, name: str, sheet: str = "") -> Table:
    """All of it: what is wrong with a row is told when it is come to."""
    table = reading.read_table(io.BytesIO(content), name=name, sheet=sheet)
    return replace(table, rows=iter(list(table.rows)))


def rows_of(content: bytes) -> list[list[str]]:
    return list(read_table(content, name="file").rows)


def workbook(**sheets: list[list[object]]) -> bytes:
    book = Workbook(write_only=True)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_text_is_read_in_the_encodings_that_are_met(encoding: str) -> None:
    assert rows_of(TEXT.encode(encoding)) == ROWS


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(sign: str) -> None:
    text = f'a{sign}b{sign}c\n1{sign}"2{sign}5"{sign}3\n'

    assert rows_of(text.encode()) == [["a", "b", "c"], ["1", f"2{sign}5".replace("\t", " "), "3"]]


def test_a_comma_inside_numbers_does_not_take_the_place_of_a_semicolon() -> None:
    assert rows_of(b"a;b\n1,5;2,5\n3,5;4,5\n") == [["a", "b"], ["1,5", "2,5"], ["3,5", "4,5"]]


def test_blank_rows_keep_their_numbers_and_are_dropped_at_the_end() -> None:
    assert rows_of(b"a,b\n\n,,\n1,2\n\n,,,\n") == [["a", "b"], [], [], ["1", "2"]]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"one line of words\nanother\n", b"a,b\n1,\x00\n", b'a,b\n"1,2\n',
        b"PK\x03\x04nothing", b"\xff\xfea",
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused(content: bytes) -> None:
    with pytest.raises(NotATable) as refused:
        read_table(content, name="file")
    assert refused.value.facts["why"]


def test_cells_of_a_workbook_are_read_as_they_are_meant() -> None:
    content = workbook(
        Deals=[
            ["Date", "Amount", "Flag", "Rate", "Moment"],
            [date(2026, 11, 23), 1000.0, True, 0.1, MOMENT],
            [None, 312.45, False, 1e-7, " text "],
        ]
    )

    table = read_table(content, name="book.xlsx")

    assert (table.format, table.sheet) == ("XLSX", "Deals")
    assert list(table.rows)[1:] == [
        ["2026-11-23", "1000", "TRUE", "0.1", "2026-11-23 10:15:00"],
        ["", "312.45", "FALSE", "0.0000001", "text"],
    ]


def test_a_formula_is_its_stored_value_and_nothing_without_one() -> None:
    content = workbook(S=[["a", "b"], ["x", "=1+1"]])

    assert rows_of(content) == [["a", "b"], ["x"]]


def test_a_sheet_is_chosen_by_its_name() -> None:
    content = workbook(First=[["a", "b"]], Second=[["c", "d"]])

    assert list(read_table(content, name="b", sheet="Second").rows) == [["c", "d"]]
    with pytest.raises(UnknownSheet):
        read_table(content, name="b", sheet="Third")


def test_two_cells_in_far_corners_do_not_become_a_table_of_millions() -> None:
    cells = '<row r="1"><c r="A1"><v>1</v></c></row><row r="{row}"><c r="{cell}"><v>1</v></c></row>'

    with pytest.raises(ImportTooLarge):
        read_table(_with_sheet(cells.format(row=1048576, cell="A1048576")), name="far")
    with pytest.raises(ImportTooLarge):
        read_table(_with_sheet(cells.format(row=2, cell="XFD2")), name="wide")


def test_a_workbook_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_UNPACKED", 200_000)
    content = _with_sheet("<!--" + " " * 300_000 + "-->")
    assert len(content) < 20_000

    with pytest.raises(ImportTooLarge):
        read_table(content, name="bomb")


def test_a_workbook_without_its_parts_is_refused() -> None:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("hello.txt", "hello")

    with pytest.raises(NotATable):
        read_table(kept.getvalue(), name="archive.zip")


def test_rows_beyond_the_bound_are_refused_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_ROWS", 2)  # below the header

    assert len(rows_of(b"a,b\n1,2\n3,4\n")) == 3
    with pytest.raises(ImportTooLarge):
        read_table(b"a,b\n1,2\n3,4\n5,6\n", name="long")


def test_columns_have_the_letters_of_a_spreadsheet() -> None:
    assert [letter_of(n) for n in (0, 25, 26, 51, 52, 701, 702)] == [
        "A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "refused"),
    [
        ('<row r="9000000000000"><c><v>1</v></c></row>', ImportTooLarge),
        (f"<row>{'<c/>' * 20_000}</row>", ImportTooLarge),
        (f"<row><c>{'<v/>' * 140_000}</c></row>", ImportTooLarge),
        ('<row r="2"/><row r="2"><c><v>1</v></c></row>', NotATable),
        ('<row r="1e2"><c><v>1</v></c></row>', NotATable),
        ('<row><c r="B1"><v>1</v></c><c r="A1"><v>2</v></c></row>', NotATable),
        ("<row><c><row><c><v>1</v></c></row></c></row>", NotATable),
        ("<x/>" * 110_000, NotATable), (f"<row><c t='str'><v>{'x' * 700_000}</v></c></row>", NotATable),
    ],
    ids=["far number", "many cells", "much in a cell", "number again", "odd number", "cells turned",
         "row in a row", "much beside the rows", "long text"],
)  # fmt: skip
def test_rows_of_a_workbook_that_ask_for_too_much_or_would_be_lost_are_refused(
    rows: str, refused: type[Exception]
) -> None:
    with pytest.raises(refused):
        read_table(_with_sheet(rows), name="hostile")


def test_a_sheet_is_looked_through_whatever_its_part_is_called() -> None:
    far = _sheet('<row r="9000000000000"><c><v>1</v></c></row>')
    content = _with_parts({
        "xl/_rels/workbook.xml.rels": (b"/xl/worksheets/sheet1.xml", b"/xl/other.bin"),
        "xl/other.bin": (b"", far),
    })  # fmt: skip

    with pytest.raises(ImportTooLarge):
        read_table(content, name="hidden")


@pytest.mark.parametrize(
    "name", ["[Content_Types].xml", "xl/styles.xml", "xl/workbook.xml", "xl/none.xml"]
)
def test_parts_that_are_read_whole_are_small(name: str) -> None:
    content = _with_parts({name: (b">", b">" + b" " * 5_000_000)})
    assert len(content) < 30_000

    with pytest.raises(NotATable, match="unpacks to more"):
        read_table(content, name="whole")


def test_texts_are_told_by_their_type_and_no_part_declares_one_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "MAX_STRINGS", 10_000)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    listed = f'<Override PartName="/xl/texts" ContentType="{kind}"/></Types>'.encode()
    texts = b"<sst>" + b"<si><t>a</t></si>" * 1_000 + b"</sst>"
    content = _with_parts({"[Content_Types].xml": (b"</Types>", listed), "xl/texts": (b"", texts)})
    with pytest.raises(NotATable, match="xl/texts unpacks to more"):
        read_table(content, name="texts")

    declared = _with_parts({"xl/styles.xml": (b"<styleSheet", b"<!DOCTYPE x><styleSheet")})
    with pytest.raises(NotATable, match="document type"):
        read_table(declared, name="entities")


def test_rows_that_end_far_to_the_right_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_ROWS", 100)

    with pytest.raises(ImportTooLarge):
        read_table(_with_sheet('<row><c r="XFD1"/></row>' * 10), name="wide")


@pytest.mark.parametrize(
    "row", ["," * 2_000_000, '"\n",' * 400_000, "," * 20_000], ids=["long", "lines", "cells"]
)
def test_a_row_of_text_is_bounded_though_all_of_it_is_blank(row: str) -> None:
    with pytest.raises(ImportTooLarge):
        read_table(f"a,b\n1,2\n3,4\n{row}\n".encode(), name="long")


def test_what_programs_write_beside_the_rows_is_no_reason_to_refuse_them() -> None:
    book = Workbook()
    book.create_chartsheet("Chart", 0)
    sheet = book["Sheet"]
    for row in (["Day", "Sum"], [date(2026, 11, 23), "=1+1"], [None, None], [MOMENT, 2]):
        sheet.append(row)
    sheet.merge_cells("D1:E1")
    sheet["B4"].hyperlink = "https://example.com/"
    sheet.row_dimensions[50_000].height = 20
    kept = io.BytesIO()
    book.save(kept)

    table = read_table(kept.getvalue(), name="book")

    assert table.sheets == ["Sheet"]
    assert list(table.rows) == [
        ["Day", "Sum"], ["2026-11-23"], [], ["2026-11-23 10:15:00", "2"]
    ]  # fmt: skip


def _with_sheet(rows: str) -> bytes:
    """A workbook whose first sheet holds these rows, as another program might have written them."""
    return _with_parts({"xl/worksheets/sheet1.xml": (b"", _sheet(rows))})


def _sheet(rows: str) -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'.encode()


def _with_parts(changes: dict[str, tuple[bytes, bytes]]) -> bytes:
    """A workbook in whose parts something first takes the place of something, or of all where that is empty."""
    source, kept = zipfile.ZipFile(io.BytesIO(workbook(S=[["a", "b"]]))), io.BytesIO()
    with source, zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted({*source.namelist(), *changes}):
            content = source.read(name) if name in source.namelist() else b">"
            before, after = changes.get(name, (b"\0", b"\0"))
            archive.writestr(name, content.replace(before, after, 1) if before else after)
    return kept.getvalue()
