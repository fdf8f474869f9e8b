// The schema on Mercurius, with its JIT: `node mercurius.js PORT`.

import fastify from 'fastify'
import mercurius from 'mercurius'

import { contextMaker } from './contexts.js'
import { describeCalls } from './databases.js'
import { buildSchema } from './schema.js'
import { authenticator } from './viewers.js'

const authenticate = authenticator(process.env.BENCH_JWT_PUBLIC_KEY)
const makeContext = contextMaker(process.env)

const app = fastify({ logger: false })

app.decorateRequest('viewer', null)
app.addHook('onRequest', (request, reply, done) => {
  try {
    request.viewer = authenticate(request.headers.authorization)
  } catch (error) {
    reply.code(401).send({ errors: [{ message: error.message }] })
    return
  }
  done()
})

app.register(mercurius, {
  schema: buildSchema(),
  jit: 1,
  graphiql: false,
  context: (request) => makeContext(request.viewer),
})
app.after(() => {
  app.graphql.addHook('onResolution', async (_, { reply, calls }) => {
    reply.header('X-Database-Calls', describeCalls(calls))
  })
})

await app.listen({ host: '127.0.0.1', port: Number(process.argv[2]) })
