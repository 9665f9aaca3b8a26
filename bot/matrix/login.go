package matrix

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto/ssss"
	"maunium.net/go/mautrix/id"
)

// An Account is the bot's on a homeserver, as an operator sets it up.
type Account struct {
	Homeserver string
	User       string
	Token      string // "" before LogIn
	// Keys is the path of the database that holds the device's keys.
	Keys string
	// Ask is asked for what only the operator has.
	Ask Asker
}

// An Asker asks the operator. What it returns is used and forgotten.
type Asker interface {
	Password(ctx context.Context) (string, error)
	// RecoveryKey is the one that was shown when the account's keys were made;
	// "" if it is not to be had.
	RecoveryKey(ctx context.Context) (string, error)
}

// A Verification is how the bot's device stands with those who see its
// messages.
type Verification struct {
	// Verified says that the account has signed the device: nobody is warned.
	Verified bool
	// Already is set when nothing had to be done for it.
	Already bool
	// RecoveryKey is set once, when the account's keys were made: whoever has it
	// can sign other devices of the bot's.
	RecoveryKey string
	// Device is the device's name on the homeserver, and Fingerprint what other
	// people's programs show of it.
	Device, Fingerprint string
}

// Errors that the operator can mend.
var (
	ErrPassword    = errors.New("matrix: the homeserver does not take this password")
	ErrRecoveryKey = errors.New("matrix: this is not the account's recovery key")
)

func (a *Account) client() (*mautrix.Client, error) {
	cli, err := mautrix.NewClient(a.Homeserver, id.UserID(a.User), a.Token)
	if err != nil {
		return nil, fmt.Errorf("matrix: %w", err)
	}
	cli.Log = zerolog.Nop()
	cli.Client = &http.Client{Timeout: time.Minute}
	return cli, nil
}

// LogIn makes a new device of the account's, and sets Token. The keys of the
// device before it, if there are any, are moved aside. The password goes to the
// homeserver alone.
func (a *Account) LogIn(ctx context.Context, password string) error {
	cli, err := a.client()
	if err != nil {
		return err
	}
	resp, err := cli.Login(ctx, &mautrix.ReqLogin{
		Type:                     mautrix.AuthTypePassword,
		Identifier:               mautrix.UserIdentifier{Type: mautrix.IdentifierTypeUser, User: a.User},
		Password:                 password,
		InitialDeviceDisplayName: "Lectern",
	})
	switch {
	case code(err) == "M_FORBIDDEN":
		return ErrPassword
	case err != nil:
		return fmt.Errorf("matrix: the homeserver does not log the bot in: %w", err)
	case resp.UserID != id.UserID(a.User):
		return fmt.Errorf("matrix: the homeserver logged %s in, and not %s", resp.UserID, a.User)
	}
	a.Token = resp.AccessToken
	if _, err := os.Stat(a.Keys); err == nil {
		return removeKeys(a.Keys)
	}
	return nil
}

// Verify makes sure that the account has signed the device, so that nobody is
// warned of it. Of an account that signs nothing yet it makes the keys, for
// which it may ask for the password; otherwise it asks for the recovery key,
// unless check is set: then it only looks.
func (a *Account) Verify(ctx context.Context, check bool) (out Verification, err error) {
	cli, err := a.client()
	if err != nil {
		return out, err
	}
	who, err := cli.Whoami(ctx)
	switch {
	case err != nil && status(err) == http.StatusUnauthorized:
		return out, fmt.Errorf("%w: %w", ErrToken, err)
	case err != nil:
		return out, fmt.Errorf("matrix: the homeserver does not answer: %w", err)
	case who.UserID != id.UserID(a.User):
		return out, fmt.Errorf("%w for %s: it is %s's", ErrToken, a.User, who.UserID)
	}
	cli.DeviceID = who.DeviceID
	v, err := openVault(ctx, cli, a.Keys, nil)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, v.close()) }()
	out.Device, out.Fingerprint = string(who.DeviceID), v.mach.Fingerprint()
	has, signed, err := v.standing(ctx)
	if err != nil {
		return out, err
	}
	out.Verified, out.Already = signed, signed
	switch {
	case signed || check:
		return out, nil
	case has:
		err = a.recover(ctx, v)
	default:
		out.RecoveryKey, err = a.makeKeys(ctx, v)
	}
	if err != nil {
		return out, err
	}
	_, out.Verified, err = v.standing(ctx)
	return out, err
}

// makeKeys makes the keys that sign the account's devices, and signs this one.
func (a *Account) makeKeys(ctx context.Context, v *vault) (recovery string, err error) {
	var asked error
	recovery, _, err = v.mach.GenerateAndUploadCrossSigningKeys(ctx, func(ui *mautrix.RespUserInteractive) any {
		var password string
		if password, asked = a.Ask.Password(ctx); asked != nil {
			return nil
		}
		return &mautrix.ReqUIAuthLogin{BaseAuthData: mautrix.BaseAuthData{Type: mautrix.AuthTypePassword, Session: ui.Session}, User: a.User, Password: password}
	}, "")
	switch {
	case asked != nil:
		return "", asked
	case err != nil && (status(err) == http.StatusUnauthorized || code(err) == "M_FORBIDDEN"):
		return "", ErrPassword
	case err != nil:
		return recovery, fmt.Errorf("matrix: the keys that sign the device cannot be made: %w", err)
	}
	if err := errors.Join(v.mach.SignOwnDevice(ctx, v.mach.OwnIdentity()), v.mach.SignOwnMasterKey(ctx)); err != nil {
		return recovery, fmt.Errorf("matrix: the device cannot be signed: %w", err)
	}
	return recovery, nil
}

// recover signs the device with keys that the homeserver holds, locked with the
// recovery key.
func (a *Account) recover(ctx context.Context, v *vault) error {
	key, err := a.Ask.RecoveryKey(ctx)
	if err != nil || key == "" {
		return err
	}
	err = v.mach.VerifyWithRecoveryKey(ctx, key)
	if errors.Is(err, ssss.ErrInvalidRecoveryKey) || errors.Is(err, ssss.ErrIncorrectSSSSKey) {
		return ErrRecoveryKey
	}
	if err != nil {
		return fmt.Errorf("matrix: the device cannot be signed: %w", err)
	}
	return nil
}
