"""What stands in `tools/` stands alone: it imports Python's standard library and nothing of the product."""

from __future__ import annotations

import sys

import pytest

from tests.architecture.test_order import ROOT, imports_of

TOOL = ROOT / "tools"
TOOLS = sorted(TOOL.rglob("*.py"))


@pytest.mark.parametrize("path", TOOLS, ids=lambda path: str(path.relative_to(TOOL)))
def test_a_tool_imports_nothing_but_the_standard_library(path) -> None:
    names = {name.partition(".")[0] for name in imports_of(path)}
    beside = (
        {each.stem for each in path.parent.glob("*.py")} if path.parent.parent == TOOL else set()
    )
    assert names - beside <= sys.stdlib_module_names


def test_the_tools_are_there() -> None:
    assert {"verify_chain.py", "__main__.py"} <= {path.name for path in TOOLS}
