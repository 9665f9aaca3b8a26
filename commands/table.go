package commands

import (
	"lectern/bot"
	"lectern/reading"
)

// The families of commands, as help groups them.
const (
	lookUp    = "look up"
	readAlong = "read along"
	talk      = "talk"
	organise  = "organise"
	know      = "know"
)

// Table is everything that people can say. Help, permission, completion, text
// parsing and the reference in docs derive from it.
func (k *Desk) Table() []bot.Command {
	return []bot.Command{
		{
			Name: "reading", Family: readAlong, Summary: "What to read now, and by when.", Brief: true, Run: k.showReading,
			Params:  []bot.Param{{Name: "number", Type: bot.Integer, Summary: "another reading's number"}, whichPlan()},
			Example: "reading",
		},
		{
			Name: "done", Family: readAlong, Summary: "You have read it.", Brief: true, InReply: true, React: "✅", Run: k.done,
			Params:  []bot.Param{whichPlan()},
			Example: "done",
		},
		{
			Name: "at", Family: readAlong, Summary: "You have read up to a passage.", Brief: true, InReply: true, Run: k.at,
			Params:  []bot.Param{whichPlan(), {Name: "place", Type: bot.Citation, Summary: "a passage's number, a section, a page, or a part of the book: 42, ch. 3, p. 112, 40%", Required: true, Rest: true}},
			Example: "at 12",
		},
		{
			Name: "skip", Family: readAlong, Summary: "You leave this reading out.", InReply: true, React: "⏭", Run: k.skip,
			Params:  []bot.Param{whichPlan()},
			Example: "skip",
		},
		{
			Name: "join", Family: readAlong, Summary: "Read along with the group.", Run: k.join, Example: "join",
		},
		{
			Name: "leave", Family: readAlong, Summary: "Stop reading along. What you checked in stays.", Who: bot.Member, Run: k.leave, Example: "leave",
		},
		{
			Name: "progress", Family: readAlong, Summary: "How far the group is.", Run: k.progress, Params: []bot.Param{whichPlan()}, Example: "progress",
		},
		{
			Name: "catchup", Family: readAlong, Summary: "A pace of your own, to be where the group is by a day.", Run: k.catchup,
			Params:  []bot.Param{{Name: "by", Type: bot.Date, Summary: "by when: 1 march; none forgets it; nothing shows it again", Rest: true}, whichPlan()},
			Example: "catchup by 20 dec",
		},
		{
			Name: "remind", Family: readAlong, Summary: "Be mentioned in the group's announcements and reminders, so that your phone rings.", Who: bot.Member, Run: k.remind,
			Params: []bot.Param{{Name: "what", Type: bot.OneOf, Summary: "on: in announcements and reminders; all: in questions too; off. How it stands if you say nothing",
				Choices: []bot.Choice{{Value: remindOn, Label: "on: announcements and reminders"}, {Value: remindAll, Label: "all: questions too"}, {Value: remindOff, Label: "off"}}}},
			Example: "remind on",
		},
		{
			Name: "text", Family: readAlong, Summary: "The reading's text as a file, for you alone.", Run: k.text,
			Params:  []bot.Param{{Name: "number", Type: bot.Integer, Summary: "another reading's number"}, whichPlan()},
			Example: "text",
		},
		{
			Name: "passage", Family: lookUp, Summary: "Show a passage, a range or a section.", Brief: true, Anywhere: true, Run: k.passage,
			Params:  []bot.Param{{Name: "citation", Type: bot.Citation, Summary: "a work and a place in it: handbook 12, handbook 3-5, handbook §2", Required: true, Rest: true, Complete: k.completeCitation}},
			Example: "passage handbook 12",
		},
		{
			Name: "cite", Family: lookUp, Summary: "A passage as a bibliography wants it: Chicago, MLA, BibTeX or CSL-JSON.", Anywhere: true, Run: k.cite,
			Params:  []bot.Param{{Name: "citation", Type: bot.Citation, Summary: "a work and a place in it, and a style at the end: chicago, mla, bibtex, csl-json", Required: true, Rest: true, Complete: k.completeCitation}},
			Example: "cite handbook 12 mla",
		},
		{
			Name: "search", Family: lookUp, Summary: "Find words in the group's books.", Brief: true, Anywhere: true, Run: k.search,
			Params:  []bot.Param{{Name: "query", Type: bot.Text, Summary: "words, \"a phrase\", prefix*, OR, NOT, NEAR(a b, 5), in:work, by:author, section:title", Required: true, Rest: true}},
			Example: "search question",
		},
		{
			Name: "quote", Family: lookUp, Summary: "Find where a quotation stands, however it was copied.", Anywhere: true, Menu: "Find the source", Run: k.quote,
			Params:  []bot.Param{{Name: "text", Type: bot.Text, Summary: "the words; nothing, in an answer to a message that quotes them", Rest: true}},
			Example: "quote a hard book is given up at page sixty, with nobody looking",
		},
		{
			Name: "parallels", Family: lookUp, Summary: "Where the books quote each other, or the same source.", Anywhere: true, Run: k.parallels,
			Params:  []bot.Param{{Name: "work", Type: bot.WorkName, Summary: "one book, and what it shares; all of them if you say nothing", Rest: true, Complete: k.completeWork}},
			Example: "parallels",
		},
		{
			Name: "works", Family: lookUp, Summary: "The books on the shelf.", Anywhere: true, Run: k.works, Example: "works",
		},
		{
			Name: "outline", Family: lookUp, Summary: "A book's sections, with their passages.", Anywhere: true, Run: k.outline,
			Params:  []bot.Param{{Name: "work", Type: bot.WorkName, Summary: "its name on the shelf", Required: true, Rest: true, Complete: k.completeWork}},
			Example: "outline handbook",
		},
		{
			Name: "group setup", Family: organise, Summary: "Make this room's reading group.", Anywhere: true, Form: true, Who: bot.Organiser, May: k.maySetUp, Run: k.groupSetup,
			Params: []bot.Param{
				{Name: "name", Type: bot.String, Summary: "what the group is called", Required: true, Check: k.checkName},
				{Name: "city", Type: bot.String, Summary: "the city that sets its clock, or a time zone", Required: true, Check: k.checkCity},
				{Name: "place", Type: bot.String, Summary: "where it meets"},
				{Name: "length", Type: bot.String, Summary: "how long a meeting takes: 90 min", Check: k.checkLength},
			},
			Example: "group setup",
		},
		{
			Name: "group settings", Family: organise, Summary: "Show or change what the group has settled.", Who: bot.Organiser, Run: k.groupSettings,
			Params: []bot.Param{
				{Name: "name", Type: bot.String, Summary: "what the group is called", Check: k.checkName},
				{Name: "place", Type: bot.String, Summary: "where it meets"},
				{Name: "length", Type: bot.String, Summary: "how long a meeting takes", Check: k.checkLength},
				{Name: "city", Type: bot.String, Summary: "the city that sets its clock, or a time zone", Check: k.checkCity},
				{Name: "brackets", Type: bot.OneOf, Summary: "whether a citation in brackets, [handbook 12], is looked up when somebody writes it to the others: on, off", Choices: []bot.Choice{{Value: "on", Label: "on"}, {Value: "off", Label: "off"}}},
				{Name: "prefix", Type: bot.String, Summary: "what may stand before commands in this room, where they are typed: !r; - for the usual alone", Check: k.checkPrefix},
				{Name: "pin", Type: bot.OneOf, Summary: "whether the announcement of what is being read is pinned in this room: on, off", Choices: []bot.Choice{{Value: "on", Label: "on"}, {Value: "off", Label: "off"}}},
				{Name: "discuss", Type: bot.OneOf, Summary: "where this room talks about a reading, and its questions are posted: in the room, in a thread under the announcement, or in a post of a forum", Choices: []bot.Choice{{Value: "room", Label: "room"}, {Value: "thread", Label: "thread"}, {Value: "forum", Label: "forum"}}},
				{Name: "forum", Type: bot.ForumID, Summary: "the forum in which each reading gets a post to talk about it"},
			},
			Example: "group settings place:\"Reading room\"",
		},
		{
			Name: "group organiser", Family: organise, Summary: "Let a member look after the group too.", Who: bot.Organiser, Run: k.groupOrganiser,
			Params:  []bot.Param{{Name: "member", Type: bot.Person, Summary: "a member's name", Required: true, Rest: true}},
			Example: "group organiser Ben",
		},
		{
			Name: "library add", Family: organise, Summary: "Put a book on the group's shelf: send its file along, or name its web address.", Brief: true, Who: bot.Organiser, TakesFile: true, Run: k.libraryAdd,
			Params: []bot.Param{
				{Name: "alias", Type: bot.String, Summary: "a short name to cite it by"},
				{Name: "title", Type: bot.String, Summary: "its title, if the file does not say it"},
				{Name: "author", Type: bot.String, Summary: "its author, if the file does not say it"},
				{Name: "from", Type: bot.String, Summary: "its address on the web (https://…), of a host that the operator allows", Named: true},
			},
			Example: "library add",
		},
		{
			Name: "library chapters", Family: organise, Summary: "Put a book on the shelf by its outline only: one that may not be copied in.", Who: bot.Organiser, TakesFile: true, Run: k.libraryChapters,
			Params: []bot.Param{
				{Name: "outline", Type: bot.Text, Summary: "title: …; author: …; edition: name, pages; then each chapter with its pages, on lines of their own or parted by semicolons; or send it along as a file", Rest: true},
			},
			Example: "library chapters title: The Sea Road; 1 Setting out | 1-24; 2 The strait | 25-60",
		},
		{
			Name: "library fix", Family: organise, Summary: "Mend a book's text by hand, and see it before it counts.", Who: bot.Organiser, Run: k.libraryFix,
			Params: []bot.Param{
				{Name: "work", Type: bot.WorkName, Summary: "the book's name on the shelf", Required: true, Complete: k.completeWork},
				{Name: "what", Type: bot.Text, Summary: "12 split \"words\", 12 merge, 12 drop, 12 heading 2, 12 kind quotation, 12 by \"name\", §\"heading\" level 2, §\"heading\" rename \"title\", §\"heading\" text, left \"words\" restore, title \"…\", author \"…\", alias \"…\", or undo", Rest: true},
			},
			Example: "library fix letters 12 merge",
		},
		{
			Name: "library look", Family: organise, Summary: "See what was found in a book that was sent, or is the group's: its outline, what is in doubt, what was left out.", Who: bot.Organiser, Run: k.libraryDraft,
			Params: []bot.Param{
				{Name: "book", Type: bot.String, Summary: "the name it would have", Required: true},
				{Name: "show", Type: bot.String, Summary: "outline, details, doubts, left-out or correct"},
				{Name: "from", Type: bot.Integer, Summary: "with which doubt, or piece that was left out, to begin", Named: true},
				{Name: "draft", Type: bot.Integer, Summary: "which, if it was sent again"},
			},
			Example: "library look letters outline",
		},
		{
			Name: "library put", Family: organise, Summary: "Add a book that was sent and looked at.", Who: bot.Organiser, Run: k.libraryPut,
			Params: []bot.Param{
				{Name: "book", Type: bot.String, Summary: "the name it will have", Required: true},
				{Name: "drop", Type: bot.String, Summary: "yes forgets it instead"},
				{Name: "replace", Type: bot.String, Summary: "yes puts it in the place of another text of that name", Named: true},
				{Name: "draft", Type: bot.Integer, Summary: "which, if it was sent again"},
			},
			Example: "library put letters",
		},
		{
			Name: "library remove", Family: organise, Summary: "Take a book off the group's shelf.", Who: bot.Organiser, Run: k.libraryRemove,
			Params: []bot.Param{
				{Name: "work", Type: bot.WorkName, Summary: "the book's name on the shelf", Required: true, Complete: k.completeWork},
				{Name: "sure", Type: bot.String, Summary: "yes does it at once"},
			},
			Example: "library remove letters",
		},
		{
			Name: "plan create", Family: organise, Summary: "Cut a book into readings with dates, and see it before it counts.", Brief: true, Who: bot.Organiser, TakesFile: true, Run: k.planCreate,
			Params: []bot.Param{
				{Name: "work", Type: bot.WorkName, Summary: "the book's name on the shelf; several as \"one, two\"", Required: true, Check: k.checkWork, Complete: k.completeWork},
				{Name: "when", Type: bot.String, Summary: "when you meet: \"tue 19:00\"", Required: true, Check: k.checkCadence},
				{Name: "weeks", Type: bot.String, Summary: "how many weeks, \"1500 words\", \"30 pages\" or \"90 minutes\" a week, \"2 chapters\" a reading, \"sections\", or what each reading holds: \"1-12; 13-20 + letters 1-3\"", Required: true},
				{Name: "start", Type: bot.Date, Summary: "the first day it may be due; tomorrow if you say nothing"},
				{Name: "end", Type: bot.Date, Summary: "the last day it may be due"},
				{Name: "without", Type: bot.String, Summary: "dates without a meeting, parted by commas: \"29 dec, 20 mar to 4 apr\"; or attach a calendar (.ics) of holidays"},
				{Name: "leave", Type: bot.String, Named: true, Summary: "what is not read, parted by semicolons: \"preface; 120-130\""},
				{Name: "short", Type: bot.String, Named: true, Summary: "the most words of a short track, for those with little time"},
				{Name: "posts", Type: bot.OneOf, Named: true, Summary: "how much is posted around a reading", Choices: presets()},
				{Name: "name", Type: bot.String, Named: true, Summary: "what the plan is called; the book's title if you say nothing"},
				{Name: "place", Type: bot.String, Named: true, Summary: "where you meet for it, or \"we only write\"; where the group meets otherwise if you say nothing"},
			},
			Form:    false,
			Example: "plan create handbook \"tue 19:00\" 4",
		},
		{
			Name: "plan show", Family: organise, Summary: "The plan, with its dates.", Run: k.planShow, Params: []bot.Param{whichPlan()}, Example: "plan show",
		},
		{
			Name: "plan picture", Family: organise, Summary: "The plan as a picture: how long, how far, read by how many.", Run: k.planPicture, Params: []bot.Param{whichPlan()}, Example: "plan picture",
		},
		{
			Name: "plan publish", Family: organise, Summary: "Start the plan: its first reading opens.", Who: bot.Organiser, Run: k.planPublish,
			Params:  append(planButton(), bot.Param{Name: "instead", Type: bot.Integer, Named: true, Summary: "the plan that this one takes the place of"}),
			Example: "plan publish",
		},
		{
			Name: "plan drop", Family: organise, Summary: "Forget a plan that was not published.", Who: bot.Organiser, Run: k.planDrop, Params: planButton(), Example: "plan drop",
		},
		{
			Name: "plan skip", Family: organise, Summary: "Leave a date out; what is left moves on.", Brief: true, Who: bot.Organiser, Run: k.planSkip,
			Params:  append([]bot.Param{{Name: "date", Type: bot.Date, Summary: "the meeting's date: 29 dec", Required: true, Rest: true}}, planButton()...),
			Example: "plan skip 29 dec",
		},
		{
			Name: "plan shift", Family: organise, Summary: "Move all that is left by some weeks.", Who: bot.Organiser, Run: k.planShift,
			Params: append([]bot.Param{
				{Name: "weeks", Type: bot.String, Summary: "how many weeks (-1 is a week earlier)", Required: true, Rest: true},
				{Name: "from", Type: bot.Integer, Named: true, Summary: "from which reading; the next if you say nothing"},
			}, planButton()...),
			Example: "plan shift 1",
		},
		{
			Name: "plan break", Family: organise, Summary: "Leave out every meeting between two dates.", Who: bot.Organiser, Run: k.planBreak,
			Params:  append([]bot.Param{{Name: "days", Type: bot.String, Summary: "from when to when: 20 dec to 4 jan", Required: true, Rest: true}}, planButton()...),
			Example: "plan break 20 dec to 4 jan",
		},
		{
			Name: "plan cancel", Family: organise, Summary: "Cancel one meeting, or let it take place after all. Its reading stays due.", Who: bot.Organiser, Run: k.planCancel,
			Params:  append([]bot.Param{{Name: "date", Type: bot.Date, Summary: "the meeting's date: 29 dec", Required: true, Rest: true}}, planButton()...),
			Example: "plan cancel 29 dec",
		},
		{
			Name: "plan when", Family: organise, Summary: "Meet at another time from the next meeting on.", Who: bot.Organiser, Run: k.planWhen,
			Params:  append([]bot.Param{{Name: "when", Type: bot.String, Summary: "when you meet: wed 20:00", Required: true, Rest: true, Check: k.checkCadence}}, planButton()...),
			Example: "plan when wed 20:00",
		},
		{
			Name: "plan until", Family: organise, Summary: "Set or take away the last day on which a reading may be due.", Who: bot.Organiser, Run: k.planUntil,
			Params:  append([]bot.Param{{Name: "date", Type: bot.String, Summary: "the last day: 1 jun 2027; none for no such day", Required: true, Rest: true}}, planButton()...),
			Example: "plan until 1 jun 2027",
		},
		{
			Name: "plan zone", Family: organise, Summary: "Let another city set the plan's clock.", Who: bot.Organiser, Run: k.planZone,
			Params:  append([]bot.Param{{Name: "city", Type: bot.String, Summary: "the city, or a time zone", Required: true, Rest: true, Check: k.checkCity}}, planButton()...),
			Example: "plan zone Lisbon",
		},
		{
			Name: "plan room", Family: organise, Summary: "Let the plan post in this room.", Who: bot.Organiser, Run: k.planRoom, Params: planButton(), Example: "plan room",
		},
		{
			Name: "plan place", Family: organise, Summary: "Meet somewhere else for this plan, or only write.", Who: bot.Organiser, Run: k.planPlace,
			Params:  append([]bot.Param{{Name: "place", Type: bot.String, Summary: "where; we only write is no meetings, none where the group meets otherwise", Required: true, Rest: true}}, planButton()...),
			Example: "plan place Café Nord",
		},
		{
			Name: "plan rebalance", Family: organise, Summary: "Divide what has not opened anew, into the meetings left or into others.", Who: bot.Organiser, Run: k.planRebalance,
			Params:  append([]bot.Param{{Name: "meetings", Type: bot.String, Summary: "into how many; those that are left if you say nothing"}}, planButton()...),
			Example: "plan rebalance 6",
		},
		{
			Name: "plan extend", Family: organise, Summary: "Go on from a passage at the pace so far, or add another book at it.", Who: bot.Organiser, Run: k.planExtend,
			Params:  append([]bot.Param{{Name: "from", Type: bot.Citation, Summary: "the passage where the group really is, or another book's name", Required: true, Rest: true, Complete: k.completeCitation}}, planButton()...),
			Example: "plan extend 12",
		},
		{
			Name: "plan split", Family: organise, Summary: "Cut a reading in two; what follows moves on by a meeting.", Who: bot.Organiser, Run: k.planSplit,
			Params: append([]bot.Param{
				{Name: "reading", Type: bot.Integer, Summary: "the reading's number", Required: true},
				{Name: "before", Type: bot.Citation, Summary: "the passage with which its second part begins; where it costs least if you say nothing", Rest: true},
			}, planButton()...),
			Example: "plan split 3",
		},
		{
			Name: "plan merge", Family: organise, Summary: "Make one reading of one and the next; what follows comes forward.", Who: bot.Organiser, Run: k.planMerge,
			Params:  append([]bot.Param{{Name: "reading", Type: bot.Integer, Summary: "the first one's number", Required: true}}, planButton()...),
			Example: "plan merge 3",
		},
		{
			Name: "plan reopen", Family: organise, Summary: "Give a reading that was due until the next meeting.", Who: bot.Organiser, Run: k.planReopen,
			Params:  append([]bot.Param{{Name: "reading", Type: bot.Integer, Summary: "the reading's number", Required: true}}, planButton()...),
			Example: "plan reopen 2",
		},
		{
			Name: "plan warn", Family: organise, Summary: "Put a line about its content beside a reading.", Who: bot.Organiser, Run: k.planWarn,
			Params: append([]bot.Param{
				{Name: "reading", Type: bot.Integer, Summary: "the reading's number", Required: true},
				{Name: "text", Type: bot.Text, Summary: "the line; none takes it away", Required: true, Rest: true},
			}, planButton()...),
			Example: "plan warn 3 A quarrel is told in detail",
		},
		{
			Name: "plan short", Family: organise, Summary: "Name the part of a reading for those with little time.", Who: bot.Organiser, Run: k.planShort,
			Params: append([]bot.Param{
				{Name: "reading", Type: bot.Integer, Summary: "the reading's number", Required: true},
				{Name: "passages", Type: bot.Citation, Summary: "which passages of it; none takes it away", Required: true, Rest: true},
			}, planButton()...),
			Example: "plan short 3 20-22",
		},
		{
			Name: "plan pause", Family: organise, Summary: "Post nothing until the plan is resumed.", Who: bot.Organiser, Run: k.planPause, Params: planButton(), Example: "plan pause",
		},
		{
			Name: "plan resume", Family: organise, Summary: "Go on with a plan that was paused.", Who: bot.Organiser, Run: k.planResume, Params: planButton(), Example: "plan resume",
		},
		{
			Name: "plan undo", Family: organise, Summary: "Take the last change of the plan back.", Who: bot.Organiser, Run: k.planUndo, Params: planButton(), Example: "plan undo",
		},
		{
			Name: "plan calendar", Family: organise, Summary: "The meetings as a file for calendars.", Run: k.planCalendar,
			Params: []bot.Param{
				{Name: "due", Type: bot.OneOf, Summary: "due puts the days by which to read in as entries too", Choices: []bot.Choice{{Value: "due", Label: "the days by which to read too"}, {Value: "yes", Label: "the same"}, {Value: "no", Label: "the meetings alone"}}},
				whichPlan(),
			},
			Example: "plan calendar due",
		},
		{
			Name: "plan export", Family: organise, Summary: "The plan as a file, to edit, to keep, or to give away.", Who: bot.Organiser, Run: k.planExport,
			Params: []bot.Param{whichPlan()}, Example: "plan export",
		},
		{
			Name: "plan import", Family: organise, Summary: "Make a plan of a file that is attached.", Who: bot.Organiser, TakesFile: true, Run: k.planImport,
			Params:  []bot.Param{{Name: "start", Type: bot.Date, Summary: "begin on or after this day instead of the file's", Rest: true}},
			Example: "plan import 1 sep 2027",
		},
		{
			Name: "rota set", Family: organise, Summary: "Who leads the meetings, in turn.", Who: bot.Organiser, Run: k.rotaSet,
			Params: []bot.Param{
				{Name: "people", Type: bot.String, Summary: "members' names in the order of their turns, parted by commas; none for no rota", Required: true, Rest: true},
				{Name: "per", Type: bot.Integer, Named: true, Summary: "how many lead a meeting"},
				whichPlan(),
			},
			Example: "rota set Ana, Ben",
		},
		{
			Name: "rota show", Family: organise, Summary: "Who leads which meeting.", Run: k.rotaShow, Params: []bot.Param{whichPlan()}, Example: "rota show",
		},
		{
			Name: "rota swap", Family: organise, Summary: "Let the leaders of two meetings change places.", Who: bot.Member, Run: k.rotaSwap,
			Params: []bot.Param{
				{Name: "reading", Type: bot.Integer, Summary: "one reading's number", Required: true},
				{Name: "with", Type: bot.Integer, Summary: "the other's", Required: true},
				whichPlan(),
			},
			Example: "rota swap 3 4",
		},
		{
			Name: "rota absent", Family: organise, Summary: "Say when you, or another, can't lead. The turn comes afterwards.", Who: bot.Member, Run: k.rotaAbsent,
			Params: []bot.Param{
				{Name: "days", Type: bot.String, Summary: "from when to when: 20 dec to 4 jan; none takes it back", Required: true, Rest: true},
				{Name: "who", Type: bot.Person, Named: true, Summary: "another member, if you are an organiser"},
				whichPlan(),
			},
			Example: "rota absent 20 dec to 4 jan",
		},
		{
			Name: "rota lead", Family: organise, Summary: "Lead a meeting that nobody leads.", Run: k.rotaLead,
			Params:  []bot.Param{{Name: "reading", Type: bot.Integer, Summary: "the reading's number", Required: true}, whichPlan()},
			Example: "rota lead 3",
		},
		{
			Name: "prompt add", Family: organise, Summary: "Ask the group a question about a reading.", Brief: true, Who: bot.Organiser, Run: k.promptAdd,
			Params: []bot.Param{
				whichPlan(),
				{Name: "reading", Type: bot.Integer, Summary: "the reading's number", Required: true},
				{Name: "text", Type: bot.Text, Summary: "the question; begin it with a time in brackets to set one: [thu 18:00]", Required: true, Rest: true},
			},
			Example: "prompt add 3 What did the author leave out, and why?",
		},
		{
			Name: "prompt list", Family: organise, Summary: "The questions, with their times.", Who: bot.Organiser, Run: k.promptList, Params: []bot.Param{whichPlan()}, Example: "prompt list",
		},
		{
			Name: "prompt remove", Family: organise, Summary: "Take a question away that was not posted.", Who: bot.Organiser, Run: k.promptRemove,
			Params: []bot.Param{
				{Name: "reading", Type: bot.Integer, Summary: "the reading's number", Required: true},
				{Name: "question", Type: bot.Integer, Summary: "the question's number in it", Required: true},
				whichPlan(),
			},
			Example: "prompt remove 3 1",
		},
		{
			Name: "prompt edit", Family: organise, Summary: "Word a question anew, in the room too where it was posted.", Who: bot.Organiser, Run: k.promptEdit,
			Params: []bot.Param{
				whichPlan(),
				{Name: "reading", Type: bot.Integer, Summary: "the reading's number", Required: true},
				{Name: "question", Type: bot.Integer, Summary: "the question's number in it", Required: true},
				{Name: "text", Type: bot.Text, Summary: "the question", Required: true, Rest: true},
			},
			Example: "prompt edit 3 1 What did the author leave out?",
		},
		{
			Name: "prompt move", Family: organise, Summary: "Give a question another time, or another reading.", Who: bot.Organiser, Run: k.promptMove,
			Params: []bot.Param{
				whichPlan(),
				{Name: "reading", Type: bot.Integer, Summary: "the reading's number", Required: true},
				{Name: "question", Type: bot.Integer, Summary: "the question's number in it", Required: true},
				{Name: "to", Type: bot.String, Summary: "a time (thu 18:00), another reading's number, or none for the usual time", Required: true, Rest: true},
			},
			Example: "prompt move 3 1 thu 18:00",
		},
		{
			Name: "prompt suggest", Family: readAlong, Summary: "Suggest a question about a reading to the organisers.", Who: bot.Member, Run: k.promptSuggest,
			Params: []bot.Param{
				whichPlan(),
				{Name: "reading", Type: bot.Integer, Summary: "the reading's number", Required: true},
				{Name: "text", Type: bot.Text, Summary: "the question", Required: true, Rest: true},
			},
			Example: "prompt suggest 3 Who is not quoted here?",
		},
		{
			Name: "prompt import", Family: organise, Summary: "Add several questions at once, from lines or a file.", Who: bot.Organiser, TakesFile: true, Run: k.promptImport,
			Params: []bot.Param{
				whichPlan(),
				{Name: "text", Type: bot.Text, Summary: "a line for each question: its reading's number, a time in brackets if you like, and the question; or send them along as a file", Rest: true},
			},
			Example: "prompt import",
		},
		{
			Name: "vote", Family: talk, Summary: "Vote, or see how a vote stands.", InReply: true, Run: k.vote,
			Params: []bot.Param{
				{Name: "on", Type: bot.Integer, Named: true, Summary: "which vote, if there are several: its number"},
				{Name: "choice", Type: bot.String, Summary: "the number of what you choose, or numbers; none takes your vote back; nothing shows how it stands", Rest: true, Complete: k.completeChoice},
			},
			Example: "vote 2",
		},
		{
			Name: "vote ask", Family: talk, Summary: "Put something to the vote.", Who: bot.Organiser, Run: k.voteAsk,
			Params: []bot.Param{
				{Name: "several", Type: bot.OneOf, Named: true, Summary: "whether one may choose several", Choices: []bot.Choice{{Value: "no", Label: "no"}, {Value: "yes", Label: "yes"}}},
				{Name: "until", Type: bot.Date, Named: true, Summary: "when it closes, where the choices do not say it: \"fri 19:00\""},
				{Name: "question", Type: bot.String, Summary: "the question", Required: true},
				{Name: "choices", Type: bot.Text, Summary: "what can be chosen, 2 to 10, parted by |, and when it closes: A | B until friday; in a week if you say nothing", Required: true, Rest: true},
			},
			Example: "vote ask \"Which book next?\" Letters | Essays until friday",
		},
		{
			Name: "vote close", Family: talk, Summary: "End a vote before its time.", Who: bot.Organiser, Run: k.voteClose,
			Params:  []bot.Param{{Name: "on", Type: bot.Integer, Summary: "which vote, if there are several: its number"}},
			Example: "vote close",
		},
		{
			Name: "why", Family: know, Summary: "What was posted, what was not, and why.", Run: k.why,
			Params:  []bot.Param{whichPlan(), {Name: "about", Type: bot.String, Summary: "a reading's number or a date; today if you say nothing", Rest: true}},
			Example: "why 1",
		},
		{
			Name: "privacy show", Family: know, Summary: "Let the board name you and your place.", Run: k.privacy(reading.Shown, "privacy.shown"), Example: "privacy show",
		},
		{
			Name: "privacy count", Family: know, Summary: "Be counted on the board, not named. This is how everybody begins.", Run: k.privacy(reading.Counted, "privacy.counted"), Example: "privacy count",
		},
		{
			Name: "privacy hide", Family: know, Summary: "Neither be named nor counted.", Run: k.privacy(reading.Hidden, "privacy.hidden"), Example: "privacy hide",
		},
		{
			Name: "help", Family: know, Summary: "What can be said here.", Anywhere: true,
			Params:  []bot.Param{{Name: "about", Type: bot.String, Summary: "a command, or all", Rest: true}},
			Example: "help passage",
		},
		{Name: "undo check-in", Hidden: true, Run: k.undoCheckIn, Params: []bot.Param{{Name: "checkin"}, {Name: "reading"}, {Name: "kind"}, {Name: "left"}}},
		{Name: "vote mark", Hidden: true, Votes: true, Run: k.voteMark},
		{Name: "leave it", Hidden: true, Run: k.leaveIt, Params: []bot.Param{{Name: "plan"}, {Name: "revision"}, {Name: "offer"}}},
		{Name: "prompt take", Hidden: true, Who: bot.Organiser, Run: k.promptTake, Params: []bot.Param{{Name: "question"}, {Name: "plan"}}},
		{Name: "prompt decline", Hidden: true, Who: bot.Organiser, Run: k.promptDecline, Params: []bot.Param{{Name: "question"}, {Name: "plan"}}},
		// Pressed in an organiser's own room too, so the function looks who asks.
		{Name: "post owed", Hidden: true, Anywhere: true, Run: k.postOwed, Params: []bot.Param{{Name: "delivery"}}},
		{Name: "leave owed", Hidden: true, Anywhere: true, Run: k.leaveOwed, Params: []bot.Param{{Name: "delivery"}}},
	}
}

// presets are how much a plan posts.
func presets() []bot.Choice {
	return []bot.Choice{
		{Value: string(reading.Quiet), Label: "quiet: the announcement and one reminder"},
		{Value: string(reading.Usual), Label: "usual: a recap as well"},
		{Value: string(reading.Full), Label: "full: and a word before the meeting"},
	}
}

// whichPlan names a plan where several could be meant.
func whichPlan() bot.Param {
	return bot.Param{Name: "plan", Type: bot.String, Named: true, Summary: "which plan, if there are several: its name or its work's"}
}

// planButton are the parameters that a button fills in: which plan, and the
// revision that was shown beside it.
func planButton() []bot.Param {
	return []bot.Param{
		whichPlan(),
		{Name: "revision", Type: bot.Integer, Named: true, Button: true, Summary: "the state of it that you saw"},
		{Name: "offer", Type: bot.String, Named: true, Button: true, Summary: "what was offered"},
	}
}
