"""Files of securities with bytes changed: read or refused, and nothing else. What we write as well."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from backoffice.connectors.formats.documents import read_documents
from backoffice.connectors.formats.mt.electing import write_mt_election
from backoffice.connectors.formats.mt.securities import read_mt_securities
from backoffice.connectors.formats.mt.settlement import write_mt_instruction
from backoffice.connectors.formats.mt.spelling import Addresses
from backoffice.connectors.formats.mt.trade_confirming import write_mt518
from backoffice.connectors.formats.mt.treasury import read_treasury
from backoffice.connectors.formats.mt.treasury_writing import write_mt300, write_mt320
from backoffice.connectors.formats.refusing import Refused
from backoffice.connectors.formats.seev.electing import write_seev_election
from backoffice.connectors.formats.sese.instructing import write_sese_instruction
from tests.connectors.formats.instructions import BOND_BOUGHT
from tests.connectors.formats.mutating import mutations
from tests.connectors.formats.test_corporate_actions import ELECTION, header
from tests.connectors.formats.test_trade_confirmations import FX, LENT, TRADE
from tests.sizes import FILE_MUTATIONS

SAMPLES = Path(__file__).parents[2] / "samples"
ADDRESSES = Addresses("SABRRUMMXXX", "CEDELULLXXX")
FOLDERS = ("securities", "penalties", "corporate-actions", "statements")
MT = [path.read_bytes() for folder in FOLDERS for path in sorted((SAMPLES / folder).glob("*.fin"))]
MT += [
    write_mt_instruction(BOND_BOUGHT, ADDRESSES), write_mt_election(ELECTION, ADDRESSES),
    write_mt518(TRADE, ADDRESSES),
]  # fmt: skip
# Whole, and each document alone: what is wrong in one refuses all that came with it.
WHOLE = [path for folder in FOLDERS for path in sorted((SAMPLES / folder).glob("*.xml"))]
ISO = [path.read_bytes() for path in WHOLE]
ISO += [
    etree.tostring(each)
    for path in WHOLE
    for each in etree.fromstring(path.read_bytes()).iter("{*}Document")
]
ISO += [write_sese_instruction(BOND_BOUGHT), write_seev_election(ELECTION, header("E-77"))]
TREASURY = [write_mt300(FX, ADDRESSES), write_mt320(LENT, ADDRESSES)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("files", "read", "seed"),
    [(MT, read_mt_securities, 5), (ISO, read_documents, 6), (TREASURY, read_treasury, 8)],
    ids=["MT", "ISO 20022", "treasury"],
)
def test_a_changed_file_is_read_or_refused(
    files: list[bytes], read: Callable[[bytes], list[Any]], seed: int
) -> None:
    count = FILE_MUTATIONS // 2
    taken = 0
    refused: list[Refused] = []
    for raw in mutations(files, seed=seed, count=count):
        try:
            taken += len(read(raw)) > 0
        except Refused as refusal:
            refused.append(refusal)
    assert len(refused) + taken == count
    told = [problem for refusal in refused for problem in refusal.problems]
    assert all(each.pointer and each.hint and each.detail % each.facts for each in told)
    # Mutations that only broke things would prove nothing of what is read after them.
    assert count * 0.05 < taken < count * 0.95
