"""Whether a message of SWIFT's Category 3 keeps to the rules of its fields. It knows nothing of what wrote it.

After SWIFT Standards, MT300 and MT320: the order of fields, their formats, and the common reference.
"""

from __future__ import annotations

import re

from tests.connectors.formats.mt_rules import decimals

X = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ "
BIC = r"[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?"
PARTY_A = rf"(/.{{1,34}}\r\n)?{BIC}"
PARTY_D = r"(/.{1,34}\r\n)?.{1,35}(\r\n.{1,35}){0,3}"
FORMS = {
    "15A": "", "15B": "", "15C": "", "15D": "", "20": r".{1,16}", "21": r".{1,16}",
    "22A": "(NEWT|AMND|CANC|DUPL|EXOP)", "22B": "(CONF|MATU|ROLL)",
    "22C": r"[A-Z]{4}[A-Z0-9]{2}[0-9]{4}[A-Z]{4}[A-Z0-9]{2}", "82A": PARTY_A, "87A": PARTY_A,
    "57A": PARTY_A, "57D": PARTY_D, "17R": "[LB]", "30T": "[0-9]{8}", "30V": "[0-9]{8}",
    "30P": "[0-9]{8}", "30X": "[0-9]{8}", "32B": r"[A-Z]{3}[0-9]+,[0-9]*", "33B": r"[A-Z]{3}[0-9]+,[0-9]*",
    "34E": r"N?[A-Z]{3}[0-9]+,[0-9]*", "36": r"[0-9]+,[0-9]*", "37G": r"N?[0-9]+,[0-9]*",
    "14D": r"(ACT/36[05]|30E/360|360/360|AFI/365)",
}  # fmt: skip
A = "15A 20 (21 )?22A {event}22C 82A 87A "
ORDERS = {
    "300": A.format(event="") + "15B 30T 30V 36 32B 57[AD] 33B 57[AD] ",
    "320": A.format(event="22B ")
    + "15B 17R 30T 30V 30P 32B 30X 34E 37G 14D 15C 57[AD] 15D 57[AD] ",
}
LONGEST = {"32B": 18, "33B": 18, "34E": 19, "36": 12, "37G": 13}


def wrong_in(message: bytes) -> list[str]:
    text = message.decode("ascii")
    match = re.fullmatch(
        r"\{1:F01[A-Z0-9]{12}[0-9]{10}\}\{2:I(3[0-9]{2})[A-Z0-9]{12}N\}\{4:\r\n(.*)\r\n-\}",
        text,
        re.DOTALL,
    )
    if not match:
        return ["no blocks 1, 2 and 4"]
    fields: list[tuple[str, str]] = []
    for line in match[2].split("\r\n"):
        begins = re.match(r":([0-9]{2}[A-Z]?):", line)
        if begins:
            fields.append((begins[1], line[begins.end() :]))
        else:
            fields[-1] = (fields[-1][0], f"{fields[-1][1]}\r\n{line}")
    problems = [problem for tag, value in fields for problem in _field(tag, value)]
    order = "".join(f"{tag} " for tag, _ in fields)
    if not re.fullmatch(ORDERS[match[1]], order):
        problems.append(f"out of order: {order}")
    return problems + _common(dict(fields))


def _field(tag: str, value: str) -> list[str]:
    problems = [f"{tag}: {c!r} is not in set X" for c in value.replace("\r\n", "") if c not in X]
    if not re.fullmatch(FORMS[tag], value):
        problems.append(f"{tag}: {value!r}")
    if len(value) > LONGEST.get(tag, 200):
        problems.append(f"{tag} is too long: {value!r}")
    if tag in ("20", "21") and (value[0] == "/" or value[-1] == "/" or "//" in value):
        problems.append(f"slashes of {value!r}")
    money = re.fullmatch(r"N?([A-Z]{3})[0-9]+,([0-9]*)", value)
    if money and len(money[2]) > decimals(money[1]):
        problems.append(f"{tag}: too many decimals in {value!r}")
    if any(line[:1] in (":", "-") or not line.strip() for line in value.split("\r\n")[1:]):
        problems.append(f"{tag}: no such line may follow: {value!r}")
    return problems


def _common(fields: dict[str, str]) -> list[str]:
    """Both ends in their order, and between them the last four digits of the rate, zeros at its end left out."""
    ends = sorted(bic.split("\r\n")[-1] for bic in (fields["82A"], fields["87A"]))
    ends = sorted(f"{bic[:4]}{bic[6:8]}" for bic in ends)
    rate = fields.get("36", fields.get("37G", "")).lstrip("N")
    digits = rate.replace(",", "")
    while digits.endswith("0"):
        digits = digits[:-1]
    wanted = ends[0] + f"0000{digits}"[-4:] + ends[1]
    return [] if fields["22C"] == wanted else [f"22C is {fields['22C']}, not {wanted}"]
