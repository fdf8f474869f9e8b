"""The sandbox's test tokens: what each of them stands for, and how everything that is done with it ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from datasources.payments.providers.protocol import Standing
    from datasources.payments.records import MethodKind

# How a call ends: it is answered; or the first one is not, before anything was done or after it was.
Ending = Literal["answered", "lost_before", "lost_after"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TestToken:
    """What a token does. `authorizes_to` is the answer to an authorisation; the rest is how later calls end."""

    description: str
    authorizes_to: Standing = "authorized"
    failure_code: str | None = None
    failure_reason: str | None = None
    brand: str = "Visa"
    last_four: str = "4242"
    exp_year: int = 2034
    authorization: Ending = "answered"
    capture: Ending = "answered"
    refund: Ending = "answered"
    refuses_capture: bool = False
    refuses_refund: bool = False
    refunds_slowly: bool = False


def _declined(code: str, reason: str, last_four: str, *, exp_year: int = 2034) -> TestToken:
    return TestToken(
        description=f"Declined: {code}.",
        authorizes_to="failed",
        failure_code=code,
        failure_reason=reason,
        last_four=last_four,
        exp_year=exp_year,
    )


TOKENS: Final[dict[str, TestToken]] = {
    "tok_approved": TestToken(description="Approved: a Visa card that ends in 4242."),
    "tok_visa": TestToken(description="The same."),
    "tok_mastercard": TestToken(
        description="Approved: a Mastercard that ends in 4444.", brand="Mastercard", last_four="4444"
    ),
    "tok_amex": TestToken(
        description="Approved: an American Express card that ends in 0005.",
        brand="American Express",
        last_four="0005",
    ),
    "tok_discover": TestToken(
        description="Approved: a Discover card that ends in 1117.", brand="Discover", last_four="1117"
    ),
    "tok_captured": TestToken(
        description="Taken at once, without an authorisation before.", authorizes_to="captured"
    ),
    "tok_declined": _declined("card_declined", "The card was declined.", "0002"),
    "tok_insufficient_funds": _declined("insufficient_funds", "The card has insufficient funds.", "9995"),
    "tok_expired_card": _declined("expired_card", "The card has expired.", "0069", exp_year=2020),
    "tok_action_required": TestToken(
        description="Waits until the customer approves it on the sandbox's page (3-D Secure).",
        authorizes_to="requires_action",
        last_four="3155",
    ),
    "tok_processing": TestToken(
        description="Processing until it is approved or declined on the sandbox's page, as a bank transfer is.",
        authorizes_to="processing",
        last_four="3063",
    ),
    "tok_timeout": TestToken(
        description="The first authorisation is not answered, and nothing was reserved. Asked again, it is approved.",
        authorization="lost_before",
    ),
    "tok_error_after_charge": TestToken(
        description="The first authorisation is not answered although the amount was reserved. Asked again with the "
        "same key, it answers what it has done.",
        authorization="lost_after",
    ),
    "tok_capture_refused": TestToken(
        description="Approved, but its capture is refused for good.", refuses_capture=True
    ),
    "tok_error_after_capture": TestToken(
        description="The first capture is not answered although the amount was taken.", capture="lost_after"
    ),
    "tok_refund_refused": TestToken(description="Its refunds are refused for good.", refuses_refund=True),
    "tok_refund_timeout": TestToken(
        description="The first call of each refund is not answered, and nothing was paid back.",
        refund="lost_before",
    ),
    "tok_error_after_refund": TestToken(
        description="The first call of each refund is not answered although it was paid back.",
        refund="lost_after",
    ),
    "tok_refund_processing": TestToken(
        description="Its refunds are processing until they are approved or declined on the sandbox's page.",
        refunds_slowly=True,
    ),
}

CARDS: Final[frozenset[MethodKind]] = frozenset({"credit_card", "debit_card"})
