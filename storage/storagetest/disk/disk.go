//go:build linux

package disk

// #include <stdlib.h>
// #include "disk.h"
import "C"

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unsafe"

	_ "github.com/mattn/go-sqlite3" // it carries the SQLite that this stands under
)

// Install puts the disk under every database that is opened from now on.
func Install() error {
	if rc := C.disk_install(); rc != 0 {
		return fmt.Errorf("disk: SQLite does not take it (%d)", rc)
	}
	return nil
}

// A Kind is what was done to a file.
type Kind int

// The kinds of what is noted. Mark is the test's own.
const (
	Write    = Kind(C.DISK_WRITE)
	Truncate = Kind(C.DISK_TRUNCATE)
	Sync     = Kind(C.DISK_SYNC)
	Delete   = Kind(C.DISK_DELETE)
	Mark     = Kind(C.DISK_MARK)
)

// A Record is one thing that was done, or a mark.
type Record struct {
	Kind   Kind
	Path   string
	Offset int64 // of a write; the size of a truncation; a mark's number
	Data   []byte
}

// Note begins to note what is done to the files of a folder, and returns what
// they hold. Nobody may write to them meanwhile.
func Note(dir string) (base map[string][]byte, err error) {
	C.disk_clear()
	s := C.CString(dir)
	defer C.free(unsafe.Pointer(s))
	C.disk_note(s)
	all, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	base = map[string][]byte{}
	for _, e := range all {
		path := filepath.Join(dir, e.Name())
		if strings.HasSuffix(path, "-shm") { // it is no part of what a disk must keep
			continue
		}
		if base[path], err = os.ReadFile(path); err != nil {
			return nil, err
		}
	}
	return base, nil
}

// Acknowledge marks the instant at which somebody was told that something is
// kept.
func Acknowledge(n int64) { C.disk_mark(C.longlong(n)) }

// Noted ends the noting and returns what was done, in order.
func Noted() []Record {
	s := C.CString("")
	defer C.free(unsafe.Pointer(s))
	C.disk_note(s)
	out := make([]Record, int(C.disk_count()))
	for i := range out {
		r := C.disk_at(C.int(i))
		out[i] = Record{Kind: Kind(r.kind), Offset: int64(r.offset)}
		if r.path != nil {
			out[i].Path = C.GoString(r.path)
		}
		if r.length > 0 {
			out[i].Data = C.GoBytes(unsafe.Pointer(r.data), r.length)
		}
	}
	C.disk_clear()
	return out
}

// A Trouble is how a disk fails, as SQLite names it.
type Trouble struct{ write, open, read C.int }

// Troubles. Code numbers are SQLite's (https://sqlite.org/rescode.html).
var (
	Full     = Trouble{write: 13}                         // SQLITE_FULL
	ReadOnly = Trouble{write: 8 | 5<<8}                   // SQLITE_READONLY_DIRECTORY: the file system was mounted so
	Broken   = Trouble{write: 10 | 3<<8, read: 10 | 1<<8} // SQLITE_IOERR_WRITE, SQLITE_IOERR_READ
)

// Fail makes operations on the files whose paths begin with prefix fail until
// Mend.
func Fail(prefix string, t Trouble) {
	s := C.CString(prefix)
	defer C.free(unsafe.Pointer(s))
	C.disk_fail(s, t.write, t.open, t.read)
}

// Mend ends the trouble.
func Mend() { Fail("", Trouble{}) }

// sector is what a disk writes whole or not at all, in bytes.
const sector = 512

// CutPower writes into dir what a disk may hold of the files after the power
// failed at instant cut, an index into records: all that was flushed before,
// and of what was written after the last flush of its file anything, in any
// order, each sector whole or not at all. Making and removing a file count at
// once: SQLite flushes the folder with the file. base is what the files held
// before. It returns the newest mark that was made before.
func CutPower(base map[string][]byte, records []Record, cut int, dir string, rng *rand.Rand) (acknowledged int64, err error) {
	durable := map[string][]byte{}
	for path, content := range base {
		durable[path] = slices.Clone(content)
	}
	pending := map[string][]Record{}
	for _, r := range records[:cut] {
		switch r.Kind {
		case Mark:
			acknowledged = r.Offset
		case Write, Truncate:
			pending[r.Path] = append(pending[r.Path], r)
		case Delete:
			delete(durable, r.Path)
			delete(pending, r.Path)
		case Sync:
			for _, w := range pending[r.Path] {
				durable[r.Path] = apply(durable[r.Path], w)
			}
			delete(pending, r.Path)
			if _, ok := durable[r.Path]; !ok {
				durable[r.Path] = nil
			}
		}
	}
	for path, all := range pending {
		for _, i := range rng.Perm(len(all)) {
			w := all[i]
			switch {
			case rng.IntN(2) == 0:
			case w.Kind == Truncate || rng.IntN(4) > 0:
				durable[path] = apply(durable[path], w)
			default: // torn
				for at := 0; at < len(w.Data); at += sector {
					if rng.IntN(2) == 0 {
						end := min(at+sector, len(w.Data))
						durable[path] = apply(durable[path], Record{Kind: Write, Offset: w.Offset + int64(at), Data: w.Data[at:end]})
					}
				}
			}
		}
	}
	for path, content := range durable {
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(path)), content, 0o600); err != nil {
			return acknowledged, err
		}
	}
	return acknowledged, nil
}

// apply does to a file's content what a record says.
func apply(content []byte, r Record) []byte {
	end := r.Offset + int64(len(r.Data))
	if r.Kind == Truncate {
		end = r.Offset
		if int64(len(content)) > end {
			return content[:end:end]
		}
	}
	if grow := end - int64(len(content)); grow > 0 {
		content = append(content, make([]byte, grow)...)
	}
	copy(content[r.Offset:], r.Data)
	return content
}
