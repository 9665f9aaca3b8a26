package importer

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/text/unicode/norm"

	"lectern/library"
)

// What an archive may hold at most: bombs unpack to a thousand times their size,
// and books do not have ten thousand files.
const (
	maxEntries  = 10_000
	maxUnpacked = 192 << 20 // of all entries that are read, together
	maxEntry    = 48 << 20  // of one
)

// gunzip is what a gzip file holds, and its name without ".gz"; the name that was
// given where it is refused.
func gunzip(ctx context.Context, name string, data []byte, limit int64) (string, []byte, error) {
	base := filepath.Base(name)
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return base, nil, badArchive()
	}
	out, err := readAll(ctx, z, limit)
	if err != nil {
		if ctx.Err() != nil {
			return base, nil, ctx.Err()
		}
		return base, nil, badArchive()
	}
	if int64(len(out)) > limit {
		return base, nil, &library.Error{Code: library.TooLarge, Reason: "file_too_large", Args: map[string]any{"Max": int(max(limit/1e6, 1))}}
	}
	if z.Name != "" && !strings.HasSuffix(strings.ToLower(base), ".gz") {
		base = filepath.Base(z.Name)
	}
	return strings.TrimSuffix(strings.TrimSuffix(base, ".gz"), ".GZ"), out, nil
}

func badArchive() error {
	return &library.Error{Code: library.BadFile, Reason: "file_archive_broken"}
}

// files are the files of an archive or a folder, read within limits.
type files struct {
	ctx  context.Context
	fsys fs.FS
	left int64 // how much more is read
	all  int64 // how much is read at most

	folded map[string]string // names as they are, by what they are without case
}

// actual is how a file of the archive is called that something else in it names:
// in other capitals, perhaps, or with its accents written apart.
func (a *files) actual(name string) string {
	if name == "" || !fs.ValidPath(name) {
		return name
	}
	if i, err := fs.Stat(a.fsys, name); err == nil && !i.IsDir() {
		return name
	}
	if a.folded == nil {
		a.folded = map[string]string{}
		entries := 0
		_ = fs.WalkDir(a.fsys, ".", func(p string, d fs.DirEntry, err error) error {
			if entries++; err != nil || entries > maxEntries {
				return fs.SkipAll
			}
			if !d.IsDir() {
				a.folded[foldName(p)] = p
			}
			return nil
		})
	}
	if p, ok := a.folded[foldName(name)]; ok {
		return p
	}
	return name
}

func foldName(s string) string { return strings.ToLower(norm.NFC.String(s)) }

// openZip opens an archive whose entries stay within it.
func openZip(ctx context.Context, data []byte, opt Options) (*files, *zip.Reader, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if errors.Is(err, zip.ErrInsecurePath) {
		return nil, nil, &library.Error{Code: library.BadFile, Reason: "file_archive_climbs"}
	}
	if err != nil {
		return nil, nil, badArchive()
	}
	if len(z.File) > maxEntries {
		return nil, nil, &library.Error{Code: library.TooLarge, Reason: "file_archive_entries", Args: map[string]any{"Max": maxEntries}}
	}
	for _, f := range z.File {
		if n := strings.ReplaceAll(f.Name, `\`, "/"); strings.HasPrefix(n, "/") || path.Clean("/"+n) != "/"+strings.TrimSuffix(n, "/") && strings.Contains(n, "..") {
			return nil, nil, &library.Error{Code: library.BadFile, Reason: "file_archive_climbs"}
		}
	}
	return newFiles(ctx, z, opt), z, nil
}

// newFiles are the files of an archive or a folder, of which three times the
// largest file is read in all, and no more than memory bears.
func newFiles(ctx context.Context, fsys fs.FS, opt Options) *files {
	all := int64(maxUnpacked)
	if opt.MaxBytes > 0 {
		all = min(3*opt.MaxBytes, all)
	}
	return &files{ctx: ctx, fsys: fsys, left: all, all: all}
}

// read is a file of the archive; missing is reported by fs.ErrNotExist.
func (a *files) read(name string) ([]byte, error) {
	if err := a.ctx.Err(); err != nil {
		return nil, err
	}
	f, err := a.fsys.Open(name)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
			return nil, fs.ErrNotExist
		}
		return nil, badArchive()
	}
	defer f.Close()
	most := min(a.left, maxEntry)
	data, err := readAll(a.ctx, f, most)
	if err != nil {
		if a.ctx.Err() != nil {
			return nil, a.ctx.Err()
		}
		return nil, badArchive()
	}
	if a.left -= int64(len(data)); int64(len(data)) > most {
		return nil, &library.Error{Code: library.TooLarge, Reason: "file_archive_bomb", Args: map[string]any{"Max": int(max(min(a.all, maxEntry)/1e6, 1))}}
	}
	return data, nil
}

// readZip reads what an archive is: an e-book, a document, or pages.
func readZip(ctx context.Context, data []byte, opt Options) (*library.Work, error) {
	a, z, err := openZip(ctx, data, opt)
	if err != nil {
		return nil, err
	}
	has := map[string]bool{}
	var names []string
	for _, f := range z.File {
		has[f.Name] = true
		names = append(names, f.Name)
		if f.Flags&1 != 0 {
			return nil, &library.Error{Code: library.BadFile, Reason: "file_protected"}
		}
	}
	switch {
	case has["META-INF/container.xml"]:
		return readEPUB(a)
	case mainPart(has) != "":
		return readDOCX(a, mainPart(has))
	case has["content.xml"] && has["mimetype"]:
		return readODT(a)
	}
	if n := loneText(names); n != "" {
		return a.readLone(n, opt)
	}
	return readPages(a, opt)
}

// resolvePath is where a link from one file of an archive leads.
func resolvePath(from, link string) string {
	if link == "" {
		return from
	}
	return path.Join(path.Dir(from), unescapePath(link))
}
