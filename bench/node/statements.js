// The SQL that the peers send: the columns that the benchmark's operations can show, and no others.

const ORDER = 'id, order_number AS number, user_id, status, payment_status, currency, total, created_at AS placed_at'

export const USERS_BY_ID = {
  name: 'users_by_id',
  text: `
    SELECT id, email, first_name, last_name, is_active FROM users
    WHERE id = ANY($1::uuid[]) AND deleted_at IS NULL`,
}

// An index scan per user that stops at the window's end.
export const ORDERS_BY_USER = {
  name: 'orders_by_user',
  text: `
    SELECT page.* FROM unnest($1::uuid[]) AS users (key) JOIN LATERAL (
      SELECT ${ORDER} FROM orders WHERE user_id = users.key ORDER BY created_at DESC, id DESC LIMIT $2
    ) AS page ON true`,
}

export const NEWEST_ORDERS = {
  name: 'newest_orders',
  text: `SELECT ${ORDER} FROM orders ORDER BY created_at DESC, id DESC LIMIT $1`,
}

export const ITEMS_BY_ORDER = {
  name: 'items_by_order',
  text: `
    SELECT order_id, product_id, sku, product_name AS name, quantity, currency, price FROM order_items
    WHERE order_id = ANY($1::uuid[]) ORDER BY order_id, position`,
}

export const PAYMENTS_BY_ORDER = {
  name: 'payments_by_order',
  text: `
    SELECT id, order_id, status, payment_method AS method, currency, amount FROM payments
    WHERE order_id = ANY($1::uuid[]) ORDER BY order_id, created_at, id`,
}

export const REFUNDS_BY_PAYMENT = {
  name: 'refunds_by_payment',
  text: `
    SELECT payment_id, status, currency, amount FROM refunds
    WHERE payment_id = ANY($1::uuid[]) ORDER BY payment_id, created_at, id`,
}

export const STOCK_BY_PRODUCT = {
  name: 'stock_by_product',
  text: `
    SELECT product_id AS key, sum(quantity_available)::int AS available, bool_or(allow_backorder) AS backorder
    FROM inventory_items WHERE product_id = ANY($1::text[]) GROUP BY product_id`,
}

export const STOCK_BY_VARIANT = {
  name: 'stock_by_variant',
  text: `
    SELECT product_variant_id AS key, quantity_available AS available, allow_backorder AS backorder
    FROM inventory_items WHERE product_variant_id = ANY($1::uuid[])`,
}
