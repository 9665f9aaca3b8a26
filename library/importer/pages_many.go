package importer

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode"

	"lectern/library"
)

// maxPages is how many pages may be one work.
const maxPages = 2000

// ReadFolder reads the web pages of a folder, in the order in which they are
// read, as one work. Errors are as those of Read.
func ReadFolder(ctx context.Context, name string, fsys fs.FS, opt Options) (*library.Work, error) {
	if _, err := langTag(opt.Language); opt.Language != "" && err != nil {
		return nil, &library.Error{Code: library.Syntax, Reason: "language", Args: map[string]any{"Language": opt.Language}}
	}
	base := path.Base(strings.ReplaceAll(strings.TrimRight(name, `/\`), `\`, "/"))
	w, err := readPages(newFiles(ctx, fsys, opt), opt)
	if le, ok := errors.AsType[*library.Error](err); ok && le.Reason == "file_archive_bomb" {
		le.Reason = "file_folder_large"
	}
	return finish(w, err, base, nil, opt)
}

// readPages reads the pages of an archive or a folder: in the order of an index
// page's links, else in that of their own links to the next page, else by their
// names, as people sort them.
func readPages(a *files, opt Options) (*library.Work, error) {
	var names, others []string
	entries := 0
	err := fs.WalkDir(a.fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return badArchive()
		}
		if err := a.ctx.Err(); err != nil {
			return err
		}
		if entries++; entries > maxEntries {
			return &library.Error{Code: library.TooLarge, Reason: "file_archive_entries", Args: map[string]any{"Max": maxEntries}}
		}
		if d.Type().IsRegular() && isPageName(p) && !strings.HasPrefix(path.Base(p), ".") && !strings.HasPrefix(p, "__MACOSX/") {
			names = append(names, p)
		} else if d.Type().IsRegular() && isReadable(p) && len(others) < 100 {
			others = append(others, p)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, &library.Error{Code: library.BadFile, Reason: "file_archive_no_pages"}
	}
	if len(names) > maxPages {
		return nil, &library.Error{Code: library.TooLarge, Reason: "file_archive_entries", Args: map[string]any{"Max": maxPages}}
	}
	names, beside := withoutSaved(names)
	slices.SortFunc(names, naturally)
	sortRomans(names)
	pages, err := a.pages(names, false)
	if err != nil {
		return nil, err
	}
	order, index := readingOrder(names, pages)
	for _, n := range names { // what only the calls of notes lead to stands at the end
		if pages[n] != nil && pages[n].notes && !slices.Contains(order, n) {
			order = append(order, n)
		}
	}
	var meta library.Meta
	var all []piece
	if index != "" {
		meta = pages[index].meta
	} else {
		meta = pages[order[0]].meta
		if len(order) > 1 {
			meta.Title = commonTitle(order, pages)
		}
	}
	if title := headOfAll(order, index, pages); meta.Title == "" || title != "" && library.Fold(meta.Title) != library.Fold(title) && index == "" {
		meta.Title = title
	}
	for _, n := range names { // the frame around the pages names them
		if p := pages[n]; meta.Title == "" && p != nil && len(p.pieces) == 0 {
			meta.Title = p.meta.Title
		}
	}
	feetOfAll(order, pages)
	for k, n := range order {
		page := pages[n]
		if n == index && k == 0 && len(order) > 1 {
			if meta.Title == "" {
				for i := range page.pieces { // its heading is that of the whole
					if page.pieces[i].kind == headPiece {
						meta.Title = page.pieces[i].text
						break
					}
				}
			}
			// The index page leads to the others: its lists of links are contents.
			for i := range page.pieces {
				p := &page.pieces[i]
				if p.kind == furniturePiece && p.reason == "a list of links" {
					p.reason = "table of contents"
				} else if page.linked > 0.8 && p.linked > 0.8 && p.kind != headPiece {
					p.kind, p.reason = furniturePiece, "table of contents"
				}
			}
		} else if len(order) > 1 {
			asChapter(page)
		}
		if len(page.pieces) > 0 {
			page.pieces[0].ids = append([]string{n}, page.pieces[0].ids...)
		}
		all = append(all, page.pieces...)
	}
	takeFrame(&meta, all)
	styledFront(&meta, saidByHeadings(all))
	w, err := compose(meta, all)
	if err != nil {
		return nil, err
	}
	numberVerses(w)
	for _, n := range others {
		w.LeftOut = append(w.LeftOut, library.LeftOut{Text: n, Reason: "a file beside the pages"})
	}
	for _, n := range beside {
		w.LeftOut = append(w.LeftOut, library.LeftOut{Text: n, Reason: "a part of a saved page"})
	}
	for _, n := range names {
		if pages[n] != nil {
			addDoubts(w, pages[n].doubts)
		}
	}
	for _, n := range names {
		if !slices.Contains(order, n) && pages[n] != nil {
			w.LeftOut = append(w.LeftOut, library.LeftOut{Text: n, Reason: "a page that nothing leads to"})
		}
	}
	return w, nil
}

// pages reads pages, nil for those that are missing or empty. Pages whose links
// lead to notes on other pages, or hold such notes, are read twice.
func (a *files) pages(names []string, book bool) (map[string]*webPage, error) {
	pages := map[string]*webPage{}
	again := map[string]bool{}
	var all []*webPage
	pieces := 0
	for _, n := range names {
		if pages[n] != nil {
			continue
		}
		page, err := a.page(n, book, nil)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if e, ok := errors.AsType[*library.Error](err); ok && e.Reason == "file_empty" {
			continue
		}
		if err != nil {
			return nil, err
		}
		pages[n] = page
		all = append(all, page)
		again[n] = len(page.blocks) > 0
		if pieces += len(page.pieces); pieces > maxBlocks {
			return nil, tooManyParts()
		}
	}
	notes := crossNotes(all)
	if len(notes) == 0 {
		return pages, nil
	}
	on := map[string]bool{}
	for to := range notes {
		file, _, _ := strings.Cut(to, "#")
		on[file] = pages[file] != nil
	}
	for _, n := range names {
		if page := pages[n]; page == nil || !again[n] && !on[n] {
			continue
		}
		left := a.left
		page, err := a.page(n, book, notes)
		if err != nil {
			return nil, err
		}
		a.left = left // it was counted
		page.notes = on[n]
		pages[n] = page
	}
	return pages, nil
}

// page reads one page of an archive or a folder.
func (a *files) page(name string, book bool, notes map[string]string) (*webPage, error) {
	data, err := a.read(name)
	if err != nil {
		return nil, err
	}
	return parsePage(a.ctx, data, name, book, notes)
}

// savedFolder is what browsers call the folder in which they put what belongs to a
// page that they save, beside it, in the languages that they have.
var savedFolder = expr(`(?i)^(.+)(?:[_-](?:files|dateien|fichiers|archivos|arquivos|ficheiros|file|bestanden|filer|pliki|soubory|tiedostot|fajlok|dosyalar)|\.files|\.fld)$`)

// withoutSaved parts pages from those in the folders of saved pages: what was shown
// within them, such as advertisements.
func withoutSaved(names []string) (pages, beside []string) {
	has := map[string]bool{}
	for _, n := range names {
		has[strings.ToLower(strings.TrimSuffix(n, path.Ext(n)))] = true
	}
	for _, n := range names {
		saved := false
		for dir := path.Dir(n); dir != "."; dir = path.Dir(dir) {
			if m := savedFolder.FindStringSubmatch(path.Base(dir)); m != nil && has[strings.ToLower(path.Join(path.Dir(dir), m[1]))] {
				saved = true
				break
			}
		}
		if saved {
			beside = append(beside, n)
		} else {
			pages = append(pages, n)
		}
	}
	return pages, beside
}

// addDoubts adds what is doubted of one of many pages, once.
func addDoubts(w *library.Work, doubts []library.Warning) {
	for _, d := range doubts {
		if !slices.ContainsFunc(w.Warnings, func(x library.Warning) bool { return x.Message == d.Message }) {
			w.Warnings = append(w.Warnings, d)
		}
	}
}

// asChapter makes the first heading of a page that is one of several a chapter, and
// puts its other headings below it.
func asChapter(page *webPage) {
	first := -1
	for i := range page.pieces {
		p := &page.pieces[i]
		if p.kind != headPiece || p.said != "" {
			continue
		}
		if first < 0 {
			first = p.level
			p.level = 1
			continue
		}
		p.level = 1 + max(p.level-first, 0)
	}
	if first < 0 && page.meta.Title != "" && len(page.pieces) > 0 {
		page.pieces = append([]piece{{kind: headPiece, level: 1, text: page.meta.Title}}, page.pieces...)
	}
}

func isPageName(p string) bool {
	switch strings.ToLower(path.Ext(p)) {
	case ".html", ".htm", ".xhtml":
		return true
	}
	return false
}

// isReadable reports whether a file beside pages could be read by itself.
func isReadable(p string) bool {
	if strings.HasPrefix(path.Base(p), ".") || strings.HasPrefix(p, "__MACOSX/") {
		return false
	}
	switch strings.ToLower(path.Ext(p)) {
	case ".txt", ".md", ".pdf", ".epub", ".docx", ".odt", ".doc", ".rtf", ".zip", ".gz":
		return true
	}
	return false
}

// readingOrder is the order in which pages are read, and the index page if there
// is one.
func readingOrder(names []string, pages map[string]*webPage) (order []string, index string) {
	var known []string
	for _, n := range names {
		if pages[n] != nil {
			known = append(known, n)
		}
	}
	for _, n := range known {
		switch base := strings.ToLower(strings.TrimSuffix(path.Base(n), path.Ext(n))); base {
		case "index", "toc", "contents", "default", "book", "home", "index.en", "title":
			if index == "" || strings.Count(n, "/") < strings.Count(index, "/") {
				index = n
			}
		}
	}
	if index != "" {
		order = []string{index}
		seen := map[string]bool{index: true}
		for _, l := range pages[index].links {
			file, _, _ := strings.Cut(l, "#")
			to := resolvePath(index, file)
			if file != "" && !seen[to] && pages[to] != nil && !auxiliary(to) {
				seen[to] = true
				order = append(order, to)
			}
		}
		if len(order) > 1 && len(order)*2 >= len(known) {
			return order, index
		}
	}
	// By a menu, as pages in frames have: links and next to nothing else.
	for _, n := range known {
		if pages[n].linked < 0.9 {
			continue
		}
		menu, seen := []string{n}, map[string]bool{n: true}
		for _, l := range pages[n].links {
			file, _, _ := strings.Cut(l, "#")
			if to := resolvePath(n, file); file != "" && !seen[to] && pages[to] != nil && !auxiliary(to) {
				seen[to] = true
				menu = append(menu, to)
			}
		}
		if len(menu) > 2 && len(menu)*3 >= len(known)*2 {
			return menu, n
		}
	}
	// By their own links: from the one that no other has for its next.
	next := map[string]string{}
	has := map[string]bool{}
	for _, n := range known {
		if l := pages[n].next; l != "" {
			file, _, _ := strings.Cut(l, "#")
			if to := resolvePath(n, file); pages[to] != nil && to != n {
				next[n] = to
				has[to] = true
			}
		}
	}
	if len(next)*3 >= len(known)*2-2 && len(next) > 0 {
		start := ""
		for _, n := range known {
			if next[n] != "" && !has[n] {
				start = n
				break
			}
		}
		order = nil
		seen := map[string]bool{}
		for n := start; n != "" && !seen[n]; n = next[n] {
			seen[n] = true
			order = append(order, n)
		}
		if len(order)*3 >= len(known)*2 {
			return order, index
		}
	}
	order = slices.DeleteFunc(slices.Clone(known), func(n string) bool { return auxiliary(n) && len(known) > 1 })
	if index != "" { // it comes first
		order = append([]string{index}, slices.DeleteFunc(order, func(n string) bool { return n == index })...)
	}
	if len(order) == 0 {
		order = known
	}
	return order, index
}

// auxiliary reports whether a page is one of those that tools make beside a text.
func auxiliary(name string) bool {
	return listed(" search genindex searchindex sitemap ", strings.ToLower(strings.TrimSuffix(path.Base(name), path.Ext(name))))
}

// commonTitle is what the titles of pages end, or begin, with alike: the name of
// the whole.
func commonTitle(order []string, pages map[string]*webPage) string {
	for _, sep := range []string{" | ", " — ", " – ", " - ", " :: "} {
		_, last, ok := strings.Cut(pages[order[0]].meta.Title, sep)
		if !ok {
			continue
		}
		same := 0
		for _, n := range order {
			if strings.HasSuffix(pages[n].meta.Title, sep+last) {
				same++
			}
		}
		if same*3 >= len(order)*2 {
			return last
		}
	}
	return ""
}

// naturally compares names as people sort them: 2 before 10.
func naturally(a, b string) int {
	x, y := []rune(strings.ToLower(a)), []rune(strings.ToLower(b))
	for len(x) > 0 && len(y) > 0 {
		if unicode.IsDigit(x[0]) && unicode.IsDigit(y[0]) {
			i, j := digits(x), digits(y)
			p, q := strings.TrimLeft(string(x[:i]), "0"), strings.TrimLeft(string(y[:j]), "0")
			if len(p) != len(q) {
				return len(p) - len(q)
			}
			if c := strings.Compare(p, q); c != 0 {
				return c
			}
			x, y = x[i:], y[j:]
			continue
		}
		if x[0] != y[0] {
			return int(x[0]) - int(y[0])
		}
		x, y = x[1:], y[1:]
	}
	if c := len(x) - len(y); c != 0 {
		return c
	}
	return strings.Compare(a, b)
}

func digits(s []rune) int {
	n := 0
	for n < len(s) && unicode.IsDigit(s[n]) {
		n++
	}
	return n
}
