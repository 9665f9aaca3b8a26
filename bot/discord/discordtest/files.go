package discordtest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// file is what the CDN has.
type file struct {
	mime string
	data []byte
}

// keptFor is how long the address of an attachment is good for.
const keptFor = 24 * time.Hour

// keep stores a file and returns its address, which is signed and ends.
func (s *Server) keep(channelID string, a Attachment) string {
	path := "/cdn/attachments/" + channelID + "/" + a.ID + "/" + strings.Map(func(r rune) rune {
		if r == ' ' || r == '/' || r == '?' || r == '#' || r == '%' || r > 126 {
			return '_'
		}
		return r
	}, a.Name)
	s.files[path] = file{mime: a.MIME, data: a.Data}
	ends := strconv.FormatInt(s.time().Add(keptFor).Unix(), 16)
	return fmt.Sprintf("%s%s?ex=%s&is=%s&hm=%s", s.http.URL, path, ends, strconv.FormatInt(s.time().Unix(), 16), signature(path, ends))
}

func signature(path, ends string) string {
	h := hmac.New(sha256.New, []byte("discordtest"))
	_, _ = h.Write([]byte(path + "?" + ends)) // a hash takes whatever it gets
	return hex.EncodeToString(h.Sum(nil))
}

// serveFile is the CDN.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	fault := s.takeFault(r.Method, r.Method+" /cdn", r.URL.Path)
	f, ok := s.files[r.URL.Path]
	now := s.time()
	s.mu.Unlock()
	if fault != nil {
		if fault.Delay > 0 && !sleep(r.Context(), fault.Delay) {
			return
		}
		if fault.Kind == Drop {
			hijack(w)
			return
		}
		if a := fault.answer(); a != nil {
			s.write(w, a)
			return
		}
	}
	ends, err := strconv.ParseInt(r.URL.Query().Get("ex"), 16, 64)
	if !ok || err != nil || now.Unix() > ends || r.URL.Query().Get("hm") != signature(r.URL.Path, r.URL.Query().Get("ex")) {
		http.Error(w, "This content is no longer available.", http.StatusNotFound)
		return
	}
	if f.mime != "" {
		w.Header().Set("Content-Type", f.mime)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(f.data)))
	_, _ = w.Write(f.data) // the caller may have gone
}
