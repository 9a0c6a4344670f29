import { isOperational } from '@referral/errors';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { type Listening, listen } from './listen.ts';
import { createTokenVerifier, InvalidTokenError, issueToken } from './tokens.ts';

/** Long enough for every algorithm of its family, so that a refusal of HS512 is about the algorithm. */
const secret = 'a secret of at least thirty-two bytes '.repeat(2);
const now = Date.UTC(2030, 0, 1);
const clock = { now: () => now };
const inAnHour = now / 1_000 + 3_600;
const customer = { kind: 'customer', tenantId: 'acme', customerId: 'cus_1' } as const;

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

function signed(claims: Record<string, unknown>, key = secret, alg = 'HS256'): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg }).sign(new TextEncoder().encode(key));
}

describe('a token signed with the secret', () => {
  const verifier = createTokenVerifier({ secret }, clock);

  test('it says who calls: kind, tenant, customer, scopes and profile', async () => {
    const token = await issueToken(
      secret,
      { ...customer, scopes: ['read', 'share'], name: 'Ann', email: 'ann@example.com', phone: '+1555' },
      clock,
    );
    expect(await verifier.verify(token)).toEqual({
      ...customer,
      scopes: ['read', 'share'],
      name: 'Ann',
      email: 'ann@example.com',
      phone: '+1555',
    });
  });

  test('only an admin with scope platform may come without a tenant', async () => {
    const platform = await issueToken(secret, { kind: 'admin', scopes: ['platform'] }, clock);
    expect(await verifier.verify(platform)).toEqual({ kind: 'admin', tenantId: null, scopes: ['platform'] });
    await expect(issueToken(secret, { kind: 'admin' }, clock)).rejects.toThrow('needs a tenant');
    await expect(issueToken(secret, { kind: 'service', scopes: ['platform'] }, clock)).rejects.toThrow(
      'needs a tenant',
    );
    await expect(issueToken(secret, { kind: 'customer', tenantId: 'acme' }, clock)).rejects.toThrow('needs a customer');
  });

  test('an admin is no customer, whatever its subject is', async () => {
    const token = await signed({ aud: 'admin', tenant_id: 'acme', sub: 'cus_1', exp: inAnHour });
    expect(await verifier.verify(token)).not.toHaveProperty('customerId');
  });

  const good = { aud: 'customer', tenant_id: 'acme', sub: 'cus_1', exp: inAnHour };
  const hostile: [string, () => string | Promise<string>][] = [
    ['expired', () => signed({ ...good, exp: now / 1_000 - 1 })],
    ['expiring at this very second', () => signed({ ...good, exp: now / 1_000 })],
    ['not valid yet', () => signed({ ...good, nbf: inAnHour })],
    ['without an expiry', () => signed({ ...good, exp: undefined })],
    ['of another secret', () => signed(good, `${secret}!`)],
    ['of another algorithm', () => signed(good, secret, 'HS512')],
    ['of algorithm none', () => `${base64url({ alg: 'none' })}.${base64url(good)}.`],
    ['of an unknown audience', () => signed({ ...good, aud: 'someone-else' })],
    ['without an audience', () => signed({ ...good, aud: undefined })],
    ['for two of our audiences at once', () => signed({ ...good, aud: ['customer', 'admin'] })],
    ['of a customer without a subject', () => signed({ ...good, sub: undefined })],
    ['without a tenant', () => signed({ ...good, tenant_id: undefined })],
    ['with a tenant that would split a key elsewhere', () => signed({ ...good, tenant_id: 'acme:cus_1' })],
    ['with an object for a tenant', () => signed({ ...good, tenant_id: { $ne: null } })],
    ['with a control character in the subject', () => signed({ ...good, sub: 'cus\u0000' })],
    ['with a subject above 128 bytes', () => signed({ ...good, sub: 'ü'.repeat(65) })],
    ['with a huge claim', () => signed({ ...good, junk: 'x'.repeat(10_000) })],
    ['that is no token', () => 'not.a.token'],
    ['that is empty', () => ''],
  ];
  test.each(hostile)('a token %s is refused', async (_what, make) => {
    await expect(verifier.verify(await make())).rejects.toThrow(InvalidTokenError);
  });

  test('a token whose content was changed is refused', async () => {
    const [header, , signature] = (await signed(good)).split('.');
    const forged = `${header}.${base64url({ ...good, sub: 'cus_2' })}.${signature}`;
    await expect(verifier.verify(forged)).rejects.toThrow(InvalidTokenError);
  });

  test('a token that was good a moment ago is refused once it has expired, remembered or not', async () => {
    let time = now;
    const ticking = createTokenVerifier({ secret }, { now: () => time });
    const token = await issueToken(secret, { ...customer, ttlSeconds: 10 }, clock);
    await ticking.verify(token);
    time = now + 9_999;
    expect(await ticking.verify(token)).toMatchObject(customer);
    time = now + 10_000;
    await expect(ticking.verify(token)).rejects.toThrow(InvalidTokenError);
  });

  test('a refusal tells nothing of the token or the secret', async () => {
    const token = await signed(good, `${secret}!`);
    const refusal: unknown = await verifier.verify(token).catch((error: unknown) => error);
    expect(String(refusal)).not.toContain(token.slice(0, 20));
    expect(String(refusal)).not.toContain(secret);
  });

  test('a secret that is too short to sign with is a mistake in the program', () => {
    expect(() => createTokenVerifier({ secret: 'short' })).toThrow('at least 32 bytes');
  });
});

describe('a token of an issuer that publishes its keys', () => {
  const issuer = 'https://id.example.com';
  const claims = { iss: issuer, aud: 'service', tenant_id: 'acme', exp: inAnHour };

  const kid = 'k1';
  const keyPair = generateKeyPair('ES256', { extractable: true });
  let jwks: Listening;
  beforeAll(async () => {
    const { publicKey } = await keyPair;
    const body = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid, alg: 'ES256' }] });
    jwks = await listen((_req, res) => res.end(body), { host: '127.0.0.1', port: 0 });
  });
  afterAll(() => jwks.close());

  const signedByIssuer = async (content: Record<string, unknown>, header: { kid: string } = { kid }) =>
    new SignJWT(content).setProtectedHeader({ alg: 'ES256', ...header }).sign((await keyPair).privateKey);

  test('it is trusted when a published key signed it', async () => {
    const verifier = createTokenVerifier({ issuer, jwksUrl: jwks.url }, clock);
    expect(await verifier.verify(await signedByIssuer(claims))).toEqual({
      kind: 'service',
      tenantId: 'acme',
      scopes: [],
    });
  });

  test('it is refused from another issuer, with an unknown key, or signed with the public key as if it were a secret', async () => {
    const verifier = createTokenVerifier({ issuer, jwksUrl: jwks.url }, clock);
    const publicKey = await exportSPKI((await keyPair).publicKey);
    const confused = await signed(claims, publicKey);
    for (const token of [
      await signedByIssuer({ ...claims, iss: 'https://evil.example.com' }),
      await signedByIssuer(claims, { kid: 'k2' }),
      confused,
    ]) {
      await expect(verifier.verify(token)).rejects.toThrow(InvalidTokenError);
    }
  });

  test('while the keys cannot be had nobody is told that the token is bad: the caller is to try again', async () => {
    const gone = await listen((_req, res) => res.end(), { host: '127.0.0.1', port: 0 });
    await gone.close();
    const verifier = createTokenVerifier({ issuer, jwksUrl: gone.url }, clock);
    const failure: unknown = await verifier.verify(await signedByIssuer(claims)).catch((error: unknown) => error);
    expect(isOperational(failure)).toBe(true);
  });
});
