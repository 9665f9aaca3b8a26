//go:build !cgo

package storage

// SQLite is C. Without a C compiler the build ends here, with a sentence that
// says what to do.
var _ = install_gcc_and_build_with_CGO_ENABLED_1__the_database_is_written_in_C
