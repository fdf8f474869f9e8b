// A small shop in memory: the objects that the databases' reads would give, ready before the first request.

import { readFileSync } from 'node:fs'

import { money } from './products.js'

/** What every request can read, from the file that the benchmark writes for all contenders. */
export function memoryReads(path) {
  const shop = JSON.parse(readFileSync(path, 'utf8'))
  const users = index(shop.users, 'id', userOf)
  const orders = group(shop.orders, 'user_id', orderOf)
  const items = group(shop.items, 'order_id', itemOf)
  const payments = group(shop.payments, 'order_id', paymentOf)
  const refunds = group(shop.refunds, 'payment_id', refundOf)
  const stock = index(shop.stock, 'product_id', stockOf)
  const products = index(shop.products, 'id', productOf)
  const bySlug = new Map([...products.values()].map((product) => [product.slug, product]))
  const brands = index(shop.brands, 'id', namedOf)
  const categories = index(shop.categories, 'id', namedOf)
  return {
    usersById: async () => users,
    ordersByUser: async (ids, first) => new Map(ids.map((id) => [id, orders.get(id)?.slice(0, first + 1)])),
    itemsByOrder: async () => items,
    paymentsByOrder: async () => payments,
    refundsByPayment: async () => refunds,
    stockByProduct: async () => stock,
    productsById: async () => products,
    productsBySlug: async () => bySlug,
    brandsById: async () => brands,
    categoriesById: async () => categories,
  }
}

const userOf = (user) => ({ id: user.id, isActive: true })

const orderOf = (order) => ({
  id: order.id,
  number: order.number,
  status: order.status,
  placedAt: new Date(order.placed_at),
  total: money(order.total, order.currency),
})

const itemOf = (item) => ({
  productId: item.product_id,
  name: item.name,
  quantity: item.quantity,
  unitPrice: money(item.unit_price, item.currency),
})

const paymentOf = (payment) => ({
  id: payment.id,
  status: payment.status,
  amount: money(payment.amount, payment.currency),
})

const refundOf = (refund) => ({ status: refund.status, amount: money(refund.amount, refund.currency) })

const stockOf = (stock) => ({
  available: stock.available,
  isInStock: stock.available > 0 || stock.allows_backorder,
})

const productOf = (product) => ({
  id: product.id,
  isVisible: true,
  name: product.name,
  slug: product.slug,
  price: money(product.price, product.currency),
  brandId: product.brand_id,
  categoryId: product.category_id,
  images: product.images.map((image) => ({ url: image.url, altText: image.alt_text })),
})

const namedOf = (named) => ({ id: named.id, isVisible: true, name: named.name })

function index(rows, key, convert) {
  return new Map(rows.map((row) => [row[key], convert(row)]))
}

function group(rows, key, convert) {
  const groups = new Map()
  for (const row of rows) {
    if (!groups.has(row[key])) groups.set(row[key], [])
    groups.get(row[key]).push(convert(row))
  }
  return groups
}
