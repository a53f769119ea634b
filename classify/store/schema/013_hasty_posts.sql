-- Posts whose verdict was given in haste (by the fast model, when more came than could be judged). Each is judged again
-- when there is time; `settled` replaces the row then. A post that is delivered and judged in haste twice has two rows.
CREATE TABLE IF NOT EXISTS hasty_posts (
  post UInt64,
  look String COMMENT 'tells one judgement in haste from another of the same post',
  body String COMMENT 'the post, as JSON; empty once it is settled' CODEC(ZSTD(3)),
  carried Bool COMMENT 'a narrative was seen in haste, so the post is stored with it',
  settled Bool,
  stored_at DateTime64(3, 'UTC') DEFAULT now64(3)
) ENGINE = ReplacingMergeTree(stored_at)
ORDER BY (post, look)
TTL toDateTime(stored_at) + INTERVAL 30 DAY;
