//go:build !sqlite_fts5

package storage

// The search index of older versions is a table of SQLite's FTS5, which
// go-sqlite3 builds in under a tag; without it such a table cannot even be
// dropped. A build that lacks it ends here, with a sentence that says what to
// do.
var _ = build_with_make_build_or_go_build_tags_sqlite_fts5__search_needs_it
