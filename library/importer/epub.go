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
		Title    []string `xml:"title"`
		Creator  []string `xml:"creator"`
		Date     []string `xml:"date"`
		Language []string `xml:"language"`
		Source   []string `xml:"source"`
		Rights   []string `xml:"rights"`
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

// A navPoint is an entry of the table of contents.
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
	meta := library.Meta{Title: firstText(p.Metadata.Title), Author: tidy(strings.Join(p.Metadata.Creator, ", ")), Date: firstText(p.Metadata.Date), Source: firstText(p.Metadata.Source), Rights: firstText(p.Metadata.Rights)}
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
					out = append(out, navPoint{navTarget(nav, attr(n, "href")), tidy(plainText(n)), depth})
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
	inMap := false
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
			case "navPoint":
				depth++
				title = ""
			case "text":
				inText = true
			case "content":
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
		switch {
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
