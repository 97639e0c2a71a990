"""References that can be read back, terms of channels that two people agree on, and what pages show."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from backoffice.access.models import User
from backoffice.connectors.channels.checking import check_channel
from backoffice.connectors.channels.models import Channel
from backoffice.connectors.channels.references import NEW, Named, named_by, reference_of
from refdata.models import Place
from refdata.proposals import approve_proposals, propose_change
from tests.connectors.channels.playing import THEY, US, channel, clerk, messages, sent, work

NAMED = st.one_of(
    st.integers(1, 10**12 - 1).map(Named),
    st.builds(
        Named, st.integers(1, 10**12 - 1), st.sampled_from(("CANC", "HOLD", "RELE")), st.integers(1, 99)
    ),
)  # fmt: skip


class TestReference:
    @given(NAMED)
    def test_is_short_and_names_its_message(self, named: Named) -> None:
        reference = reference_of(named)
        assert len(reference) <= 16
        assert named_by(reference) == named

    @pytest.mark.parametrize("text", ["", "S", "S0", "C0S1", "S12/1", "D-12", "X1S2", "S٣", "s12"])
    def test_of_others_is_none_of_ours(self, text: str) -> None:
        assert named_by(text) is None

    def test_of_an_instruction_is_its_settlement(self) -> None:
        assert reference_of(Named(12)) == "S12"
        assert named_by("S12") == Named(12, NEW, 1)


def told(**more: Any) -> Channel:
    return Channel(
        **{
            "code": "NSD-OUT", "place": Place.objects.get(code="NSD"), "way": "OUT", "format": "MT",
            "transport": "DIRECTORY", "address": "nsd/out", "own_bic": US, "their_bic": THEY,
            "versions": [], **more,
        }
    )  # fmt: skip


class TestTerms:
    def test_that_are_right_are_taken(self) -> None:
        check_channel(told())
        check_channel(told(format="PAIN", versions=["pain.001.001.09"]))
        key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGQ3Ymo2Y3E0bG1hbXo2cXJ3ZzZ2c2d0cG9k"
        check_channel(told(transport="SFTP", address="sftp://us@host/out", host_key=key))

    @pytest.mark.parametrize(("field", "more"), [
        ("code", {"code": "nsd out"}), ("code", {"code": "REST"}),
        ("address", {"address": "../out"}), ("address", {"address": "/etc"}),
        ("address", {"address": "in/x"}), ("versions", {"versions": ["pain.001.001.99"]}),
        ("own_bic", {"own_bic": "NOBIC"}), ("their_bic", {"format": "ISO20022", "their_bic": ""}),
        ("zone", {"zone": "Mars/Olympus"}), ("wrapper", {"wrapper": "<x>"}),
        ("host_key", {"transport": "SFTP", "address": "sftp://us@host/out"}),
        ("address", {"transport": "SFTP", "address": "sftp://us:secret@host/out", "host_key": "x"}),
        ("address", {"transport": "HTTP", "address": "ftp://host/x"}),
        ("address", {"transport": "HTTP", "address": "https://me@host/x"}),
    ])  # fmt: skip
    def test_that_are_wrong_are_refused_at_their_field(
        self, field: str, more: dict[str, Any]
    ) -> None:
        with pytest.raises(ValidationError) as refused:
            check_channel(told(**more))
        assert field in refused.value.message_dict

    def test_are_put_in_force_by_another_person(self) -> None:
        at = timezone.now()
        change = propose_change(
            subject_type="channel", subject_id=None, valid_from=None, reason="new place", at=at,
            actor=clerk(), changes={
                "code": "NSD-OUT", "place": "NSD", "way": "OUT", "format": "MT", "own_bic": US,
                "their_bic": THEY, "transport": "DIRECTORY", "address": "nsd/out",
                "valid_from": "2026-01-01",
            },
        )  # fmt: skip
        assert not Channel.objects.exists()
        checker = User.objects.get(username="checker")
        approve_proposals(ids=[change.pk], actor=checker, at=at).raise_single()
        assert Channel.objects.get().bonds == "FAMT"


def browser(name: str, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(User.objects.get(username=name))
    return client


class TestPages:
    def test_show_channels_messages_and_what_they_mean(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        channel()
        row = sent(api, sample)
        work()
        (message,) = messages()
        for language in ("en", "ru"):
            clerk_of = browser("clerk", language)
            for address in ("/channels/", "/outbound-messages/", f"/outbound-messages/{message}/"):
                page = clerk_of.get(address)
                assert page.status_code == 200, address
            assert f":20C::SEME//S{row.pk}" in page.content.decode()
            shown = clerk_of.get(f"/settlements/{row}/?tab=messages").content.decode()
            assert f":20C::SEME//S{row.pk}" in shown
            assert clerk_of.get("/allegements/").status_code == 200

    def test_let_a_clerk_stop_a_channel_and_a_checker_let_it_go_on(self) -> None:
        channel()
        browser("clerk").post("/channels/NSD-OUT/freeze/", {"reason": "fire"})
        assert "NSD-OUT/thaw/" in browser("checker").get("/channels/").content.decode()
        browser("checker").post("/channels/NSD-OUT/thaw/")
        assert "NSD-OUT/freeze/" in browser("clerk").get("/channels/").content.decode()
