"""Keys: a user name and password for a key that programs use from then on."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle
from rest_framework.views import APIView

from backoffice.access.attempts import count_attempt, forget_attempts
from backoffice.access.authentication import sender_of
from backoffice.access.factors import OneTimeCodeRequired, check_code, has_factor
from backoffice.access.models import ApiKey, User
from backoffice.access.permissions import PUBLIC
from backoffice.access.services import create_key


class KeyThrottle(AnonRateThrottle):
    """Guessing passwords is slow."""

    rate = "60/min"


class CreateKey(APIView):
    permission = PUBLIC
    gives: ClassVar = {"POST": 201}
    authentication_classes = ()
    throttle_classes = (KeyThrottle,)

    class Input(serializers.Serializer[Any]):
        username = serializers.CharField(max_length=150)
        password = serializers.CharField(max_length=200, trim_whitespace=False)
        label = serializers.CharField(max_length=100)  # type: ignore[assignment]
        otp = serializers.CharField(max_length=20, required=False, allow_blank=True)
        scopes = serializers.ListField(child=serializers.CharField(max_length=100), required=False)
        networks = serializers.ListField(child=serializers.CharField(max_length=50), required=False)
        expires_at = serializers.DateTimeField(required=False, allow_null=True)

    def post(self, request: Request) -> Response:
        """A new key for the owner of this name and password; shown once.

        `otp` is the one-time code of the second factor, or a recovery code: required where the owner
        has a second factor, and what lets the key take steps that move money. `networks` are the
        address ranges from which alone the key may be used. After several failures the next attempt
        has to wait: 429.
        """
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        otp, username = values.pop("otp", ""), values.pop("username")
        user = signed_in(request._request, username, values.pop("password"), otp)
        row, secret = create_key(user=user, with_code=has_factor(user), **values)
        return Response(key_document(row) | {"key": secret}, 201)


def signed_in(request: HttpRequest, username: str, password: str, otp: str) -> User:
    """Whose name, password and code these are. Raises AuthenticationFailed, TooManySignIns,
    OneTimeCodeRequired, OneTimeCodeWrong, TooManyCodes."""
    at, address = timezone.now(), sender_of(request)
    count_attempt(username, address, at=at)
    user = authenticate(request, username=username, password=password)
    if not isinstance(user, User):
        raise AuthenticationFailed("The user name or the password is wrong.")
    if has_factor(user):
        if not otp:
            raise OneTimeCodeRequired()
        check_code(user, otp, at=at)
    forget_attempts(username, address)
    return user


def key_document(row: ApiKey) -> dict[str, Any]:
    """A key as the API shows it; its secret is nowhere any more."""
    return {
        "reference": str(row.pk), "label": row.label, "scopes": row.scopes, "networks": row.networks,
        "with_code": row.with_code, "created_at": row.created_at, "expires_at": row.expires_at,
        "revoked_at": row.revoked_at, "last_used_at": row.last_used_at,
    }  # fmt: skip
