-- What was set aside can be read again for as long as somebody may still find out why: a quarter of a year. (Changes of
-- posts have no such time: a post is kept for good, and with it what became of it. See docs/growth.md.)
ALTER TABLE dead_letters MODIFY TTL toDateTime(stored_at) + INTERVAL 90 DAY
