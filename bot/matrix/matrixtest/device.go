package matrixtest

import (
	"context"
	"encoding/json"
	"path/filepath"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto/cryptohelper"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// A Device has a person's keys, for encrypted rooms on a real homeserver. It is
// another one than the bot's: a whole client of the library that the bot uses
// parts of, with its own idea of who is in a room.
type Device struct {
	cli    *mautrix.Client
	helper *cryptohelper.CryptoHelper
}

// NewDevice gives a person's device keys, and keeps them until the test ends.
func NewDevice(t testing.TB, p Person) *Device {
	t.Helper()
	cli, err := mautrix.NewClient(p.URL, id.UserID(p.ID), p.Token)
	if err != nil {
		t.Fatal(err)
	}
	who, err := cli.Whoami(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cli.DeviceID = who.DeviceID
	helper, err := cryptohelper.NewCryptoHelper(cli, []byte("test"), filepath.Join(t.TempDir(), "keys"))
	if err != nil {
		t.Fatal(err)
	}
	if err := helper.Init(t.Context()); err != nil {
		t.Fatal(err)
	}
	cli.Crypto = helper
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cli.SyncWithContext(ctx) // it ends with the test
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
		if err := helper.Close(); err != nil {
			t.Error(err)
		}
	})
	return &Device{cli, helper}
}

// send sends a message as the room wants it, and returns its ID.
func (d *Device) send(t testing.TB, room string, content map[string]any) string {
	t.Helper()
	text, err := json.Marshal(content)
	if err != nil {
		t.Fatal(err)
	}
	c := &event.Content{VeryRaw: text}
	if err := c.ParseRaw(event.EventMessage); err != nil {
		t.Fatal(err)
	}
	resp, err := d.cli.SendMessageEvent(context.WithoutCancel(t.Context()), id.RoomID(room), event.EventMessage, c)
	if err != nil {
		t.Fatal(err)
	}
	return string(resp.EventID)
}

// open is an event as the device reads it: as it is where its key is not there.
func (d *Device) open(t testing.TB, room string, e Event) Event {
	t.Helper()
	if e.Type != "m.room.encrypted" {
		return e
	}
	text, err := json.Marshal(e.Content)
	if err != nil {
		t.Fatal(err)
	}
	sealed := &event.Event{ID: id.EventID(e.ID), RoomID: id.RoomID(room), Sender: id.UserID(e.Sender), Timestamp: e.At, Type: event.EventEncrypted, Content: event.Content{VeryRaw: text}}
	if sealed.Content.ParseRaw(sealed.Type) != nil {
		return e // it was taken back
	}
	plain, err := d.helper.Decrypt(context.WithoutCancel(t.Context()), sealed)
	if err != nil {
		return e
	}
	e.Type, e.Content = plain.Type.Type, plain.Content.Raw
	return e
}
