package reading

// A Group is people who read together.
type Group struct {
	ID       GroupID
	Name     string
	Zone     string // IANA
	Language string // BCP 47
	Place    string // where it meets, "" if it only writes
	Minutes  int    // how long a meeting takes, 0 if that was not said
}

// A Showing says what others may see of a member's progress.
type Showing string

// What a member may choose; Counted is the default.
const (
	Counted Showing = "counted" // counted, not named
	Shown   Showing = "shown"   // named, with the place
	Private Showing = "hidden"  // not even counted
)

// A Member reads along with a group.
type Member struct {
	Person PersonID
	Name   string
	Shows  Showing
}
