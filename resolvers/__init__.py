"""The GraphQL schema: types, arguments, permissions and delegation; no SQL, no key names, no business rule."""
