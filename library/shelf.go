package library

// An Outline is a work without its words: enough to resolve any citation and
// to complete one as it is typed. It is built once per import and kept in
// memory for every work on a shelf.
type Outline struct {
	Meta
	Sections []Section
	Passages []Spot // in document order, as in Work.Passages
	Scheme   Scheme
}

// A Spot is what an Outline knows of a passage.
type Spot struct {
	ID        int64 // the storage's, 0 where there is none
	Kind      Kind
	Section   int
	Number    int
	InSection int
	Sentences int
	Words     int
	Anchor    Anchor
	Label     string
	Page      string
	Verse     string
	Opening   string // the first words, for a button
}

// A Scheme is a work's own way of numbering, where it declares one.
type Scheme string

// The schemes.
const (
	ByPassage      Scheme = ""        // ¶
	ChapterVerse   Scheme = "verse"   // 3:16
	LineNumbers    Scheme = "line"    // 1043
	StephanusPages Scheme = "section" // 514a; A 51/B 75
)
