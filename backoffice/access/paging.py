"""Lists in pages, the same for every operation: newest first, stable while more comes in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class Pages(CursorPagination):
    """Newest first, by key: stable however many rows come in meanwhile."""

    ordering = "-id"
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500


def paged(
    rows: QuerySet[Any],
    request: Request,
    view: APIView,
    documents: Callable[[Sequence[Any]], Sequence[Any]],
) -> Response:
    """One page of rows; `documents` writes all of a page at once, so that it asks few questions."""
    pages: Pages = Pages()
    page: list[Any] | None = pages.paginate_queryset(rows, request, view=view)
    return pages.get_paginated_response(documents(page or ()))
