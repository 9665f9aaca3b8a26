package commands

import (
	"context"
	"strings"

	"lectern/library"
	"lectern/library/quote"
	"lectern/storage"
)

const (
	// nearScore is the score from which on a place is told by what differs; one
	// below it wants comparing.
	nearScore = 0.6
	// maxAsked bounds how often a message is asked about in other readings.
	maxAsked = 24
	// sureWords are those of a stretch that is believed though nothing marks it.
	sureWords = 8
	// fewWords are too few for one of several stretches to speak for the others.
	fewWords = 4
	// betterBits are how much more must speak for another reading.
	betterBits = 4
)

// whole reports whether a message was found as it is, so that nothing else need be
// thought of.
func (q *Quoted) whole() bool {
	return q.Verdict == quote.NoWords || q.near() && q.Matches[0].Differences() == 0
}

// near reports whether a quotation was found, all of it and not badly.
func (q *Quoted) near() bool {
	return q.Verdict == quote.Found && !q.Matches[0].Missing && (q.Matches[0].Score >= nearScore || q.Matches[0].Differences() == 0)
}

// bits are how much speaks for what was found.
func (q *Quoted) bits() float64 {
	if q.Verdict != quote.Found {
		return 0
	}
	return q.Matches[0].Bits
}

// reread looks for what a message quotes where it is no quotation as a whole. Of its
// readings the one that most speaks for is taken, if it is more than for the whole.
func reread(ctx context.Context, f *quote.Finder, shelf *library.Shelf, text string, whole Quoted) (Quoted, error) {
	best, most := whole, whole.bits()
	asked := map[string]Quoted{}
	for _, r := range quote.Readings(text) {
		if r.Guess && whole.near() || r.All && whole.Verdict != quote.Found {
			continue
		}
		var each []Quoted
		bits, found, longest := 0.0, 0, 0
		for _, s := range r.Stretches {
			q, ok := asked[s]
			if !ok && len(asked) == maxAsked {
				break
			}
			if !ok {
				var err error
				if q, err = place(ctx, f, shelf, s); err != nil {
					return whole, err
				}
				asked[s] = q
			}
			words := len(strings.Fields(s))
			switch {
			case q.Verdict == quote.Found && (!r.Guess || q.near() && (words >= sureWords || r.All || q.Matches[0].Differences() == 0)):
				bits, found, longest = bits+q.bits(), found+1, max(longest, words)
			case words < sureWords && r.Guess:
				continue // talk around it
			case q.Verdict == quote.Found:
				q.Verdict, q.Matches = quote.Absent, nil
			}
			each = append(each, q)
		}
		switch {
		case found == 0 && len(each) == 1 && best.Verdict == quote.Absent && each[0].Verdict == quote.TooCommon:
			best = each[0]
		case found == 0 || len(r.Stretches) > 1 && longest < fewWords || r.All && (found < len(r.Stretches) || follow(each)) || bits < most+betterBits:
		case len(each) == 1:
			best, most = each[0], bits
		default:
			best, most = Quoted{Said: text, Verdict: quote.Found, Each: each}, bits
		}
	}
	return best, nil
}

// follow reports whether quotations stand close behind each other, so that they are
// one with something left out.
func follow(each []Quoted) bool {
	for i := 1; i < len(each); i++ {
		a, b := &each[i-1].Matches[0], &each[i].Matches[0]
		x, y := &a.Spots[len(a.Spots)-1], &b.Spots[0]
		if a.Place.Text != b.Place.Text || y.First < x.Last || y.First > x.Last+1 || y.First == x.First && y.Start < x.Start {
			return false
		}
	}
	return true
}

// A QuotedHeading is a heading, or a work's title, that says what was quoted.
type QuotedHeading struct {
	Work     *library.Outline
	Section  bool // it is a heading, and no title of a work
	Title    string
	Citation string
	Wrong    int // letters
}

// maxHeading is the longest text, in bytes, that may be a heading; shownHeadings are
// how many are named.
const maxHeading, shownHeadings = 400, 4

// findHeadings looks among headings and titles for what no passage has, or too many,
// and for what one has and is exactly a heading too.
func (k *Desk) findHeadings(ctx context.Context, shelf *library.Shelf, q *Quoted) error {
	for i := range q.Each {
		if err := k.findHeadings(ctx, shelf, &q.Each[i]); err != nil {
			return err
		}
	}
	if len(q.Said) > maxHeading || q.Verdict == quote.NoWords || q.Verdict == quote.TooLong || len(q.Each) > 0 {
		return nil
	}
	byText := map[int64]*library.Entry{}
	best := len(q.Said) // letters that are wrong
	if q.Verdict == quote.Found {
		best = 0
	}
	add := func(e *library.Entry, section int, title string) error {
		wrong, alike := quote.Alike(q.Said, title)
		if !alike || wrong > best {
			return nil
		}
		o, err := shelf.Outline(e)
		if err != nil || section >= len(o.Sections) {
			return err
		}
		if wrong < best {
			best, q.Headings = wrong, nil
		}
		h := QuotedHeading{Work: o, Section: section >= 0, Title: title, Citation: o.Alias(), Wrong: wrong}
		if section >= 0 {
			h.Citation = o.CiteSection(section)
		}
		if len(q.Headings) < shownHeadings {
			q.Headings = append(q.Headings, h)
		}
		return nil
	}
	for _, e := range shelf.Works() {
		if e.OutlineOnly() {
			continue
		}
		byText[e.Text] = e
		for _, title := range []string{e.Title, e.Subtitle} {
			if err := add(e, -1, title); err != nil {
				return err
			}
		}
	}
	type heading struct {
		text int64
		storage.HeadingLine
	}
	var like []heading
	err := k.DB.Read(ctx, func(tx *storage.Tx) error {
		return tx.HeadingsAbout(ctx, len([]rune(q.Said)), func(text int64, h storage.HeadingLine) error {
			title, alike := quote.Alike(q.Said, h.Title)
			whole, too := quote.Alike(q.Said, h.Text)
			if too && (!alike || whole < title) {
				h.Title = h.Text // with its number
			}
			if (alike || too) && byText[text] != nil {
				like = append(like, heading{text, h})
			}
			return ctx.Err()
		})
	})
	if err != nil {
		return err
	}
	for _, h := range like {
		if err := add(byText[h.text], h.Section, h.Title); err != nil {
			return err
		}
	}
	return nil
}
