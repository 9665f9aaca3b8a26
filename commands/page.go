package commands

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"strings"

	"lectern/bot"
	"lectern/delivery"
	"lectern/library"
	"lectern/phrases"
	"lectern/reading"
	"lectern/storage"
)

//go:embed page.html
var pageSource string

// pageTemplate draws a page that needs nothing from anywhere.
var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{"emphasised": emphasised}).Parse(pageSource))

// A page is a portion of a work, or of several, as one HTML page.
type page struct {
	Title, Heading, About string
	Works                 []pageWork
}

type pageWork struct {
	Title, Language, Rights string
	Passages                []pagePassage
	Notes                   []pagePassage
	NotesTitle              string
}

type pagePassage struct {
	Headings    []string // those that stand above it
	Page        string   // of the printed copy, where one begins
	ID, Number  string
	Kind        string
	Text        bot.Spans
	Attribution string
}

// emphasised is running text for the page.
func emphasised(spans bot.Spans) template.HTML {
	var b strings.Builder
	for _, s := range spans {
		body := template.HTMLEscapeString(s.Text)
		for _, t := range []struct {
			style bot.Style
			tag   string
		}{{bot.Code, "code"}, {bot.Emphasis, "em"}, {bot.Strong, "strong"}} {
			if s.Style&t.style != 0 {
				body = "<" + t.tag + ">" + body + "</" + t.tag + ">"
			}
		}
		b.WriteString(body)
	}
	return template.HTML(b.String()) //nolint:gosec // its texts are escaped above
}

// portionPage writes a reading's text as one HTML page, with its passages'
// numbers, the pages of the printed copy where the work has them, the mottoes
// that stand above its sections, and the footnotes that it calls.
func portionPage(ctx context.Context, tx *storage.Tx, v *phrases.Voice, shelf *library.Shelf, c *current, x *reading.Reading) ([]byte, error) {
	out := page{Title: fmt.Sprintf("%s · %d", c.plan.Name, x.N), Heading: c.plan.Name}
	about := []string{v.Text("text.reading", "N", x.N, "Total", len(c.plan.Readings))}
	words := 0
	for _, portion := range x.Portions {
		o, err := shelf.ByID(portion.Work)
		if err != nil {
			return nil, err
		}
		if o == nil {
			continue // it was taken from the shelf; what is left is shown
		}
		indexes := withMottoes(o, portion.First, portion.Last)
		texts, notes, err := portionTexts(ctx, tx, o, indexes)
		if err != nil {
			return nil, err
		}
		w := pageWork{Language: o.Language, Rights: o.Rights, NotesTitle: v.Text("text.notes")}
		if len(x.Portions) > 1 {
			w.Title = o.Title
		}
		section, printed := -1, ""
		for i, at := range indexes {
			spot := &o.Passages[at]
			p := pagePassage{ID: fmt.Sprintf("p%d-%d", len(out.Works), at), Number: number(spot), Kind: string(spot.Kind), Text: written(spot.Kind, texts[i].Text), Attribution: credit(texts[i].Attribution)}
			if spot.Section != section {
				section = spot.Section
				p.Headings = headingsAbove(o, at)
			}
			if spot.Page != printed {
				printed = spot.Page
				p.Page = printed
			}
			if spot.Kind == library.Chapter {
				p.Text = bot.Plain(delivery.Extent(v, &o.Meta, spot.Number, spot.Number, spot.Words))
			} else {
				words += spot.Words
			}
			w.Passages = append(w.Passages, p)
		}
		for i, at := range notes.indexes {
			w.Notes = append(w.Notes, pagePassage{ID: fmt.Sprintf("p%d-%d", len(out.Works), at), Number: number(&o.Passages[at]), Text: written(library.Footnote, notes.texts[i].Text)})
		}
		about = append(about, delivery.Span(v, &o.Meta, portion.First, portion.Last))
		if first, last := o.Passages[o.At(portion.First)].Page, o.Passages[o.At(portion.Last)].Page; first != "" && !o.OutlineOnly() {
			about = append(about, v.Text("text.pages", "First", first, "Last", last))
		}
		out.Works = append(out.Works, w)
	}
	about = append(about, v.Text("count.words", "Count", words))
	out.About = strings.Join(about, " · ")
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, out); err != nil {
		return nil, fmt.Errorf("draw page: %w", err)
	}
	return b.Bytes(), nil
}

// headingsAbove are the headings that stand before a passage; where it is
// within a section, that section's.
func headingsAbove(o *library.Outline, at int) (out []string) {
	begun := o.HeadingsAt(at)
	if len(begun) == 0 {
		begun = []int{o.Passages[at].Section}
	}
	for _, i := range begun {
		if name := o.SectionName(i); name != "" {
			out = append(out, name)
		}
	}
	return out
}

// withMottoes are the indexes of ¶s, and of the epigraphs among and just
// before them.
func withMottoes(o *library.Outline, first, last int) []int {
	from := o.At(first)
	for from > 0 && o.Passages[from-1].Kind == library.Epigraph && o.Passages[from-1].Section == o.Passages[from].Section {
		from--
	}
	var out []int
	for at := from; at <= o.At(last); at++ {
		if s := &o.Passages[at]; s.Number > 0 || s.Kind == library.Epigraph {
			out = append(out, at)
		}
	}
	return out
}

type portionNotes struct {
	indexes []int
	texts   []library.Passage
}

// portionTexts are passages whole, and the footnotes that they call.
func portionTexts(ctx context.Context, tx *storage.Tx, o *library.Outline, indexes []int) (texts []library.Passage, notes portionNotes, err error) {
	ids := func(indexes []int) []int64 {
		out := make([]int64, len(indexes))
		for i, at := range indexes {
			out[i] = o.Passages[at].ID
		}
		return out
	}
	if texts, err = tx.PassagesByID(ctx, ids(indexes)); err != nil {
		return nil, notes, err
	}
	seen := map[int]bool{}
	for i := range texts {
		for _, n := range texts[i].Notes {
			if n >= 0 && n < len(o.Passages) && !seen[n] {
				seen[n] = true
				notes.indexes = append(notes.indexes, n)
			}
		}
	}
	notes.texts, err = tx.PassagesByID(ctx, ids(notes.indexes))
	return texts, notes, err
}
