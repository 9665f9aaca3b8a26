package discordtest

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"
)

// elsewhere sends what is meant for Discord to the server.
type elsewhere struct{ to *url.URL }

func (e elsewhere) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = e.to.Scheme, e.to.Host
	return http.DefaultTransport.RoundTrip(r)
}

// library connects a bot that is written with a library of others.
func library(t *testing.T, s *Server) *discordgo.Session {
	t.Helper()
	dg, err := discordgo.New("Bot " + s.Token())
	if err != nil {
		t.Fatal(err)
	}
	to, err := url.Parse(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	dg.Client = &http.Client{Transport: elsewhere{to}}
	dg.Identify.Intents = discordgo.IntentsGuilds | discordgo.IntentsGuildScheduledEvents | discordgo.IntentGuildMessagePolls
	dg.StateEnabled = false
	return dg
}

// TestALibraryTalksToIt has a bot answer a command, complete an option, show a
// form, take it, and change a message when its button is pressed.
func TestALibraryTalksToIt(t *testing.T) {
	s := NewServer(t, Options{Now: time.Now})
	guild := s.AddGuild("Readers")
	room := s.AddChannel(guild, Channel{Name: "reading"})
	ana := s.AddMember(guild, s.AddUser("Ana"))

	dg := library(t, s)
	failed := func(err error) {
		if err != nil {
			t.Error(err)
		}
	}
	dg.AddHandler(func(dg *discordgo.Session, i *discordgo.InteractionCreate) {
		none := &discordgo.MessageAllowedMentions{}
		switch i.Type {
		case discordgo.InteractionApplicationCommandAutocomplete:
			failed(dg.InteractionRespond(i.Interaction, &discordgo.InteractionResponse{
				Type: discordgo.InteractionApplicationCommandAutocompleteResult,
				Data: &discordgo.InteractionResponseData{Choices: []*discordgo.ApplicationCommandOptionChoice{{Name: "wright 37", Value: "wright 37"}}},
			}))
		case discordgo.InteractionApplicationCommand:
			cited := i.ApplicationCommandData().Options[0].StringValue()
			failed(dg.InteractionRespond(i.Interaction, &discordgo.InteractionResponse{Type: discordgo.InteractionResponseDeferredChannelMessageWithSource}))
			_, err := dg.InteractionResponseEdit(i.Interaction, &discordgo.WebhookEdit{
				Components: &[]discordgo.MessageComponent{
					discordgo.TextDisplay{Content: "The passage of " + cited},
					discordgo.ActionsRow{Components: []discordgo.MessageComponent{discordgo.Button{Label: "Ask", Style: discordgo.PrimaryButton, CustomID: "ask"}}},
				},
				Flags: discordgo.MessageFlagsIsComponentsV2, AllowedMentions: none,
			})
			failed(err)
		case discordgo.InteractionMessageComponent:
			failed(dg.InteractionRespond(i.Interaction, &discordgo.InteractionResponse{
				Type: discordgo.InteractionResponseModal,
				Data: &discordgo.InteractionResponseData{CustomID: "form", Title: "Ask", Components: []discordgo.MessageComponent{
					discordgo.Label{Label: "Question", Component: discordgo.TextInput{CustomID: "q", Style: discordgo.TextInputParagraph}},
				}},
			}))
		case discordgo.InteractionModalSubmit:
			asked := i.ModalSubmitData().Components[0].(*discordgo.Label).Component.(*discordgo.TextInput).Value
			failed(dg.InteractionRespond(i.Interaction, &discordgo.InteractionResponse{
				Type: discordgo.InteractionResponseChannelMessageWithSource,
				Data: &discordgo.InteractionResponseData{Content: "Asked: " + asked, Flags: discordgo.MessageFlagsEphemeral, AllowedMentions: none},
			}))
		}
	})
	if err := dg.Open(); err != nil {
		t.Fatal(err)
	}
	defer dg.Close()
	if _, err := dg.ApplicationCommandBulkOverwrite(s.Application(), "", []*discordgo.ApplicationCommand{{
		Name: "passage", Description: "Show a passage",
		Options: []*discordgo.ApplicationCommandOption{{Type: discordgo.ApplicationCommandOptionString, Name: "citation", Description: "Which", Required: true, Autocomplete: true}},
	}}); err != nil {
		t.Fatal(err)
	}

	see := func(in *Interaction, err error) Outcome {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		o, err := in.Wait(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	o := see(s.Complete(ana, room, "passage", "citation", Values{"citation": "wri"}))
	if len(o.Choices) != 1 || o.Choices[0].Value != "wright 37" {
		t.Errorf("ana is offered %v", o.Choices)
	}
	o = see(s.Command(ana, room, "passage", Values{"citation": "wright 37"}))
	if got := o.Message.Text(); got != "The passage of wright 37\nAsk" {
		t.Errorf("ana reads %q", got)
	}
	o = see(s.Press(ana, o.Message.ID, "Ask"))
	if o.Modal == nil || o.Modal.Title != "Ask" {
		t.Fatalf("ana sees no form but %+v", o)
	}
	o = see(s.Submit(o.Modal, map[string]any{"Question": "What is evidence?"}))
	if got := o.Message.Text(); got != "Asked: What is evidence?" || !o.Message.Ephemeral() {
		t.Errorf("ana reads %q, ephemeral: %v", got, o.Message.Ephemeral())
	}
	if n := len(s.Messages(room, s.Owner(guild))); n != 1 {
		t.Errorf("somebody else sees %d messages, want the passage alone", n)
	}

	// What the library does by itself passes too.
	m, err := dg.ChannelMessageSendComplex(room, &discordgo.MessageSend{
		Content: "The portion", Files: []*discordgo.File{{Name: "portion.html", ContentType: "text/html", Reader: strings.NewReader("<p>1</p>")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dg.MessageThreadStart(room, m.ID, "Reading 3", 1440); err != nil {
		t.Error(err)
	}
	if len(m.Attachments) != 1 {
		t.Fatalf("the message has %d files", len(m.Attachments))
	}
	res, err := http.Get(m.Attachments[0].URL)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("the file: %s", res.Status)
	}
}
