-- For whose phones a group's posts ring: 'reminders' are announcements too,
-- 'all' are also questions and words before a meeting; '' is none.
ALTER TABLE member ADD COLUMN mention TEXT NOT NULL DEFAULT '';
