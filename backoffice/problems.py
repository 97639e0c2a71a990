"""Every error leaves as `application/problem+json` (RFC 9457): the handlers of the web frameworks."""

from __future__ import annotations

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import msgspec
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.utils import translation
from django.views.defaults import page_not_found
from rest_framework import exceptions
from rest_framework.response import Response

from backoffice.access import rates
from backoffice.access.problems import field_problem, problem_of
from backoffice.kernel.errors import FieldProblem, NotFound, Refusal
from backoffice.kernel.i18n import gettext_noop
from deals.capturing.api import capture_deal

logger = logging.getLogger(__name__)


class NoSuchAddress(NotFound):
    code = "no-such-address"
    title = gettext_noop("There is no such address")
    detail = gettext_noop("No operation has the address %(path)s.")
    hint = gettext_noop("The operations are listed in /api/docs/; each address ends with a slash.")


MEDIA_TYPE = "application/problem+json"
CAPTURE = "/api/v1/deals/"
RETRY_AFTER_SECONDS = "1"


def problem_response(refusal: Refusal, path: str) -> HttpResponse:
    """The problem as an answer, for views outside the REST framework."""
    document = problem_of(refusal, path)
    response = HttpResponse(
        msgspec.json.encode(document, enc_hook=str),
        status=document["status"],
        content_type=MEDIA_TYPE,
    )
    for name, value in waits(document).items():
        response[name] = value
    return response


def waits(document: dict[str, Any]) -> dict[str, str]:
    """When to ask again: a second later where it cannot be answered, else as the refusal says."""
    if document["status"] not in (429, 503):
        return {}
    return {"Retry-After": str(document.get("seconds", RETRY_AFTER_SECONDS))}


def plain_problem(status: int, path: str, detail: str = "") -> dict[str, Any]:
    """A plain HTTP error: `about:blank` with the standard phrase."""
    phrase = HTTPStatus(status).phrase
    return {
        "type": "about:blank",
        "title": phrase,
        "status": status,
        "detail": detail or phrase,
        "instance": path,
        "code": phrase.lower().replace(" ", "-"),
    }


def plain_response(status: int, path: str, detail: str = "") -> HttpResponse:
    return HttpResponse(
        msgspec.json.encode(plain_problem(status, path, detail)),
        status=status,
        content_type=MEDIA_TYPE,
    )


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """The REST framework's exception handler: every error leaves as a problem document."""
    path = context["request"].path
    if isinstance(error, Refusal):
        document = problem_of(error, path)
        return Response(
            document, document["status"], headers=waits(document), content_type=MEDIA_TYPE
        )
    if isinstance(error, (InterfaceError, OperationalError)):
        logger.exception("the database did not answer")
        document = plain_problem(503, path)
        return Response(
            document, 503, headers={"Retry-After": RETRY_AFTER_SECONDS}, content_type=MEDIA_TYPE
        )
    return _framework_error(error, path)


def _framework_error(error: Exception, path: str) -> Response | None:
    if isinstance(error, exceptions.ValidationError):
        problems = [
            FieldProblem(pointer, code, detail)
            for pointer, code, detail in _flatten(error.detail, "")
        ]
        document = plain_problem(400, path)
        document |= {"code": "invalid-input", "errors": [field_problem(p) for p in problems]}
        return Response(document, 400, content_type=MEDIA_TYPE)
    if isinstance(error, exceptions.APIException):
        headers = {}
        if getattr(error, "auth_header", None):
            headers["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
        if getattr(error, "wait", None):
            headers["Retry-After"] = str(int(error.wait))  # type: ignore[attr-defined]
        document = plain_problem(error.status_code, path, str(error.detail))
        return Response(document, error.status_code, headers=headers, content_type=MEDIA_TYPE)
    for kind, status in ((Http404, 404), (PermissionDenied, 403)):
        if isinstance(error, kind):
            return Response(plain_problem(status, path), status, content_type=MEDIA_TYPE)
    return None


def _flatten(detail: Any, pointer: str) -> list[tuple[str, str, str]]:
    if isinstance(detail, dict):
        return [
            row for name, value in detail.items() for row in _flatten(value, f"{pointer}/{name}")
        ]
    if isinstance(detail, list):
        return [
            row
            for number, value in enumerate(detail)
            for row in (
                _flatten(value, f"{pointer}/{number}")
                if isinstance(value, (dict, list))
                else [(pointer, getattr(value, "code", "invalid"), str(value))]
            )
        ]
    return [(pointer, getattr(detail, "code", "invalid"), str(detail))]


class ProblemMiddleware:
    """For the API's plain views: what they raise leaves as a problem document as well."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return as_problem(request, error) if request.path.startswith("/api/") else None


class CaptureFirst:
    """A deal sent with a key needs no session, no messages and no page's language: it goes straight.

    The other layers would cost as much as the capture itself. Errors are told in the language asked
    for, as everywhere. As the outermost layer of ours it also says what is left of a key's requests.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        rates.begin()
        answer = self.answer(request)
        left = rates.left()
        if left is not None:
            for name, value in left.headers():
                answer[name] = value
        return answer

    def answer(self, request: HttpRequest) -> HttpResponse:
        if (
            request.path_info != CAPTURE
            or request.method != "POST"
            or "HTTP_AUTHORIZATION" not in request.META
        ):
            return self.get_response(request)
        answer = self.capture(request)
        answer["Content-Length"] = str(len(answer.content))
        return answer

    def capture(self, request: HttpRequest) -> HttpResponse:
        try:
            return capture_deal(request)
        except Exception as error:
            with translation.override(translation.get_language_from_request(request)):
                answer = as_problem(request, error)
            if answer is None:
                logger.exception("a capture failed")
            return answer or server_error(request)


def as_problem(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """The problem document of what a plain view raised; None for what nobody foresaw."""
    if isinstance(error, Refusal):
        return problem_response(error, request.path)
    if isinstance(error, exceptions.APIException):
        response = plain_response(error.status_code, request.path, str(error.detail))
        if error.status_code == 401:
            response["WWW-Authenticate"] = "Bearer"
        return response
    if isinstance(error, RequestDataTooBig):
        return plain_response(413, request.path)
    if isinstance(error, UnreadablePostError):
        return plain_response(400, request.path, "The body could not be read to its end.")
    if isinstance(error, (InterfaceError, OperationalError)):
        logger.exception("the database did not answer")
        response = plain_response(503, request.path)
        response["Retry-After"] = RETRY_AFTER_SECONDS
        return response
    return None


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """An address that leads nowhere: a program reads a problem, a person a page."""
    if request.path.startswith("/api/"):
        return problem_response(NoSuchAddress(path=request.path), request.path)
    return page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Last resort: no stack trace leaves the house."""
    return plain_response(500, request.path)
