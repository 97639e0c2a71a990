"""`tools/verify_chain.py` by itself: the same bytes as ours, the standard library alone, bad files."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.sealing import SEED, canonical, chain
from tests.events.history import AWKWARD
from tests.events.looking import TOOL, run_tool
from tools import verify_chain

# rules, section 14
VECTORS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"deal": "D-1", "event": "captured", "seq": 1},
     "4efa05bab5189e94466d20be3091a076a3b2d3361cdb50ec66301b7654c001cf"),
    ({"deal": "D-1", "event": "confirmed", "seq": 2},
     "1e1406a895cd142a40b8ba3a81ca76cae0d3b09efc9f1227ae72530ffcaa37c8"),
    ({"deal": "D-1", "event": "settled", "seq": 3},
     "532dd324d7779e335b5f22eae0a253651da4c0e6044c139003ec5896e856efeb"),
)  # fmt: skip
FACTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def lines_of(contents: list[dict[str, Any]], previous: str = SEED) -> Iterator[bytes]:
    for number, (content, seal) in enumerate(
        zip(contents, chain(previous, contents), strict=True), start=1
    ):
        yield msgspec.json.encode({"number": number, "hash": seal, "content": content}) + b"\n"


def second(content: str) -> str:
    """A second line with this content as it is."""
    return f'{{"number":2,"hash":"{SEED}","content":{content}}}'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "export.jsonl"
    path.write_bytes(b"".join(lines_of([content for content, _ in VECTORS])))
    return path


class TestSpelling:
    def test_the_vectors_come_out_on_both_sides(self) -> None:
        contents, hashes = [content for content, _ in VECTORS], [seal for _, seal in VECTORS]
        assert list(chain(SEED, contents)) == hashes
        previous = SEED
        for content, expected in VECTORS:
            previous = verify_chain.sealed(previous, content)
            assert previous == expected

    @pytest.mark.parametrize("facts", AWKWARD)
    def test_awkward_facts_are_spelled_the_same(self, facts: dict[str, Any]) -> None:
        assert verify_chain.canonical({"facts": facts}) == canonical({"facts": facts})

    def test_every_character_is_spelled_the_same_in_keys_and_values(self) -> None:
        for begin in range(0, 0x110000, 0x1000):
            letters = [chr(n) for n in range(begin, begin + 0x1000) if not 0xD800 <= n < 0xE000]
            content = {letter: letter for letter in reversed(letters)}
            assert verify_chain.canonical(content) == canonical(content)

    @given(st.dictionaries(st.text(), FACTS))
    def test_any_facts_are_spelled_the_same(self, facts: dict[str, Any]) -> None:
        spelled = canonical(facts)
        assert verify_chain.canonical(facts) == spelled
        assert verify_chain.canonical(json.loads(spelled)) == spelled


class TestStandAlone:
    def test_it_imports_the_standard_library_only(self) -> None:
        imported = set()
        for node in ast.walk(ast.parse(TOOL.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0
                imported.add(str(node.module).partition(".")[0])
        assert imported <= sys.stdlib_module_names

    def test_help_says_what_it_does_and_how(self) -> None:
        done = subprocess.run([sys.executable, str(TOOL), "--help"], capture_output=True, text=True)
        assert done.returncode == 0
        for word in ("--from-hash", "--expect-last", "--expect", "exit code 1", "export.jsonl"):
            assert word in done.stdout

    def test_the_result_is_the_last_line(self, file: Path) -> None:
        done = subprocess.run(
            [sys.executable, str(TOOL), str(file)], capture_output=True, text=True
        )
        assert (done.returncode, done.stdout) == (0, f"OK: 3 events, last hash {VECTORS[2][1]}\n")

    def test_the_standard_input_is_read_as_well(self, file: Path) -> None:
        done = subprocess.run(
            [sys.executable, str(TOOL), "-"], input=file.read_bytes(), capture_output=True
        )
        assert done.returncode == 0

    def test_a_file_that_is_not_there_is_no_result(self, tmp_path: Path) -> None:
        done = subprocess.run(
            [sys.executable, str(TOOL), str(tmp_path / "none")], capture_output=True, text=True
        )
        assert (done.returncode, done.stdout) == (2, "")
        assert "cannot be read" in done.stderr

    def test_many_lines_take_no_more_memory(self) -> None:
        lines = lines_of([{"n": n, "text": "x" * 1_000} for n in range(100)] * 100)
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        assert list(verify_chain.Verifier().problems(lines)) == []
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak - before < 1_000_000


class TestBadFiles:
    @pytest.mark.parametrize(
        ("line", "told"),
        [
            ("", "Expecting value"),
            ("[]", "neither an event nor the root of a day"),
            ("nonsense", "Expecting value"),
            ('{"number":2}', "neither an event nor the root of a day"),
            ('{"number":true,"hash":"","content":{}}', "number is of another type"),
            ('{"number":2,"hash":"OK: 9 events","content":{}}', "hash is no hash"),
            ('{"number":2,"number":2,"hash":"","content":{}}', "a key stands there twice"),
            (second("{}").replace("}}", '},"note":1}'), "neither an event"),
            (second('{"a":1.5}'), "1.5: sealed numbers are whole"),
            (second('{"a":NaN}'), "NaN: sealed numbers are whole"),
            (second('{"a":"\\ud800"}'), "surrogates not allowed"),
            pytest.param(second("[" * 99_999), "recursion", id="deep"),
        ],
    )  # fmt: skip
    def test_a_line_that_is_none_is_told_with_its_place(
        self, line: str, told: str, file: Path
    ) -> None:
        lines = file.read_bytes().splitlines()
        file.write_bytes(b"\n".join([lines[0], line.encode(), *lines[2:]]) + b"\n")

        first, *_ = run_tool(file)

        assert first.startswith("line 2, after number 1: cannot be read: ")
        assert told in first

    def test_bytes_that_are_no_text_are_told(self, file: Path) -> None:
        file.write_bytes(b'\xff\xfe{"\x00' + file.read_bytes())
        assert run_tool(file)[0].startswith("line 1, after number 0: cannot be read: 'utf-8' codec")

    def test_a_day_in_another_spelling_is_told(self, file: Path) -> None:
        root = {
            "day": "20261123", "number": 3, "count": 3, "hash": SEED, "previous": SEED, "root": SEED,
        }  # fmt: skip
        file.write_bytes(file.read_bytes() + msgspec.json.encode(root) + b"\n")
        assert run_tool(file) == [
            "line 4, after number 3: cannot be read: day is not spelled as 2026-11-23"
        ]

    def test_nothing_is_no_history(self, file: Path) -> None:
        file.write_bytes(b"")
        assert run_tool(file) == ["number 0: there is no event in this file"]

    def test_a_line_that_stands_twice_is_told(self, file: Path) -> None:
        lines = file.read_bytes().splitlines(keepends=True)
        file.write_bytes(b"".join([*lines[:2], *lines[1:]]))
        assert run_tool(file) == ["number 2: it stands behind number 2"]

    def test_several_problems_are_a_line_each(self, file: Path) -> None:
        text = (
            file.read_text().replace('"captured"', '"cancelled"').replace('"settled"', '"failed"')
        )
        file.write_text(text)
        misfit = "the hash does not fit the event and the hash before"
        assert run_tool(file) == [f"number 1: {misfit}", f"number 3: {misfit}"]
