-- Accounts that were not heard in the hour before (api/spikes/voices.ts). In rows sealed before they were counted every
-- account is one.
ALTER TABLE narrative_minutes ADD COLUMN IF NOT EXISTS voices UInt32 DEFAULT authors
  COMMENT 'of those authors, the ones who were silent in the hour before' AFTER texts
