-- How far each partition of the topic has come; written after what it claims is stored.
CREATE TABLE IF NOT EXISTS progress (
  partition UInt32,
  watermark DateTime64(3, 'UTC') COMMENT 'newest event time seen',
  lag UInt64 COMMENT 'records waiting behind',
  updated_at DateTime64(3, 'UTC') DEFAULT now64(3)
) ENGINE = ReplacingMergeTree(updated_at)
ORDER BY partition;

CREATE TABLE IF NOT EXISTS ended_sources (
  source String,
  partition UInt32,
  last_event_at DateTime64(3, 'UTC'),
  stored_at DateTime64(3, 'UTC') DEFAULT now64(3)
) ENGINE = ReplacingMergeTree(stored_at)
ORDER BY (source, partition);

CREATE TABLE IF NOT EXISTS source_status (
  source String,
  state LowCardinality(String),
  detail String,
  since DateTime64(3, 'UTC'),
  stored_at DateTime64(3, 'UTC') DEFAULT now64(3)
) ENGINE = ReplacingMergeTree(stored_at)
ORDER BY source;

CREATE TABLE IF NOT EXISTS coverage (
  source LowCardinality(String),
  from_at DateTime64(3, 'UTC'),
  to_at DateTime64(3, 'UTC'),
  kind LowCardinality(String),
  share Float32,
  stored_at DateTime64(3, 'UTC') DEFAULT now64(3)
) ENGINE = ReplacingMergeTree(stored_at)
ORDER BY (source, from_at);

CREATE TABLE IF NOT EXISTS dead_letters (
  id String,
  source LowCardinality(String),
  reason LowCardinality(String),
  detail String,
  payload String CODEC(ZSTD(3)),
  captured_at DateTime64(3, 'UTC'),
  stored_at DateTime64(3, 'UTC') DEFAULT now64(3)
) ENGINE = ReplacingMergeTree(stored_at)
ORDER BY id
