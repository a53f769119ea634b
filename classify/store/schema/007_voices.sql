-- Posts that assert, weighed by who speaks and in what words (api/spikes/voices.ts). Rows sealed before there was a
-- weight count every post as a voice.
ALTER TABLE narrative_minutes ADD COLUMN IF NOT EXISTS voices UInt32 DEFAULT posts * 1000
  COMMENT 'voices among those posts, in thousandths' AFTER texts
