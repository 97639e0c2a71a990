"""Bringing the file of a run to who wants it: into a folder of theirs, or by mail."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext

from backoffice.access.models import User
from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from reporting.formats import File, open_file
from reporting.models import ReportRun
from reporting.reports import REPORTS
from reporting.schedules.models import ReportSchedule
from reporting.schedules.state import Way
from reporting.storing import file_beside

LARGEST_MAIL = 10_000_000  # bytes: most servers take no more


class TooLargeToMail(Conflict):
    code = "too-large-to-mail"
    title = gettext_noop("The file is too large to be sent")
    detail = gettext_noop("%(name)s has more than 10 MB.")
    hint = gettext_noop("Have it brought into a folder, or as Parquet.")


class NotSent(Conflict):
    code = "mail-not-sent"
    title = gettext_noop("The mail was not sent")
    detail = gettext_noop("The mail server refused %(name)s: %(error)s.")
    hint = gettext_noop("Mend what it says; the report of the next day is sent again.")


def refuses(user: User) -> str:
    """Why nothing can be sent to somebody, empty if it can. Asked anew: a caller is remembered for a while."""
    if not settings.EMAIL_FROM:
        return gettext_noop("Have the administrator set EMAIL_URL and EMAIL_FROM.")
    has_address = User.objects.filter(pk=user.pk).exclude(email="").exists()
    return "" if has_address else gettext_noop("Have the administrator enter your address.")


def bring(row: ReportSchedule, run: ReportRun, *, at: datetime) -> None:
    """Write or send the file, in the language of who wants it; that it was taken is recorded.

    Raises TooLargeToMail, NotSent, RowsChanged.
    """
    with translation.override(row.user.language or settings.LANGUAGE_CODE):
        file = open_file(run, row.file_format, actor=row.user, at=at)
        if row.way == Way.FOLDER:
            _write(file, folder_of(row.user) / file.name)
        else:
            _send(row, run, file)


def folder_of(user: User) -> Path:
    """A name may hold what a path must not."""
    return Path(settings.REPORT_FOLDER) / re.sub(r"[^A-Za-z0-9_-]", "_", user.username)


def _write(file: File, path: Path) -> None:
    with file_beside(path) as target:
        for piece in file.pieces:
            target.write(piece)


def _send(row: ReportSchedule, run: ReportRun, file: File) -> None:
    content = bytearray()
    for piece in file.pieces:
        content += piece
        if len(content) > LARGEST_MAIL:
            raise TooLargeToMail(name=file.name)
    title = str(REPORTS[run.report].title)
    said = gettext(
        "%(title)s, %(run)s. SHA-256 of its rows: %(sha256)s. You have it because of %(schedule)s."
    )
    facts = {"title": title, "run": str(run), "sha256": run.sha256, "schedule": str(row)}
    mail = EmailMessage(f"{title} · {run}", said % facts, settings.EMAIL_FROM, [row.user.email])
    mail.attach(file.name, bytes(content), file.media_type.partition(";")[0])
    try:
        mail.send()
    except OSError as error:  # smtplib's errors are some of them
        raise NotSent(name=file.name, error=str(error)[:200]) from error
