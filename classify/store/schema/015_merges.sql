-- Parts come several times a second and are small. Merged by fives, as the engine would, what was seen in the last minutes
-- is written anew every other second; by twelves, half as often, and no reading meets more than some tens of parts.
-- Statistics of every column, which newer engines make with each merge, are used by no query of ours.
ALTER TABLE posts MODIFY SETTING auto_statistics_types = '';

ALTER TABLE seen MODIFY SETTING merge_selector_base = 12, auto_statistics_types = ''
