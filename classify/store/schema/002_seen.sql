-- Every post seen, narrowly: the set from which the exposure is counted. It is folded into sealed minute rows and
-- expires a week after it was stored.
CREATE TABLE IF NOT EXISTS seen (
  minute UInt32,
  post UInt64,
  source LowCardinality(String),
  election Bool,
  counted_places Array(String),
  stored_at DateTime64(3, 'UTC') DEFAULT now64(3),
  INDEX stored stored_at TYPE minmax GRANULARITY 1,
  INDEX post_of_id post TYPE bloom_filter GRANULARITY 4
) ENGINE = ReplacingMergeTree(stored_at)
ORDER BY (minute, post)
TTL toDateTime(stored_at) + INTERVAL 7 DAY
