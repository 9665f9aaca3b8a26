//go:build !linux

package importer

import "os/exec"

func apart(*exec.Cmd) {}

func noNetwork(*exec.Cmd) bool { return false }

func withNetwork(*exec.Cmd) {}

func endGroup(cmd *exec.Cmd) error {
	if cmd.Process == nil {
		return nil
	}
	return cmd.Process.Kill()
}
