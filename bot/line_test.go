package bot

import "testing"

func TestLine(t *testing.T) {
	table := []Command{
		{Name: "passage", Params: []Param{{Name: "citation", Rest: true}}},
		{Name: "plan", Params: nil},
		{Name: "plan publish", Params: []Param{{Name: "plan"}, {Name: "revision"}}},
		{Name: "plan skip", Params: []Param{{Name: "date", Rest: true}, {Name: "plan", Named: true}, {Name: "revision", Named: true}}},
		{Name: "prompt add", Params: []Param{{Name: "plan", Named: true}, {Name: "reading"}, {Name: "text", Type: Text, Rest: true}}},
		{Name: "answer", Hidden: true},
	}
	for _, x := range []struct {
		do   Invocation
		want string // "" where it cannot be typed
	}{
		{Invocation{Command: "passage", Args: map[string]string{"citation": `rise "Germany in 1923"`}}, `passage rise "Germany in 1923"`},
		{Invocation{Command: "plan publish", Args: map[string]string{"plan": "3", "revision": "2"}}, "plan publish 3 2"},
		{Invocation{Command: "plan publish", Args: map[string]string{"revision": "2"}}, "plan publish revision:2"},
		{Invocation{Command: "plan skip", Args: map[string]string{"date": "29 dec", "plan": "3", "revision": "2"}}, `plan skip 29 dec plan:3 revision:2`},
		{Invocation{Command: "plan skip", Args: map[string]string{"revision": "2"}}, `plan skip revision:2`},
		{Invocation{Command: "prompt add", Args: map[string]string{"plan": "3", "reading": "2", "text": "The plan: what is it?"}}, `prompt add 2 plan:3 The plan: what is it?`},
		{Invocation{Command: "plan publish", Args: map[string]string{"plan": `a" b`}}, ""},
		{Invocation{Command: "passage", Args: map[string]string{"citation": "a\n!b"}}, ""},
		{Invocation{Command: "passage", Args: map[string]string{"citation": "rise 3", "from": "5"}}, ""},
		{Invocation{Command: "answer"}, ""},
		{Invocation{Command: "gone"}, ""},
	} {
		got, ok := Line(table, x.do)
		if got != x.want || ok != (x.want != "") {
			t.Errorf("%v is typed %q, %v; want %q", x.do, got, ok, x.want)
		}
	}
}
