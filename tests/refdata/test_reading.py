"""Files of strangers: what is refused before anything is read from it, and recognising the rest."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from refdata.loading import reading
from refdata.loading.reading import Unreadable, content_of, read_xml
from refdata.loading.recognising import recognise
from refdata.models import Market

ENTITY = (
    b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>"""
)
LAUGHS = b"""<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><l>&b;</l>"""


def stored(folder: Path, content: bytes) -> Path:
    path = folder / "file"
    path.write_bytes(content)
    return path


def zipped(*files: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, content in enumerate(files):
            archive.writestr(f"{number}.xml", content)
    return held.getvalue()


@pytest.mark.parametrize("content", [ENTITY, LAUGHS, b"<a>" * 65 + b"</a>" * 65])
def test_xml_that_declares_a_type_or_is_too_deep_is_refused(tmp_path: Path, content: bytes) -> None:
    for file in (content, zipped(content)):
        with pytest.raises(Unreadable) as refused:
            recognise(stored(tmp_path, file))
        assert refused.value.code == "unsafe-xml"


@pytest.mark.parametrize(
    "content", [b"<a><b></a>", b"<a", b"<a>\xff</a>", b"<?xml version='1.0' encoding='x-no'?><a/>"]
)
def test_broken_xml_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Unreadable, match="not XML"):
        read_xml(stored(tmp_path, content))


def test_an_archive_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = zipped(b"<a>" + b" " * 5_000_000 + b"</a>")
    assert len(bomb) < 10_000
    monkeypatch.setattr(reading, "MAX_UNPACKED_BYTES", 4_000_000)
    with pytest.raises(Unreadable) as refused:
        content_of(stored(tmp_path, bomb))
    assert refused.value.code == "too-large"


def test_an_archive_holds_one_file_and_no_lie_about_it(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="holds 2 files"):
        content_of(stored(tmp_path, zipped(b"<a/>", b"<b/>")))
    broken = bytearray(zipped(b"<a>" + b"x" * 1000 + b"</a>"))
    broken[45] ^= 255
    with pytest.raises(Unreadable):
        content_of(stored(tmp_path, bytes(broken)))


@pytest.mark.parametrize(
    "content",
    [b"", b"hello\nworld\n", b"<note/>", b"{}", b'{"a": 1}', b"[1]", b"{", b"[" * 5000,
     b'{"data": []}', b'{"list": [], "country": "RU"}', b"\xff\xfe\x00", b"%PDF-1.7"],
)  # fmt: skip
def test_another_file_altogether_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Unreadable):
        recognise(stored(tmp_path, content))


MIC = """<dataroot><ISO10383_MIC><MIC>{mic}</MIC><OPERATING_x0020_MIC>{mic}</OPERATING_x0020_MIC>
<MARKET_x0020_NAME-INSTITUTION_x0020_DESCRIPTION>{name}</MARKET_x0020_NAME-INSTITUTION_x0020_DESCRIPTION>
<LEI>{lei}</LEI><STATUS>ACTIVE</STATUS><CREATION_x0020_DATE>{day}</CREATION_x0020_DATE>
</ISO10383_MIC></dataroot>"""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "field", "code"),
    [({"mic": "toolong"}, "MIC", "wrong-characters"),
     ({"lei": "253400M5M1222KPNWE88"}, "LEI", "wrong-check-digit"),
     ({"day": "20261301"}, "CREATION_x0020_DATE", "wrong-value")],
)  # fmt: skip
def test_a_wrong_market_is_named_by_field(
    tmp_path: Path, change: dict[str, str], field: str, code: str
) -> None:
    good = {"mic": "QQQ1", "name": "x", "lei": "", "day": "20260101"}
    path = stored(tmp_path, MIC.format(**(good | change)).encode())
    (problem,) = recognise(path).run(path).problems
    assert (problem.row, problem.field, problem.code) == (1, field, code)


@pytest.mark.django_db
def test_a_new_edition_changes_what_it_says_otherwise(tmp_path: Path) -> None:
    for name, counts in (("x", (1, 0, 0)), ("y", (0, 1, 0)), ("y", (0, 0, 1))):
        path = stored(tmp_path, MIC.format(mic="QQQ1", name=name, lei="", day="20260101").encode())
        found = recognise(path).run(path)
        assert (found.added, found.changed, found.unchanged) == counts
    assert Market.objects.get(mic="QQQ1").name == "y"


@pytest.mark.django_db
def test_looking_keeps_nothing(tmp_path: Path) -> None:
    path = stored(tmp_path, MIC.format(mic="QQQ1", name="x", lei="", day="20260101").encode())
    assert recognise(path).look(path).added == 1
    assert not Market.objects.filter(mic="QQQ1").exists()


@pytest.mark.django_db
def test_a_value_that_fits_nowhere_refuses_the_file(tmp_path: Path) -> None:
    path = stored(tmp_path, b"Date,USD\n2026-11-20,1e40\n")
    with pytest.raises(Unreadable) as refused:
        recognise(path).run(path)
    assert refused.value.code == "does-not-fit"
