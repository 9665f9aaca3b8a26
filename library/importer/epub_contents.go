package importer

import (
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"lectern/library"
)

// The table of contents of an e-book, and what its headings make of it.

// navigation reads the table of contents, by the navigation document or, in old
// e-books, the NCX.
func (a *files) navigation(nav, ncx string) ([]navPoint, error) {
	var out []navPoint
	if nav != "" {
		data, err := a.read(nav)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if err == nil {
			root, err := html.Parse(newSlimPage(a.ctx, string(data), true))
			if err != nil {
				return nil, &library.Error{Code: library.TooLarge, Reason: "file_too_nested", Args: map[string]any{"Max": 512}}
			}
			toc := find(root, func(n *html.Node) bool { return n.DataAtom == atom.Nav && listedAny(attr(n, "epub:type"), "toc") })
			if toc == nil {
				toc = find(root, func(n *html.Node) bool { return n.DataAtom == atom.Nav })
			}
			if toc != nil {
				for n := range toc.Descendants() {
					if n.DataAtom != atom.A || attr(n, "href") == "" {
						continue
					}
					depth := 0
					for o := n.Parent; o != nil && o != toc; o = o.Parent {
						if o.DataAtom == atom.Ol || o.DataAtom == atom.Ul {
							depth++
						}
					}
					out = append(out, navPoint{navTarget(nav, attr(n, "href")), tidy(plainText(n)), max(depth, 1)})
				}
			}
			if list := find(root, func(n *html.Node) bool { return n.DataAtom == atom.Nav && listedAny(attr(n, "epub:type"), "page-list") }); list != nil {
				for n := range list.Descendants() {
					if label := barePage(plainText(n)); n.DataAtom == atom.A && attr(n, "href") != "" && label != "" && len(label) < 8 {
						out = append(out, navPoint{target: navTarget(nav, attr(n, "href")), title: label})
					}
				}
			}
		}
	}
	if len(out) > 0 || ncx == "" {
		return out, nil
	}
	data, err := a.read(ncx)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	d := a.decoder(data)
	d.Strict = false
	depth, inText := 0, false
	title := ""
	inMap, inPages := false, false
	for {
		t, err := d.Token()
		if err != nil {
			if errors.Is(err, io.EOF) {
				return out, nil
			}
			return out, a.ctx.Err() // what was read of it serves
		}
		switch t := t.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "navMap":
				inMap = true
			case "pageList":
				inPages = true
			case "navPoint":
				depth++
				title = ""
			case "text":
				inText = true
			case "pageTarget":
				title = ""
			case "content":
				if inPages {
					for _, at := range t.Attr {
						if label := barePage(title); at.Name.Local == "src" && label != "" && len(label) < 8 {
							out = append(out, navPoint{target: navTarget(ncx, at.Value), title: label})
						}
					}
				}
				if inMap && depth > 0 {
					for _, at := range t.Attr {
						if at.Name.Local == "src" {
							out = append(out, navPoint{navTarget(ncx, at.Value), tidy(title), depth})
						}
					}
				}
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "navMap":
				inMap = false
			case "pageList":
				inPages = false
			case "navPoint":
				depth--
			case "text":
				inText = false
			}
		case xml.CharData:
			if inText && len(title) < 4096 {
				title += string(t)
			}
		}
	}
}

func navTarget(from, href string) string {
	file, frag, ok := strings.Cut(href, "#")
	file = resolvePath(from, file)
	if ok && frag != "" {
		return file + "#" + frag
	}
	return file
}

// saidTogether is how many pieces say together what a title says, without spaces
// and marks: "1" above "The Start" for "1. The Start". 0 if they do not.
func saidTogether(pieces []piece, title string) int {
	var said strings.Builder
	for k := 0; k < len(pieces) && k < 4 && title != ""; k++ {
		p := &pieces[k]
		if p.kind != paraPiece && p.kind != headPiece && p.kind != versePiece || p.note != "" || len(p.calls) > 0 {
			return 0
		}
		said.WriteString(bare(p.text))
		if said.String() == title {
			return k + 1
		}
		if !strings.HasPrefix(title, said.String()) {
			return 0
		}
	}
	return 0
}

// placeHeadings gives headings the depths of the table of contents, and puts in
// those that only it names.
func placeHeadings(pieces []piece, points []navPoint) []piece {
	if len(points) == 0 {
		return pieces
	}
	at := map[string]int{}
	for i := range pieces {
		for _, id := range pieces[i].ids {
			if _, ok := at[id]; !ok {
				at[id] = i
			}
		}
	}
	type place struct {
		navPoint
		insert bool
	}
	found := map[int][]place{}
	for _, n := range points {
		if n.depth == 0 {
			// Marks in the text know better where a page begins.
			if i, ok := at[n.target]; ok && pieces[i].page == "" {
				pieces[i].page = n.title
			}
			continue
		}
		i, ok := at[n.target]
		if !ok {
			file, _, _ := strings.Cut(n.target, "#")
			if i, ok = at[file]; !ok {
				continue
			}
		}
		for i < len(pieces)-1 && pieces[i].kind == furniturePiece && pieces[i].reason == "site furniture" {
			i++
		}
		if pieces[i].kind == furniturePiece {
			continue
		}
		want := library.Fold(n.title)
		head := -1
		for k := i; k < len(pieces) && k < i+4; k++ {
			if pieces[k].kind != headPiece {
				continue
			}
			if f := library.Fold(pieces[k].text); f == want || f != "" && want != "" && (strings.Contains(f, want) || strings.Contains(want, f)) || k == i {
				head = k
				break
			}
		}
		together := 0 // paragraphs that say together what the table says
		if head < 0 || bare(pieces[head].text) != bare(n.title) {
			together = saidTogether(pieces[i:], bare(n.title))
		}
		switch {
		case together > 1:
			for k := i + 1; k < i+together; k++ {
				if pieces[k].text != "" && pieces[k].kind != furniturePiece {
					pieces[i].ids = append(pieces[i].ids, pieces[k].ids...)
					pieces[k].kind, pieces[k].reason = furniturePiece, "a part of the heading above it"
				}
			}
			pieces[i].kind, pieces[i].text, pieces[i].level = headPiece, n.title, max(pieces[i].level, 1)
			found[i] = append(found[i], place{n, false})
		case together == 1 && pieces[i].kind != headPiece: // in two lines, perhaps
			pieces[i].kind, pieces[i].text, pieces[i].level = headPiece, n.title, max(pieces[i].level, 1)
			found[i] = append(found[i], place{n, false})
		case head >= 0:
			if len(found[head]) == 0 {
				found[head] = append(found[head], place{n, false})
			}
		case want != "" && library.Fold(pieces[i].text) == want && pieces[i].kind == paraPiece:
			pieces[i].kind = headPiece
			found[i] = append(found[i], place{n, false})
		case want != "":
			found[i] = append(found[i], place{n, true})
		}
	}
	// Headings that the table does not name keep their distance to the last one
	// that it does.
	out := make([]piece, 0, len(pieces)+8)
	depth, level := 0, 0
	for i := range pieces {
		p := pieces[i]
		named := false
		for _, x := range found[i] {
			if x.insert {
				out = append(out, piece{kind: headPiece, level: x.depth, text: x.title, page: p.page})
				depth, level = x.depth, 0
				continue
			}
			named = true
			depth, level = x.depth, p.level
			p.level = x.depth
		}
		if p.kind == headPiece && !named && depth > 0 {
			p.level = depth + max(1, p.level-level)
			if level == 0 {
				p.level = depth + 1
			}
		}
		out = append(out, p)
	}
	return out
}
