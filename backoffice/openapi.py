"""What the OpenAPI document says of every operation: keys, errors, and the deal as it is posted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import msgspec
from django.utils.translation import get_language
from drf_spectacular.generators import SchemaGenerator

from deals.products import PRODUCTS
from reconciliation.counterparties.api import EXAMPLE as POSITIONS
from settlements.examples import BODIES, RECORD_EVENTS
from settlements.fails.statements.api import EXAMPLE as PENALTIES
from settlements.transforming.proposing import Told as RecordEvent

PROBLEM = "application/problem+json"
EXEMPT = (
    "/keys/",
    "/limits/check/",
    "/limits/what-if/",
    "/settlement-runs/what-if/",
    "/day-what-if/",
    "/verify/",
)  # POSTs that need no idempotency key
ERRORS = {
    "400": "Unreadable, of the wrong shape, or without its idempotency key",
    "401": "No key, or one that is unknown, expired or revoked",
    "403": "Not allowed: permission, scope, or other eyes are required",
    "404": "Not there, or outside the caller's scope",
    "405": "The address does not know this method",
    "406": "No such media type is offered",
    "409": "Refused by the present state: transition, limit, duplicate, same request running",
    "413": "The body is too large",
    "415": "The media type is not taken",
    "422": "Well formed, but refused on its own; or the idempotency key was used otherwise",
    "429": "Too many requests; see Retry-After",
    "503": "Cannot be answered just now; see Retry-After",
}
SAMPLE = {
    "external_ref": "FO-2026-000017", "product": "equity", "side": "buy", "book": "EQ-RU",
    "counterparty": "999900DEMOBANKONE097", "instrument": "RU0009029540", "quantity": "1000",
    "price": "312.45", "currency": "RUB", "traded_at": "2026-11-23T10:15:00+03:00",
    "settlement": {"method": "DVP", "date": None},
}  # fmt: skip
_ALL = {
    "external_ref": "FO-2026-000018", "counterparty": "999900DEMOBANKONE097",
    "traded_at": "2026-11-23T10:15:00+03:00",
}  # fmt: skip
_PAIR = {
    "side": "buy", "book": "FX-RU", "counterparty": "999900DEMOBANKFIVE78", "pair": "EUR/USD",
    "quantity": "100000.00", "price": "1.1605", "currency": "USD",
}  # fmt: skip
_MONEY = {
    "side": "place", "book": "FX-RU", "quantity": "10000000.00", "currency": "RUB", "rate": "0.155",
    "day_count": "ACT/365F",
}  # fmt: skip
# One of each product, as it is posted; rates and haircuts are fractions, the price of a bond is in percent.
EXAMPLES: dict[str, dict[str, Any]] = {
    "equity": SAMPLE,
    "bond": _ALL | {
        "product": "bond", "side": "buy", "book": "EQ-RU", "instrument": "RU000A1038V6",
        "quantity": "250", "price": "61.23", "price_kind": "clean", "currency": "RUB",
    },
    "fx_spot": _ALL | _PAIR | {"product": "fx_spot"},
    "fx_forward": _ALL | _PAIR | {"product": "fx_forward", "tenor": "3M"},
    "fx_swap": _ALL | _PAIR | {"product": "fx_swap", "far_price": "1.1620", "tenor": "1M"},
    "deposit": _ALL | _MONEY | {"product": "deposit", "tenor": "1M"},
    "loan": _ALL | _MONEY | {
        "product": "loan", "tenor": "1Y", "interest": "quarterly", "repaid": "equally",
    },
    "repo": _ALL | {
        "product": "repo", "side": "sell", "book": "EQ-RU", "instrument": "RU0009029540",
        "quantity": "1000", "price": "312.45", "currency": "RUB", "haircut": "0.15", "rate": "0.16",
        "day_count": "ACT/365F", "tenor": "1W",
    },
    "individual_purchase": SAMPLE | {
        "product": "individual_purchase", "counterparty": "FL-SIDOROVA",
        "settlement": {"method": "FOP", "date": None}, "payment_date": "2026-11-26",
    },
}  # fmt: skip
FIELD_PROBLEM = {
    "type": "object",
    "required": ["pointer", "code", "detail"],
    "properties": {
        "pointer": {"type": "string", "example": "/quantity"},
        "code": {"type": "string", "example": "not-positive"},
        "detail": {"type": "string"},
        "hint": {"type": "string"},
    },
}
PROBLEM_SCHEMA = {
    "type": "object",
    "description": "RFC 9457; further members are the facts of the refusal",
    "required": ["type", "title", "status", "detail", "instance", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string", "example": "limit-exceeded"},
        "hint": {"type": "string"},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/FieldProblem"}},
    },
}


def complete(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Postprocessing of the generated document: what all operations share is said for each."""
    components = result.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas |= {"Problem": PROBLEM_SCHEMA, "FieldProblem": FIELD_PROBLEM, **deal_schemas()}
    told = msgspec.json.schema_components(
        [RecordEvent], ref_template="#/components/schemas/{name}"
    )[1]
    schemas["RecordEvent"] = told.pop(RecordEvent.__name__)
    schemas |= told
    components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            _complete(path, method, operation)
    _put_body(result, "/api/v1/deals/", "Deal", EXAMPLES)
    _put_body(result, "/api/v1/limits/check/", "Deal", EXAMPLES)
    # What nobody can refuse any more and nobody can book yet (deals/capturing/intake.py).
    result["paths"]["/api/v1/deals/"]["post"]["responses"]["202"] = {
        "description": "An executed deal that cannot be resolved: kept as received, to be repaired",
        "content": {"application/json": {"schema": {}}},
    }
    _put_body(result, "/api/v1/record-events/", "RecordEvent", RECORD_EVENTS)
    for path, examples in BODIES.items():
        body = result["paths"][path]["post"]["requestBody"]["content"]["application/json"]
        body["examples"] = {name: {"value": value} for name, value in examples.items()}
    for path, example in (("penalty-statements", PENALTIES), ("counterparty-positions", POSITIONS)):
        body = result["paths"][f"/api/v1/{path}/"]["post"]["requestBody"]
        body["content"]["application/json"]["example"] = example
    return result


def deal_schemas() -> dict[str, Any]:
    """The products' own Structs as schemas: what capture reads is what is documented."""
    structs = {name: product.terms for name, product in PRODUCTS.items()}
    _, found = msgspec.json.schema_components(
        structs.values(), ref_template="#/components/schemas/{name}"
    )
    one_of = {name: f"#/components/schemas/{struct.__name__}" for name, struct in structs.items()}
    deal = {
        "oneOf": [{"$ref": address} for address in one_of.values()],
        "discriminator": {"propertyName": "product", "mapping": one_of},
    }
    return {**found, "Deal": deal}


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    open_to_all = path.endswith("/keys/")
    operation["security"] = [] if open_to_all else [{"key": []}]
    for status, description in ERRORS.items():
        operation["responses"][status] = {
            "description": description,
            "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    if method == "post" and not path.endswith(EXEMPT):
        operation.setdefault("parameters", []).append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": True,
                "description": "Same key and body: the stored answer again. Kept 48 hours.",
                "schema": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 255,
                    "pattern": "^[!-~]+$",
                },
            }
        )


def _put_body(
    result: dict[str, Any], path: str, schema: str, examples: dict[str, dict[str, Any]]
) -> None:
    operation = result["paths"][path]["post"]
    operation["requestBody"] = {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"$ref": f"#/components/schemas/{schema}"},
                "examples": {name: {"value": value} for name, value in examples.items()},
            }
        },
    }


class Written(SchemaGenerator):
    """The document, written once in a process for each language: anybody may ask for it, and it takes a second."""

    known: ClassVar[dict[str, Any]] = {}

    def get_schema(self, request: Any = None, public: bool = False) -> Any:
        language = get_language() or ""
        if language not in self.known:
            write: Callable[..., Any] = super().get_schema
            self.known[language] = write(request, public)
        return self.known[language]
