"""Every mutation of the user service."""

import strawberry

from resolvers.users.mutations.addresses import AddressMutations
from resolvers.users.mutations.deletions import DeletionMutations
from resolvers.users.mutations.email_addresses import EmailAddressMutations
from resolvers.users.mutations.locks import LockMutations
from resolvers.users.mutations.loyalty import LoyaltyMutations
from resolvers.users.mutations.passwords import PasswordMutations
from resolvers.users.mutations.profiles import ProfileMutations
from resolvers.users.mutations.registrations import RegistrationMutations
from resolvers.users.mutations.roles import RoleMutations
from resolvers.users.mutations.sessions import SessionMutations


@strawberry.type
class UserMutations(
    RegistrationMutations,
    SessionMutations,
    PasswordMutations,
    EmailAddressMutations,
    ProfileMutations,
    AddressMutations,
    DeletionMutations,
    RoleMutations,
    LockMutations,
    LoyaltyMutations,
):
    pass
