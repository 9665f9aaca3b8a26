-- What a shelf says of a text without opening it, so that a large library is
-- opened as fast as a small one.
ALTER TABLE text ADD COLUMN first    INTEGER NOT NULL DEFAULT 0; -- the id of the first passage; the others follow one by one
ALTER TABLE text ADD COLUMN passages INTEGER NOT NULL DEFAULT 0; -- with epigraphs and footnotes
ALTER TABLE text ADD COLUMN last     INTEGER NOT NULL DEFAULT 0; -- the number of the last ¶
ALTER TABLE text ADD COLUMN sections INTEGER NOT NULL DEFAULT 0;
ALTER TABLE text ADD COLUMN words    INTEGER NOT NULL DEFAULT 0; -- of the numbered passages

UPDATE text SET
  sections = (SELECT count(*) FROM section s WHERE s.text = text.id),
  (first, passages, last, words) = (
    SELECT coalesce(min(p.id), 0), count(*), coalesce(max(p.number), 0), coalesce(sum(p.words) FILTER (WHERE p.number > 0), 0)
    FROM passage p WHERE p.text = text.id);
