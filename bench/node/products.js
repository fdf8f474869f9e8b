// Products in MongoDB: which fields a selection needs, how documents become objects, and the reads of many at once.

import { ObjectId } from 'mongodb'

import { scoreOf, searched } from './searching.js'

// What shoppers may see once its time has come.
const visible = () => ({ status: 'active', is_published: true, published_at: { $not: { $gt: new Date() } } })
const isVisible = (document) =>
  document.status === 'active' && document.is_published && !(document.published_at > new Date())
const REVIEW_STATUSES = ['pending', 'approved', 'rejected']

// The server turns a Decimal128 into text faster than the driver does.
const text = (path) => ({ $toString: `$${path}` })
const own = (...paths) => Object.fromEntries(paths.map((path) => [path, 1]))

// What each field of Product is read from.
const FIELDS = {
  sku: own('sku'),
  name: own('name'),
  slug: own('slug'),
  description: own('description'),
  price: { price: text('price'), currency: 1 },
  compareAtPrice: { compare_at_price: text('compare_at_price'), currency: 1 },
  images: own('images.url', 'images.alt_text', 'images.is_primary', 'images.order'),
  tags: own('tags'),
  rating: own('rating'),
  variants: own(
    'currency',
    ...['id', 'sku', 'name', 'price', 'attributes', 'is_active'].map((field) => `variants.${field}`),
  ),
  brand: own('brand_id'),
  category: own('category_id'),
  createdAt: own('created_at'),
}

/** The projection for a selection of Product's fields: a key, equal for equal projections, and the fields. */
export function projectionOf(selected) {
  let projection = projections.get(selected)
  if (!projection) {
    const names = [...selected].filter((name) => name in FIELDS).sort()
    const fields = Object.assign({ status: 1, is_published: 1, published_at: 1 }, ...names.map((name) => FIELDS[name]))
    projection = { key: names.join(), fields }
    projections.set(selected, projection)
  }
  return projection
}

const projections = new WeakMap()

/** The object that the schema's Product is read from. */
export function productOf(document) {
  return {
    id: document._id.toHexString(),
    isVisible: isVisible(document),
    sku: document.sku,
    name: document.name,
    slug: document.slug,
    description: document.description,
    price: money(document.price, document.currency),
    compareAtPrice: document.compare_at_price == null ? null : money(document.compare_at_price, document.currency),
    images: document.images?.sort((one, other) => one.order - other.order).map(imageOf),
    tags: document.tags,
    rating: document.rating && { average: document.rating.count ? document.rating.average : null, count: document.rating.count },
    variants: document.variants?.filter((variant) => variant.is_active).map((variant) => variantOf(variant, document.currency)),
    brandId: document.brand_id?.toHexString(),
    categoryId: document.category_id?.toHexString(),
    createdAt: document.created_at,
  }
}

/** The object that the schema's Brand or Category is read from. */
export function namedOf(document) {
  return { id: document._id.toHexString(), isVisible: document.is_active, name: document.name, slug: document.slug }
}

/** The object that the schema's Review is read from. */
export function reviewOf(document) {
  return {
    id: document._id.toHexString(),
    userId: document.user_id,
    rating: document.rating,
    title: document.title,
    comment: document.comment,
    isVerifiedPurchase: document.verified_purchase,
    createdAt: document.created_at,
  }
}

/** An amount as the schema's Money. */
export function money(amount, currency) {
  return { amount, currencyCode: currency }
}

export async function productsById(database, ids, projection) {
  const where = { _id: { $in: ids.map((id) => new ObjectId(id)) }, deleted_at: null }
  return byKey(await database.find('products', where, projection.fields), productOf, (product) => product.id)
}

export async function productsBySlug(database, slugs, projection) {
  const fields = { ...projection.fields, slug: 1 }
  const found = await database.find('products', { slug: { $in: slugs }, deleted_at: null }, fields)
  return byKey(found, productOf, (product) => product.slug)
}

/** The newest visible products, one more than wanted. */
export async function newestProducts(database, first, projection) {
  const found = await database.find('products', visible(), { ...projection.fields, created_at: 1 }, {
    sort: { created_at: -1, _id: -1 },
    limit: first + 1,
  })
  return found.map(productOf)
}

/** The visible products that a search finds, the best first, one more than wanted. */
export async function searchProducts(database, search, first, projection) {
  const found = await database.aggregate('products', [
    { $match: { $and: [visible(), searched(search)] } },
    { $addFields: { search_score: scoreOf(search) } },
    { $sort: { search_score: -1, _id: -1 } },
    { $limit: first + 1 },
    { $project: projection.fields },
  ])
  return found.map(productOf)
}

export async function countSearched(database, search) {
  const found = await database.aggregate('products', [
    { $match: { $and: [visible(), searched(search)] } },
    { $count: 'count' },
  ])
  return found[0]?.count ?? 0
}

export async function namedById(database, collection, ids) {
  const found = await database.find(
    collection,
    { _id: { $in: ids.map((id) => new ObjectId(id)) } },
    { name: 1, slug: 1, is_active: 1 },
  )
  return byKey(found, namedOf, (named) => named.id)
}

/** The visible products that each is related to in this way, in the order to show. */
export async function relatedProducts(database, ids, kind, projection) {
  const found = await database.aggregate('product_relations', [
    { $match: { product_id: { $in: ids.map((id) => new ObjectId(id)) }, ...(kind && { relation_type: kind }) } },
    { $sort: { display_order: 1, _id: 1 } },
    {
      $lookup: {
        from: 'products',
        localField: 'related_product_id',
        foreignField: '_id',
        as: 'related',
        pipeline: [{ $match: visible() }, { $project: projection.fields }],
      },
    },
    { $project: { product_id: 1, related: 1 } },
  ])
  const related = new Map(ids.map((id) => [id, new Map()]))
  for (const { product_id: id, related: products } of found) {
    const known = related.get(id.toHexString())
    for (const product of products.map(productOf)) known.set(product.id, product)
  }
  return new Map([...related].map(([id, products]) => [id, [...products.values()]]))
}

/** Each product's newest reviews that the viewer may read, one more than wanted. */
export async function reviewsByProduct(database, ids, first, viewer) {
  // All statuses are named, so that the index which has the status before the age still gives the order.
  const conditions = [{ status: { $in: REVIEW_STATUSES } }]
  if (!viewer.isStaff) conditions.push({ $or: [{ status: 'approved' }, { user_id: viewer.userId }] })
  const found = await database.aggregate(null, [
    { $documents: ids.map((id) => ({ _id: new ObjectId(id) })) },
    {
      $lookup: {
        from: 'product_reviews',
        localField: '_id',
        foreignField: 'product_id',
        as: 'found',
        pipeline: [
          { $match: { $and: conditions } },
          { $sort: { created_at: -1, _id: -1 } },
          { $limit: first + 1 },
          { $project: { user_id: 1, rating: 1, title: 1, comment: 1, verified_purchase: 1, created_at: 1 } },
        ],
      },
    },
  ])
  return new Map(found.map((group) => [group._id.toHexString(), group.found.map(reviewOf)]))
}

function imageOf(image) {
  return { url: image.url, altText: image.alt_text, isPrimary: image.is_primary }
}

function variantOf(variant, currency) {
  return {
    id: variant.id.toString(),
    sku: variant.sku,
    name: variant.name,
    price: money(variant.price.toString(), currency),
    attributes: variant.attributes,
  }
}

function byKey(documents, convert, key) {
  const found = new Map()
  for (const document of documents) {
    const object = convert(document)
    found.set(key(object), object)
  }
  return found
}
