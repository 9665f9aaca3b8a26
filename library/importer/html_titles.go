package importer

import (
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// What DocBook's stylesheets, Pandoc's and R Markdown's templates set as headings
// on a title page, and what headings of boxes are called.

// titleRole is what a heading says by its class that it is on a title page, one of
// frontStyles; "" for a heading of the text.
func titleRole(n *html.Node) string {
	switch {
	case hasClass(n, "author", "authors", "corpauthor", "byline"):
		return "author"
	case hasClass(n, "subtitle"):
		return "subtitle"
	case hasClass(n, "date", "pubdate"):
		return "date"
	}
	return ""
}

// saidByHeadings are the headings of a title page that say what they are: those
// before the first that heads a section.
func saidByHeadings(pieces []piece) (out []piece) {
	heads := 0
	for i := range pieces {
		p := &pieces[i]
		switch {
		case p.kind == headPiece && p.said != "":
			out = append(out, *p)
		case p.kind == headPiece && p.note == "":
			if heads++; heads > 1 {
				return out
			}
		}
	}
	return out
}

// headsBox reports whether a heading is the first thing in a box that is no section
// of its own: a note, a tip, a warning.
func headsBox(n *html.Node) bool {
	for p := n.PrevSibling; p != nil; p = p.PrevSibling {
		if p.Type == html.ElementNode && !silent(p) {
			return false
		}
	}
	box := n.Parent
	return box != nil && (box.DataAtom == atom.Div || box.DataAtom == atom.Aside) && hasClass(box, "note", "tip", "warning", "caution", "important", "hint", "danger", "admonition", "sidebar", "callout")
}

// titleKind is what a paragraph is that its class calls a title: that of a figure, an
// example or a table is a caption, that of what is no section heads a box. It is
// paraPiece for any other paragraph.
func titleKind(n *html.Node) pieceKind {
	box := n.Parent
	switch {
	case n.DataAtom != atom.P || !hasClass(n, "title") || box == nil || box.DataAtom != atom.Div && box.DataAtom != atom.Section && box.DataAtom != atom.Aside:
	case hasClass(box, "figure", "example", "table", "equation"):
		return captionPiece
	case hasClass(box, "abstract", "sidebar", "procedure", "colophon"):
		return headPiece
	}
	return paraPiece
}

// titlePageLine reports whether a paragraph says something of an edition on a title
// page of DocBook's, also below its licence.
func titlePageLine(n *html.Node) bool {
	if n.DataAtom != atom.P || !hasClass(n, "releaseinfo", "pubdate", "copyright", "edition") {
		return false
	}
	for p := n.Parent; p != nil; p = p.Parent {
		if hasClass(p, "titlepage") {
			return true
		}
	}
	return false
}
