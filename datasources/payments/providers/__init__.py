"""Payment providers: what all of them can do, and which are set up."""

from datasources.payments.providers.protocol import (
    AuthorizationRequest,
    InvalidSignature,
    PaymentProvider,
    PaymentsNotConfigured,
    ProviderEvent,
    ProviderMethod,
    ProviderPayment,
    ProviderRefund,
    ProviderRefused,
    ProviderUnavailable,
    UnknownProvider,
)
from datasources.payments.providers.registry import NO_PROVIDERS, Providers

__all__ = [
    "NO_PROVIDERS",
    "AuthorizationRequest",
    "InvalidSignature",
    "PaymentProvider",
    "PaymentsNotConfigured",
    "ProviderEvent",
    "ProviderMethod",
    "ProviderPayment",
    "ProviderRefund",
    "ProviderRefused",
    "ProviderUnavailable",
    "Providers",
    "UnknownProvider",
]
