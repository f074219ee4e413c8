// npm's openid-client against a provider. `node openid_client.mjs '{"issuer": …}'`: asks on standard output, one JSON per line, for what a
// person does in a browser, and reads from standard input, one line each, what came of it. Ends with status 0 when every step succeeded.
import assert from 'node:assert/strict'
import { createInterface } from 'node:readline'
import * as oauth from 'oauth4webapi'
import * as client from 'openid-client'

const { issuer, web, app, service, device, signedOut, jwt } = JSON.parse(process.argv[2])
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const person = async (question) => {
  console.log(JSON.stringify(question))
  const { value, done } = await lines.next()
  assert(!done, 'nobody answers')
  return value
}

const METHODS = { client_secret_basic: client.ClientSecretBasic, client_secret_post: client.ClientSecretPost, none: client.None }
// Signatures of ID tokens are checked, though they come from the token endpoint; http is for the loopback address.
const execute = [client.allowInsecureRequests, client.enableNonRepudiationChecks]
const discover = ({ client_id, client_secret, method, metadata }, algorithm = 'oidc') =>
  client.discovery(new URL(issuer), client_id, metadata, METHODS[method](client_secret), { execute, algorithm })

async function signIn(config, { redirect_uri, scope }) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const checks = { pkceCodeVerifier, expectedState: client.randomState(), expectedNonce: client.randomNonce() }
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri,
    scope,
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  })
  const callback = new URL(await person({ agree: url }))
  const mixedUp = new URL(callback)
  mixedUp.searchParams.set('iss', 'https://other.example')
  await assert.rejects(client.authorizationCodeGrant(config, mixedUp, checks), (error) => /"iss"/.test(error.cause.message)) // RFC 9207
  return client.authorizationCodeGrant(config, callback, { ...checks, idTokenExpected: true })
}

async function useTokens(config, tokens, confidential) {
  const { sub } = tokens.claims()
  assert.equal('alice', (await client.fetchUserInfo(config, tokens.access_token, sub)).preferred_username)
  const notes = new URL('/api/notes', issuer)
  const headers = new Headers({ 'content-type': 'application/json' })
  const body = JSON.stringify({ text: 'by openid-client' })
  assert.equal(201, (await client.fetchProtectedResource(config, tokens.access_token, notes, 'POST', body, headers)).status)
  if (jwt) {
    const request = new Request(notes, { headers: { authorization: `Bearer ${tokens.access_token}` } })
    const claims = await oauth.validateJwtAccessToken(config.serverMetadata(), request, issuer, { [oauth.allowInsecureRequests]: true })
    assert.equal(sub, claims.sub) // RFC 9068
  }
  const renewed = await client.refreshTokenGrant(config, tokens.refresh_token)
  assert.equal(sub, renewed.claims().sub)
  if (confidential) {
    const found = await client.tokenIntrospection(config, renewed.access_token)
    assert.deepEqual([true, sub], [found.active, found.sub])
  }
  await client.tokenRevocation(config, renewed.refresh_token)
  await assert.rejects(client.refreshTokenGrant(config, renewed.refresh_token), { error: 'invalid_grant' })
  if (jwt) return // whose resource server does not ask whether a token was revoked
  await assert.rejects(client.fetchProtectedResource(config, renewed.access_token, notes, 'GET'), (error) => {
    assert.deepEqual([401, 'bearer', 'invalid_token'], [error.status, error.cause[0].scheme, error.cause[0].parameters.error])
    return true
  })
}

for (const registered of [...web, app]) {
  const config = await discover(registered)
  assert(config.serverMetadata().supportsPKCE())
  const tokens = await signIn(config, registered)
  await useTokens(config, tokens, registered.method !== 'none')
  if (registered === web[0]) {
    const parameters = { post_logout_redirect_uri: signedOut, id_token_hint: tokens.id_token, state: 'farewell' }
    assert.equal(`${signedOut}?state=farewell`, await person({ leave: client.buildEndSessionUrl(config, parameters) }))
  }
}

const own = await discover(service, 'oauth2')
const itself = await client.clientCredentialsGrant(own, { scope: service.scope, resource: issuer })
assert.equal(200, (await client.fetchProtectedResource(own, itself.access_token, new URL('/api/notes', issuer), 'GET')).status)

if (device) {
  const config = await discover(device)
  const codes = await client.initiateDeviceAuthorization(config, { scope: 'openid profile' })
  await person({ type: codes.user_code })
  const tokens = await client.pollDeviceAuthorizationGrant(config, codes)
  assert.equal('alice', (await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub)).preferred_username)
}

process.exit(0)
