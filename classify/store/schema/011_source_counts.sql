-- What each source brought, over all of its runs; told with its status.
ALTER TABLE source_status ADD COLUMN IF NOT EXISTS received UInt64 DEFAULT 0 AFTER since;
ALTER TABLE source_status ADD COLUMN IF NOT EXISTS accepted UInt64 DEFAULT 0 AFTER received;
ALTER TABLE source_status ADD COLUMN IF NOT EXISTS duplicate UInt64 DEFAULT 0 AFTER accepted;
ALTER TABLE source_status ADD COLUMN IF NOT EXISTS dead UInt64 DEFAULT 0 AFTER duplicate;
ALTER TABLE source_status ADD COLUMN IF NOT EXISTS last_event_at Nullable(DateTime64(3, 'UTC')) AFTER dead
