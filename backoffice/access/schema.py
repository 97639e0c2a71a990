"""How an operation is documented from what its view declares, so that no view repeats it.

`Input` is the body, `filters` a filter set, `paged` says that a list comes in pages, `gives` the
status of success. The text is the docstring of the method (of `perform` for a step) or of the view.
"""

from __future__ import annotations

import re
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter


class Operation(AutoSchema):
    """One operation as drf-spectacular asks about it."""

    def get_auth(self) -> list[Any]:
        return []  # said once for all of them, in backoffice.openapi

    def get_operation_id(self) -> str:
        words = re.sub(r"[^a-z0-9]+", "_", self.path.removeprefix("/api/v1").lower()).strip("_")
        return f"{self.method.lower()}_{words}"

    def get_description(self) -> str:  # type: ignore[override]
        own = type(self.view).__dict__
        method = own.get("perform" if self._is_step() else self.method.lower())
        return (method.__doc__ if method else None) or type(self.view).__doc__ or ""

    def _is_step(self) -> bool:
        return self.method == "POST" and "perform" in dir(self.view)

    def get_request_serializer(self) -> Any:
        return getattr(self.view, "Input", None) if self.method == "POST" else None

    def get_response_serializers(self) -> Any:
        if self.method == "DELETE":
            return {204: None}
        given = getattr(self.view, "gives", {}).get(self.method, 200)
        codes = given if isinstance(given, tuple) else (given,)
        return dict.fromkeys(codes, OpenApiTypes.OBJECT)

    def _get_serializer_name(self, serializer: Any, direction: Any, *args: Any, **more: Any) -> str:
        return (
            serializer if isinstance(serializer, type) else type(serializer)
        ).__qualname__.replace(".", "")

    def get_override_parameters(self) -> list[Any]:
        """The query of a list: its filters, and the two members of paging."""
        if self.method != "GET":
            return []
        names = [*getattr(getattr(self.view, "filters", None), "base_filters", {})]
        found = [OpenApiParameter(name, str) for name in names]
        if getattr(self.view, "paged", False):
            found.append(OpenApiParameter("page_size", int, description="At most 500"))
            found.append(OpenApiParameter("cursor", str, description="From next or previous"))
        query = getattr(self.view, "Query", None)
        return [*found, query] if query else found
