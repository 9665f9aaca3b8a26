-- A button carries the number of what it is about. One that is gone must not
-- come again, or the button does to another what it was offered for.
INSERT INTO counter (name, value) SELECT 'plan', coalesce(max(id), 0) + 1 FROM plan;
INSERT INTO counter (name, value) SELECT 'prompt', coalesce(max(id), 0) + 1 FROM prompt;
