"""What the terms of a channel must be before two people put them in force."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from backoffice.connectors.channels.models import Channel
from backoffice.connectors.channels.state import ChannelFormat, TransportKind, Way
from backoffice.connectors.formats.payments.checking import VERSIONS as PAIN
from backoffice.connectors.formats.payments.pacs import VERSIONS as PACS
from backoffice.connectors.formats.sese.versions import HEADERS, WRITTEN
from backoffice.kernel.identifiers import problem_with

CODE = re.compile(r"[A-Z0-9][A-Z0-9_-]{1,19}\Z")
FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*){0,4}\Z")
RESERVED = ("REST",)
ELEMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\Z")
HOST_KEYS = (
    "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa",
)  # fmt: skip
WITH_BICS = (ChannelFormat.ISO20022, ChannelFormat.PACS)  # a header names both ends


def written_versions() -> tuple[str, ...]:
    """Every version of a message that can be written here."""
    return (
        *(f"head.001.001.{version}" for version in HEADERS),
        *(f"{name}.001.{version}" for name, version in WRITTEN.items()),
        *(f"pain.001.001.{version}" for version in PAIN),
        *(f"pacs.{kind}.001.{version}" for kind, versions in PACS.items() for version in versions),
    )


def check_channel(row: Channel) -> None:
    """Refuses terms by which nothing could leave or come, each at its field."""
    wrong = dict(_wrong(row))
    if wrong:
        raise ValidationError({name: [text] for name, text in wrong.items()})


def _wrong(row: Channel) -> Iterator[tuple[str, Any]]:
    if not CODE.match(row.code):
        yield "code", _("Two to twenty capital letters, digits, hyphens and underscores.")
    if row.code in RESERVED:
        yield "code", _("Files that people bring are kept under that name.")
    others = Channel.objects.filter(code=row.code).exclude(pk=row.pk)
    if others.exclude(place_id=row.place_id, way=row.way).exists():
        yield "code", _("That channel goes to another place, or the other way.")
    for name in ("own_bic", "their_bic"):
        bic = _text(getattr(row, name))
        if bic and problem_with("BIC", bic):
            yield name, _("It is no BIC.")
        elif not bic and row.way == Way.OUT and row.format in WITH_BICS:
            yield name, _("This format names both ends by their BIC.")
    unknown = set(row.versions or ()) - set(written_versions())
    if unknown:
        yield "versions", _("A version that is not written here.")
    if _text(row.zone) and not _is_zone(_text(row.zone)):
        yield "zone", _("Nothing of that name is known.")
    if _text(row.wrapper) and not ELEMENT.match(_text(row.wrapper)):
        yield "wrapper", _("It is no name of an element.")
    yield from _wrong_end(row)


def _wrong_end(row: Channel) -> Iterator[tuple[str, Any]]:
    if row.transport == TransportKind.DIRECTORY:
        if not FOLDER.match(row.address) or row.address.split("/")[0] in ("out", "in", "done"):
            yield "address", _("A folder below the exchange folder, such as nsd/out.")
        return
    schemes = {
        TransportKind.SFTP: ("sftp",),
        TransportKind.HTTP: ("https", "http") if settings.DEMONSTRATION else ("https",),
    }[TransportKind(row.transport)]
    if not _fits(row.address, schemes):
        yield (
            "address",
            _("An address such as %(scheme)s://host/path, without a password in it.")
            % {"scheme": schemes[0]},
        )
    if row.transport == TransportKind.SFTP and not _is_host_key(_text(row.host_key)):
        yield "host_key", _("The public key of the host, such as: ssh-ed25519 AAAA…")


def _fits(address: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(address)
        port = parts.port or 1
    except ValueError:
        return False
    named = bool(parts.username) if schemes == ("sftp",) else parts.username is None
    return (
        parts.scheme in schemes and bool(parts.hostname) and parts.password is None and named
        and not parts.fragment and not parts.query and port > 0
        and address.isascii() and address.isprintable() and " " not in address
    )  # fmt: skip


def _is_host_key(text: str) -> bool:
    kind, _space, encoded = text.strip().partition(" ")
    if kind not in HOST_KEYS or not encoded.split():
        return False
    try:
        return kind.encode() in base64.b64decode(encoded.split()[0], validate=True)
    except ValueError:
        return False


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, ZoneInfoNotFoundError, OSError):
        return False
    return True


def _text(value: object) -> str:
    """What the database would give by default is nothing yet."""
    return value if isinstance(value, str) else ""
