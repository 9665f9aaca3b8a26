package library

import "slices"

// A Scheme is a work's own way of numbering, where it declares one.
type Scheme string

// The schemes.
const (
	ByPassage      Scheme = ""        // ¶
	ChapterVerse   Scheme = "verse"   // 3:16
	LineNumbers    Scheme = "line"    // 1043; 2.484
	StephanusPages Scheme = "section" // 514a; A 51/B 75
	ByChapter      Scheme = "chapter" // only the outline is kept: ch. 5
)

// schemes are those that a text may declare.
var schemes = []Scheme{ByPassage, ChapterVerse, LineNumbers, StephanusPages}

// KnownScheme reports whether a scheme is one that a text may declare.
func KnownScheme(s Scheme) bool { return slices.Contains(schemes, s) }
