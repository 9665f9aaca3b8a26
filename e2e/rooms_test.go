//go:build full

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Lectern in hundreds of rooms, some of them encrypted and full of devices, beside
// an echo bot on another library. "make measure-rooms" runs it.
func BenchmarkRooms(b *testing.B) {
	h := newHomeserver(b)
	cmd := exec.CommandContext(b.Context(), program(b, "E2E_ROOMS"))
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "ROOMS_HOMESERVER="+h.url, "ROOMS_SECRET="+sharedSecret, "ROOMS_LECTERN="+program(b, "E2E_BIN"),
		"ROOMS_ECHO="+filepath.Join(program(b, "E2E_CLIENTS"), "echo.mjs"))
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		b.Fatal(err)
	}
}
