-- Reposts whose original was not known when they came. When it comes, they are judged again by it, so that counts do not
-- depend on which of the two was first.
CREATE TABLE IF NOT EXISTS waiting_reposts (
  repost_of String,
  post UInt64,
  body String COMMENT 'the post, as JSON' CODEC(ZSTD(3)),
  stored_at DateTime64(3, 'UTC') DEFAULT now64(3)
) ENGINE = ReplacingMergeTree(stored_at)
ORDER BY (repost_of, post)
TTL toDateTime(stored_at) + INTERVAL 7 DAY;
