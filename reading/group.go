package reading

// A Group is people who read together.
type Group struct {
	ID       GroupID
	Name     string
	Zone     string // IANA
	Language string // BCP 47
	Place    string // where it meets, "" if it only writes
	Minutes  int    // how long a meeting takes, 0 if that was not said
	Brackets bool   // citations in brackets are looked up in running talk
}

// A Member reads along with a group.
type Member struct {
	Person PersonID
	Name   string
	Shows  Visibility
}
