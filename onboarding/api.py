"""The operations on files of parties. Each parses, calls one service or selector, and answers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.idempotency import OncePerKey
from backoffice.access.models import User
from backoffice.access.paging import paged
from backoffice.access.personal import note_read
from backoffice.workflow.api import (
    ShowHistory,
    ShowSubject,
    StepOnSubject,
    WithItsReason,
    require_match,
    user_of,
)
from onboarding import deciding, keeping, selectors, services
from onboarding.documents import listed, whole_document
from onboarding.filters import PartyFileFilter
from onboarding.models import FileDocument, PartyFile
from onboarding.screening import SCHEMES
from onboarding.state import FileRole, Spared
from refdata.api import NO_CONTROLS
from refdata.firm_days import firm_day
from refdata.models.parties import PartyKind

MAY_KEEP = "onboarding.keep_partyfile"


def shown(row: PartyFile) -> dict[str, Any]:
    return whole_document(row, on=firm_day(timezone.now()))


class Text(serializers.RegexField):
    """A line of text without control characters."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            NO_CONTROLS, **{"default": "", "allow_blank": True, "max_length": 200, **more}
        )


class Identity(serializers.Serializer[Any]):
    """What others know an organisation by, and where it is registered."""

    town = Text(max_length=35)
    legal_form = Text(max_length=40)
    address = Text()
    lei = Text(max_length=20)
    inn = Text(max_length=12)
    ogrn = Text(max_length=13)


class Contact(serializers.Serializer[Any]):
    """Whom we call about changed details; the number comes from a document."""

    name = Text(max_length=120)
    position = Text(max_length=120)
    phone = Text(max_length=40)


class Who(serializers.Serializer[Any]):
    """Who a party is; `details` of an individual are those of the reference data."""

    name = Text()
    name_ru = Text()
    country = Text(max_length=2)
    identity = Identity(default=dict)
    details = serializers.DictField(child=Text(), default=dict)
    contact = Contact(default=dict)


class PartyFiles(OncePerKey):
    permission = {  # noqa: RUF012
        "GET": "onboarding.view_partyfile", "POST": "onboarding.open_partyfile",
    }  # fmt: skip
    gives: ClassVar = {"POST": 201}
    filters = PartyFileFilter
    paged = True

    class Input(Who):
        entity = serializers.CharField(max_length=20)
        role = serializers.ChoiceField(FileRole.choices)
        kind = serializers.ChoiceField(PartyKind.choices, default=PartyKind.ORGANISATION.value)
        party = Text(max_length=40)
        code = Text(max_length=40)

    def get(self, request: Request) -> Response:
        """The files of counterparties and clients, newest first."""
        rows = chosen_of(self, request, selectors.files(visible_to=user_of(request)))
        return paged(rows, request, self, listed)

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Open the file of a party that exists (`party`), or of one that is to be (`code`, `name`, `country`)."""
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        new = services.NewFile(**given.validated_data)
        row = services.open_file(new=new, actor=user_of(request), at=timezone.now())
        headers = {"Location": f"/api/v1/party-files/{row}/", "ETag": row.etag}
        return Response(shown(row), 201, headers=headers)


class ShowPartyFile(ShowSubject):
    """One file with its parts and its checklist."""

    permission = "onboarding.view_partyfile"
    find = staticmethod(selectors.party_file)
    shown = staticmethod(shown)


class PartyFileHistory(ShowHistory):
    """Everything that happened to a file, first to last."""

    permission = "onboarding.view_partyfile"
    subject = services.SUBJECT
    find = staticmethod(selectors.party_file)


class KeepPart(OncePerKey):
    """Something is written into a file that is being filled in; the file is answered as it is then."""

    permission = MAY_KEEP
    Input: ClassVar[type[serializers.Serializer[Any]]]

    def perform(self, request: Request, **kwargs: Any) -> Response:
        user = user_of(request)
        id = selectors.party_file(kwargs["reference"], visible_to=user).pk
        require_match(request, PartyFile, id, kwargs["reference"])
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        self.write(id, given.validated_data, user, **kwargs)
        row = selectors.party_file(kwargs["reference"], visible_to=user)
        return Response(shown(row), headers={"ETag": row.etag})

    def write(self, id: int, values: Any, user: User, **kwargs: Any) -> None:
        raise NotImplementedError


class KeepIdentity(KeepPart):
    """Write who the party is, and whom we call."""

    Input = Who

    def write(self, id: int, values: Any, user: User, **kwargs: Any) -> None:
        told = {k: v for k, v in values.items() if v and k != "identity"} | dict(values["identity"])
        services.change_identity(id=id, values=told, actor=user, at=timezone.now())


class KeepAnswers(KeepPart):
    """Answer questions of the scorecards, by the codes of the factors."""

    class Input(serializers.Serializer[Any]):
        answers = serializers.DictField(child=Text(max_length=40))

    def write(self, id: int, values: Any, user: User, **kwargs: Any) -> None:
        services.answer_file(id=id, answers=values["answers"], actor=user, at=timezone.now())


class AddFileDocument(KeepPart):
    """Add a document with its dates, as it came (multipart: PDF, PNG or JPEG)."""

    class Input(serializers.Serializer[Any]):
        type = serializers.CharField(max_length=30)
        number = Text(max_length=60)
        issued_on = serializers.DateField()
        expires_on = serializers.DateField(default=None, allow_null=True)
        file = serializers.FileField()

    def write(self, id: int, values: Any, user: User, **kwargs: Any) -> None:
        file = values.pop("file")
        new = keeping.NewDocument(name=file.name, content=file.read(), **values)
        keeping.add_document(id=id, new=new, actor=user, at=timezone.now())


class WithdrawFileDocument(KeepPart):
    """Say that a document does not belong there; it is kept."""

    Input = serializers.Serializer

    def write(self, id: int, values: Any, user: User, **kwargs: Any) -> None:
        keeping.withdraw_document(
            id=id, reference=kwargs["document"], actor=user, at=timezone.now()
        )


class DownloadFileDocument(APIView):
    permission = "onboarding.view_partyfile"

    def get(self, request: Request, reference: str, document: str) -> HttpResponse:
        """The document as it came, to the byte."""
        row = selectors.party_file(reference, visible_to=user_of(request))
        return scan_answer(row, selectors.document_of(row, document))


def scan_answer(row: PartyFile, found: FileDocument) -> HttpResponse:
    """The bytes that were kept; of a person that they were read is noted."""
    note_read([row])
    return HttpResponse(
        bytes(found.scan.content), content_type=found.scan.media_type,
        headers={"ETag": f'"{found.scan.sha256}"', "X-Content-Type-Options": "nosniff"},
    )  # fmt: skip


class AddFilePerson(KeepPart):
    """Add an owner or a signatory, who is screened at once; `share` of the party may come with it."""

    class Input(serializers.Serializer[Any]):
        kind = serializers.ChoiceField(PartyKind.choices)
        name = Text(default=serializers.empty, allow_blank=False)
        name_ru = Text()
        country = Text(max_length=2)
        birth_date = serializers.DateField(default=None, allow_null=True)
        scheme = serializers.ChoiceField([*SCHEMES, ""], default="", allow_blank=True)
        value = Text(max_length=40)
        signs_as = Text(max_length=120)
        spared = serializers.ChoiceField(Spared.choices, default="", allow_blank=True)

    def write(self, id: int, values: Any, user: User, **kwargs: Any) -> None:
        new = keeping.NewPerson(**values)
        keeping.add_person(id=id, new=new, actor=user, at=timezone.now())


class WithdrawFilePerson(KeepPart):
    """Say that somebody owns or signs no more."""

    Input = serializers.Serializer

    def write(self, id: int, values: Any, user: User, **kwargs: Any) -> None:
        keeping.withdraw_person(id=id, person_id=kwargs["person"], actor=user, at=timezone.now())


class KeepStake(KeepPart):
    """How much of the party (`owned` empty), or of another owner, belongs to an owner; 0 takes it away."""

    class Input(serializers.Serializer[Any]):
        owner = serializers.IntegerField(min_value=1)
        owned = serializers.IntegerField(min_value=1, default=None, allow_null=True)
        share = serializers.DecimalField(
            max_digits=9, decimal_places=8, min_value=Decimal(0), max_value=Decimal(1)
        )

    def write(self, id: int, values: Any, user: User, **kwargs: Any) -> None:
        keeping.set_stake(
            id=id, owner_id=values["owner"], owned_id=values["owned"], share=values["share"],
            actor=user, at=timezone.now(),
        )  # fmt: skip


class StepOnFile(StepOnSubject):
    model = PartyFile
    find = staticmethod(selectors.party_file)
    shown = staticmethod(shown)


class SubmitPartyFile(StepOnFile):
    """Say that the file is complete, and hand it to other eyes."""

    permission = "onboarding.submit_partyfile"
    service = staticmethod(deciding.submit_files)


class ApprovePartyFile(StepOnFile):
    """Approve it as the second pair of eyes: the party is there, its limits are proposed."""

    permission = "onboarding.approve_partyfile"
    service = staticmethod(deciding.approve_files)


class TakeStepPartyFile(StepOnFile):
    """Take the step that the process of the file waits for."""

    class Input(serializers.Serializer[Any]):
        evidence = Text(max_length=500)

    permission = "onboarding.take_step_partyfile"
    service = staticmethod(deciding.take_step_files)


class SendBackPartyFile(StepOnFile):
    """Send it back to whoever keeps it, and say what is to be mended."""

    permission = "onboarding.send_back_partyfile"
    Input = WithItsReason
    service = staticmethod(deciding.send_back_files)


class DeclinePartyFile(StepOnFile):
    """Refuse to deal with the party, and say why."""

    permission = "onboarding.decline_partyfile"
    Input = WithItsReason
    service = staticmethod(deciding.decline_files)


class TakeUpPartyFile(StepOnFile):
    """Take an approved file up again before its review is due, and say what has changed."""

    permission = "onboarding.take_up_partyfile"
    Input = WithItsReason
    service = staticmethod(deciding.take_up_files)


class ClosePartyFile(StepOnFile):
    """End dealing with the party, and say why; one person is enough to stop."""

    permission = "onboarding.close_partyfile"
    Input = WithItsReason
    service = staticmethod(deciding.close_files)
