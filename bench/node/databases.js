// The shop's databases through their usual drivers, with every call counted for the request that makes it.

import { MongoClient } from 'mongodb'
import pg from 'pg'
import { Redis } from 'ioredis'

// One batch holds a whole page: the server's default of 101 documents would cost a second round trip.
const BATCH_SIZE = 10_000

// Times stay text, which is what an answer needs of them: a Date would lose the microseconds, and cost two conversions.
pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, (value) => value)

/** Opens a pool per PostgreSQL database and one client each for MongoDB and Redis. */
export function openDatabases(environment) {
  const size = Number(environment.GATEWAY_POOL_SIZE)
  const pool = (variable) =>
    new pg.Pool({ connectionString: environment[variable], max: size, idleTimeoutMillis: 0, options: '-c TimeZone=UTC' })
  return {
    users: pool('GATEWAY_USER_DB_URL'),
    inventory: pool('GATEWAY_INVENTORY_DB_URL'),
    orders: pool('GATEWAY_ORDER_DB_URL'),
    payments: pool('GATEWAY_PAYMENT_DB_URL'),
    products: new MongoClient(environment.GATEWAY_PRODUCT_DB_URL).db(),
    carts: new Redis(redisOptions(environment.GATEWAY_REDIS_URL)),
  }
}

/** The databases as one request sees them; `calls` counts its calls to each service. */
export function callsTo(databases) {
  const calls = {}
  const note = (service) => {
    calls[service] = (calls[service] ?? 0) + 1
  }
  return {
    calls,

    /** The rows of a statement, which is prepared once per connection under its name. */
    async rows(service, statement, values) {
      note(service)
      const result = await databases[service].query({ name: statement.name, text: statement.text, values })
      return result.rows
    },

    /** The documents that match, in one round trip. */
    find(collection, where, projection, { sort, limit } = {}) {
      note('products')
      return databases.products
        .collection(collection)
        .find(where, { projection, sort, limit, batchSize: BATCH_SIZE })
        .toArray()
    },

    /** The documents that a pipeline gives, in one round trip; without a collection it starts with `$documents`. */
    aggregate(collection, pipeline) {
      note('products')
      const source = collection === null ? databases.products : databases.products.collection(collection)
      return source.aggregate(pipeline, { batchSize: BATCH_SIZE }).toArray()
    },

    /** The replies to the commands that `fill` queues, in one round trip. */
    async run(fill) {
      note('carts')
      const pipeline = databases.carts.pipeline()
      fill(pipeline)
      const replies = await pipeline.exec()
      return replies.map(([error, reply]) => {
        if (error) throw error
        return reply
      })
    },
  }
}

/** The value of the header that tells how many calls a request made. */
export function describeCalls(calls) {
  const counts = Object.keys(calls).sort().map((service) => `${service}=${calls[service]}`)
  return counts.join(', ') || 'none'
}

function redisOptions(url) {
  if (!url.startsWith('unix:')) return url
  const { pathname, searchParams } = new URL(url)
  return { path: decodeURIComponent(pathname), db: Number(searchParams.get('db') ?? 0) }
}
