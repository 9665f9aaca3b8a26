//go:build !sqlite_fts5

package storage

// Search needs SQLite's FTS5, which go-sqlite3 builds in under a tag. Without
// it the build ends here, with a sentence that says what to do.
var _ = build_with_make_build_or_go_build_tags_sqlite_fts5__search_needs_it
