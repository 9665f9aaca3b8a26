-- What an entry said, so that it can be cancelled as what it was.

ALTER TABLE calendar_entry ADD COLUMN minutes INTEGER NOT NULL DEFAULT 0;   -- 0 is unsaid
ALTER TABLE calendar_entry ADD COLUMN place TEXT NOT NULL DEFAULT '';
ALTER TABLE calendar_entry ADD COLUMN description TEXT NOT NULL DEFAULT '';
