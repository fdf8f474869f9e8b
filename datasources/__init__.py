"""The data of the shop: one package per service, each owning one database; knows no GraphQL and no HTTP."""
