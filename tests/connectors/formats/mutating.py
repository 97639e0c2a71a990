"""A mutator of files: bytes flipped, cut, repeated, swapped and put in, by a seed. It knows no format."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

# What parsers stumble over: separators, quotes, controls, ends of lines, digits that are none.
PIECES = (
    b"\x00", b"\r", b"\n", b":", b"::", b"-", b"-}", b"{", b"}", b"{4:", b"{1:", b"/", b"//", b"=", b"<",
    b">", b"&", b"&x;", b"<!--", b"]]>", b",", b".", b"9" * 40, b"-1", b"1e9", b"NaN", b"\xff", b"\x98",
    b"\xef\xbb\xbf", b"\xff\xfe", b"\xd9\xa0", b"\xe2\x80\xae", b" " * 70, b":20:", b":61:", b":62F:", b":86:",
)  # fmt: skip


def mutated(raw: bytes, random: Random) -> bytes:
    """The file with one to four things done to it."""
    made = bytearray(raw)
    for _ in range(random.randint(1, 4)):
        if made:
            random.choice(DEEDS)(made, random)
    return bytes(made)


def _flip(made: bytearray, random: Random) -> None:
    made[random.randrange(len(made))] ^= 1 << random.randrange(8)


def _digit(made: bytearray, random: Random) -> None:
    made[random.randrange(len(made))] = random.choice(b"0123456789")


def _cut(made: bytearray, random: Random) -> None:
    start = random.randrange(len(made))
    del made[start : start + random.choice((1, 2, 10, 100, len(made)))]


def _repeat(made: bytearray, random: Random) -> None:
    start = random.randrange(len(made))
    piece = made[start : start + random.choice((1, 5, 40, 400, 2_000))]
    at = random.choice((start, random.randrange(len(made))))
    made[at:at] = piece * random.choice((1, 1, 2, 20))


def _swap(made: bytearray, random: Random) -> None:
    lines = made.split(b"\n")
    one, other = random.randrange(len(lines)), random.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    made[:] = b"\n".join(lines)


def _put(made: bytearray, random: Random) -> None:
    at = random.randrange(len(made))
    made[at : at + random.choice((0, 0, 1, 3))] = random.choice(PIECES)


DEEDS = (_flip, _digit, _cut, _repeat, _swap, _put)


def mutations(files: list[bytes], *, seed: int, count: int) -> Iterator[bytes]:
    """`count` mutations, of the files in turn."""
    random = Random(seed)
    for number in range(count):
        yield mutated(files[number % len(files)], random)
