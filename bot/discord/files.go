package discord

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/bwmarrin/discordgo"

	"lectern/bot"
)

// fetch gets an attachment from where it lies. It is not the API: no limit
// holds there, and the token has no business there.
func (p *Platform) fetch(f *discordgo.MessageAttachment) bot.Fetch {
	return func(ctx context.Context, limit int64) (*bot.File, error) {
		fail := func(err error) (*bot.File, error) {
			return nil, &bot.FileError{Name: f.Filename, Err: fmt.Errorf("discord: %w", err)}
		}
		if int64(f.Size) > limit {
			return nil, &bot.FileError{Name: f.Filename, TooLarge: true}
		}
		if !web(f.URL) {
			return fail(errors.New("the file has no address"))
		}
		var data []byte
		err := repeat(ctx, func() error {
			var err error
			data, err = p.download(ctx, f.URL, limit)
			return err
		})
		switch {
		case err != nil:
			return fail(err)
		case int64(len(data)) > limit:
			return nil, &bot.FileError{Name: f.Filename, TooLarge: true}
		}
		return &bot.File{Name: f.Filename, MIME: f.ContentType, Data: data}, nil
	}
}

// download reads what lies at an address, up to a byte more than limit.
func (p *Platform) download(ctx context.Context, address string, limit int64) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, &apiError{status: http.StatusBadRequest, message: err.Error()}
	}
	req.Header.Set("User-Agent", userAgent)
	resp, err := (&http.Client{Transport: p.api.gate.next}).Do(req)
	if err != nil {
		return nil, scrub(err)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, &apiError{status: resp.StatusCode, message: "the file is not there"}
	}
	return data, nil
}
