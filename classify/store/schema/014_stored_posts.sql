-- The desk looks several times a second at what was stored since it looked last (api/arrivals).
ALTER TABLE posts ADD INDEX IF NOT EXISTS stored stored_at TYPE minmax GRANULARITY 1;

ALTER TABLE posts MATERIALIZE INDEX IF EXISTS stored
