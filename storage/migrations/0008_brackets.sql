-- Whether citations in brackets that stand in running talk are looked up.
ALTER TABLE reading_group ADD COLUMN brackets INTEGER NOT NULL DEFAULT 0;
