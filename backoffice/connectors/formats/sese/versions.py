"""Which versions of which messages are written and read, and in which way a document names its own.

Written are those that are validated against their schema. Read are also older ones that have the elements we take
in the same places; the reader's own model refuses what is not there. `001` and `002` are the same message in ISO's
and in Swift's restricted variant.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
NAMED = re.compile(rf"{re.escape(NAMESPACE)}([a-z]{{4}}\.[0-9]{{3}})\.(00[12])\.([0-9]{{2}})\Z")
WRITTEN: Mapping[str, str] = MappingProxyType(
    {"sese.020": "07", "sese.023": "11", "sese.030": "09", "seev.033": "12"}
)


def _from(first: str, last: str) -> tuple[str, ...]:
    return tuple(f"{version:02d}" for version in range(int(first), int(last) + 1))


HEADERS = ("01", "02", "03", "04")
READ: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "sese.020": ("05", "06", "07"), "sese.023": ("09", "10", "11"),
        "sese.024": ("10", "11", "12"), "sese.025": ("09", "10", "11"),
        "sese.026": ("08", "09", "10"), "sese.029": ("04", "05", "06"),
        "sese.027": ("05", "06", "07"), "sese.028": ("08", "09", "10"),
        "sese.030": ("07", "08", "09"), "sese.031": ("07", "08", "09"),
        "semt.002": _from("09", "11"), "semt.017": _from("10", "12"),
        "semt.018": _from("11", "13"), "semt.019": _from("08", "10"),
        "semt.044": _from("01", "03"),
        "seev.031": _from("09", "15"), "seev.033": _from("09", "12"),
        "seev.034": _from("09", "14"), "seev.035": _from("09", "15"),
        "seev.036": _from("09", "15"), "seev.037": _from("09", "15"),
        "seev.039": _from("08", "12"),
    }
)  # fmt: skip
# What stands directly in the document of each.
ROOTS: Mapping[str, str] = MappingProxyType(
    {
        "sese.020": "SctiesTxCxlReq", "sese.023": "SctiesSttlmTxInstr",
        "sese.024": "SctiesSttlmTxStsAdvc", "sese.025": "SctiesSttlmTxConf",
        "sese.026": "SctiesSttlmTxRvslAdvc", "sese.029": "SctiesSttlmAllgmtRmvlAdvc",
        "sese.027": "SctiesTxCxlReqStsAdvc", "sese.028": "SctiesSttlmTxAllgmtNtfctn",
        "sese.030": "SctiesSttlmCondsModReq", "sese.031": "SctiesSttlmCondModStsAdvc",
        "semt.002": "SctiesBalCtdyRpt", "semt.017": "SctiesTxPstngRpt",
        "semt.018": "SctiesTxPdgRpt", "semt.019": "SctiesSttlmTxAllgmtRpt",
        "semt.044": "SctiesTxPnltiesRpt",
        "seev.031": "CorpActnNtfctn", "seev.033": "CorpActnInstr",
        "seev.034": "CorpActnInstrStsAdvc", "seev.035": "CorpActnMvmntPrlimryAdvc",
        "seev.036": "CorpActnMvmntConf", "seev.037": "CorpActnMvmntRvslAdvc",
        "seev.039": "CorpActnCxlAdvc",
    }
)  # fmt: skip


class Definition(NamedTuple):
    """A message by its name (`sese.024`), variant (`001`) and version (`12`)."""

    name: str
    variant: str
    version: str

    def __str__(self) -> str:
        return ".".join(self)


def definition_of(namespace: str) -> Definition | None:
    match = NAMED.match(namespace)
    return Definition(*match.groups()) if match else None


def written(name: str) -> Definition:
    return Definition(name, "001", WRITTEN[name])
