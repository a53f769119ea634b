/** Certificates made on the spot: one that nobody vouches for, and an authority that vouches for its own. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** For `localhost` and 127.0.0.1; needs the program `openssl`. */
export async function selfSigned(): Promise<{ key: string; cert: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'tallywatch-tls-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  try {
    await run('openssl', ['req', '-x509', ...curve, '-keyout', key, '-out', cert, '-days', '2', ...subject])
    return { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') }
  } finally {
    await rm(folder, { recursive: true })
  }
}

export interface Authority {
  /** The authority's own certificate, PEM. */
  ca: string
  /** A certificate for `localhost` and 127.0.0.1 that the authority vouches for. */
  issue(name: string): Promise<{ key: string; cert: string }>
  [Symbol.asyncDispose](): Promise<void>
}

/** An authority of one test. */
export async function createAuthority(): Promise<Authority> {
  const folder = await mkdtemp(join(tmpdir(), 'tallywatch-ca-'))
  const at = (name: string) => join(folder, name)
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const self = [
    '-x509',
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
    '-days',
    '2',
    '-subj',
    '/CN=Test authority',
  ]
  await run('openssl', ['req', ...curve, ...self])
  return {
    ca: await readFile(at('ca.pem'), 'utf8'),
    async issue(name) {
      const [key, cert, request, names] = [`${name}.key`, `${name}.pem`, `${name}.csr`, `${name}.ext`].map(
        at,
      ) as [string, string, string, string]
      await writeFile(names, 'subjectAltName=DNS:localhost,IP:127.0.0.1\n')
      await run('openssl', ['req', ...curve, '-keyout', key, '-out', request, '-subj', `/CN=${name}`])
      const by = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '2']
      await run('openssl', ['x509', '-req', '-in', request, ...by, '-out', cert, '-extfile', names])
      return { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') }
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}
