"""What the demo shop writes to its customers."""

from __future__ import annotations

from typing import Final, NamedTuple


class Template(NamedTuple):
    """A message with gaps, such as {number}."""

    name: str
    code: str
    medium: str
    channel: str
    subject: str
    body: str
    variables: tuple[str, ...]


TEMPLATES: Final = (
    Template(
        "Order confirmation", "order_confirmation.email.en-US", "email", "order",
        "Your order {number}",
        "Hello {name}, thank you for your order {number} for {total}. We will write again when it is on its way.",
        ("name", "number", "total"),
    ),
    Template(
        "Shipping update", "shipping_update.email.en-US", "email", "order",
        "Your order {number} is on its way",
        "Hello {name}, your order {number} has been handed to the carrier.",
        ("name", "number"),
    ),
    Template(
        "Delivered", "order_delivered.push.en-US", "push", "order",
        "Delivered",
        "Your order {number} has been delivered.",
        ("number",),
    ),
    Template(
        "Order cancelled", "order_cancelled.email.en-US", "email", "order",
        "Your order {number} was cancelled",
        "Hello {name}, your order {number} was cancelled. You will not be charged for it.",
        ("name", "number"),
    ),
    Template(
        "Refund", "refund_completed.email.en-US", "email", "payment",
        "We have refunded {total}",
        "Hello {name}, we have refunded {total} for your order {number}. It may take a few days to reach your account.",
        ("name", "number", "total"),
    ),
    Template(
        "Payment failed", "payment_failed.email.en-US", "email", "payment",
        "The payment for {number} did not go through",
        "Hello {name}, the payment for your order {number} did not go through. Please try another payment method.",
        ("name", "number"),
    ),
    Template(
        "Welcome", "welcome.email.en-US", "email", "system",
        "Welcome, {name}",
        "Hello {name}, your account is ready. The code WELCOME10 takes 10% off your first order.",
        ("name",),
    ),
    Template(
        "Abandoned cart", "abandoned_cart.email.en-US", "email", "marketing",
        "Still thinking about it?",
        "Hello {name}, your cart is still waiting for you.",
        ("name",),
    ),
    Template(
        "Newsletter", "newsletter.email.en-US", "email", "marketing",
        "New this week",
        "Hello {name}, have a look at what is new this week.",
        ("name",),
    ),
)  # fmt: skip
