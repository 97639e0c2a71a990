"""Pages on which a file of a party is opened and filled in: each part has a form of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from backoffice.desk.base import Page, tell_refusal
from backoffice.desk.inputs import Input, ProposePage, StepPage
from backoffice.desk.party_files import MAY_KEEP, MAY_OPEN, VIEW
from backoffice.documents.signing import LARGEST_SCAN
from backoffice.kernel.errors import Refusal
from backoffice.templatetags import desk
from onboarding import api, keeping, selectors, services
from onboarding.models import PartyFile
from onboarding.reading import InLanguage, read_file
from onboarding.screening import SCHEMES
from onboarding.state import FileRole, Spared
from refdata.firm_days import firm_day
from refdata.models import Party
from refdata.models.individuals import IdentityKind
from refdata.models.parties import PartyKind
from refdata.scopes import entities_seen_by

KINDS = [
    (PartyKind.ORGANISATION.value, _("Organisation")),
    (PartyKind.INDIVIDUAL.value, _("Individual")),
]
NOTHING: tuple[str, Any] = ("", "–")
PLAIN = (
    Input(name="name", title=_("Name")), Input(name="name_ru", title=_("Name in Russian")),
    Input(name="country", title=_("Country (two letters)"), example="RU"),
)  # fmt: skip
ORGANISATION = (
    Input(name="legal_form", title=_("Legal form")), Input(name="address", title=_("Registered address")),
    Input(name="town", title=_("Town")), Input(name="inn", title=_("INN")), Input(name="ogrn", title=_("OGRN")),
    Input(name="lei", title=_("LEI")),
)  # fmt: skip
PERSONAL = (
    Input(name="birth_date", title=_("Date of birth"), kind="date"),
    Input(name="identity_kind", title=_("Identity document"), choices=IdentityKind.choices),
    Input(name="identity_number", title=_("Its number")),
    Input(name="identity_issued_by", title=_("Issued by")),
    Input(name="identity_issued_on", title=_("Issued on"), kind="date"),
    Input(name="address", title=_("Address")), Input(name="bank_name", title=_("Bank")),
    Input(name="bank_bik", title=_("BIK")), Input(name="bank_correspondent", title=_("Correspondent account")),
    Input(name="bank_account", title=_("Bank account")),
)  # fmt: skip
CONTACT = (
    Input(name="contact_name", title=_("Whom we call")), Input(name="contact_position", title=_("Position")),
    Input(name="contact_phone", title=_("Telephone")),
)  # fmt: skip


def told(typed: Mapping[str, str], inputs: Iterable[Input], prefix: str = "") -> dict[str, str]:
    names = [each.name for each in inputs]
    return {name.removeprefix(prefix): typed[name] for name in names if typed.get(name)}


class NewPartyFile(ProposePage):
    permission = MAY_OPEN
    heading = _("File of a party")
    explanation = _(
        "Of a party that exists name its code, and nothing else about who it is. Of a new one a code, a name and a"
        " country are enough to begin; documents, owners and answers follow in the file."
    )
    form_id = "party-file"
    button = _("Open a file")

    def inputs(self) -> Sequence[Input]:
        parties = Party.objects.filter(own_entity=None).order_by("code")
        return (
            Input(name="entity", title=_("Entity"),
                  choices=[(row.code, desk.name(row)) for row in entities_seen_by(self.user)]),
            Input(name="role", title=_("Role"), choices=FileRole.choices),
            Input(name="kind", title=_("Kind of party"), choices=KINDS),
            Input(name="party", title=_("Party that exists"),
                  choices=[NOTHING, *((row.code, f"{row.code} · {desk.name(row)}") for row in parties)]),
            Input(name="code", title=pgettext_lazy("of a party", "Code")), *PLAIN,
        )  # fmt: skip

    def propose(self, typed: Mapping[str, str]) -> str:
        given = api.PartyFiles.Input(data=typed)
        given.is_valid(raise_exception=True)
        new = services.NewFile(**given.validated_data)
        row = services.open_file(new=new, actor=self.user, at=timezone.now())
        return reverse("party-file", args=[str(row)])


class PartPage(StepPage):
    """A part of a file on a page of its own; what is wrong stays beside its field."""

    permission = MAY_KEEP
    find = staticmethod(selectors.party_file)
    button = _("Write it down")
    explanation: Any = ""
    row: PartyFile

    def propose(self, typed: Mapping[str, str]) -> str:
        self.write(typed)
        return reverse("party-file", args=[str(self.row)])

    def write(self, typed: Mapping[str, str]) -> None:
        raise NotImplementedError


class KeepIdentity(PartPage):
    heading = _("Who it is")
    explanation = _(
        "Copied from the charter, the register or the passport. The check digits are looked at."
    )
    form_id = "party-file-identity"

    def inputs(self) -> Sequence[Input]:
        if self.row.party_id is not None:
            return CONTACT
        return (*PLAIN, *(ORGANISATION if self.row.is_organisation else PERSONAL), *CONTACT)

    def start(self) -> Mapping[str, str]:
        row = self.row
        contact = {f"contact_{name}": value for name, value in row.contact.items()}
        return {
            "name": row.name, "name_ru": row.name_ru, "country": row.country, **row.identity,
            **row.details, **contact,
        }  # fmt: skip

    def write(self, typed: Mapping[str, str]) -> None:
        values: dict[str, Any] = told(typed, PLAIN)
        if self.row.is_organisation:
            values |= {each.name: typed.get(each.name, "") for each in ORGANISATION}
        else:
            values["details"] = told(typed, PERSONAL)
        values["contact"] = told(typed, CONTACT, "contact_")
        services.change_identity(id=self.row.pk, values=values, actor=self.user, at=timezone.now())


class AddPerson(PartPage):
    heading = _("Owner or signatory")
    explanation = _(
        "Screened at once. A share is a fraction: 0.25 is a quarter. Who owns through others is added with a share of"
        " those others."
    )
    form_id = "party-file-person"

    def inputs(self) -> Sequence[Input]:
        return (
            Input(name="kind", title=_("Person or organisation"), choices=[KINDS[1], KINDS[0]]),
            *PLAIN,
            Input(name="birth_date", title=_("Date of birth"), kind="date"),
            Input(name="scheme", title=_("Identifier"), choices=[NOTHING, *((s, s) for s in SCHEMES)]),
            Input(name="value", title=_("Its value")),
            Input(name="signs_as", title=_("Signs as")),
            Input(name="spared", title=_("Why nobody looks for its owners"), choices=[NOTHING, *Spared.choices]),
            Input(name="share", title=_("Share"), kind="number", example="0.25"),
            Input(name="owned", title=_("Share of"), choices=owned_choices(self.row)),
        )  # fmt: skip

    @transaction.atomic
    def write(self, typed: Mapping[str, str]) -> None:
        given = api.AddFilePerson.Input(data=typed)
        given.is_valid(raise_exception=True)
        new, at = keeping.NewPerson(**given.validated_data), timezone.now()
        person = keeping.add_person(id=self.row.pk, new=new, actor=self.user, at=at)
        if typed.get("share"):
            set_stake(self.row, {**typed, "owner": str(person.pk)}, self)


class SetStake(PartPage):
    heading = _("Share of an owner")
    explanation = _("A fraction: 0.25 is a quarter; 0 takes the share away.")
    form_id = "party-file-stake"

    def inputs(self) -> Sequence[Input]:
        persons = self.row.persons.filter(withdrawn_at=None).order_by("pk")
        return (
            Input(name="owner", title=_("Owner"), choices=[(str(p.pk), desk.name(p)) for p in persons]),
            Input(name="share", title=_("Share"), kind="number", example="0.25"),
            Input(name="owned", title=_("Share of"), choices=owned_choices(self.row)),
        )  # fmt: skip

    def write(self, typed: Mapping[str, str]) -> None:
        set_stake(self.row, typed, self)


def owned_choices(row: PartyFile) -> list[tuple[str, Any]]:
    organisations = row.persons.filter(withdrawn_at=None, kind=PartyKind.ORGANISATION)
    return [
        ("", desk.name(row)),
        *((str(p.pk), desk.name(p)) for p in organisations.order_by("pk")),
    ]


def set_stake(row: PartyFile, typed: Mapping[str, str], page: PartPage) -> None:
    given = api.KeepStake.Input(data={**typed, "owned": typed.get("owned") or None})
    given.is_valid(raise_exception=True)
    values: dict[str, Any] = dict(given.validated_data)
    share: Decimal = values["share"]
    keeping.set_stake(
        id=row.pk, owner_id=values["owner"], owned_id=values["owned"], share=share,
        actor=page.user, at=timezone.now(),
    )  # fmt: skip


class AnswerFile(PartPage):
    heading = _("Answers")
    explanation = _("What is answered gives the grade and the risk by the scorecards in force.")
    form_id = "party-file-answers"

    def inputs(self) -> Sequence[Input]:
        read = read_file(self.row, on=firm_day(timezone.now()))
        found: dict[str, Input] = {}
        for score in (read.credit, read.risk):
            for factor in (
                [] if score is None else [*(p.factor for p in score.parts), *score.missing]
            ):
                choices = [(a.code, InLanguage(a.name)) for a in factor.answers]
                found[factor.code] = Input(
                    name=factor.code, title=InLanguage(factor.name), choices=[NOTHING, *choices]
                )
        return tuple(found.values())

    def start(self) -> Mapping[str, str]:
        return dict(self.row.answers)

    def write(self, typed: Mapping[str, str]) -> None:
        answers = told(typed, self.inputs())
        services.answer_file(id=self.row.pk, answers=answers, actor=self.user, at=timezone.now())


class AddDocument(Page):
    permission = MAY_KEEP
    http_method_names = ["post"]  # noqa: RUF012

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        """Keep a document of a file as it came."""
        row = selectors.party_file(reference, visible_to=self.user)
        back = HttpResponseRedirect(reverse("party-file", args=[reference]))
        file, issued = request.FILES.get("file"), parse_date(request.POST.get("issued_on", ""))
        if not isinstance(file, UploadedFile) or issued is None:
            messages.error(request, gettext("The scan and the date of issue are needed."))
            return back
        content = b"" if (file.size or 0) > LARGEST_SCAN else file.read()
        new = keeping.NewDocument(
            type=request.POST.get("type", ""), number=request.POST.get("number", "")[:60],
            issued_on=issued, expires_on=parse_date(request.POST.get("expires_on", "")),
            name=file.name or "", content=content,
        )  # fmt: skip
        try:
            keeping.add_document(id=row.pk, new=new, actor=self.user, at=timezone.now())
        except Refusal as refusal:
            tell_refusal(request, refusal)
        return back


class Scan(Page):
    """A document as it came; posted to, it is withdrawn."""

    permission = VIEW
    http_method_names = ["get"]  # noqa: RUF012

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        row = selectors.party_file(kwargs["reference"], visible_to=self.user)
        return api.scan_answer(row, selectors.document_of(row, kwargs["document"]))


class WithdrawPart(Page):
    """A document, an owner or a signatory holds no more; it is kept."""

    permission = MAY_KEEP
    http_method_names = ["post"]  # noqa: RUF012

    def post(self, request: HttpRequest, reference: str, **kwargs: Any) -> HttpResponse:
        row = selectors.party_file(reference, visible_to=self.user)
        try:
            self.withdraw(row, **kwargs)
        except Refusal as refusal:
            tell_refusal(request, refusal)
        return HttpResponseRedirect(reverse("party-file", args=[reference]))

    def withdraw(self, row: PartyFile, **kwargs: Any) -> None:
        at = timezone.now()
        if "document" in kwargs:
            keeping.withdraw_document(
                id=row.pk, reference=kwargs["document"], actor=self.user, at=at
            )
        else:
            keeping.withdraw_person(id=row.pk, person_id=kwargs["person"], actor=self.user, at=at)
