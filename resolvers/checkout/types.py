"""What a cart costs as an order, and what is missing before it can be one."""

from enum import Enum

import strawberry

from resolvers.orders.types import PostalAddress
from resolvers.scalars import EmailAddress, Money


@strawberry.enum(description="What has to be known before an order can be placed.")
class CheckoutField(Enum):
    EMAIL = strawberry.enum_value("email", description="The e-mail address that messages are sent to.")
    SHIPPING_ADDRESS = strawberry.enum_value("shipping_address", description="Where the goods are sent.")
    PAYMENT_METHOD = strawberry.enum_value(
        "payment_method", description="How the order is paid: a saved method, or a token of the provider's."
    )


@strawberry.type(description="A way to send an order, with what it costs.")
class ShippingOption:
    code: str = strawberry.field(description="What to choose it by, such as express.")
    name: str = strawberry.field(description="What to call it, such as Express.")
    cost: Money = strawberry.field(description="What it costs.")
    least_days: int = strawberry.field(description="How many days it takes at least.")
    most_days: int = strawberry.field(description="How many days it takes at most.")


@strawberry.type(
    description="What a cart would cost as an order today, with tax and shipping. Whatever an account has saved counts"
    " until something else is said: its e-mail address, and its default addresses."
)
class Checkout:
    email: EmailAddress | None = strawberry.field(description="Where messages about the order are sent.")
    shipping_address: PostalAddress | None = strawberry.field(description="Where the goods are sent.")
    billing_address: PostalAddress | None = strawberry.field(
        description="Where the invoice is sent; where the goods go, unless another address is given."
    )
    shipping_method: ShippingOption | None = strawberry.field(
        description="How the goods are sent: as chosen, or the first of `shippingOptions`."
    )
    shipping_options: list[ShippingOption] = strawberry.field(
        description="The ways to send the goods to the shipping address; none where the shop does not deliver."
    )
    notes: str | None = strawberry.field(description="The customer's remarks.")
    subtotal: Money = strawberry.field(description="The sum of the lines that are sold today.")
    discount: Money = strawberry.field(description="What the coupons take off.")
    tax: Money = strawberry.field(description="The tax; zero as long as it is not known where the goods go.")
    shipping_cost: Money = strawberry.field(
        description="What shipping costs; zero as long as it is not known."
    )
    total: Money = strawberry.field(
        description="The amount to pay: subtotal - discount + tax + shipping cost. It is what `completeCheckout` takes"
        " as `expectedTotal`."
    )
    missing: list[CheckoutField] = strawberry.field(
        description="What has to be said before the order can be placed; how it is paid is said with"
        " `completeCheckout`."
    )
