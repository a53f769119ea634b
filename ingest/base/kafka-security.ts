/** How brokers are spoken to: TLS, and who asks. Made by `api/boot` from the environment; used by the topic and by sources. */
import type { KafkaConfig } from 'kafkajs'

/** PEM texts. Without `ca` the authorities that Node knows hold; `cert` and `key` show who asks (mutual TLS). */
export interface TlsOptions {
  ca?: string
  cert?: string
  key?: string
}

export const SASL_MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const

export interface KafkaSecurity {
  /** Null: no TLS. */
  tls: TlsOptions | null
  sasl: { mechanism: (typeof SASL_MECHANISMS)[number]; username: string; password: string } | null
}

/** The same in kafkajs's words; nothing where there is neither. */
export function toKafkajs(security: KafkaSecurity): Pick<KafkaConfig, 'ssl' | 'sasl'> {
  const { tls, sasl } = security
  const ssl = tls === null ? {} : { ssl: { ...tls, rejectUnauthorized: true } }
  if (sasl === null) return ssl
  const { mechanism, username, password } = sasl
  // One by one: kafkajs's type has a case for each mechanism.
  if (mechanism === 'plain') return { ...ssl, sasl: { mechanism, username, password } }
  if (mechanism === 'scram-sha-256') return { ...ssl, sasl: { mechanism, username, password } }
  return { ...ssl, sasl: { mechanism, username, password } }
}

/** OpenSSL's and Node's words for a certificate that does not hold, and alerts of a broker that refuses ours. */
const CERTIFICATE =
  /self[- ]signed certificate|unable to (?:get|verify)|certificate (?:has expired|is not yet valid|required|unknown)|altnames|bad certificate|unknown ca\b/i

/**
 * Why brokers will refuse us however often we ask: a certificate that does not hold, a wrong password. Null for what
 * may pass. Looks into the causes too.
 */
export function whyRefused(error: unknown): string | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at.name === 'KafkaJSSASLAuthenticationError')
      return `the brokers refuse the user or the password (${at.message})`
    if (CERTIFICATE.test(at.message)) return `a certificate does not hold (${at.message})`
  }
  return null
}
