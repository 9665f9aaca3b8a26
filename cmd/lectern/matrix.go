package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/term"

	"lectern/bot/matrix"
	"lectern/storage"
)

type matrixCmd struct {
	Login  matrixLoginCmd  `cmd:"" help:"Log the bot in with its password, once, and have its device verified."`
	Verify matrixVerifyCmd `cmd:"" help:"Say whether the bot's device is verified, and verify it if it is not."`
}

// keysBeside is where the keys of the bot's device are.
func keysBeside(database string) string { return database + ".matrix.keys" }

type matrixLoginCmd struct {
	NewDevice bool `help:"Make another device although there is a token already: the keys were lost, or the token is refused."`
}

// Run logs the bot in and keeps its token, never its password.
func (c *matrixLoginCmd) Run(a *app) (err error) {
	settings, err := a.settings()
	if err != nil {
		return err
	}
	m := settings.Matrix
	switch {
	case !m.Enabled():
		return errors.New("the settings name no homeserver. Set matrix.homeserver, matrix.user and matrix.token_file first")
	case m.TokenFile == "":
		return errors.New("the settings name no file for the token. Set matrix.token_file; login writes it")
	}
	path, err := a.path()
	if err != nil {
		return err
	}
	if text, err := os.ReadFile(m.TokenFile); err == nil && strings.TrimSpace(string(text)) != "" && !c.NewDevice {
		return fmt.Errorf("there is a token in %s already. lectern matrix verify says how it stands; --new-device makes another device", m.TokenFile)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	db, err := a.make()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	unlock, err := db.Lock()
	if errors.Is(err, storage.ErrLocked) {
		return errors.New("the bot is running with this database. Stop it first: it would go on with the device that it has")
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	// A token that cannot be kept is of no use.
	file, err := os.OpenFile(m.TokenFile, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	ask := &operator{app: a}
	account := &matrix.Account{Homeserver: m.Homeserver, User: m.User, Keys: keysBeside(path), Ask: ask}
	password, err := ask.Password(a.ctx)
	if err != nil {
		return err
	}
	if err := account.LogIn(a.ctx, password); err != nil {
		return err
	}
	if err := errors.Join(file.Chmod(0o600), file.Truncate(0)); err != nil {
		return err
	}
	if _, err := file.WriteAt([]byte(account.Token+"\n"), 0); err != nil {
		return err
	}
	a.show("Logged in as %s. The token is in %s: keep it for good, and use it for nothing else.\n", m.User, m.TokenFile)
	return a.verify(account, false)
}

type matrixVerifyCmd struct {
	Check bool `help:"Only say how it stands."`
}

// Run verifies the bot's device.
func (c *matrixVerifyCmd) Run(a *app) error {
	settings, err := a.settings()
	if err == nil {
		err = settings.ReadSecrets()
	}
	if err != nil {
		return err
	}
	if !settings.Matrix.Enabled() {
		return errors.New("the settings name no homeserver. Set matrix.homeserver, matrix.user and matrix.token_file first")
	}
	path, err := a.path()
	if err != nil {
		return err
	}
	return a.verify(&matrix.Account{Homeserver: settings.Matrix.Homeserver, User: settings.Matrix.User, Token: string(settings.Matrix.Token),
		Keys: keysBeside(path), Ask: &operator{app: a}}, c.Check)
}

// verify verifies a device and says what came of it.
func (a *app) verify(account *matrix.Account, check bool) error {
	v, err := account.Verify(a.ctx, check)
	if v.RecoveryKey != "" {
		a.show("\nThe account's recovery key, which is shown this once:\n\n    %s\n\nWrite it down, and keep it apart from this machine. It verifies the bot's next device if this one is lost.\n\n", v.RecoveryKey)
	}
	switch {
	case errors.Is(err, matrix.ErrRecoveryKey):
		return errors.New("that is not the account's recovery key: it is the one that was shown when its keys were made. Try again: lectern matrix verify")
	case errors.Is(err, matrix.ErrPassword):
		return errors.New("the homeserver does not take that password. Try again: lectern matrix verify")
	case err != nil:
		return err
	case v.Verified:
		a.show("The device %s is verified: nobody is warned of the bot. Its fingerprint is %s.\n", v.Device, v.Fingerprint)
		return nil
	}
	return fmt.Errorf("the device %s is not verified, and people are warned of it in encrypted rooms. Its fingerprint is %s. With the account's recovery key: lectern matrix verify", v.Device, v.Fingerprint)
}

// An operator is asked on the terminal, without showing what they type, or by
// lines of standard input.
type operator struct {
	*app
	lines    *bufio.Reader
	password string
}

// Password implements matrix.Asker; it asks once.
func (o *operator) Password(context.Context) (string, error) {
	if o.password == "" {
		var err error
		if o.password, err = o.ask("The bot's password on its homeserver: "); err != nil {
			return "", err
		}
		if o.password == "" {
			return "", errors.New("without the password nothing was done")
		}
	}
	return o.password, nil
}

// RecoveryKey implements matrix.Asker.
func (o *operator) RecoveryKey(context.Context) (string, error) {
	return o.ask("The account signs its devices already. Its recovery key (empty to leave it): ")
}

func (o *operator) ask(question string) (string, error) {
	if f, ok := o.in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		_, _ = io.WriteString(o.errOut, question)
		text, err := term.ReadPassword(int(f.Fd()))
		_, _ = io.WriteString(o.errOut, "\n")
		return strings.TrimSpace(string(text)), err
	}
	if o.lines == nil {
		o.lines = bufio.NewReader(o.in)
	}
	line, err := o.lines.ReadString('\n')
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return strings.TrimSpace(line), err
}
