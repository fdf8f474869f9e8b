// What resolvers get beside their arguments: the viewer, the request's loaders, and the reads behind them.

import { callsTo, openDatabases } from './databases.js'
import { createLoaders } from './loaders.js'
import { memoryReads } from './memory.js'
import { databaseReads } from './reads.js'

/** A function from a viewer to a request's context; BENCH_SHOP names the file of a shop in memory. */
export function contextMaker(environment) {
  if (environment.BENCH_SHOP) {
    const reads = memoryReads(environment.BENCH_SHOP)
    return (viewer) => ({ viewer, reads, loaders: createLoaders(reads), calls: {} })
  }
  const databases = openDatabases(environment)
  return (viewer) => {
    const database = callsTo(databases)
    const reads = databaseReads(database, viewer)
    return { viewer, reads, loaders: createLoaders(reads), calls: database.calls }
  }
}
