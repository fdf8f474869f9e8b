"""The page that developers explore the API with: GraphiQL's source, its build and its example operations."""
