"""Files of securities with bytes changed: read or refused, and nothing else. What we write as well."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from backoffice.connectors.formats.mt.securities import read_mt_securities
from backoffice.connectors.formats.mt.settlement import write_mt_instruction
from backoffice.connectors.formats.mt.spelling import Addresses
from backoffice.connectors.formats.refusing import Refused
from backoffice.connectors.formats.securities import Securities
from backoffice.connectors.formats.sese.instructing import write_sese_instruction
from backoffice.connectors.formats.sese.securities import read_sese
from tests.connectors.formats.instructions import BOND_BOUGHT
from tests.connectors.formats.mutating import mutations
from tests.sizes import FILE_MUTATIONS

SAMPLES = Path(__file__).parents[2] / "samples" / "securities"
MT = [path.read_bytes() for path in sorted(SAMPLES.glob("*.fin"))]
MT.append(write_mt_instruction(BOND_BOUGHT, Addresses("SABRRUMMXXX", "CEDELULLXXX")))
SESE = [(SAMPLES / "sese.xml").read_bytes(), write_sese_instruction(BOND_BOUGHT)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("files", "read", "seed"),
    [(MT, read_mt_securities, 5), (SESE, read_sese, 6)],
    ids=["MT", "sese"],
)
def test_a_changed_file_is_read_or_refused(
    files: list[bytes], read: Callable[[bytes], list[Securities]], seed: int
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
