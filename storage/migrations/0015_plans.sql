-- Where a plan's group meets when that is not where the group does otherwise,
-- what else a change of a plan moved, so that all of it can be put back, and
-- questions that members suggest.

ALTER TABLE plan ADD COLUMN place TEXT NOT NULL DEFAULT '';          -- '' is where the group meets
ALTER TABLE plan_change ADD COLUMN beside TEXT NOT NULL DEFAULT '';  -- JSON: what hung on the readings, before and after
ALTER TABLE prompt ADD COLUMN suggested INTEGER NOT NULL DEFAULT 0;  -- not asked before an organiser takes it
