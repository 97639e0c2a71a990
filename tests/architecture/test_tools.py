"""What stands in `tools/` stands alone: it imports Python's standard library and nothing of the product."""

from __future__ import annotations

import sys

import pytest

from tests.architecture.test_order import ROOT, imports_of

TOOLS = sorted((ROOT / "tools").glob("*.py"))


@pytest.mark.parametrize("path", TOOLS, ids=lambda path: path.name)
def test_a_tool_imports_nothing_but_the_standard_library(path) -> None:
    names = {name.partition(".")[0] for name in imports_of(path)}
    assert names <= sys.stdlib_module_names


def test_the_tools_are_there() -> None:
    assert {"verify_chain.py", "plant_mistakes.py"} <= {path.name for path in TOOLS}
