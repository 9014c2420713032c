// A real, certified authorization server on loopback: npm oidc-provider, with rotation of refresh
// tokens and reuse detection. It prints one line of JSON when it is ready.
//
//   node server.mjs --root FOLDER_WITH_node_modules [--auto] [--nonce] [--lifetime SECONDS]
//       [--cert F --key F] [--port N] [--unregistered]
//
// --auto finishes each login and consent without a page; --nonce wants a nonce in each DPoP proof;
// --unregistered knows the clients below and takes no others.
// GET /_registered tells how many asked to be registered; POST /_lifetime takes the seconds that
// the tokens of resources last from now on.
// GET /_seen tells which requests the token endpoint got; POST /_faults takes a list of what the
// next of them are to be answered with: {"status", "headers", "body"} instead of the answer,
// "lost": true after it was committed, "delay": milliseconds before anything else, "held": true
// until POST /_release, "late": true after it was committed, until then.
import { createServer as plain } from 'node:http';
import { createServer as secure } from 'node:https';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';

const { values: given } = parseArgs({
  options: {
    root: { type: 'string' },
    auto: { type: 'boolean', default: false },
    nonce: { type: 'boolean', default: false },
    lifetime: { type: 'string', default: '3600' },
    cert: { type: 'string' },
    key: { type: 'string' },
    port: { type: 'string', default: '0' },
    unregistered: { type: 'boolean', default: false },
  },
});
const require = createRequire(`${given.root}/x.js`);
const { Provider, errors } = await import(pathToFileURL(require.resolve('oidc-provider')));

const server = given.cert
  ? secure({ cert: readFileSync(given.cert), key: readFileSync(given.key) })
  : plain();
await new Promise((ready) => server.listen(Number(given.port), '127.0.0.1', ready));
const issuer = `${given.cert ? 'https' : 'http'}://127.0.0.1:${server.address().port}`;
let lifetime = Number(given.lifetime);
const ownHost = /^https?:\/\/(127\.0\.0\.1|localhost)[:/]/;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'native',
      client_name: 'keyhole in tests',
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      redirect_uris: ['http://127.0.0.1/callback', 'http://localhost/callback'],
      grant_types: [
        'authorization_code',
        'refresh_token',
        'urn:ietf:params:oauth:grant-type:device_code',
      ],
      response_types: ['code'],
    },
    {
      client_id: 'confidential',
      client_secret: 'fake-secret',
      application_type: 'native',
      redirect_uris: ['http://127.0.0.1/callback', 'http://localhost/callback'],
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      response_types: ['code'],
    },
    {
      client_id: 'resource-server',
      client_secret: 'fake-secret',
      redirect_uris: [],
      grant_types: [],
      response_types: [],
    },
  ],
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  scopes: ['openid', 'offline_access', 'mcp:read', 'mcp:write', 'api'],
  pkce: { required: () => true },
  rotateRefreshToken: () => true,
  issueRefreshToken: (_context, client) => client.grantTypeAllowed('refresh_token'),
  expiresWithSession: () => false,
  cookies: { keys: ['fake-cookie-key'] },
  ttl: {
    AccessToken: () => lifetime,
    AuthorizationCode: 30,
    ClientCredentials: lifetime,
    DeviceCode: 120,
    Grant: 86400,
    IdToken: 300,
    Interaction: 300,
    RefreshToken: 86400,
    Session: 86400,
  },
  // Client ID metadata documents of tests are on loopback, which its own guard would refuse.
  fetch: (url, { dispatcher, ...options } = {}) => globalThis.fetch(url, options),
  features: {
    devInteractions: { enabled: !given.auto },
    registration: { enabled: !given.unregistered },
    registrationManagement: { enabled: !given.unregistered },
    revocation: { enabled: true },
    introspection: { enabled: true },
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    pushedAuthorizationRequests: { enabled: true },
    dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 7), requireNonce: () => given.nonce },
    clientIdMetadataDocument: {
      enabled: !given.unregistered,
      ack: 'draft-02',
      cacheDuration: { min: 0, max: 60 },
    },
    resourceIndicators: {
      enabled: true,
      defaultResource: (_context, _client, oneOf) => oneOf ?? undefined,
      useGrantedResource: () => true,
      getResourceServerInfo: (_context, resource) => {
        if (!ownHost.test(resource)) throw new errors.InvalidTarget();
        return {
          scope: 'mcp:read mcp:write',
          audience: resource,
          accessTokenTTL: lifetime,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        };
      },
    },
  },
  ...(given.auto ? { interactions: { url: (_context, { uid }) => `/_auto/${uid}` } } : {}),
});

const seen = [];
let registered = 0;
let faults = [];
let held = [];

async function body(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
}

async function agree(request, response) {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') {
    const result = { login: { accountId: 'ada' } };
    return provider.interactionFinished(request, response, result, {
      mergeWithLastSubmission: false,
    });
  }
  const grant = grantId
    ? await provider.Grant.find(grantId)
    : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  if (prompt.details.missingOIDCScope) grant.addOIDCScope(prompt.details.missingOIDCScope.join(' '));
  for (const [resource, scopes] of Object.entries(prompt.details.missingResourceScopes ?? {})) {
    grant.addResourceScope(resource, scopes.join(' '));
  }
  const result = { consent: { grantId: await grant.save() } };
  return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
}

async function token(request, response) {
  const fault = faults.shift() ?? {};
  // Who asked may be gone when the request is let go of: what it said is read before.
  if (fault.status) await body(request);
  const entry = { answered: null };
  seen.push(entry);
  if (fault.held) await new Promise((over) => held.push(over));
  if (fault.delay) await new Promise((over) => setTimeout(over, fault.delay));
  if (fault.status) {
    entry.answered = fault.status;
    response.writeHead(fault.status, fault.headers ?? {});
    return response.end(fault.fill ? 'x'.repeat(fault.fill) : (fault.body ?? ''));
  }
  if (fault.lost) {
    // The server commits, and its answer never arrives.
    response.writeHead = () => response;
    response.write = () => true;
    response.end = () => {
      entry.answered = 'lost';
      request.socket.destroy();
      return response;
    };
  } else if (fault.late) {
    const end = response.end.bind(response);
    response.end = (...rest) => {
      entry.answered = 'late';
      held.push(() => end(...rest));
      return response;
    };
  } else {
    response.on('finish', () => {
      entry.answered = response.statusCode;
    });
  }
  return provider.callback()(request, response);
}

async function answer(request, response) {
  const path = request.url.split('?')[0];
  if (path === '/_seen') return response.end(JSON.stringify(seen));
  if (path === '/_registered') return response.end(JSON.stringify(registered));
  if (path === '/_lifetime') {
    lifetime = Number(await body(request));
    return response.end();
  }
  if (path === '/_release') {
    for (const over of held.splice(0)) over();
    return response.end();
  }
  if (path === '/_faults') {
    faults = JSON.parse(await body(request));
    return response.end();
  }
  if (path.startsWith('/_auto/')) return agree(request, response);
  if (path === '/token') return token(request, response);
  if (path === '/reg') registered += 1;
  return provider.callback()(request, response);
}

server.on('request', (request, response) =>
  answer(request, response).catch((error) => {
    response.statusCode = 500;
    response.end(String(error));
  }),
);
process.on('SIGTERM', () => process.exit(0));
console.log(JSON.stringify({ issuer, pid: process.pid }));
