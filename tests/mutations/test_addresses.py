"""A customer's addresses: of each type that there are any of, one is the default, and nobody touches another's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.people import codes, new_person

if TYPE_CHECKING:
    from datasources.core.connections import Connections
    from tests.client import GraphQLClient
    from tests.people import Person

HOME = {
    "type": "SHIPPING",
    "streetAddress": "1 Mill Lane",
    "city": "Leeds",
    "country": "gb",
    "postalCode": "LS1 1AA",
}
ADDED = "address { id type city country isDefault } user { addresses { id isDefault } }"


async def defaults(person: Person) -> dict[str, str | None]:
    """The id of the default address of each type."""
    query = (
        "{ me { ship: defaultAddress(type: SHIPPING) { id } bill: defaultAddress(type: BILLING) { id } } }"
    )
    me = (await person.ask(query)).data["me"]
    return {name: address and address["id"] for name, address in me.items()}


async def test_the_first_address_of_a_type_is_the_default_until_another_is_made_it(
    client: GraphQLClient, connections: Connections
) -> None:
    person = await new_person(client, connections)
    first = (await person.do("addAddress", HOME, ADDED))["address"]
    assert (first["country"], first["isDefault"]) == ("GB", True)
    second = await person.do("addAddress", {**HOME, "city": "York"}, ADDED)
    assert second["address"]["isDefault"] is False
    assert [it["isDefault"] for it in second["user"]["addresses"]] == [True, False]
    billing = (await person.do("addAddress", {**HOME, "type": "BILLING", "makeDefault": True}, ADDED))[
        "address"
    ]
    assert await defaults(person) == {"ship": first["id"], "bill": billing["id"]}

    made = await person.do("setDefaultAddress", {"addressId": second["address"]["id"]}, ADDED)
    assert {it["id"]: it["isDefault"] for it in made["user"]["addresses"]} == {
        first["id"]: False,
        second["address"]["id"]: True,
        billing["id"]: True,
    }
    select = "removedAddressId user { addresses { id isDefault } }"
    removed = await person.do("removeAddress", {"addressId": second["address"]["id"]}, select)
    assert removed["removedAddressId"] == second["address"]["id"]
    assert await defaults(person) == {"ship": first["id"], "bill": billing["id"]}


async def test_an_update_changes_what_is_given_and_removes_what_is_null(
    client: GraphQLClient, connections: Connections
) -> None:
    person = await new_person(client, connections)
    added = await person.do(
        "addAddress", {**HOME, "label": "Home", "phone": "+44 20 7946 0958"}, "address { id }"
    )
    id_ = added["address"]["id"]
    select = "address { label phone city postalCode }"
    changed = await person.do("updateAddress", {"addressId": id_, "label": None, "city": "York"}, select)
    assert changed["address"] == {
        "label": None,
        "phone": "+44 20 7946 0958",
        "city": "York",
        "postalCode": "LS1 1AA",
    }
    refused = await person.do("updateAddress", {"addressId": id_, "city": None}, select)
    assert (refused["address"], codes(refused)) == (None, ["REQUIRED"])


async def test_anothers_address_is_not_found(client: GraphQLClient, connections: Connections) -> None:
    owner, stranger = await new_person(client, connections), await new_person(client, connections)
    id_ = (await owner.do("addAddress", HOME, "address { id }"))["address"]["id"]
    tries: dict[str, dict[str, Any]] = {
        "updateAddress": {"addressId": id_, "city": "York"},
        "removeAddress": {"addressId": id_},
        "setDefaultAddress": {"addressId": id_},
    }
    for mutation, given in tries.items():
        payload = await stranger.do(mutation, given)
        assert [(it["code"], it["field"]) for it in payload["userErrors"]] == [
            ("ADDRESS_NOT_FOUND", ["addressId"])
        ]
    assert await defaults(owner) == {"ship": id_, "bill": None}


async def test_what_follows_a_mutation_in_the_same_request_sees_its_effect(
    client: GraphQLClient, connections: Connections
) -> None:
    person = await new_person(client, connections)
    query = """
    mutation ($home: AddAddressInput!) {
      one: addAddress(input: $home) { user { addresses { id } } }
      two: addAddress(input: $home) { user { addresses { id } } }
      three: updateProfile(input: {firstName: "Grace"}) { user { firstName addresses { id } } }
    }
    """
    for round_ in (0, 2):  # by graphql-core, and compiled
        data = (await person.ask(query, {"home": HOME})).data
        seen = [len(data[name]["user"]["addresses"]) for name in ("one", "two", "three")]
        assert seen == [round_ + 1, round_ + 2, round_ + 2]
        assert data["three"]["user"]["firstName"] == "Grace"
