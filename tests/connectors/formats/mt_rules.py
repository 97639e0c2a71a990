"""Whether a message of SWIFT's Category 5 keeps to the rules of its fields. It knows nothing of what wrote it.

After SWIFT Standards: the character set X, the formats of fields, and rules.md section 3. It takes the bytes of
one message, whole or block 4 alone, and says what is wrong in words.
"""

from __future__ import annotations

import re

X = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ "
NUMBER = r"[0-9]+,[0-9]*"
FORMS = {
    "16R": r"[A-Z0-9]{1,16}",
    "16S": r"[A-Z0-9]{1,16}",
    "13A": r":[A-Z0-9]{4}//[A-Z0-9]{3}",
    "19A": rf":[A-Z0-9]{{4}}//N?[A-Z]{{3}}{NUMBER}",
    "20C": r":[A-Z0-9]{4}//.{1,16}",
    "22H": r":[A-Z0-9]{4}//[A-Z0-9]{4}",
    "22F": r":[A-Z0-9]{4}/[A-Z0-9]{0,8}/[A-Z0-9]{4}",
    "23G": r"[A-Z0-9]{4}(/[A-Z0-9]{4})?",
    "35B": r"ISIN [A-Z]{2}[A-Z0-9]{9}[0-9](\r\n.{1,35}){0,4}",
    "70E": r":[A-Z0-9]{4}//.{1,35}(\r\n.{1,35}){0,9}",
    "70F": r":[A-Z0-9]{4}//.{1,65}(\r\n.{1,65}){0,121}",
    "36B": rf":[A-Z0-9]{{4}}//(UNIT|FAMT|AMOR)/{NUMBER}",
    "90A": rf":[A-Z0-9]{{4}}//(PRCT|YIEL)/N?{NUMBER}",
    "90B": rf":[A-Z0-9]{{4}}//(ACTU|DISC|PREM)/[A-Z]{{3}}{NUMBER}",
    "95P": r":[A-Z0-9]{4}//[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?",
    "95Q": r":[A-Z0-9]{4}//.{1,35}(\r\n.{1,35}){0,3}",
    "95R": r":[A-Z0-9]{4}/[A-Z0-9]{1,8}/.{1,34}",
    "97A": r":[A-Z0-9]{4}//.{1,35}",
    "98A": r":[A-Z0-9]{4}//[0-9]{8}",
}
# The order of what stands in each sequence; what may stand several times is in REPEATED.
ORDER = {
    "": ["GENL", "CONFDET", "TRADDET", "USECU", "FIAC", "SETDET", "REQD", "CAINST", "ADDINFO"],
    "GENL": [
        "20C CORP",
        "20C SEME",
        "20C COAF",
        "23G",
        "22F CAEV",
        "98A PREP",
        "97A SAFE",
        "22F TRTR",
        "LINK",
    ],
    "LINK": ["22F LINK", "13A LINK", "20C PREV", "20C RELA", "20C COMM"],
    "CONFDET": [
        "98A TRAD",
        "98A SETT",
        "90A DEAL",
        "90B DEAL",
        "22H BUSE",
        "22H PAYM",
        "CONFPRTY",
        "36B CONF",
        "35B",
    ],
    "CONFPRTY": [
        *(f"95{letter} {role}" for role in ("BUYR", "SELL") for letter in "PQR"),
        "97A SAFE",
    ],
    "USECU": ["97A SAFE", "35B", "ACCTINFO"],
    "ACCTINFO": ["97A SAFE"],
    "CAINST": ["13A CAON", "22F CAOP", "36B QINS", "70E INST"],
    "ADDINFO": ["70F ADTX"],
    "TRADDET": ["98A SETT", "98A TRAD", "90A DEAL", "90B DEAL", "35B", "FIA", "22F PRIR"],
    "FIA": ["36B MINO"],
    "FIAC": ["36B SETT", "97A SAFE", "97A CASH"],
    "SETDET": ["22F STCO", "22F SETR", "SETPRTY", "AMT"],
    "SETPRTY": [
        *(
            f"95{letter} {role}"
            for role in ("DEAG", "REAG", "SELL", "BUYR", "PSET")
            for letter in "PQR"
        ),
        "97A SAFE",
    ],
    "AMT": ["19A DEAL", "19A ACRU", "19A SETT"],
    "REQD": ["20C PREV", "22F LINK", "22F PRIR", "22F PRTL", "22F SETT", "LINK"],
}
REPEATED = {"LINK", "SETPRTY", "CONFPRTY", "AMT", "REQD"}
REQUIRED = {
    "GENL": {"20C SEME", "23G"},
    "TRADDET": {"98A SETT", "35B"},
    "FIAC": {"36B SETT", "97A SAFE"},
    "SETDET": {"22F SETR"},
    "REQD": {"20C PREV"},
    "CONFDET": {"98A TRAD", "98A SETT", "22H BUSE", "22H PAYM", "CONFPRTY", "36B CONF", "35B"},
    "USECU": {"35B"},
    "CAINST": {"13A CAON", "22F CAOP", "36B QINS"},
    "ADDINFO": {"70F ADTX"},
}

# Of the four instructions: who stands on the other side, and whether money goes against it.
SIDES = {
    "540": ({"DEAG", "PSET"}, {"REAG", "BUYR"}, False), "541": ({"DEAG", "PSET"}, {"REAG", "BUYR"}, True),
    "542": ({"REAG", "PSET"}, {"DEAG", "SELL"}, False), "543": ({"REAG", "PSET"}, {"DEAG", "SELL"}, True),
}  # fmt: skip
NO_CENTS, MILS = {"JPY", "KRW", "CLP", "VND"}, {"KWD", "BHD", "JOD", "OMR", "TND"}


def wrong_in(message: bytes) -> list[str]:
    """What breaks a rule, in the order of the message; nothing for a message that may leave."""
    try:
        text = message.decode("ascii")
    except UnicodeDecodeError:
        return ["not ASCII"]
    body, problems = _block_4(text)
    fields = _fields(body, problems)
    for tag, value in fields:
        problems += _field(tag, value)
    kind = re.search(r"\{2:I(5[0-9]{2})", text)
    problems += _sides(kind[1], fields) if kind and kind[1] in SIDES else []
    return problems + _sequences(fields)


def decimals(currency: str) -> int:
    """How many a currency has: a network refuses more (its error C03)."""
    return 0 if currency in NO_CENTS else 3 if currency in MILS else 2


def _sides(kind: str, fields: list[tuple[str, str]]) -> list[str]:
    """What an instruction says by its kind: the other side's agent and the place, and money or none."""
    wanted, never, paid = SIDES[kind]
    parties = {value[1:5] for tag, value in fields if tag[:2] == "95"}
    problems = [f"MT{kind} without {role}" for role in sorted(wanted - parties)]
    problems += [f"MT{kind} with {role}" for role in sorted(never & parties)]
    has_money = any(tag == "19A" and value.startswith(":SETT") for tag, value in fields)
    return problems if has_money is paid else [*problems, f"MT{kind}: money {has_money}"]


def _block_4(text: str) -> tuple[str, list[str]]:
    if text.startswith("{"):
        match = re.fullmatch(
            r"\{1:F01[A-Z0-9]{12}[0-9]{10}\}\{2:I5[0-9]{2}[A-Z0-9]{12}N\}\{4:\r\n(.*)\r\n-\}",
            text,
            re.DOTALL,
        )
        return (match[1], []) if match else (text, ["no blocks 1, 2 and 4"])
    if not text.endswith("\r\n-\r\n"):
        return text, ["block 4 does not end with a hyphen"]
    return text[: -len("\r\n-\r\n")], []


def _fields(body: str, problems: list[str]) -> list[tuple[str, str]]:
    fields: list[tuple[str, str]] = []
    for line in body.split("\r\n"):
        match = re.match(r":([0-9]{2}[A-Z]?):", line)
        if match:
            fields.append((match[1], line[match.end() :]))
        elif not fields or line.startswith((":", "-")) or not line:
            problems.append(f"a line that neither begins nor continues a field: {line!r}")
        else:
            fields[-1] = (fields[-1][0], f"{fields[-1][1]}\r\n{line}")
    return fields


def _field(tag: str, value: str) -> list[str]:
    problems = [f"{tag}: {c!r} is not in set X" for c in value.replace("\r\n", "") if c not in X]
    if tag not in FORMS:
        return [*problems, f"{tag} is no field that is known"]
    if not re.fullmatch(FORMS[tag], value):
        problems.append(f"{tag}: {value!r}")
    if tag == "20C":
        reference = value[7:]
        if reference.startswith("/") or reference.endswith("/") or "//" in reference:
            problems.append(f"slashes of {reference!r}")
    number = re.search(r"([0-9]+,[0-9]*)\Z", value)
    if tag in ("19A", "36B", "90A", "90B") and (not number or len(number[1]) > 15):
        problems.append(f"{tag}: no 15d in {value!r}")
    money = re.search(r"([A-Z]{3})[0-9]+,([0-9]*)\Z", value)
    if tag == "19A" and money and len(money[2]) > decimals(money[1]):
        problems.append(f"{tag}: too many decimals for {money[1]} in {value!r}")
    if any(not line.strip() for line in value.split("\r\n")):
        problems.append(f"{tag}: a line of blanks in {value!r}")
    if tag == "98A" and not ("01" <= value[-4:-2] <= "12" and "01" <= value[-2:] <= "31"):
        problems.append(f"no day {value!r}")
    return problems


def _sequences(fields: list[tuple[str, str]]) -> list[str]:
    problems: list[str] = []
    inside: list[tuple[str, list[str]]] = [("", [])]
    for tag, value in fields:
        name = tag if not value.startswith(":") else f"{tag} {value[1:5]}"
        if tag == "16R":
            inside[-1][1].append(value)
            inside.append((value, []))
        elif tag == "16S":
            if inside[-1][0] != value or len(inside) == 1:
                return [*problems, f"16S {value} closes nothing"]
            problems += _order(*inside.pop())
        else:
            inside[-1][1].append(name)
    if len(inside) > 1:
        problems.append(f"{inside[-1][0]} is not closed")
    named = {value for tag, value in fields if tag == "16R"}
    if "TRADDET" in named and "SETPRTY" not in named:
        problems.append("an instruction names nobody")
    return problems + _order(*inside[0])


def _order(sequence: str, found: list[str]) -> list[str]:
    order = ORDER.get(sequence)
    if order is None:
        return [f"{sequence} is no sequence that is known"]
    problems = [f"{sequence}: {name} is not known" for name in found if name not in order]
    places = [order.index(name) for name in found if name in order]
    if places != sorted(places):
        problems.append(f"{sequence}: out of order: {found}")
    twice = {name for name in found if found.count(name) > 1} - REPEATED
    problems += [f"{sequence}: {name} twice" for name in sorted(twice)]
    missing = REQUIRED.get(sequence, set()) - set(found)
    return problems + [f"{sequence}: {name} is missing" for name in sorted(missing)]
