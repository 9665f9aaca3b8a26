//go:build full

package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A client that nobody here wrote, in a browser, shows what the bot says in an
// encrypted room: a passage as a quotation, an announcement, and a picture with
// the words that stand for it. A click on ✅ there is a check-in.
func TestHydrogen(t *testing.T) {
	clients := full(t)
	t.Parallel()
	pictures := os.Getenv("E2E_PICTURES")
	if pictures == "" {
		t.Fatal("E2E_PICTURES is not set: make e2e-full sets it")
	}
	if err := os.MkdirAll(pictures, 0o755); err != nil {
		t.Fatal(err)
	}
	h := newHomeserver(t)
	l := newLectern(t, h)
	if err := os.Remove(l.dir + "/token"); err != nil {
		t.Fatal(err)
	}
	if code, out := l.enter("password-of-lectern\n", "matrix", "login"); code != 0 {
		t.Fatalf("login: %d\n%s", code, out)
	}
	l.run("library", "import", "../sample/reading-together.md", "--alias", "handbook")
	l.start()
	h.register("ana")
	h.register("ben")
	cmd := exec.CommandContext(t.Context(), "node", "hydrogen.mjs", h.url, l.me.id, pictures)
	cmd.Dir = clients
	var errOut bytes.Buffer
	cmd.Stderr = &errOut
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out, &errOut)
	}
	var saw struct {
		Passage, Strong, Announcement string
		Picture                       struct {
			Alt           string
			Width, Height int
		}
		Undecryptable *int
	}
	for line := range bytes.Lines(out) {
		if err := json.Unmarshal(line, &saw); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	if saw.Strong != "3" || !strings.Contains(saw.Passage, "other readers") {
		t.Errorf("the passage is\n%s", saw.Passage)
	}
	if !strings.Contains(saw.Announcement, "Reading 1 of 4") || !strings.Contains(saw.Announcement, "✅") {
		t.Errorf("the announcement is\n%s", saw.Announcement)
	}
	if !strings.Contains(saw.Picture.Alt, "read by 2, being read now") || saw.Picture.Width < 400 || saw.Picture.Height < 100 {
		t.Errorf("the picture is %+v", saw.Picture)
	}
	if saw.Undecryptable == nil || *saw.Undecryptable != 0 {
		t.Errorf("what cannot be read, or is warned of: %v", saw.Undecryptable)
	}
	for _, name := range []string{"passage.png", "announcement.png", "picture.png"} {
		if info, err := os.Stat(filepath.Join(pictures, name)); err != nil || info.Size() < 10000 {
			t.Errorf("%s was not kept: %v", name, err)
		}
	}
	t.Logf("it shows\n%s", out)
	l.stop()
}
