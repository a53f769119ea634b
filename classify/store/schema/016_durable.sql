-- What was accepted is forgotten by the topic once its rows are stored: they outlive a power cut, then, and not only the
-- engine. Each part is written through to the disk, for some 2 ms of CPU an insert. (Parts that are merged need not be: those
-- they were made of are kept for minutes more. What is told of progress is no more than a hint.)
ALTER TABLE posts MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
ALTER TABLE seen MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
ALTER TABLE waiting_reposts MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
ALTER TABLE hasty_posts MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
ALTER TABLE post_changes MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
ALTER TABLE likes MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
ALTER TABLE likes_taken_back MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
ALTER TABLE coverage MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
ALTER TABLE ended_sources MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
ALTER TABLE dead_letters MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
ALTER TABLE pushes MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
ALTER TABLE exposure_minutes MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
ALTER TABLE narrative_minutes MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
ALTER TABLE unjudged_minutes MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1
