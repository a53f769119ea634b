-- Likes of posts that carry a narrative, where a source was asked for them: sets, so that what is delivered twice counts
-- once. Who took a like back is known by the like alone. Both are kept for a month: posts are liked in their first days.
CREATE TABLE IF NOT EXISTS likes (
  post UInt64,
  liker UInt64 COMMENT 'the account, as post_changes.subject has it',
  like_id UInt64 COMMENT 'first 64 bits of SHA-256 of `like <id>`',
  stored_at DateTime64(3, 'UTC') DEFAULT now64(3)
) ENGINE = ReplacingMergeTree(stored_at)
ORDER BY (post, liker, like_id)
TTL toDateTime(stored_at) + INTERVAL 30 DAY;

CREATE TABLE IF NOT EXISTS likes_taken_back (
  like_id UInt64,
  stored_at DateTime64(3, 'UTC') DEFAULT now64(3)
) ENGINE = ReplacingMergeTree(stored_at)
ORDER BY like_id
TTL toDateTime(stored_at) + INTERVAL 30 DAY
