package matrix

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lectern/bot"
)

// words are what somebody says with a message: its text, or what stands under a
// file (MSC2530: a body that is not the file's name).
func words(m *event.MessageEventContent) string {
	switch m.MsgType {
	case event.MsgText:
		return m.Body
	case event.MsgFile:
		return m.GetCaption()
	}
	return ""
}

// fileOf is the file that a message of a room holds, nil if it holds none or is
// not to be seen.
func (p *Platform) fileOf(ctx context.Context, room id.RoomID, message id.EventID, limit int64) (*bot.File, error) {
	var e *event.Event
	err := again(ctx, func() (err error) {
		e, err = p.getEvent(ctx, room, message)
		return err
	})
	if err != nil {
		if s := status(err); code(err) != "" && (s == http.StatusNotFound || s == http.StatusForbidden) {
			return nil, nil
		}
		return nil, &bot.FileError{Err: err}
	}
	if e.Type.Type == event.EventMessage.Type && parse(e) == nil {
		if m := e.Content.AsMessage(); m.MsgType == event.MsgFile {
			return p.file(ctx, m, limit)
		}
	}
	return nil, nil
}

// file downloads the file of a message, and decrypts it if it was sent
// encrypted.
func (p *Platform) file(ctx context.Context, m *event.MessageEventContent, limit int64) (*bot.File, error) {
	f := &bot.File{Name: m.GetFileName()}
	if m.Info != nil {
		f.MIME = m.Info.MimeType
		if int64(m.Info.Size) > limit {
			return nil, &bot.FileError{Name: f.Name, TooLarge: true}
		}
	}
	from := m.URL
	if m.File != nil {
		from = m.File.URL
	}
	where, err := place(from)
	if err == nil {
		err = again(ctx, func() (err error) {
			f.Data, err = p.download(ctx, where, limit)
			return err
		})
	}
	if err == nil && m.File != nil {
		err = m.File.DecryptInPlace(f.Data) // it checks the hash first
	}
	if err != nil {
		return nil, &bot.FileError{Name: f.Name, TooLarge: errors.Is(err, errTooLarge), Err: err}
	}
	return f, nil
}

var errTooLarge = errors.New("matrix: the file is too large")

// What the parts of an address of media may be made of: server names, and
// opaque IDs (Matrix 1.11, "Matrix Content (mxc://) URIs").
var (
	serverName = regexp.MustCompile(`^[0-9A-Za-z.:\[\]-]{1,255}$`)
	mediaID    = regexp.MustCompile(`^[0-9A-Za-z_-]{1,255}$`)
)

// place reads the address of media. Whoever wrote it may have meant the bot to
// ask for something else with its own token, such as another room's messages:
// "mxc://../…".
func place(s id.ContentURIString) (id.ContentURI, error) {
	where, err := s.Parse()
	if err != nil {
		return where, fmt.Errorf("matrix: %w", err)
	}
	if !serverName.MatchString(where.Homeserver) || where.Homeserver[0] == '.' || !mediaID.MatchString(where.FileID) {
		return where, fmt.Errorf("matrix: %w", id.ErrInvalidContentURI)
	}
	return where, nil
}

// download gets media, of which limit bytes are taken at most.
func (p *Platform) download(ctx context.Context, where id.ContentURI, limit int64) ([]byte, error) {
	resp, err := p.cli.Download(ctx, where)
	if unknownEndpoint(err) {
		// A homeserver from before Matrix 1.11, where media needed no token.
		_, resp, err = p.cli.MakeFullRequestWithResp(ctx, mautrix.FullRequest{
			Method:           http.MethodGet,
			URL:              p.cli.BuildURL(mautrix.MediaURLPath{"v3", "download", where.Homeserver, where.FileID}),
			DontReadResponse: true,
		})
	}
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.ContentLength > limit {
		return nil, errTooLarge
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, fmt.Errorf("matrix: %w", err)
	}
	if int64(len(data)) > limit {
		return nil, errTooLarge
	}
	return data, nil
}

// unknownEndpoint reports whether a homeserver does not know what was asked of
// it, which some say without a code.
func unknownEndpoint(err error) bool {
	switch status(err) {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusBadRequest:
		return code(err) == "M_UNRECOGNIZED" || code(err) == "" && status(err) != http.StatusBadRequest
	}
	return false
}

// maxFetches is how often a file is asked for: somebody is waiting for it.
const maxFetches = 3

// again tries a few times, unless trying is no use.
func again(ctx context.Context, try func() error) error {
	for n := 1; ; n++ {
		err := try()
		if err == nil || n == maxFetches || ctx.Err() != nil || errors.Is(err, errTooLarge) {
			return err
		}
		var pe *bot.PostError
		if errors.As(sendError(err), &pe) && pe.Outcome == bot.Permanent {
			return err
		}
		pause(ctx, max(pe.After, wait(n)))
	}
}
