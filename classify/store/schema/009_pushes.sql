-- Pushes that came with an Idempotency-Key: when each was first received and, once all of it was durable, its answer.
CREATE TABLE IF NOT EXISTS pushes (
  source LowCardinality(String),
  key String COMMENT 'SHA-256 of the Idempotency-Key, hex',
  received_at DateTime64(3, 'UTC'),
  body_sha256 String COMMENT 'of the body, unpacked; empty until it is answered',
  answer String COMMENT 'JSON; empty until it is answered',
  version UInt64
) ENGINE = ReplacingMergeTree(version)
ORDER BY (source, key)
TTL toDateTime(received_at) + INTERVAL 7 DAY
