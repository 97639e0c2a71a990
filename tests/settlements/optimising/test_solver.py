"""What the solver itself must do, of the version that is pinned: no clock of ours can end a run that hangs within."""

from __future__ import annotations

import subprocess
import sys

# Six rows of a block of `rich(20_000, seed=193695)`: what they hold, with the upper bound of each whole column.
# The presolve of HiGHS 1.16.0 goes round for ever in them (`strengthenInequalities`) and looks at no limit.
BLOCK = """
import highspy
rows = (
    (-1.1401864452810089, {
        0: -0.634947460562853, 1: 1.0, 2: -0.3298117420818976, 3: -0.12068117792335839, 4: 0.03679828874697897,
        5: -0.6840570736986217, 6: -0.042740592107984574, 7: -0.009654171175727266, 8: -0.10138898847897415,
        9: -0.04340538957897307, 10: 0.030674370526478725, 11: -0.00791351986382678, 12: -0.001744513963591207,
        13: -0.001930834235145453, 14: -0.009811837594739433, 15: -0.0016694380607297336, 16: 0.013336682837599445,
    }),
    (0.6923076923076923, {3: 0.5213675213675214, 11: 0.03418803418803419}),
    (0.6962025316455697, {8: 0.3924050632911392, 14: 0.0379746835443038}),
    (0.0, {3: -1.0, 11: 0.07142857142857142}),
    (0.0, {8: -1.0, 14: 0.0625}),
    (0.0, {1: -1.0, 17: 1.0}),
)
cost = (
    0.0, 0.0, -3.9789114761431814, -1.4048357087222556, -0.38942240539146394, -7.818247341014286, 0.0,
    -0.102166450922838, 0.0, 0.0, -0.350584512647826, -0.09212037434244301, 0.0, -0.020433290184567604, 0.0, 0.0,
    -0.15242804897731563, -0.3346518826085053,
)
most = (1,) * 11 + (14, 19, 6, 16, 7, 20, 1)
highs = highspy.Highs()
highs.silent()
for price, upper in zip(cost, most, strict=True):
    highs.addCol(price, 0.0, upper, 0, [], [])
highs.changeColsIntegrality(len(most), list(range(len(most))), [highspy.HighsVarType.kInteger] * len(most))
for upper, values in rows:
    highs.addRow(-highspy.kHighsInf, upper, len(values), list(values), list(values.values()))
highs.run()
print(highs.getModelStatus() == highspy.HighsModelStatus.kOptimal)
"""


def test_a_block_with_lots_is_presolved_to_its_end() -> None:
    """It is solved in some milliseconds; a version that goes round in it would stop a run for ever."""
    done = subprocess.run(
        [sys.executable, "-c", BLOCK], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.split()[-1] == "True"
