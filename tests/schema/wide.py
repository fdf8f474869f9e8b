"""The wide query of benchmarks and budgets."""

WIDE = """
query Wide($first: Int!) {
  me { orders(first: $first) { nodes {
    number status placedAt total { amount currencyCode }
    items { name quantity unitPrice { amount currencyCode }
      product { name slug price { amount currencyCode } brand { name } category { name }
        stock { available isInStock } images { url altText } } }
    payments { status amount { amount currencyCode } refunds { amount { amount currencyCode } status } }
  } } }
}
"""
