// One request's batch loaders: each key is asked for once, and each wave of keys in one call.

import DataLoader from 'dataloader'

/**
 * The loaders of one request. `reads` answer many keys at once, each with a Map; a loader that depends on arguments or
 * on a selection is made for each of them.
 */
export function createLoaders(reads) {
  const made = new Map()
  const loader = (name, read, missing) => {
    let found = made.get(name)
    if (found === undefined) {
      found = new DataLoader(async (keys) => {
        const answers = await read(keys)
        return keys.map((key) => answers.get(key) ?? missing)
      })
      made.set(name, found)
    }
    return found
  }

  return {
    user: () => loader('user', reads.usersById, null),
    ordersByUser: (first) => loader(`orders:${first}`, (ids) => reads.ordersByUser(ids, first), []),
    itemsByOrder: () => loader('items', reads.itemsByOrder, []),
    paymentsByOrder: () => loader('payments', reads.paymentsByOrder, []),
    refundsByPayment: () => loader('refunds', reads.refundsByPayment, []),
    stockByProduct: () => loader('stock', reads.stockByProduct, null),
    stockByVariant: () => loader('stock of variants', reads.stockByVariant, null),
    product: (projection) =>
      loader(`product:${projection.key}`, (ids) => reads.productsById(ids, projection), null),
    productBySlug: (projection) =>
      loader(`slug:${projection.key}`, (slugs) => reads.productsBySlug(slugs, projection), null),
    brand: () => loader('brand', reads.brandsById, null),
    category: () => loader('category', reads.categoriesById, null),
    related: (kind, projection) =>
      loader(`related:${kind}:${projection.key}`, (ids) => reads.relatedProducts(ids, kind, projection), []),
    reviewsByProduct: (first) => loader(`reviews:${first}`, (ids) => reads.reviewsByProduct(ids, first), []),
    wishlistByUser: () => loader('wishlist', reads.wishlistsByUser, []),
  }
}
