"""Orders from their payment to the door, coupons, and guests who read what they ordered."""
