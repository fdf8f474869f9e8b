// The gateway's own schema with the resolvers that the benchmark's operations need; both peers serve this one.

import { readFileSync } from 'node:fs'

import { makeExecutableSchema } from '@graphql-tools/schema'
import { GraphQLError, GraphQLScalarType, Kind, parse } from 'graphql'

import { projectionOf } from './products.js'
import { selectedFields } from './selections.js'

const DEFAULT_SIZE = 20

export function buildSchema() {
  const typeDefs = parse(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'))
  return makeExecutableSchema({
    typeDefs,
    resolvers: { ...resolvers, ...enumValues(typeDefs) },
    resolverValidationOptions: { requireResolversForResolveType: 'ignore' },
  })
}

/** ISO 8601 in UTC with a Z, to the microsecond where there is one: of PostgreSQL's text, or of a Date. */
function serializeTime(value) {
  if (typeof value === 'string') {
    const fraction = value.length > 22 ? value.slice(19, -3).padEnd(7, '0') : ''
    return `${value.slice(0, 10)}T${value.slice(11, 19)}${fraction}Z`
  }
  const text = value.toISOString()
  return text.endsWith('.000Z') ? `${text.slice(0, 19)}Z` : `${text.slice(0, 23)}000Z`
}

const globalId = (type) => (source) => Buffer.from(`${type}:${source.id}`).toString('base64url')

const scalar = (name, serialize) => new GraphQLScalarType({ name, serialize })
const asText = (value) => value

/** The enums' values as the databases spell them: in lower case. */
function enumValues(document) {
  const enums = document.definitions.filter((definition) => definition.kind === Kind.ENUM_TYPE_DEFINITION)
  const spelt = ({ name }) => [name.value, name.value.toLowerCase()]
  return Object.fromEntries(enums.map(({ name, values }) => [name.value, Object.fromEntries(values.map(spelt))]))
}

/** One window of a list, made from what was found: one item more than wanted; `moment` is what it is sorted by. */
function page(found, first, moment) {
  const nodes = found.length > first ? found.slice(0, first) : found
  return { nodes, pageInfo: { hasNextPage: found.length > first, hasPreviousPage: false, nodes, moment } }
}

function cursor(node, moment) {
  if (!node) return null
  const time = serializeTime(node[moment]).replace('Z', '+00:00')
  return Buffer.from(JSON.stringify(['newest', time, node.id])).toString('base64url')
}

/** How many items a list field asks for. The peers page forwards from the start, which is all that is measured. */
function sizeOf({ first, ...others }) {
  for (const name of Object.keys(others)) {
    if (others[name] != null) throw new GraphQLError(`This peer does not implement ${name}.`)
  }
  return first ?? DEFAULT_SIZE
}

async function visible(promise, viewer) {
  const found = await promise
  return found !== null && (found.isVisible || viewer.isStaff) ? found : null
}

/** What of Product the operation shows. */
const shown = (info, ...path) => projectionOf(selectedFields(info, ...path))

const resolvers = {
  Query: {
    async me(_, __, { viewer, loaders }) {
      const user = viewer.userId && (await loaders.user().load(viewer.userId))
      return user?.isActive ? user : null
    },
    product: (_, { slug }, { viewer, loaders }, info) =>
      visible(loaders.productBySlug(shown(info)).load(slug), viewer),
    async products(_, { search, ...window }, { reads }, info) {
      const first = sizeOf(window)
      const projection = shown(info, 'nodes')
      if (!search) return page(await reads.newestProducts(first, projection), first, 'createdAt')
      const found = await reads.searchProducts(search, first, projection)
      return { ...page(found, first, null), search }
    },
    async orders(_, window, { viewer, reads }) {
      if (!viewer.isStaff) throw new GraphQLError('You need the permission orders:read for this.')
      const first = sizeOf(window)
      return page(await reads.newestOrders(first), first, 'placedAt')
    },
  },
  ProductConnection: {
    totalCount: ({ search }, _, { reads }) => reads.countSearched(search),
  },
  PageInfo: {
    startCursor: ({ nodes, moment }) => cursor(nodes[0], moment),
    endCursor: ({ nodes, moment }) => cursor(nodes.at(-1), moment),
  },
  User: {
    async orders(user, window, { loaders }) {
      const first = sizeOf(window)
      return page(await loaders.ordersByUser(first).load(user.id), first, 'placedAt')
    },
    async wishlist(user, _, { viewer, loaders }, info) {
      const ids = await loaders.wishlistByUser().load(user.id)
      const found = await loaders.product(shown(info)).loadMany(ids)
      return found.filter((product) => product !== null && (product.isVisible || viewer.isStaff))
    },
  },
  Order: {
    id: globalId('Order'),
    customer: async (order, _, { viewer, loaders }) => {
      const user = order.userId && (await loaders.user().load(order.userId))
      return user && (viewer.isStaff || (user.isActive && user.id === viewer.userId)) ? user : null
    },
    items: (order, _, { loaders }) => loaders.itemsByOrder().load(order.id),
    payments: (order, _, { loaders }) => loaders.paymentsByOrder().load(order.id),
  },
  OrderItem: {
    product: (item, _, { loaders }, info) => loaders.product(shown(info)).load(item.productId),
  },
  Payment: {
    id: globalId('Payment'),
    refunds: (payment, _, { loaders }) => loaders.refundsByPayment().load(payment.id),
  },
  Product: {
    id: globalId('Product'),
    brand: (product, _, { viewer, loaders }) =>
      product.brandId ? visible(loaders.brand().load(product.brandId), viewer) : null,
    category: (product, _, { viewer, loaders }) => visible(loaders.category().load(product.categoryId), viewer),
    stock: (product, _, { loaders }) => loaders.stockByProduct().load(product.id),
    related: (product, { kind }, { loaders }, info) => loaders.related(kind ?? null, shown(info)).load(product.id),
    async reviews(product, window, { loaders }) {
      const first = sizeOf(window)
      return page(await loaders.reviewsByProduct(first).load(product.id), first, 'createdAt')
    },
  },
  ProductVariant: {
    id: globalId('ProductVariant'),
    stock: (variant, _, { loaders }) => loaders.stockByVariant().load(variant.id),
  },
  Review: {
    id: globalId('Review'),
    async authorName(review, _, { loaders }) {
      const author = await loaders.user().load(review.userId)
      if (author === null) return null
      const initial = author.lastName ? `${author.lastName[0]}.` : null
      return [author.firstName, initial].filter(Boolean).join(' ') || null
    },
  },

  DateTime: scalar('DateTime', serializeTime),
  Decimal: scalar('Decimal', asText),
  EmailAddress: scalar('EmailAddress', asText),
  CurrencyCode: scalar('CurrencyCode', asText),
  URL: scalar('URL', asText),
}
