// Package sample holds the small library that the demo and the tests read: a
// handbook on how to read together, written for this project. It is ordinary
// Markdown and is imported like anybody's book.
package sample

import _ "embed"

//go:embed reading-together.md
var handbook string

// HandbookName is the name of the handbook's file.
const HandbookName = "reading-together.md"

// Handbook is the text of "Reading Together" in Markdown: about 4,500 words in
// nine parts of two levels, with an epigraph, quotations, lists, a table and
// footnotes.
func Handbook() string { return handbook }
