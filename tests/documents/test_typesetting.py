"""Templates are set in a process that can do nothing else; what is refused says line and reason."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backoffice.documents import typesetting
from backoffice.documents.kinds import LAYOUT, DocumentKind, Language
from backoffice.documents.rules import forbidden_word, written_number
from backoffice.documents.samples import sample_of
from backoffice.documents.starting import body_of
from backoffice.documents.typesetting import Source, TemplateRefused, Typesetter, typesetter

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
DATA = '{"name":"Привет"}'
LAYOUT_OF_ONE_LINE = "#let data = json(bytes(sys.inputs.data))"


@pytest.fixture(scope="module")
def setter() -> Iterator[Typesetter]:
    with typesetter() as made:
        yield made


def refusal(setter: Typesetter, body: str) -> TemplateRefused:
    with pytest.raises(TemplateRefused) as found:
        setter.set(Source(LAYOUT_OF_ONE_LINE, body), DATA, language="en", at=AT)
    return found.value


@pytest.mark.parametrize("language", Language.values)
def test_every_starting_template_sets_its_sample_and_is_the_same_again(
    setter: Typesetter, language: str
) -> None:
    for kind in DocumentKind.values:
        source = Source(body_of(LAYOUT, language), body_of(kind, language))
        first, second = (
            setter.set(source, sample_of(kind), language=language, at=AT) for _ in range(2)
        )

        assert first.startswith(b"%PDF")
        assert first == second


def test_another_process_gives_the_same_bytes(setter: Typesetter) -> None:
    source = Source(body_of(LAYOUT, "ru"), body_of("CONFIRMATION", "ru"))
    sample = sample_of("CONFIRMATION")
    first = setter.set(source, sample, language="ru", at=AT)

    with typesetter() as other:
        assert other.set(source, sample, language="ru", at=AT) == first


def test_what_stands_in_the_data_is_never_read_as_markup(setter: Typesetter) -> None:
    plain = Source(LAYOUT_OF_ONE_LINE, "#data.name.len()")
    tricky = '{"name":"#panic(\\"read as code\\") *bold* $x$"}'

    assert setter.set(plain, tricky, language="en", at=AT).startswith(b"%PDF")
    shown = Source(LAYOUT_OF_ONE_LINE, "#data.name")
    assert setter.set(shown, tricky, language="en", at=AT).startswith(b"%PDF")


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ('#import "@preview/cetz:0.2.0": *', "import"),
        ('#include "other.typ"', "include"),
        ('#{ import "x.typ": y }', "import"),
        ('#let p = "x"\n#{ include p }', "include"),
        ('#{\n  import "x.typ"\n}', "import"),
        ('#read("/etc/passwd")', "read"),
        ('#let f = read\n#f("/etc/passwd")', "read"),
        ('#plugin("x.wasm")', "plugin"),
        ('#image("/etc/hostname")', "image"),
        ('#eval("1")', "eval"),
        ('#json("/etc/x.json")', "json of a file"),
        ('#dictionary(std).at("re" + "ad")', "std"),
    ],
)  # fmt: skip
def test_words_that_ask_for_files_or_code_are_refused_by_line(
    setter: Typesetter, body: str, word: str
) -> None:
    told = refusal(setter, f"First line\n{body}")

    assert told.facts["reason"] == f"{word} is not allowed"
    assert told.facts["where"] == "template"
    lines = f"First line\n{body}".splitlines()
    assert word.split()[0] in lines[told.facts["line"] - 1]


@pytest.mark.parametrize("prose", ["Please read the terms.", "We import nothing; fees include VAT.",
    "The image of the firm (see below)", "include the price", "yaml, xml and csv are formats"])  # fmt: skip
def test_prose_may_use_these_words(prose: str) -> None:
    assert forbidden_word(f"= Title\n{prose}") is None


# What a template asks for although the words were not found in it.
EVASIONS = (
    '#{ let f = dictionary(std).at("re" + "ad"); f("/etc/passwd") }',
    '#{ let f = dictionary(std).at("re" + "ad"); f("../../../etc/passwd") }',
    '#import "@preview/cetz:0.2.0": *',
    '#{ let f = dictionary(std).at("ev" + "al"); f("import \\"@preview/cetz:0.2.0\\": *") }',
    '#{ let f = dictionary(std).at("plu" + "gin"); f("/etc/passwd") }',
)


def test_the_process_itself_gives_no_file_package_or_code() -> None:
    asked = "\n".join(
        json.dumps({"source": body, "data": "{}", "language": "en", "timestamp": 0})
        for body in ("fine", *EVASIONS)
    )
    done = subprocess.run(
        [sys.executable, "-I", str(typesetting.PROGRAM)], input=asked.encode() + b"\n",
        capture_output=True, timeout=60, check=True,
    )  # fmt: skip

    heads, rest = [], done.stdout
    while rest:
        head, _, rest = rest.partition(b"\n")
        heads.append(json.loads(head))
        rest = rest[heads[-1]["size"] :]
    assert heads[0]["size"] > 0
    assert [head["size"] for head in heads[1:]] == [0] * len(EVASIONS)
    assert b"root:" not in done.stdout


def test_once_confined_it_opens_neither_files_nor_sockets() -> None:
    tried = """
import sys, socket; sys.path.insert(0, {folder!r})
import confined
confined.confine()
for what in (lambda: open("/etc/hostname"), lambda: open("/tmp/x", "w"), socket.socket):
    try:
        what(); print("opened")
    except OSError as error:
        print(error.errno)
""".format(folder=str(Path(typesetting.PROGRAM).parent))  # noqa: UP032
    done = subprocess.run(
        [sys.executable, "-c", tried], capture_output=True, text=True, timeout=60, check=True
    )

    assert done.stdout.split() == ["24", "24", "24"]  # too many open files


def test_what_never_ends_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typesetting, "PATIENCE_SECONDS", 1.5)
    endless = "#for i in range(100000) { for j in range(100000) { for k in range(1000) {} } }"

    with typesetter() as own:
        told = refusal(own, endless)

    assert told.facts["reason"] == "it takes too much time or memory"


def test_what_eats_all_memory_is_stopped() -> None:
    with typesetter() as own:
        told = refusal(own, '#let s = "aaaaaaaaaa" * 100000\n#let z = s * 1000\n#(z + z).len()')

    assert told.facts["reason"] == "it takes too much time or memory"


def test_a_mistake_is_told_with_its_line(setter: Typesetter) -> None:
    told = refusal(setter, "One\nTwo #nothing.here\n")
    assert (told.facts["where"], told.facts["line"]) == ("template", 2)
    assert "nothing" in told.facts["reason"]

    with pytest.raises(TemplateRefused) as found:
        setter.set(Source("#let a = 1\n#let b = c", "text"), DATA, language="en", at=AT)
    assert (found.value.facts["where"], found.value.facts["line"]) == ("layout", 2)


def test_numbers_are_written_as_their_series_has_it() -> None:
    assert written_number("CF-{year}/{number}", 5, number=42, year=2026) == "CF-2026/00042"
    assert written_number("{number}-Ц", 1, number=1234, year=2026) == "1234-Ц"
