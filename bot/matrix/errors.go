package matrix

import (
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"

	"maunium.net/go/mautrix"

	"lectern/bot"
)

// status is the HTTP status that an error came with, 0 if the server said
// nothing.
func status(err error) int {
	var he mautrix.HTTPError
	if errors.As(err, &he) && he.Response != nil {
		return he.Response.StatusCode
	}
	return 0
}

// code is the error's code in Matrix's own words, "" if it has none: then a
// proxy said it, or something else that is no homeserver.
func code(err error) string {
	var he mautrix.HTTPError
	if errors.As(err, &he) && he.RespError != nil {
		return he.RespError.ErrCode
	}
	return ""
}

// sendError says of an error what may be done about it.
func sendError(err error) error {
	var pe *bot.PostError
	if errors.As(err, &pe) {
		return err
	}
	out := &bot.PostError{Outcome: bot.Unknown, Err: err}
	var dial *net.OpError
	switch s, c := status(err), code(err); {
	case s == http.StatusTooManyRequests:
		// Homeservers count what an account sends, wherever it does.
		out.Outcome, out.After, out.Scope = bot.Retry, retryAfter(err), bot.EveryPlace
	case errors.As(err, &dial) && dial.Op == "dial":
		out.Outcome = bot.Retry // nobody was there to hear it
	case c == "":
	case s == http.StatusUnauthorized:
		out.Outcome, out.Right, out.Scope = bot.Permanent, "a valid access token", bot.EveryPlace
	case s == http.StatusForbidden:
		out.Outcome, out.Right = bot.Permanent, "to be in the room and to write there"
	case s == http.StatusNotFound:
		out.Outcome, out.Right = bot.Permanent, "a room that is still there"
	case s == http.StatusRequestEntityTooLarge:
		out.Outcome, out.Right, out.Scope = bot.Permanent, "a server that takes messages and files of this size", bot.OnePost
	}
	return out
}

// retryAfter is how long a 429 tells us to wait: by its header, or by the
// field that older servers send.
func retryAfter(err error) time.Duration {
	var he mautrix.HTTPError
	if !errors.As(err, &he) {
		return 0
	}
	var wait time.Duration
	if he.Response != nil {
		if n, err := strconv.ParseFloat(he.Response.Header.Get("Retry-After"), 64); err == nil && n > 0 {
			wait = time.Duration(n * float64(time.Second))
		} else if at, err := http.ParseTime(he.Response.Header.Get("Retry-After")); err == nil {
			if sent, err := http.ParseTime(he.Response.Header.Get("Date")); err == nil {
				wait = at.Sub(sent)
			}
		}
	}
	if he.RespError != nil {
		if ms, ok := he.RespError.ExtraData["retry_after_ms"].(float64); ok {
			wait = max(wait, time.Duration(ms)*time.Millisecond)
		}
	}
	return min(max(wait, 0), time.Hour)
}
