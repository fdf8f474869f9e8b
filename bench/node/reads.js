// The shop's data out of its databases: each read answers many keys with one call, as a Map from key to objects.

import * as products from './products.js'
import * as statements from './statements.js'

/** What one request can read; `database` counts its calls. */
export function databaseReads(database, viewer) {
  const { rows } = database
  return {
    usersById: async (ids) => one(await rows('users', statements.USERS_BY_ID, [ids]), userOf, 'id'),
    ordersByUser: async (ids, first) =>
      many(await rows('orders', statements.ORDERS_BY_USER, [ids, first + 1]), orderOf, 'user_id'),
    newestOrders: async (first) => (await rows('orders', statements.NEWEST_ORDERS, [first + 1])).map(orderOf),
    itemsByOrder: async (ids) => many(await rows('orders', statements.ITEMS_BY_ORDER, [ids]), itemOf, 'order_id'),
    paymentsByOrder: async (ids) =>
      many(await rows('payments', statements.PAYMENTS_BY_ORDER, [ids]), paymentOf, 'order_id'),
    refundsByPayment: async (ids) =>
      many(await rows('payments', statements.REFUNDS_BY_PAYMENT, [ids]), refundOf, 'payment_id'),
    stockByProduct: async (ids) => one(await rows('inventory', statements.STOCK_BY_PRODUCT, [ids]), stockOf, 'key'),
    stockByVariant: async (ids) => one(await rows('inventory', statements.STOCK_BY_VARIANT, [ids]), stockOf, 'key'),

    productsById: (ids, projection) => products.productsById(database, ids, projection),
    productsBySlug: (slugs, projection) => products.productsBySlug(database, slugs, projection),
    newestProducts: (first, projection) => products.newestProducts(database, first, projection),
    searchProducts: (search, first, projection) => products.searchProducts(database, search, first, projection),
    countSearched: (search) => products.countSearched(database, search),
    brandsById: (ids) => products.namedById(database, 'brands', ids),
    categoriesById: (ids) => products.namedById(database, 'categories', ids),
    relatedProducts: (ids, kind, projection) => products.relatedProducts(database, ids, kind, projection),
    reviewsByProduct: (ids, first) => products.reviewsByProduct(database, ids, first, viewer),

    async wishlistsByUser(ids) {
      const replies = await database.run((pipeline) => {
        for (const id of ids) pipeline.zrevrange(`wishlist:${id}`, 0, -1)
      })
      return new Map(ids.map((id, index) => [id, replies[index]]))
    },
  }
}

function userOf(row) {
  return {
    id: row.id,
    email: row.email,
    firstName: row.first_name,
    lastName: row.last_name,
    isActive: row.is_active,
  }
}

function orderOf(row) {
  return {
    id: row.id,
    userId: row.user_id,
    number: row.number,
    status: row.status,
    paymentStatus: row.payment_status,
    placedAt: row.placed_at,
    total: products.money(row.total, row.currency),
  }
}

function itemOf(row) {
  return {
    productId: row.product_id,
    name: row.name,
    sku: row.sku,
    quantity: row.quantity,
    unitPrice: products.money(row.price, row.currency),
  }
}

function paymentOf(row) {
  return { id: row.id, status: row.status, method: row.method, amount: products.money(row.amount, row.currency) }
}

function refundOf(row) {
  return { status: row.status, amount: products.money(row.amount, row.currency) }
}

function stockOf(row) {
  return { available: row.available, isInStock: row.available > 0 || row.backorder }
}

function one(rows, convert, key) {
  const found = new Map()
  for (const row of rows) found.set(row[key], convert(row))
  return found
}

function many(rows, convert, key) {
  const found = new Map()
  for (const row of rows) {
    const group = found.get(row[key])
    if (group) group.push(convert(row))
    else found.set(row[key], [convert(row)])
  }
  return found
}
