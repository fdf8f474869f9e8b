// Who is asking: the gateway's own access tokens, checked at every request.

import { createVerifier } from 'fast-jwt'

const NAME = 'ecommerce-graphql-gateway'
const STAFF = new Set(['Admin', 'Manager'])

/** A function from an Authorization header to the viewer; it throws where the token proves nothing. */
export function authenticator(secret) {
  const verify = createVerifier({
    key: secret,
    algorithms: ['HS256'],
    allowedIss: NAME,
    allowedAud: NAME,
    requiredClaims: ['exp', 'nbf', 'iat', 'sub', 'iss', 'aud'],
    cache: false,
  })
  return (authorization) => {
    if (!authorization) return { userId: null, isStaff: false }
    const claims = verify(authorization.slice('Bearer '.length))
    return { userId: claims.sub, isStaff: claims.roles.some((role) => STAFF.has(role)) }
  }
}
