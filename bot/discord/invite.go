package discord

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// least are the permissions that the bot uses, and no others.
const least = mayView | maySend | maySendInThreads | mayCreateThreads | mayAttach | mayReadHistory | mayPin | mayConvene | mayPoll

// Invitation gives the addresses by which somebody who manages a server lets
// the bot into it, with the least permissions, and by which anybody has its
// commands for themselves, wherever they are. The token says whose it is.
func Invitation(ctx context.Context, apiURL, token string, now func() time.Time) (server, person string, err error) {
	a, err := newAPI(apiURL, token, now)
	if err != nil {
		return "", "", err
	}
	defer a.close()
	var app struct {
		ID string `json:"id"`
	}
	err = repeat(ctx, func() error { return a.do(ctx, http.MethodGet, "/applications/@me", nil, nil, &app) })
	if ae, ok := errors.AsType[*apiError](err); ok && ae.status == http.StatusUnauthorized {
		return "", "", &FatalError{Code: 4004, Sentence: fatal[4004]}
	}
	if err != nil {
		return "", "", err
	}
	if app.ID == "" {
		return "", "", errors.New("discord: the application has no ID")
	}
	at := func(q url.Values) string {
		q.Set("client_id", app.ID)
		return strings.TrimRight(apiURL, "/") + "/oauth2/authorize?" + q.Encode()
	}
	return at(url.Values{"scope": {"bot applications.commands"}, "permissions": {strconv.FormatUint(least, 10)}, "integration_type": {"0"}}),
		at(url.Values{"scope": {"applications.commands"}, "integration_type": {"1"}}), nil
}

// locales are Discord's names of languages where they are not the language's
// own tag (BCP 47).
var locales = map[string]string{"en": "", "es": "es-ES", "pt": "pt-BR", "sv": "sv-SE", "zh": "zh-CN"}

// Locale is Discord's name of a language, "" for English, which is what
// commands are called by themselves.
func Locale(language string) string {
	if l, ok := locales[language]; ok {
		return l
	}
	return language
}
