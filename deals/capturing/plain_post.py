"""An operation whose POST is a plain view, declared like all others."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.utils.decorators import classonlymethod
from django.views.decorators.csrf import csrf_exempt
from rest_framework.views import APIView


class PlainPost(APIView):
    """POST leaves the framework for a plain view; what it takes and gives is still declared here."""

    plain: ClassVar[Any]  # HttpRequest -> HttpResponse

    @classonlymethod
    def as_view(cls, **initkwargs: Any) -> Any:  # noqa: N805
        framework = super().as_view(**initkwargs)
        plain = cls.plain

        def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "POST":
                answer: HttpResponse = plain(request)
                return answer
            response: HttpResponse = framework(request, *args, **kwargs)
            return response

        view.cls, view.initkwargs = cls, initkwargs  # type: ignore[attr-defined]
        return csrf_exempt(view)
