/** A real broker that asks for TLS and for who comes: one port with SASL, one with certificates of both sides. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Authority } from './certificate.ts'
import { formatWithUsers, installKafka, serverProperties } from './kafka-install.ts'
import { end, launchBroker } from './kafka.ts'
import { freePort } from './server-process.ts'

export interface SecureKafka {
  /** TLS, then PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512 with `USER`. */
  sasl: string
  /** TLS with a certificate of the same authority from both sides. */
  mutual: string
  /** No TLS, SCRAM only. */
  scram: string
  [Symbol.asyncDispose](): Promise<void>
}

export const USER = { username: 'tally', password: 'four-score-7' } as const

export async function startSecureKafka(authority: Authority): Promise<SecureKafka> {
  const work = await mkdtemp(path.join(tmpdir(), 'tallywatch-kafka-'))
  const at = (name: string) => path.join(work, name)
  const install = await installKafka()
  const users = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].map(
    (mechanism) => `${mechanism}=[name=${USER.username},password=${USER.password}]`,
  )
  await formatWithUsers(install, at('data'), users)
  const { key, cert } = await authority.issue('broker')
  await writeFile(at('broker.pem'), `${key}${cert}`)
  await writeFile(at('ca.pem'), authority.ca)
  const ports = {
    sasl: await freePort(),
    mutual: await freePort(),
    scram: await freePort(),
    client: await freePort(),
    controller: await freePort(),
  }
  // Later lines hold: the usual settings, and what is other here.
  await writeFile(at('server.properties'), serverProperties(at('data'), ports) + secured(ports, at))
  const broker = await launchBroker(install, [], {
    settings: at('server.properties'),
    ports: { client: ports.sasl },
    log: at('broker.log'),
  })
  return {
    sasl: `127.0.0.1:${ports.sasl}`,
    mutual: `127.0.0.1:${ports.mutual}`,
    scram: `127.0.0.1:${ports.scram}`,
    async [Symbol.asyncDispose]() {
      await end(broker, 'SIGKILL')
      await rm(work, { recursive: true, force: true })
    },
  }
}

interface SecurePorts {
  sasl: number
  mutual: number
  scram: number
  client: number
  controller: number
}

function secured(ports: SecurePorts, at: (name: string) => string): string {
  const jaas = 'org.apache.kafka.common.security'
  const scram = `${jaas}.scram.ScramLoginModule required;`
  const plain = `${jaas}.plain.PlainLoginModule required user_${USER.username}="${USER.password}";`
  const open = `SASL://127.0.0.1:${ports.sasl},MUTUAL://127.0.0.1:${ports.mutual},SCRAM://127.0.0.1:${ports.scram},CLIENT://127.0.0.1:${ports.client}`
  return Object.entries({
    listeners: `${open},CONTROLLER://127.0.0.1:${ports.controller}`,
    'advertised.listeners': open,
    'listener.security.protocol.map':
      'SASL:SASL_SSL,MUTUAL:SSL,SCRAM:SASL_PLAINTEXT,CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': at('broker.pem'),
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': at('ca.pem'),
    'listener.name.mutual.ssl.client.auth': 'required',
    'listener.name.sasl.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    'listener.name.sasl.plain.sasl.jaas.config': plain,
    'listener.name.sasl.scram-sha-256.sasl.jaas.config': scram,
    'listener.name.sasl.scram-sha-512.sasl.jaas.config': scram,
    'listener.name.scram.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'listener.name.scram.scram-sha-512.sasl.jaas.config': scram,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}
