// Who is asking: the gateway's own access tokens. What has been verified is kept until it expires, as the gateway does.

import { createVerifier } from 'fast-jwt'

const NAME = 'ecommerce-graphql-gateway'
const STAFF = new Set(['Admin', 'Manager'])

/** A function from an Authorization header to the viewer; it throws where the token proves nothing. */
export function authenticator(publicKey) {
  const verify = createVerifier({
    key: publicKey,
    algorithms: ['EdDSA'],
    allowedIss: NAME,
    allowedAud: NAME,
    checkTyp: 'at+jwt',
    requiredClaims: ['exp', 'nbf', 'iat', 'sub', 'iss', 'aud'],
    cache: true,
  })
  return (authorization) => {
    if (!authorization) return { userId: null, isStaff: false }
    const claims = verify(authorization.slice('Bearer '.length))
    return { userId: claims.sub, isStaff: claims.roles.some((role) => STAFF.has(role)) }
  }
}
