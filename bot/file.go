package bot

import (
	"context"
	"errors"
	"fmt"
)

// A Fetch gets the file that belongs to an event: what was sent with it, or what
// the message that it answers holds. It returns nil where that holds none. No
// more than limit bytes are taken. What went wrong is a *FileError.
type Fetch func(ctx context.Context, limit int64) (*File, error)

// A FileError says why a file is not there.
type FileError struct {
	Name     string // the file's, "" if it is not known
	TooLarge bool   // it has more bytes than the limit
	Err      error
}

func (e *FileError) Error() string {
	if e.TooLarge {
		return "bot: a file is too large"
	}
	return fmt.Sprintf("bot: a file could not be fetched: %v", e.Err)
}

func (e *FileError) Unwrap() error { return e.Err }

// defaultMaxFile is the largest file unless the dispatcher says otherwise.
const defaultMaxFile = 64 << 20

// fetch gets the file of a request whose command takes one. It is called when
// nothing else stands in the way, so that nobody makes the bot carry what it
// does not need. Other commands see no file.
func (d *Dispatcher) fetch(ctx context.Context, r *Request) error {
	if !r.Command.TakesFile {
		r.File = nil
		return nil
	}
	if r.File != nil || r.Fetch == nil {
		return nil
	}
	limit := d.MaxFile
	if limit <= 0 {
		limit = defaultMaxFile
	}
	file, err := r.Fetch(ctx, limit)
	fault, ok := errors.AsType[*FileError](err)
	switch {
	case !ok:
		r.File = file
		return err
	case fault.TooLarge:
		return &Error{Code: "too_large", Message: d.voice(r).Say("error.file_too_large", "File", fileName(fault.Name), "Max", int(max(limit/1e6, 1)))}
	case ctx.Err() != nil:
		return err
	}
	d.Log.Warn("a file could not be fetched", "command", r.Command.Name, "room", r.Room.String(), "err", fault.Err)
	return &Error{Code: "not_found", Message: d.voice(r).Say("bot.file_gone", "File", fileName(fault.Name))}
}

func fileName(name string) string { return Clean(name, 60) }
