-- The language that a post was judged in; posts stored before there was a choice were all read as English.
ALTER TABLE posts ADD COLUMN IF NOT EXISTS language LowCardinality(String) DEFAULT 'en' AFTER langs;

ALTER TABLE seen ADD COLUMN IF NOT EXISTS unjudged LowCardinality(String) DEFAULT ''
  COMMENT 'the language for which the post was not judged; empty where it was' AFTER election;

ALTER TABLE narrative_minutes ADD COLUMN IF NOT EXISTS charted UInt32 DEFAULT 0
  COMMENT 'of posts: those in a language that is charted only, and raises no alarm' AFTER posts;

CREATE TABLE IF NOT EXISTS unjudged_minutes (
  minute UInt32,
  language LowCardinality(String),
  posts UInt32 COMMENT 'posts that might carry a narrative and were not judged for their language',
  version UInt64
) ENGINE = ReplacingMergeTree(version)
ORDER BY (minute, language)
