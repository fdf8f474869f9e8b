"""Finds the payment service's nodes by their key, for whoever may see them."""

from datasources.payments import records
from resolvers.context import Info
from resolvers.permissions import Permission
from resolvers.relay import NodeFinder, uuid_from


async def find_payment(info: Info, key: str) -> records.Payment | None:
    """The payment, if it is the viewer's own or the viewer is staff who may read payments.

    Raises:
        InvalidId: the key is none of a payment.
    """
    wanted = uuid_from(key, "Payment")
    payment = await info.context.loaders.payments.by_id.load(wanted)
    return payment if payment is not None and may_see_payment(info, payment) else None


async def find_refund(info: Info, key: str) -> records.Refund | None:
    """The refund, if its payment is the viewer's to see.

    Raises:
        InvalidId: the key is none of a refund.
    """
    loaders = info.context.loaders.payments
    refund = await loaders.refund_by_id.load(uuid_from(key, "Refund"))
    if refund is None:
        return None
    payment = await loaders.by_id.load(refund.payment_id)
    return refund if payment is not None and may_see_payment(info, payment) else None


async def find_payment_method(info: Info, key: str) -> records.PaymentMethod | None:
    """The saved method unless it was removed, if the viewer may see it as its owner or as staff.

    Raises:
        InvalidId: the key is none of a saved method.
    """
    wanted = uuid_from(key, "PaymentMethod")
    method = await info.context.loaders.payments.method_by_id.load(wanted)
    if method is None or not method.is_active:
        return None
    return method if info.context.viewer.sees(method.user_id, Permission.READ_PAYMENTS) else None


def may_see_payment(info: Info, payment: records.Payment) -> bool:
    """Whether a payment is the viewer's own, or the viewer is staff who may read payments."""
    return info.context.viewer.sees(payment.user_id, Permission.READ_PAYMENTS)


NODES: dict[str, NodeFinder] = {
    "Payment": find_payment,
    "Refund": find_refund,
    "PaymentMethod": find_payment_method,
}
