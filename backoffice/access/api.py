"""Keys: a user name and password for a key that programs use from then on."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth import authenticate
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle
from rest_framework.views import APIView

from backoffice.access.models import User
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
        otp = serializers.CharField(max_length=10, required=False, allow_blank=True)
        scopes = serializers.ListField(child=serializers.CharField(max_length=100), required=False)
        expires_at = serializers.DateTimeField(required=False, allow_null=True)

    def post(self, request: Request) -> Response:
        """A new key for the owner of this name and password; shown once."""
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        values.pop("otp", None)
        user = authenticate(
            request._request, username=values.pop("username"), password=values.pop("password")
        )
        if not isinstance(user, User):
            raise AuthenticationFailed("The user name or the password is wrong.")
        row, secret = create_key(user=user, **values)
        return Response(
            {"key": secret, "label": row.label, "scopes": row.scopes, "expires_at": row.expires_at},
            201,
        )
