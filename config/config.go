// Package config reads what an operator sets: one section per part of the
// program, from a TOML file and from the environment. It is strict. A key that
// nobody reads is an error that names the nearest one that is read, since a
// setting that is silently ignored is found out a week later, in the room.
//
// Every setting has a name in the file (homeserver in the section [matrix])
// and one in the environment that follows from it
// (LECTERN_MATRIX_HOMESERVER). The environment wins over the file, the file
// over the defaults. A variable that is set to nothing counts as not set.
//
// Secrets never stand in the file: a file of their own is named there, or they
// come from the environment. They are of type Secret, which shows itself to no
// log and no printer.
package config

import (
	"log/slog"
	"time"
)

// A Config is everything that can be set. Load makes one.
type Config struct {
	// Database is the path of the SQLite file.
	Database string `toml:"database" path:"" want:"the path of a file"`

	Discord  Discord  `toml:"discord"`
	Matrix   Matrix   `toml:"matrix"`
	Log      Log      `toml:"log"`
	HTTP     HTTP     `toml:"http"`
	Delivery Delivery `toml:"delivery"`
	Library  Library  `toml:"library"`

	// Warnings are sentences about settings that work and should not stay as
	// they are.
	Warnings []string `toml:"-"`
}

// Discord is how to reach Discord. It is off without a token.
type Discord struct {
	// Token comes from the environment alone, or from TokenFile by ReadSecrets.
	Token     Secret `toml:"token" want:"the bot's token"`
	TokenFile string `toml:"token_file" path:"" want:"the path of a file that holds the token and nothing else"`
	APIURL    string `toml:"api_url" want:"an address that begins with https://"`
	Shards    Shards `toml:"shards" want:"\"auto\", or the shards of this process and how many there are in all: \"0-3/8\""`
}

// Enabled reports whether the bot is to be on Discord.
func (d Discord) Enabled() bool { return d.Token != "" || d.TokenFile != "" }

// Matrix is how to reach a Matrix homeserver. It is off without a homeserver.
type Matrix struct {
	Homeserver string `toml:"homeserver" want:"an address that begins with https://"`
	User       string `toml:"user" want:"the bot's full user ID, such as \"@lectern:example.org\""`
	// Token comes from the environment alone, or from TokenFile by ReadSecrets.
	Token     Secret `toml:"token" want:"the bot's access token"`
	TokenFile string `toml:"token_file" path:"" want:"the path of a file that holds the access token and nothing else"`
	// AllowInvites are the people whose invitations are accepted: full user
	// IDs, "*:server" for everybody there, "*" for everybody.
	AllowInvites []string `toml:"allow_invites" want:"a list of user IDs, such as [\"@ana:example.org\", \"*:example.org\"]"`
	// Ignore are the accounts that are not heard, written as those. At first they
	// are those by which bridges let people of other networks speak.
	Ignore []string `toml:"ignore" want:"a list of user IDs, such as [\"@discord_*:*\"]"`
}

// Enabled reports whether the bot is to be on Matrix.
func (m Matrix) Enabled() bool { return m.Homeserver != "" }

// Log is what is logged and how.
type Log struct {
	Level  slog.Level `toml:"level" want:"one of \"debug\", \"info\", \"warn\" and \"error\""`
	Format string     `toml:"format" want:"\"text\" or \"json\""`
}

// HTTP is the small server for the operator: health, readiness, metrics.
type HTTP struct {
	// Listen is host:port; it is off where it is empty.
	Listen string `toml:"listen" want:"a host and a port, such as \"127.0.0.1:8484\""`
}

// Delivery is how owed posts are sent.
type Delivery struct {
	// StopWithin is how long sends that are under way may take to finish when
	// the bot is told to stop.
	StopWithin time.Duration `toml:"stop_within" want:"a length of time between \"1s\" and \"5m\""`
	// Settle is how long a request whose outcome is not known may still be on
	// its way: so long, its post or answer is neither looked for nor sent again.
	Settle time.Duration `toml:"settle" want:"a length of time between \"0s\" and \"5m\""`
	// LateReminder is how late a reminder may still be posted after an outage.
	LateReminder time.Duration `toml:"late_reminder" want:"a length of time between \"0s\" and \"168h\""`
	// KeepRemoved is how long what is known of a group is kept after the bot was
	// removed from the last of its rooms; 0 is for ever.
	KeepRemoved time.Duration `toml:"keep_removed" want:"\"0s\" for ever, or a length of time between \"24h\" and \"87600h\""`
	// LateCommand is how old a command may be that was said while the bot was
	// away, and still be obeyed.
	LateCommand time.Duration `toml:"late_command" want:"a length of time between \"1m\" and \"168h\""`
}

// Library is what may be brought in.
type Library struct {
	// MaxFile is the largest file that is imported.
	MaxFile Size `toml:"max_file" want:"a size between \"1 kB\" and \"1 GB\""`
	// Hosts are the web's hosts that files are taken from: "example.org",
	// "*.example.org" for all below it, with ":8443" for a port other than 443.
	// Nothing is taken from the web where there are none.
	Hosts []string `toml:"hosts" want:"a list of hosts, such as [\"www.gutenberg.org\", \"*.example.org\"]"`
	// FetchWithin is how long it may take to get one from there.
	FetchWithin time.Duration `toml:"fetch_within" want:"a length of time between \"1s\" and \"5m\""`
}

// ghosts are the accounts that bridges make, as the bridges there are name them:
// with an underscore in front, or with the other network's name.
var ghosts = []string{
	"@_*:*", "@discord_*:*", "@telegram_*:*", "@whatsapp_*:*", "@signal_*:*", "@slack_*:*", "@facebook_*:*", "@messenger_*:*", "@instagram_*:*", "@meta_*:*",
	"@gmessages_*:*", "@googlechat_*:*", "@gvoice_*:*", "@imessage_*:*", "@twitter_*:*", "@bluesky_*:*", "@linkedin_*:*", "@zulip_*:*", "@irc_*:*", "@xmpp_*:*",
}

// Default is what holds where nothing is set.
func Default() Config {
	return Config{
		Database: "lectern.db",
		Discord:  Discord{APIURL: "https://discord.com"},
		Matrix:   Matrix{Ignore: ghosts},
		Log:      Log{Level: slog.LevelInfo, Format: "text"},
		Delivery: Delivery{StopWithin: 10 * time.Second, Settle: 5 * time.Second, LateReminder: 2 * time.Hour, LateCommand: 10 * time.Minute},
		Library:  Library{MaxFile: 64 * MB, FetchWithin: 30 * time.Second},
	}
}
