//go:build !goolm

package config

// Without this tag Matrix's encryption is built on a C library that is not
// maintained any more. A build that lacks it ends here, with a sentence that
// says what to do, beside what the compiler says of that library.
var _ = build_with_make_build_or_go_build_tags_goolm__encryption_on_matrix_needs_it
