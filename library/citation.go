package library

import (
	"strconv"
	"strings"
)

// A Context is what a citation may lean on: where the group is. The zero
// Context has nothing to lean on.
type Context struct {
	// Current is the work that is being read; a citation that names no work is
	// one into it.
	Current WorkID
	// This is the reading that is open, Next and Prev those beside it.
	This, Next, Prev []Run
	// Last are the citations that were looked up before, the newest first.
	Last []string
	// Forgot says that there were some, until one could not be read.
	Forgot bool
}

// A Run is a run of ¶s of a work.
type Run struct {
	Work        WorkID
	First, Last int
}

// A Ref is what a citation names.
type Ref struct {
	Work  *Outline
	parts []part
	whole bool // the work, as such
}

// A part of a reference: a run of numbered passages, with the sentences it is
// cut to, or one epigraph or footnote.
type part struct {
	first, last int  // ¶ numbers
	from        int  // the sentence of first at which it begins, 0 for the whole passage
	to          int  // the sentence of last with which it ends, 0 for the whole passage
	at          int  // the index of an epigraph or a footnote, -1 for none
	section     int  // a whole section, -1 for none
	verse       bool // named by a verse, so that a number after a comma is one too
	upto        int  // the ¶ that whoever is there has read, 0 for the last
	paged       paging
	pages       string // the pages by which it was named, "34-35"
}

// paging says whether a part was named by its page, so that a number after a
// comma is one too.
type paging uint8

const (
	unpaged paging = iota
	onePage        // "p. 34": a number after it may be a passage
	pages          // "pp. 34": it is a page
)

// A Piece is a passage that a reference names, whole or cut to sentences.
type Piece struct {
	Index    int // into Work.Passages
	From, To int // sentences, counted from 1; zeros are the whole passage
}

// Whole reports whether the reference is to a work as such.
func (r Ref) Whole() bool { return r.whole }

// Pieces are what the reference names, in the order it names them.
func (r Ref) Pieces() []Piece {
	n := 0
	for _, p := range r.parts {
		n += p.last - p.first + 1
	}
	out := make([]Piece, 0, n)
	for _, p := range r.parts {
		if p.at >= 0 {
			out = append(out, Piece{Index: p.at})
			continue
		}
		for n := max(p.first, 1); n <= p.last; n++ {
			at := r.Work.At(n)
			piece := Piece{Index: at}
			if n == p.first && p.from > 0 {
				piece.From, piece.To = p.from, r.Work.Passages[at].Sentences
			}
			if n == p.last && p.to > 0 {
				piece.From, piece.To = max(piece.From, 1), p.to
			}
			out = append(out, piece)
		}
	}
	return out
}

// RefOf is the reference to some passages of a work, in their order.
func (o *Outline) RefOf(pieces []Piece) Ref {
	r := Ref{Work: o}
	for _, p := range pieces {
		n := o.Passages[p.Index].Number
		switch k := len(r.parts) - 1; {
		case n == 0:
			r.parts = append(r.parts, part{at: p.Index, section: -1})
		case p.From > 0:
			r.parts = append(r.parts, part{first: n, last: n, from: p.From, to: p.To, at: -1, section: -1})
		case k >= 0 && r.parts[k].run() && r.parts[k].last == n-1:
			r.parts[k].last = n
		default:
			r.parts = append(r.parts, part{first: n, last: n, at: -1, section: -1})
		}
	}
	return r
}

// Passages are the indexes, into Work.Passages, of what the reference names,
// in the order it names them.
func (r Ref) Passages() []int {
	pieces := r.Pieces()
	out := make([]int, len(pieces))
	for i, p := range pieces {
		out[i] = p.Index
	}
	return out
}

// Epigraphs are the indexes of the epigraphs that stand over the sections that
// the reference names whole, by its name or by its numbers.
func (r Ref) Epigraphs() (out []int) {
	for _, p := range r.parts {
		if p.section < 0 && p.run() && !r.whole { // its numbers may be a section's
			for i := range r.Work.Sections {
				if s := &r.Work.Sections[i]; s.First == p.first && s.Last == p.last && p.first < p.last { // one number is a passage
					p.section = i
					break
				}
			}
		}
		if p.at >= 0 || p.section < 0 {
			continue
		}
		for i := range r.Work.Passages {
			if s := &r.Work.Passages[i]; s.Kind == Epigraph && r.Work.within(s.Section, p.section) {
				out = append(out, i)
			}
		}
	}
	return out
}

// Canonical is the citation in its one form: the alias and the work's numbers.
func (r Ref) Canonical() string {
	if r.whole {
		return r.Work.Alias()
	}
	b := make([]byte, 0, 48)
	b = append(b, r.Work.Alias()...)
	sep := ","
	if r.Work.addresses != nil {
		sep = ";" // "3, 16" could be a chapter and a verse
	}
	var before part
	for i := 0; i < len(r.parts); i++ {
		p := r.parts[i]
		// Runs that go on from one another are one.
		for p.run() && i+1 < len(r.parts) && r.parts[i+1].run() && r.parts[i+1].first == p.last+1 {
			i++
			p.last = r.parts[i].last
		}
		if len(b) > len(r.Work.Alias()) {
			b = append(b, sep...)
			if before.from > 0 || before.to > 0 || before.at >= 0 && p.at < 0 {
				b[len(b)-1] = ';' // a number after a comma could be another sentence, or note
			}
		}
		b = append(b, ' ')
		b = r.Work.appendPart(b, &p)
		before = p
	}
	return string(b)
}

// run reports whether the part is a run of whole passages.
func (p *part) run() bool { return p.at < 0 && p.from == 0 && p.to == 0 && p.first > 0 }

func (o *Outline) appendPart(b []byte, p *part) []byte {
	switch {
	case p.at >= 0:
		return append(b, o.apart(p.at)...)
	case p.from == 0 && p.to == 0 && p.section >= 0 && p.first == 0: // nothing numbered
		return append(b, o.nameOf(p.section)...)
	case p.from == 0 && p.to == 0:
		return append(b, o.numbers(p.first, p.last)...)
	}
	from, to := max(p.from, 1), p.to
	if to == 0 {
		to = o.Passages[o.At(p.last)].Sentences
	}
	if o.addresses != nil {
		b = append(b, "¶"...)
	}
	b = strconv.AppendInt(b, int64(p.first), 10)
	b = append(b, ':')
	b = strconv.AppendInt(b, int64(from), 10)
	if p.first == p.last && from == to {
		return b
	}
	b = append(b, '-')
	if p.first != p.last {
		if o.addresses != nil {
			b = append(b, "¶"...)
		}
		b = strconv.AppendInt(b, int64(p.last), 10)
		b = append(b, ':')
	}
	return strconv.AppendInt(b, int64(to), 10)
}

// CiteAt is the canonical citation of one passage.
func (o *Outline) CiteAt(index int) string {
	p := &o.Passages[index]
	if p.Number > 0 {
		return o.Cite(p.Number, p.Number)
	}
	return o.Alias() + " " + o.apart(index)
}

// CitePiece is the canonical citation of a passage cut to sentences.
func (o *Outline) CitePiece(p Piece) string {
	n := o.Passages[p.Index].Number
	if p.From == 0 || n == 0 {
		return o.CiteAt(p.Index)
	}
	return Ref{Work: o, parts: []part{{first: n, last: n, from: p.From, to: p.To, at: -1, section: -1}}}.Canonical()
}

// numbers is a run of ¶s as the work's own scheme has them.
func (o *Outline) numbers(first, last int) string {
	if o.addresses != nil {
		return o.addressOf(first, last)
	}
	return runOf(first, last)
}

func runOf(first, last int) string {
	if first == last {
		return strconv.Itoa(first)
	}
	return strconv.Itoa(first) + "-" + strconv.Itoa(last)
}

// apart names an epigraph or a footnote within its work.
func (o *Outline) apart(index int) string {
	p := &o.Passages[index]
	if p.Kind == Epigraph {
		if len(o.Sections) == 0 {
			return "ep " + strconv.Itoa(p.InSection)
		}
		if path := o.paths[p.Section]; len(o.byLabels(path)) == 1 && !strings.Contains(path, "(") {
			return path + " ep " + strconv.Itoa(p.InSection)
		}
		return o.nameOf(p.Section) + " ep " + strconv.Itoa(p.InSection)
	}
	if found := o.notesCalled(p.Label); p.Label != "" && len(found) == 1 && found[0] == index {
		return "fn " + p.Label
	}
	return "fn #" + strconv.Itoa(p.InSection)
}

// pages are the pages by which all that the reference names was named, "" where
// something was named otherwise.
func (r Ref) pages() string {
	var all []string
	for i := range r.parts {
		if r.parts[i].pages == "" {
			return ""
		}
		all = append(all, r.parts[i].pages)
	}
	return strings.Join(all, ", ")
}

// AsNamed is the citation by pages where it was named so, otherwise Canonical.
func (r Ref) AsNamed() string {
	switch pages := r.pages(); {
	case pages == "":
		return r.Canonical()
	case strings.ContainsAny(pages, "-,"):
		return r.Work.Alias() + " pp. " + pages
	default:
		return r.Work.Alias() + " p. " + pages
	}
}

// within reports whether section i is outer or stands in it.
func (o *Outline) within(i, outer int) bool {
	for ; i >= 0; i = o.Sections[i].Parent {
		if i == outer {
			return true
		}
	}
	return false
}

// Resolve finds what a place in the work names: a citation without the work's
// name.
func (o *Outline) Resolve(place string) (Ref, error) {
	if len(place) > maxCitation {
		return Ref{}, &Error{Code: Syntax, Reason: "citation_too_long", Args: map[string]any{"Max": maxCitation}}
	}
	var room [32]token
	ts := lex(room[:0], place)
	if signed(ts) {
		return Ref{}, signError(ts)
	}
	ts = trimPlace(ts)
	if len(ts) == 0 {
		return Ref{}, &Error{Code: Syntax, Reason: "citation_empty"}
	}
	ref, err := o.resolve(ts)
	if err != nil {
		return Ref{}, err
	}
	return ref, nil
}

func syntaxError(ts []token) *Error {
	return &Error{Code: Syntax, Reason: "place", Args: map[string]any{"Place": typed(ts)}}
}

// understood reports whether an error says that a citation was read and that
// only what it names is wrong.
func understood(e *Error) bool {
	return e != nil && (e.Code == Ambiguous || e.Code == OutOfRange || e.Code == Syntax && e.Reason != "place" ||
		e.Code == NotFound && strings.HasPrefix(e.Reason, "no_") && e.Reason != "no_such_section")
}
