-- What near copies of a text share: from it claims are formed when they are read (classify/claims). Empty for posts that
-- were stored before there was one, and for texts without words.
ALTER TABLE posts ADD COLUMN IF NOT EXISTS sketch String DEFAULT '' AFTER text_key
