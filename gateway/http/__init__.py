"""What the gateway answers over HTTP: the GraphQL endpoint, GraphiQL and health."""
