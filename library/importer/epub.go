package importer

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"

	"lectern/library"
)

func unescapePath(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}

// readXML reads a file of an archive into a structure. Entities other than XML's
// own are unknown, so that none can expand.
func (a *files) readXML(name string, v any) error {
	data, err := a.read(name)
	if err != nil {
		return err
	}
	d := xml.NewDecoder(&readerWithContext{a.ctx, bytes.NewReader(data)})
	d.Strict = false
	d.CharsetReader = charset.NewReaderLabel
	if err := d.Decode(v); err != nil {
		if a.ctx.Err() != nil {
			return a.ctx.Err()
		}
		return badArchive()
	}
	return nil
}

// A packageFile is what an EPUB says about itself (EPUB 3.3, Package document).
type packageFile struct {
	Version  string `xml:"version,attr"`
	Metadata struct {
		Title    []packageName `xml:"title"`
		Creator  []packageName `xml:"creator"`
		Date     []string      `xml:"date"`
		Language []string      `xml:"language"`
		Source   []string      `xml:"source"`
		Rights   []string      `xml:"rights"`
		Meta     []struct {
			Refines  string `xml:"refines,attr"`
			Property string `xml:"property,attr"`
			Value    string `xml:",chardata"`
		} `xml:"meta"`
	} `xml:"metadata"`
	Items []struct {
		ID         string `xml:"id,attr"`
		Href       string `xml:"href,attr"`
		Type       string `xml:"media-type,attr"`
		Properties string `xml:"properties,attr"`
	} `xml:"manifest>item"`
	Spine struct {
		Toc  string `xml:"toc,attr"`
		Refs []struct {
			ID     string `xml:"idref,attr"`
			Linear string `xml:"linear,attr"`
		} `xml:"itemref"`
	} `xml:"spine"`
	Guide []struct {
		Type string `xml:"type,attr"`
		Href string `xml:"href,attr"`
	} `xml:"guide>reference"`
}

// A packageName is a title, or somebody who had a part in the book.
type packageName struct {
	ID   string `xml:"id,attr"`
	Role string `xml:"role,attr"` // in EPUB 2
	Text string `xml:",chardata"`
}

// refined is what the package says more about one of its names, "" for nothing.
func (p *packageFile) refined(id, property string) string {
	if id == "" {
		return ""
	}
	for _, m := range p.Metadata.Meta {
		if m.Refines == "#"+id && m.Property == property {
			return strings.ToLower(tidy(m.Value))
		}
	}
	return ""
}

// titles are the title and the subtitle.
func (p *packageFile) titles() (title, subtitle string) {
	for _, t := range p.Metadata.Title {
		s := tidy(t.Text)
		switch kind := p.refined(t.ID, "title-type"); {
		case s == "":
		case kind == "subtitle" && subtitle == "":
			subtitle = s
		case kind == "main" || kind == "" && title == "":
			title = s
		}
	}
	return title, subtitle
}

// authors are those who wrote the book: not its translators, editors and the like,
// by the relators of the Library of Congress.
func (p *packageFile) authors() string {
	var wrote, others []string
	for _, c := range p.Metadata.Creator {
		s := tidy(c.Text)
		role := strings.ToLower(c.Role)
		if r := p.refined(c.ID, "role"); r != "" {
			role = r
		}
		switch {
		case s == "":
		case role == "" || role == "aut" || role == "author" || role == "aui" || role == "dub":
			wrote = append(wrote, s)
		case role == "edt" || role == "com":
			others = append(others, s)
		}
	}
	if len(wrote) == 0 {
		wrote = others // a collection is its editor's
	}
	return strings.Join(wrote, ", ")
}

// A navPoint is an entry of the table of contents, or, of no depth, a page of the
// printed book.
type navPoint struct {
	target string // "file#id", or a file
	title  string
	depth  int
}

// readEPUB reads an e-book: its pages in the order of the spine, its headings by
// the navigation document where that names them.
func readEPUB(a *files) (*library.Work, error) {
	var container struct {
		Roots []struct {
			Path string `xml:"full-path,attr"`
		} `xml:"rootfiles>rootfile"`
	}
	if err := a.readXML("META-INF/container.xml", &container); err != nil {
		return nil, orBroken(err)
	}
	if err := a.protected(); err != nil {
		return nil, err
	}
	if len(container.Roots) == 0 {
		return nil, badArchive()
	}
	opf := path.Clean(container.Roots[0].Path)
	var p packageFile
	if err := a.readXML(opf, &p); err != nil {
		return nil, orBroken(err)
	}
	meta := library.Meta{Author: p.authors(), Date: firstText(p.Metadata.Date), Source: firstText(p.Metadata.Source), Rights: firstText(p.Metadata.Rights)}
	meta.Title, meta.Subtitle = p.titles()
	if date, _, ok := strings.Cut(meta.Date, "T"); ok {
		meta.Date = date
	}
	if l := firstText(p.Metadata.Language); l != "" {
		if _, err := langTag(l); err == nil {
			meta.Language = l
		}
	}
	byID := map[string]int{}
	nav, ncx := "", ""
	for i, it := range p.Items {
		byID[it.ID] = i
		if listedAny(it.Properties, "nav") {
			nav = resolvePath(opf, it.Href)
		}
		if it.Type == "application/x-dtbncx+xml" && (ncx == "" || it.ID == p.Spine.Toc) {
			ncx = resolvePath(opf, it.Href)
		}
	}
	points, err := a.navigation(nav, ncx)
	if err != nil {
		return nil, err
	}
	beside := map[string]string{} // what is no part of the text, and why
	for _, g := range p.Guide {
		if reason := besideReason(g.Type); reason != "" {
			file, _, _ := strings.Cut(resolvePath(opf, g.Href), "#")
			beside[file] = reason
		}
	}
	if nav != "" {
		beside[nav] = "table of contents"
	}
	var doubts []library.Warning
	var names []string
	for _, ref := range p.Spine.Refs {
		if at, ok := byID[ref.ID]; ok && (strings.Contains(p.Items[at].Type, "html") || p.Items[at].Type == "") {
			names = append(names, resolvePath(opf, p.Items[at].Href))
		}
	}
	pages, err := a.pages(names, true)
	if err != nil {
		return nil, err
	}
	var pieces []piece
	for _, name := range names {
		page := pages[name]
		if page == nil {
			continue
		}
		delete(pages, name) // a spine names each page once
		doubts = append(doubts, page.doubts...)
		reason := beside[name]
		if reason == "" {
			reason = page.besideReason()
		}
		if len(page.pieces) > 0 {
			page.pieces[0].ids = append([]string{name}, page.pieces[0].ids...)
		}
		if reason != "" {
			for i := range page.pieces {
				// A page of contents may say something of its own.
				if k := page.pieces[i].kind; reason == "table of contents" && page.linked < 0.5 && name != nav && k != listPiece {
					continue
				}
				page.pieces[i].kind, page.pieces[i].reason = furniturePiece, reason
			}
		}
		pieces = append(pieces, page.pieces...)
	}
	title := meta
	takeFrame(&meta, pieces)
	meta.Title, meta.Author = cmp.Or(title.Title, meta.Title), cmp.Or(title.Author, meta.Author)
	pieces = placeHeadings(pieces, points)
	w, err := compose(meta, pieces)
	if err != nil {
		return nil, err
	}
	addDoubts(w, doubts)
	if meta.Title != "" && w.Title == "" {
		w.Title = meta.Title
	}
	numberVerses(w)
	return w, nil
}

// copyrightLine is what only the page about a book's rights says.
var copyrightLine = expr(`(?i)\bISBN(?:-1[03])?:? ?[0-9]|\ball rights reserved\b|^(?:copyright )?(?:©|\(c\)) ?(?:copyright )?[0-9]{4}|^copyright ?(?:©|\(c\))? ?[0-9]{4}|\blibrary of congress catalog`)

// copyrightTitle is how that page is headed, if it is.
var copyrightTitle = expr(`^(?i:copyright(?: page)?|©|impressum|imprint|rights)$`)

func orBroken(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return badArchive()
	}
	return err
}

func firstText(all []string) string {
	for _, s := range all {
		if s = tidy(s); s != "" {
			return s
		}
	}
	return ""
}

// protected refuses an e-book whose text is encrypted; fonts may be.
func (a *files) protected() error {
	var enc struct {
		Data []struct {
			Method struct {
				Algorithm string `xml:"Algorithm,attr"`
			} `xml:"EncryptionMethod"`
			Ref struct {
				URI string `xml:"URI,attr"`
			} `xml:"CipherData>CipherReference"`
		} `xml:"EncryptedData"`
	}
	err := a.readXML("META-INF/encryption.xml", &enc)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, d := range enc.Data {
		if strings.Contains(d.Method.Algorithm, "idpf.org/2008/embedding") || strings.Contains(d.Method.Algorithm, "ns.adobe.com/pdf/enc#RC") {
			continue // a font that is scrambled
		}
		switch strings.ToLower(path.Ext(d.Ref.URI)) {
		case ".ttf", ".otf", ".woff", ".woff2", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".css", ".mp3", ".mp4":
			continue
		}
		return &library.Error{Code: library.BadFile, Reason: "file_protected"}
	}
	return nil
}

// xhtml makes elements that close themselves readable as HTML.
func xhtml(data []byte) []byte {
	if !bytes.Contains(data, []byte("/>")) {
		return data
	}
	return selfClosed.ReplaceAll(data, []byte("<$1$2></$1>"))
}

// besideReason says why a page of a kind is no part of the text.
func besideReason(kind string) string {
	for f := range strings.FieldsSeq(kind) {
		switch f {
		case "cover":
			return "the cover"
		case "toc", "landmarks", "loi", "lot":
			return "table of contents"
		case "colophon", "copyright-page", "imprint":
			return "the colophon"
		}
	}
	return ""
}

// besideReason says why a page of an e-book is left out: by what it says that it
// is, or because it is the list of contents.
func (p *webPage) besideReason() string {
	if r := besideReason(p.kind); r != "" {
		return r
	}
	title := ""
	for i := range p.pieces {
		if x := &p.pieces[i]; x.text != "" {
			title = x.text
			break
		}
	}
	if words, said := 0, false; len(p.pieces) <= 30 {
		for i := range p.pieces {
			words += library.CountWords(p.pieces[i].text)
			said = said || copyrightLine.MatchString(p.pieces[i].text)
		}
		if said && words < 400 && !slices.ContainsFunc(p.pieces, func(x piece) bool { return x.kind == headPiece && !copyrightTitle.MatchString(x.text) }) {
			return "the copyright page"
		}
	}
	if contentsTitle.MatchString(title) && len(p.links) >= 3 && len(p.links)*2 >= len(p.pieces) {
		return "table of contents"
	}
	return ""
}

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
			root, err := html.Parse(newSlimPage(a.ctx, string(xhtml(data))))
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
	d := xml.NewDecoder(&readerWithContext{a.ctx, bytes.NewReader(data)})
	d.Strict = false
	d.CharsetReader = charset.NewReaderLabel
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
		if p.kind != paraPiece && p.kind != headPiece || p.note != "" || len(p.calls) > 0 {
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
