package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

// A token that is refused ends the bot with a status of its own, by which a
// supervisor knows not to start it again.
func TestRefusedTokenHasItsOwnStatus(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"errcode":"M_UNKNOWN_TOKEN","error":"Invalid access token"}`)) // whoever asked may be gone
	}))
	t.Cleanup(server.Close)
	var out, errOut bytes.Buffer
	code := run(t.Context(), []string{"--db", filepath.Join(t.TempDir(), "lectern.db"), "serve"}, strings.NewReader(""), &out, &errOut,
		[]string{"LECTERN_MATRIX_HOMESERVER=" + server.URL, "LECTERN_MATRIX_USER=@lectern:test", "LECTERN_MATRIX_TOKEN=syt_swordfish"})
	if code != exitToken || !strings.Contains(errOut.String(), "the access token is not valid") || strings.Contains(errOut.String(), "swordfish") {
		t.Errorf("ended with %d\n%s", code, &errOut)
	}
}
