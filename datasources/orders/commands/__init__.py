"""Changes of orders and coupons, each one transaction."""
