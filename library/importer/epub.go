package importer

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"

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
	d := a.decoder(data)
	d.Strict = false
	if err := d.Decode(v); err != nil {
		if a.ctx.Err() != nil {
			return a.ctx.Err()
		}
		return badArchive()
	}
	return nil
}

// decoder reads XML in the encoding that it declares, or in UTF-16 by its mark.
func (a *files) decoder(data []byte) *xml.Decoder {
	charsets := charset.NewReaderLabel
	if bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff}) {
		if s, _, err := decode(data); err == nil {
			data = []byte(s)
			charsets = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // it was read
		}
	}
	d := xml.NewDecoder(&readerWithContext{a.ctx, bytes.NewReader(data)})
	d.CharsetReader = charsets
	return d
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
		if _, ok := byID[it.ID]; !ok { // each may stand once
			byID[it.ID] = i
		}
		if listedAny(it.Properties, "nav") {
			nav = a.actual(resolvePath(opf, it.Href))
		}
		if it.Type == "application/x-dtbncx+xml" && (ncx == "" || it.ID == p.Spine.Toc) {
			ncx = a.actual(resolvePath(opf, it.Href))
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
			beside[a.actual(file)] = reason
		}
	}
	if nav != "" {
		beside[nav] = "table of contents"
	}
	var doubts []library.Warning
	var names []string
	for _, ref := range p.Spine.Refs {
		if at, ok := byID[ref.ID]; ok && (strings.Contains(p.Items[at].Type, "html") || p.Items[at].Type == "") {
			names = append(names, a.actual(resolvePath(opf, p.Items[at].Href)))
		}
	}
	pages, err := a.pages(names, true)
	if err != nil {
		return nil, err
	}
	for i := range points {
		file, id, ok := strings.Cut(points[i].target, "#")
		if points[i].target = a.actual(file); ok {
			points[i].target += "#" + id
		}
	}
	doubts = append(doubts, a.missing(names, pages)...)
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
		if reason == "" && listedAny(page.kind, "titlepage", "halftitlepage", "title-page") {
			for i := range page.pieces {
				page.pieces[i].front = page.pieces[i].kind == paraPiece && page.pieces[i].note == ""
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

// missing doubts a book whose spine names pages that the file does not hold.
func (a *files) missing(names []string, pages map[string]*webPage) []library.Warning {
	first, n := "", 0
	for _, name := range slices.Compact(slices.Sorted(slices.Values(names))) {
		if _, err := fs.Stat(a.fsys, name); pages[name] == nil && err != nil {
			n++
			first = cmp.Or(first, path.Base(name))
		}
	}
	switch n {
	case 0:
		return nil
	case 1:
		return []library.Warning{{Code: "missing_page", Message: fmt.Sprintf("The book names a page that the file does not hold, “%s”. A part of it may be missing; get it anew.", first)}}
	}
	return []library.Warning{{Code: "missing_page", Message: fmt.Sprintf("The book names %d pages that the file does not hold, “%s” among them. Parts of it are missing; get it anew.", n, first)}}
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
