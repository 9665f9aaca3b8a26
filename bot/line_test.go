package bot

import "testing"

func TestLine(t *testing.T) {
	table := []Command{
		{Name: "passage", Params: []Param{{Name: "citation", Rest: true}}},
		{Name: "plan", Params: nil},
		{Name: "plan publish", Params: []Param{{Name: "plan"}, {Name: "revision"}}},
		{Name: "plan skip", Params: []Param{{Name: "date"}, {Name: "plan"}, {Name: "revision"}}},
		{Name: "answer", Hidden: true},
	}
	for _, x := range []struct {
		do   Invocation
		want string // "" where it cannot be typed
	}{
		{Invocation{Command: "passage", Args: map[string]string{"citation": `rise "Germany in 1923"`}}, `passage rise "Germany in 1923"`},
		{Invocation{Command: "plan publish", Args: map[string]string{"plan": "3", "revision": "2"}}, "plan publish 3 2"},
		{Invocation{Command: "plan publish", Args: map[string]string{"revision": "2"}}, "plan publish revision:2"},
		{Invocation{Command: "plan skip", Args: map[string]string{"date": "29 dec", "revision": "2"}}, `plan skip "29 dec" revision:2`},
		{Invocation{Command: "plan skip", Args: map[string]string{"date": `a" b`}}, ""},
		{Invocation{Command: "passage", Args: map[string]string{"citation": "a\n!b"}}, ""},
		{Invocation{Command: "answer"}, ""},
		{Invocation{Command: "gone"}, ""},
	} {
		got, ok := Line(table, x.do)
		if got != x.want || ok != (x.want != "") {
			t.Errorf("%v is typed %q, %v; want %q", x.do, got, ok, x.want)
		}
	}
}
