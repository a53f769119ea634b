-- What became of posts and of accounts after they were captured: the latest word about each holds, however often and in
-- whatever order it is stored. It is joined when posts are read, so that no order of arrival can undo it.
CREATE TABLE IF NOT EXISTS post_changes (
  subject UInt64 COMMENT 'first 64 bits of SHA-256 of `post <id>` or `account <author>`',
  change LowCardinality(String),
  at DateTime64(3, 'UTC')
) ENGINE = ReplacingMergeTree(at)
ORDER BY subject
