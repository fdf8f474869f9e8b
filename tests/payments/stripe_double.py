"""A double of Stripe's API: the requests and answers of its documentation, and what it promises of idempotency keys.

It keeps what it is told in memory, answers a repeated key with its first answer, refuses one with other parameters or
one that is still being worked on, never refunds more than was captured, and can be told to lose what comes next.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

# As Stripe's test payment methods are called (https://docs.stripe.com/testing), with what becomes of them.
CARDS: dict[str, dict[str, Any]] = {
    "pm_card_visa": {"brand": "visa", "last4": "4242", "funding": "credit"},
    "pm_card_mastercard_debit": {"brand": "mastercard", "last4": "3222", "funding": "debit"},
    "pm_card_amex": {"brand": "amex", "last4": "8431", "funding": "credit"},
    "pm_card_chargeDeclined": {"code": "card_declined", "decline_code": "generic_decline"},
    "pm_card_chargeDeclinedInsufficientFunds": {
        "code": "card_declined",
        "decline_code": "insufficient_funds",
    },
    "pm_card_chargeDeclinedStolenCard": {"code": "card_declined", "decline_code": "stolen_card"},
    "pm_card_chargeDeclinedExpiredCard": {"code": "expired_card", "decline_code": None},
    "pm_card_authenticationRequired": {"brand": "visa", "last4": "3220", "funding": "credit"},
}


class Problem(Exception):
    """An error as Stripe answers it."""

    def __init__(self, status: int, **error: Any) -> None:
        super().__init__(str(error))
        self.status = status
        self.error = {"type": "invalid_request_error", "message": "No.", **error}


@dataclass
class StripeDouble:
    """What Stripe knows. `lose` says how the next requests fail: `before` or `after` they are done, or by a status."""

    base: str = ""
    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    answers: dict[str, tuple[Any, int, Any]] = field(default_factory=dict)
    working: set[str] = field(default_factory=set)
    lose: list[str | int] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    delay: float = 0.0
    currency_of_fees: str = "usd"
    refund_status: str = "succeeded"
    _numbers: Any = field(default_factory=lambda: count(1))

    async def answer(self, request: Request) -> Response:
        """Answer one request."""
        given = _nested(parse_qsl((await request.body()).decode() or request.url.query))
        self.asked.append((request.method, request.url.path, given))
        assert request.headers["Authorization"] == "Bearer sk_test_double"
        assert request.headers["Stripe-Version"]
        fate = self.lose.pop(0) if self.lose else None
        if fate == "before":
            return _broken()
        if isinstance(fate, int):
            return JSONResponse({"error": {"type": "api_error", "message": "Sorry."}}, status_code=fate)
        status, body = await self._once(request, given)
        return _broken() if fate == "after" else JSONResponse(body, status_code=status)

    async def _once(self, request: Request, given: dict[str, Any]) -> tuple[int, Any]:
        key = request.headers.get("Idempotency-Key")
        if key is None or request.method != "POST":
            return await self._do(request, given)
        if key in self.working:
            return 409, {
                "error": {"type": "idempotency_error", "code": "idempotency_key_in_use", "message": "Busy."}
            }
        asked = (request.url.path, given)
        if key in self.answers:
            earlier, status, body = self.answers[key]
            if earlier != asked:
                return 400, {
                    "error": {"type": "idempotency_error", "message": "Keys are for the same parameters."}
                }
            return status, body
        self.working.add(key)
        try:
            status, body = await self._do(request, given)
        finally:
            self.working.discard(key)
        self.answers[key] = (asked, status, body)
        return status, body

    async def _do(self, request: Request, given: dict[str, Any]) -> tuple[int, Any]:
        await asyncio.sleep(self.delay)
        parts = request.url.path.removeprefix("/v1/").split("/")
        method = f"{request.method.lower()}_{parts[0]}{'_' + parts[2] if parts[2:] else '_one' if parts[1:] else ''}"
        if parts[1:] == ["search"]:
            method = "search"
        try:
            done = getattr(self, method)(given, *parts[1:2])
        except Problem as problem:
            return problem.status, {"error": problem.error}
        return 200, _copied(done)

    def post_payment_intents(self, given: dict[str, Any]) -> Any:
        card = self._card(given["payment_method"])
        assert (given["capture_method"], given["confirm"]) == ("manual", "true")
        intent = {
            "id": self._id("pi"),
            "object": "payment_intent",
            "amount": int(given["amount"]),
            "amount_received": 0,
            "currency": given["currency"],
            "created": int(time.time()),
            "customer": given.get("customer"),
            "metadata": given["metadata"],
            "payment_method": given["payment_method"],
            "status": "requires_capture",
            "last_payment_error": None,
            "next_action": None,
            "latest_charge": None,
        }
        intent["client_secret"] = f"{intent['id']}_secret_x"
        self.objects[intent["id"]] = intent
        if "code" in card:
            problem = {
                "type": "card_error",
                **card,
                "message": "Your card was declined.",
                "payment_method": {"id": given["payment_method"]},
            }
            intent |= {"status": "requires_payment_method", "last_payment_error": problem}
            raise Problem(402, **problem, payment_intent=_copied(intent))
        if given["payment_method"] == "pm_card_authenticationRequired":
            intent |= {
                "status": "requires_action",
                "next_action": {"type": "use_stripe_sdk", "use_stripe_sdk": {}},
            }
        else:
            intent["latest_charge"] = self._charge(intent, card)
        return intent

    def get_payment_intents_one(self, _given: dict[str, Any], identity: str) -> Any:
        return self._find(identity)

    def search(self, given: dict[str, Any], _word: str) -> Any:
        key = given["query"].removeprefix("metadata['idempotency_key']:'").removesuffix("'")
        found = [
            it
            for it in self.objects.values()
            if it["object"] == "payment_intent" and it["metadata"].get("idempotency_key") == key
        ]
        return {"object": "search_result", "data": found, "has_more": False, "url": "", "next_page": None}

    def post_payment_intents_capture(self, given: dict[str, Any], identity: str) -> Any:
        intent = self._find(identity)
        if intent["status"] != "requires_capture":
            raise Problem(400, code="payment_intent_unexpected_state", payment_intent=_copied(intent))
        fee = {"object": "balance_transaction", "fee": 88, "currency": self.currency_of_fees}
        intent |= {"status": "succeeded", "amount_received": int(given["amount_to_capture"])}
        intent["latest_charge"]["balance_transaction"] = fee
        return intent

    def post_payment_intents_cancel(self, _given: dict[str, Any], identity: str) -> Any:
        intent = self._find(identity)
        if intent["status"] in {"succeeded", "canceled", "processing"}:
            raise Problem(400, code="payment_intent_unexpected_state", payment_intent=_copied(intent))
        return intent | self._set(intent, status="canceled", next_action=None)

    def post_refunds(self, given: dict[str, Any]) -> Any:
        intent = self._find(given["payment_intent"])
        amount, back = int(given["amount"]), sum(it["amount"] for it in self._refunds(intent["id"]))
        if intent["status"] != "succeeded" or amount + back > intent["amount_received"]:
            raise Problem(400, code="charge_already_refunded")
        refund = {
            "id": self._id("re"),
            "object": "refund",
            "amount": amount,
            "currency": intent["currency"],
            "payment_intent": intent["id"],
            "metadata": given["metadata"],
            "status": self.refund_status,
        }
        self.objects[refund["id"]] = refund
        return refund

    def get_refunds_one(self, _given: dict[str, Any], identity: str) -> Any:
        return self._find(identity)

    def get_refunds(self, given: dict[str, Any]) -> Any:
        found = self._refunds(given["payment_intent"])
        start = next(
            (place + 1 for place, it in enumerate(found) if it["id"] == given.get("starting_after")), 0
        )
        page = found[start : start + 2]
        return {"object": "list", "data": page, "has_more": start + 2 < len(found), "url": "/v1/refunds"}

    def get_payment_methods_one(self, _given: dict[str, Any], identity: str) -> Any:
        if identity not in self.objects:
            card = {"exp_month": 12, "exp_year": 2034, **self._card(identity)}
            self.objects[identity] = {
                "id": identity,
                "object": "payment_method",
                "type": "card",
                "card": card,
                "customer": None,
            }
        return self.objects[identity]

    def post_payment_methods_attach(self, given: dict[str, Any], identity: str) -> Any:
        return self._set(self._find(identity), customer=self._find(given["customer"])["id"])

    def post_payment_methods_detach(self, _given: dict[str, Any], identity: str) -> Any:
        method = self._find(identity)
        if method["customer"] is None:
            raise Problem(400, message="It is not attached to a customer.")
        return self._set(method, customer=None)

    def post_customers(self, given: dict[str, Any]) -> Any:
        customer = {"id": self._id("cus"), "object": "customer", "metadata": given["metadata"]}
        self.objects[customer["id"]] = customer
        return customer

    def confirm(self, identity: str, *, approve: bool) -> None:
        """What the customer's browser does with a client secret."""
        intent = self._find(identity)
        if approve:
            charge = self._charge(intent, self._card(intent["payment_method"]))
            self._set(intent, status="requires_capture", next_action=None, latest_charge=charge)
        else:
            problem = {
                "type": "invalid_request_error",
                "code": "payment_intent_authentication_failure",
                "message": "No.",
            }
            self._set(intent, status="requires_payment_method", next_action=None, last_payment_error=problem)

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        """All objects of a kind."""
        return [it for it in self.objects.values() if it["object"] == kind]

    def _charge(self, intent: dict[str, Any], card: dict[str, Any]) -> dict[str, Any]:
        shown = {**card, "capture_before": intent["created"] + 6 * 86_400}
        return {
            "id": self._id("ch"),
            "object": "charge",
            "payment_method_details": {"type": "card", "card": shown},
            "balance_transaction": None,
        }

    def _refunds(self, intent: str) -> list[dict[str, Any]]:
        return [it for it in self.of_kind("refund") if it["payment_intent"] == intent]

    def _card(self, identity: str) -> dict[str, Any]:
        if identity not in CARDS:
            raise Problem(400, code="resource_missing", message=f"No such PaymentMethod: '{identity}'")
        return CARDS[identity]

    def _find(self, identity: str) -> dict[str, Any]:
        if identity not in self.objects:
            raise Problem(404, code="resource_missing", message=f"No such thing: '{identity}'")
        return self.objects[identity]

    def _set(self, thing: dict[str, Any], **values: Any) -> dict[str, Any]:
        thing |= values
        return thing

    def _id(self, prefix: str) -> str:
        return f"{prefix}_{next(self._numbers)}"


@contextmanager
def running_double() -> Iterator[StripeDouble]:
    """The double on a port of its own, in a thread of its own, until the block ends."""
    double = StripeDouble()
    methods = ["GET", "POST", "DELETE"]
    app = Starlette(routes=[Route("/v1/{path:path}", double.answer, methods=methods)])
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        double.base = f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield double
        finally:
            server.should_exit = True
            thread.join(timeout=10)


def _broken() -> Response:
    """An answer that ends before it has begun: what a client sees whose connection breaks."""
    return Response(content=b"", headers={"Content-Length": "10"})


def _nested(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Parameters such as metadata[payment_id]."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        outer, _, inner = name.partition("[")
        if not inner:
            found[outer] = value
        elif inner.rstrip("]").isdecimal():
            found.setdefault(outer, []).append(value)
        else:
            found.setdefault(outer, {})[inner.rstrip("]")] = value
    return found


def _copied(value: Any) -> Any:
    """The value as it is now: what is answered to a key stays as it was."""
    if isinstance(value, dict):
        return {name: _copied(item) for name, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value
