// The schema on GraphQL Yoga, with graphql-jit as its executor: `node yoga.js PORT`.

import { createServer } from 'node:http'

import { useGraphQlJit } from '@envelop/graphql-jit'
import { createYoga } from 'graphql-yoga'

import { contextMaker } from './contexts.js'
import { describeCalls } from './databases.js'
import { buildSchema } from './schema.js'
import { authenticator } from './viewers.js'

const authenticate = authenticator(process.env.BENCH_JWT_PUBLIC_KEY)
const makeContext = contextMaker(process.env)

// Yoga's caches of parsed and validated documents are on by default; everything that only a browser needs is off.
const yoga = createYoga({
  schema: buildSchema(),
  graphiql: false,
  landingPage: false,
  logging: false,
  cors: false,
  multipart: false,
  context: ({ req }) => makeContext(req.viewer),
  plugins: [
    useGraphQlJit(),
    {
      onExecute: ({ args: { contextValue } }) => ({
        onExecuteDone() {
          contextValue.res.setHeader('X-Database-Calls', describeCalls(contextValue.calls))
        },
      }),
    },
  ],
})

createServer((request, response) => {
  try {
    request.viewer = authenticate(request.headers.authorization)
  } catch (error) {
    response.writeHead(401, { 'Content-Type': 'application/json' })
    response.end(JSON.stringify({ errors: [{ message: error.message }] }))
    return
  }
  yoga(request, response)
}).listen(Number(process.argv[2]), '127.0.0.1')
