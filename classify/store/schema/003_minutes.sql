-- Sealed minutes: each row is replaced as a whole when its minute is sealed again.
CREATE TABLE IF NOT EXISTS exposure_minutes (
  minute UInt32,
  place LowCardinality(String),
  seen UInt32 COMMENT 'all posts; counted for US only',
  election UInt32 COMMENT 'posts about an election',
  version UInt64
) ENGINE = ReplacingMergeTree(version)
ORDER BY (minute, place);

CREATE TABLE IF NOT EXISTS narrative_minutes (
  minute UInt32,
  place LowCardinality(String),
  narrative LowCardinality(String),
  posts UInt32 COMMENT 'posts that assert it',
  authors UInt32 COMMENT 'distinct authors of those',
  texts UInt32 COMMENT 'distinct texts of those',
  reports UInt32,
  questions UInt32,
  debunks UInt32,
  version UInt64
) ENGINE = ReplacingMergeTree(version)
ORDER BY (minute, place, narrative)
