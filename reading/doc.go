// Package reading knows how a group reads: the calendar it keeps (civil
// dates, clocks and the instants they mean in a zone), the pattern of its
// meetings (Cadence), the division of texts into portions (Divide), the plan
// that joins the two (Plan, Build and the changes a running plan can take),
// the posts that a plan owes (Schedule) and how far its members are (Board).
//
// It is pure. Nothing here reads a clock, a file or a database: what is now is
// passed in, and each change of a plan returns a new one beside a Diff that
// says what moved. A plan is rows, one per reading, and not a rule: each
// reading keeps its civil date, so instants can be computed anew when the
// group's zone or the zone database changes.
//
// What a person gets wrong comes back as a *library.Error whose Reason a
// catalogue puts into words.
package reading
