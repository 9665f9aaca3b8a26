package config

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"
)

var (
	userID     = regexp.MustCompile(`^@[^\s:@]+:[^\s:]+(:[0-9]{1,5})?$`)
	hostForm   = regexp.MustCompile(`^(\*\.)?([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9][A-Za-z0-9-]{0,61}(:[0-9]{1,5})?$`)
	invitation = regexp.MustCompile(`^(\*|[@*][^\s:@]*:[^\s:]+(:[0-9]{1,5})?)$`)
)

// check looks for values that are of the right type and cannot work.
func (l *loader) check(c *Config) {
	// at adds a problem with the setting, where it was made.
	at := func(key, format string, args ...any) { l.problem(l.origin[key], key, format, args...) }
	warn := func(format string, args ...any) { c.Warnings = append(c.Warnings, fmt.Sprintf(format, args...)) }

	if strings.TrimSpace(c.Database) == "" {
		at("database", `database is empty: name the file that everything is kept in, such as "lectern.db".`)
	}

	if l.origin["discord.token"] != "" && strings.HasPrefix(l.origin["discord.token_file"], Prefix) {
		at("discord.token", "both %sDISCORD_TOKEN and %[1]sDISCORD_TOKEN_FILE are set: keep one.", Prefix)
	}
	if l.origin["matrix.token"] != "" && strings.HasPrefix(l.origin["matrix.token_file"], Prefix) {
		at("matrix.token", "both %sMATRIX_TOKEN and %[1]sMATRIX_TOKEN_FILE are set: keep one.", Prefix)
	}

	if u, ok := webAddress(c.Discord.APIURL); !ok || u.Scheme == "http" && !loopback(u.Hostname()) {
		at("discord.api_url", "discord.api_url must be an address that begins with https:// (http:// on this machine alone); it is %q.", c.Discord.APIURL)
	}
	c.Discord.APIURL = strings.TrimRight(c.Discord.APIURL, "/")

	if c.Matrix.Enabled() {
		u, ok := webAddress(c.Matrix.Homeserver)
		switch {
		case !ok:
			at("matrix.homeserver", `matrix.homeserver must be an address that begins with https://, such as "https://matrix.example.org"; it is %q.`, c.Matrix.Homeserver)
		case u.Scheme == "http" && !loopback(u.Hostname()):
			warn("matrix.homeserver is reached by http: whoever is on the way can read the bot's token. Use https, unless both are on a network of their own.")
		}
		c.Matrix.Homeserver = strings.TrimRight(c.Matrix.Homeserver, "/")
		switch {
		case c.Matrix.User == "":
			at("matrix.user", `matrix.user is missing: give the bot's full user ID, such as "@lectern:example.org".`)
		case !userID.MatchString(c.Matrix.User):
			at("matrix.user", `matrix.user must be a full user ID, such as "@lectern:example.org"; it is %q.`, c.Matrix.User)
		}
		if c.Matrix.Token == "" && c.Matrix.TokenFile == "" {
			at("matrix.token_file", "matrix.token_file is missing: name the file that holds the bot's access token, or set %sMATRIX_TOKEN.", Prefix)
		}
	} else if l.origin["matrix.user"] != "" || l.origin["matrix.token_file"] != "" || l.origin["matrix.token"] != "" {
		at("matrix.homeserver", `matrix.homeserver is missing: give its address, such as "https://matrix.example.org", or take the other Matrix settings out.`)
	}
	for _, who := range c.Matrix.AllowInvites {
		if !invitation.MatchString(who) {
			at("matrix.allow_invites", `matrix.allow_invites: %q is neither a user ID ("@ana:example.org") nor everybody of a server ("*:example.org").`, who)
		}
	}

	for _, who := range c.Matrix.Ignore {
		if !invitation.MatchString(who) {
			at("matrix.ignore", `matrix.ignore: %q is neither a user ID nor a pattern of them ("@discord_*:*").`, who)
		}
	}

	if f := c.Log.Format; f != "text" && f != "json" {
		at("log.format", `log.format must be "text" or "json"; it is %q.`, f)
	}
	if c.HTTP.Listen != "" {
		host, port, err := net.SplitHostPort(c.HTTP.Listen)
		n, bad := strconv.ParseUint(port, 10, 16)
		switch {
		case err != nil || bad != nil || n == 0:
			at("http.listen", `http.listen must be a host and a port, such as "127.0.0.1:8484"; it is %q.`, c.HTTP.Listen)
		case !loopback(host):
			warn("http.listen is %s: the pages for the operator can be reached from other machines. Use 127.0.0.1, unless something in front keeps strangers out.", c.HTTP.Listen)
		}
	}
	if d := c.Delivery.StopWithin; d < time.Second || d > 5*time.Minute {
		at("delivery.stop_within", `delivery.stop_within must be between "1s" and "5m"; it is %q.`, d)
	}
	if d := c.Delivery.Settle; d < 0 || d > 5*time.Minute {
		at("delivery.settle", `delivery.settle must be between "0s" and "5m"; it is %q.`, d)
	}
	if d := c.Delivery.LateReminder; d < 0 || d > 7*24*time.Hour {
		at("delivery.late_reminder", `delivery.late_reminder must be between "0s" and "168h" (a week); it is %q.`, d)
	}
	if d := c.Delivery.KeepRemoved; d != 0 && (d < 24*time.Hour || d > 87600*time.Hour) {
		at("delivery.keep_removed", `delivery.keep_removed must be "0s" (for ever) or between "24h" and "87600h" (ten years); it is %q.`, d)
	}
	if d := c.Delivery.LateCommand; d < time.Minute || d > 7*24*time.Hour {
		at("delivery.late_command", `delivery.late_command must be between "1m" and "168h" (a week); it is %q.`, d)
	}
	if s := c.Library.MaxFile; s < KB || s > GB {
		at("library.max_file", `library.max_file must be between "1 kB" and "1 GB"; it is %q.`, s)
	}
	for _, h := range c.Library.Hosts {
		if !hostForm.MatchString(h) {
			at("library.hosts", `library.hosts: %q is neither a host ("www.gutenberg.org") nor all below one ("*.example.org"). Leave out https:// and what stands behind the host.`, h)
		}
	}
	if d := c.Library.FetchWithin; d < time.Second || d > 5*time.Minute {
		at("library.fetch_within", `library.fetch_within must be between "1s" and "5m"; it is %q.`, d)
	}
}

func webAddress(s string) (*url.URL, bool) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, false
	}
	return u, true
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// maxToken is the size of a token file in bytes beyond which it holds
// something else.
const maxToken = 64 << 10

// ReadSecrets reads the tokens of the platforms that are enabled, where the
// environment has not given them, and adds a warning about a file that others
// can read. Only what goes online needs it: looking up a passage must not need
// the right to read the token. The error is an *Error.
func (c *Config) ReadSecrets() error {
	var problems []Problem
	for _, s := range []struct {
		key   string
		path  string
		token *Secret
	}{
		{"discord.token_file", c.Discord.TokenFile, &c.Discord.Token},
		{"matrix.token_file", c.Matrix.TokenFile, &c.Matrix.Token},
	} {
		if *s.token != "" || s.path == "" {
			continue
		}
		token, warning, err := readSecret(s.path)
		if err != nil {
			problems = append(problems, Problem{Key: s.key, Message: fmt.Sprintf("%s: %v", s.key, err)})
			continue
		}
		if warning != "" {
			c.Warnings = append(c.Warnings, s.key+": "+warning)
		}
		*s.token = token
	}
	if len(problems) > 0 {
		return &Error{Problems: problems}
	}
	return nil
}

// readSecret returns what the file holds and a sentence if others can read it.
func readSecret(path string) (secret Secret, warning string, err error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", "", fmt.Errorf("there is no file %s. Write the token into it, with nothing else", path)
	case err != nil:
		return "", "", fmt.Errorf("the token cannot be read: %w", err)
	case !info.Mode().IsRegular():
		return "", "", fmt.Errorf("%s is not a file", path)
	case info.Size() > maxToken:
		return "", "", fmt.Errorf("%s is larger than any token: is it another file?", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", "", fmt.Errorf("the token cannot be read: %w. Give the file to the user that the bot runs as", err)
	}
	token := strings.TrimSpace(string(text))
	switch {
	case token == "":
		return "", "", fmt.Errorf("%s is empty. Write the token into it, with nothing else", path)
	case strings.ContainsAny(token, " \t\r\n"):
		return "", "", fmt.Errorf("%s holds more than a token. Leave the token alone in it, on one line", path)
	}
	// Other systems' modes do not say who may read.
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o004 != 0 {
		warning = fmt.Sprintf("everybody on this machine can read %s. Run: chmod 600 %[1]s", path)
	}
	return Secret(token), warning, nil
}
