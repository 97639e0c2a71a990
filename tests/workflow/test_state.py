"""The steps of a work item, written out a second time by hand."""

from __future__ import annotations

from backoffice.workflow.state import ITEM_LIFECYCLE

TABLE = {
    ("WAITING", "claim"): "CLAIMED",
    ("WAITING", "assign"): "CLAIMED",
    ("WAITING", "hand_over"): "CLAIMED",
    ("CLAIMED", "hand_over"): "CLAIMED",
    ("PAUSED", "hand_over"): "CLAIMED",
    ("WAITING", "requeue"): "WAITING",
    ("CLAIMED", "requeue"): "WAITING",
    ("PAUSED", "requeue"): "WAITING",
    ("CLAIMED", "pause"): "PAUSED",
    ("PAUSED", "resume"): "CLAIMED",
}


def test_these_steps_and_no_others() -> None:
    declared = {
        (source, step.name): step.target
        for step in ITEM_LIFECYCLE.transitions.values()
        for source in step.sources
    }
    assert declared == TABLE
    assert [s.name for s in ITEM_LIFECYCLE.transitions.values() if s.by_rule] == ["assign"]
