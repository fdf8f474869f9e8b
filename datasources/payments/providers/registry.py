"""The providers that are set up, by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from datasources.payments.providers.protocol import PaymentsNotConfigured, UnknownProvider

if TYPE_CHECKING:
    from collections.abc import Mapping

    from datasources.payments.providers.protocol import PaymentProvider


@dataclass(frozen=True, slots=True, kw_only=True)
class Providers:
    """The providers that are set up. New payments go to the one named `for_new`; the others finish what they began."""

    by_name: Mapping[str, PaymentProvider] = field(default_factory=lambda: MappingProxyType({}))
    for_new: str | None = None

    @property
    def default(self) -> PaymentProvider:
        """The provider of new payments.

        Raises:
            PaymentsNotConfigured: there is none.
        """
        if self.for_new is None:
            raise PaymentsNotConfigured
        return self.get(self.for_new)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all that are set up."""
        return tuple(self.by_name)

    def get(self, name: str) -> PaymentProvider:
        """The provider with this name.

        Raises:
            UnknownProvider: it is not set up.
        """
        found = self.by_name.get(name)
        if found is None:
            raise UnknownProvider(name)
        return found


NO_PROVIDERS = Providers()
