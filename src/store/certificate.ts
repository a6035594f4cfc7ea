/**
 * The certificate of a station's TLS listener: given files, or a self-signed one that the station makes and keeps.
 *
 * Nobody checks it: TLS only takes SSH through networks that let nothing else through, and inside it the SSH host key
 * says who answers. It exists because TLS cannot do without one.
 */
import { generateKeyPair, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';
import { promisify } from 'node:util';
import { errnoOf, sentenceOf, VoiptermError } from '../errors.ts';
import { publish } from './identity.ts';

/** As long as a station may run; an expired one would do no harm, but look odd. */
const YEARS = 20;
/** What every TLS client takes. */
const RSA_BITS = 2048;

/** Reads an operator's certificate (with its chain) and key, PEM. Throws 'config.invalid'. */
export function readCertificate(certFile: string, keyFile: string): SecureContext {
  const [cert, key] = [certFile, keyFile].map((file) => {
    try {
      return readFileSync(file, 'utf8');
    } catch (cause) {
      const why = errnoOf(cause) ?? String(cause);
      throw new VoiptermError('config.invalid', `Cannot read ${file} (${why}): name the PEM file.`, {
        cause,
      });
    }
  });
  return contextOf({ cert, key }, `The certificate ${certFile} and the key ${keyFile}`);
}

/** The certificate of `file`, which is made if it is not there: key and certificate, PEM, 0600. */
export async function loadOrMakeCertificate(file: string): Promise<SecureContext> {
  const pem = readIfAny(file) ?? (await makeCertificate(file));
  return contextOf({ cert: pem, key: pem }, `The certificate ${file}`);
}

function contextOf(pems: { cert: string | undefined; key: string | undefined }, what: string): SecureContext {
  try {
    return createSecureContext({ cert: pems.cert ?? '', key: pems.key ?? '', minVersion: 'TLSv1.2' });
  } catch (cause) {
    const why = sentenceOf(cause);
    throw new VoiptermError(
      'config.invalid',
      `${what} cannot be used (${why}): give PEM files that belong together.`,
      {
        cause,
      },
    );
  }
}

function readIfAny(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw new VoiptermError(
      'config.invalid',
      `Cannot read ${file} (${errnoOf(error)}): check its permissions.`,
    );
  }
}

async function makeCertificate(file: string): Promise<string> {
  const { default: forge } = await import('node-forge');
  const keys = await promisify(generateKeyPair)('rsa', {
    modulusLength: RSA_BITS,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(keys.publicKey);
  // Positive and not longer than 20 bytes (RFC 5280, 4.1.2.2).
  certificate.serialNumber = `01${randomBytes(15).toString('hex')}`;
  certificate.validity.notAfter.setFullYear(certificate.validity.notBefore.getFullYear() + YEARS);
  const name = [{ name: 'commonName', value: 'voipterm' }];
  certificate.setSubject(name);
  certificate.setIssuer(name);
  certificate.setExtensions([{ name: 'subjectAltName', altNames: [{ type: 2, value: 'voipterm' }] }]);
  certificate.sign(forge.pki.privateKeyFromPem(keys.privateKey), forge.md.sha256.create());
  const pem = `${keys.privateKey}${forge.pki.certificateToPem(certificate)}`;
  return publish(file, pem) ? pem : readFileSync(file, 'utf8');
}
