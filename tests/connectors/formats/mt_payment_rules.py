"""Whether a message of SWIFT's Categories 1 and 2 keeps to the rules of its fields. It knows nothing of what wrote it.

After SWIFT Standards, MT101, MT103 and MT202: the order of fields, their formats, and the character set X.
"""

from __future__ import annotations

import re

from tests.connectors.formats.mt_rules import X, decimals

REFERENCE = r"(?!/)(?!.*//).{1,16}(?<!/)"
PARTY_D = r"(//[A-Z]{2}.{1,28}\r\n)?.{1,35}(\r\n.{1,35}){0,3}"
FORMS = {
    "20": REFERENCE, "21": REFERENCE, "23B": "CRED", "28D": r"1/1", "30": r"[0-9]{6}",
    "32A": r"[0-9]{6}[A-Z]{3}[0-9]+,[0-9]*", "32B": r"[A-Z]{3}[0-9]+,[0-9]*",
    "71A": "(OUR|SHA|BEN)", "72": r"/[A-Z0-9]{1,8}/.{1,32}(\r\n//.{1,33}){0,5}",
    **dict.fromkeys(("50K", "50H", "59"), r"/.{1,34}(\r\n.{1,35}){1,4}"),
    **dict.fromkeys(("52A", "56A", "57A", "58A"), r"(/.{1,34}\r\n)?[A-Z0-9]{8}([A-Z0-9]{3})?"),
    **dict.fromkeys(("52D", "56D", "57D", "58D"), PARTY_D), "70": r".{1,35}(\r\n.{1,35}){0,3}",
}  # fmt: skip
ORDERS = {
    "103": r"20 23B 32A 50K 52[AD] (56[AD] )?57[AD] 59 (70 )?71A ",
    "202": r"20 21 32A 52[AD] (56[AD] )?(57[AD] )?58[AD] (72 )?",
    "101": r"20 28D 50H 52[AD] 30 (21 32B (56[AD] )?57[AD] 59 (70 )?71A )+",
}


def wrong_in(message: bytes) -> list[str]:
    """What breaks a rule of the standard."""
    try:
        text = message.decode("ascii")
    except UnicodeDecodeError:
        return ["not ASCII"]
    match = re.fullmatch(
        r"\{1:F01[A-Z0-9]{12}[0-9]{10}\}\{2:I(1[0-9]{2}|202)[A-Z0-9]{12}N\}"
        r"(\{3:\{121:[0-9a-f-]{36}\}\})?\{4:\r\n(.*)\r\n-\}", text, re.DOTALL,
    )  # fmt: skip
    if not match:
        return ["no blocks"]
    parts = re.split(r"(?:\A|\r\n):([0-9]{2}[A-Z]?):", match[3])[1:]
    fields = list(zip(parts[::2], parts[1::2], strict=True))
    problems = [problem for tag, value in fields for problem in _field(tag, value)]
    order = "".join(f"{tag} " for tag, _ in fields)
    return problems if re.fullmatch(ORDERS[match[1]], order) else [*problems, f"order: {order}"]


def _field(tag: str, value: str) -> list[str]:
    problems = [f"{tag}: {c!r} is not in set X" for c in value.replace("\r\n", "") if c not in X]
    if tag not in FORMS or not re.fullmatch(FORMS[tag], value):
        problems.append(f"{tag}: {value!r}")
    if any(line[:1] in (":", "-") or not line.strip() for line in value.split("\r\n")[1:]):
        problems.append(f"{tag}: no such line may follow: {value!r}")
    if any(len(line) > 35 for line in value.split("\r\n")):
        problems.append(f"{tag}: a line of more than 35 characters in {value!r}")
    money = re.search(r"([A-Z]{3})([0-9]+,([0-9]*))\Z", value)
    if (
        tag in ("32A", "32B")
        and money
        and (len(money[2]) > 15 or len(money[3]) > decimals(money[1]))
    ):
        problems.append(f"{tag}: no 15d of its currency in {value!r}")
    return problems
