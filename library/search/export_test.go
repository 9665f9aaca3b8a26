package search

// ShareOut has every search for phrases and NEAR shared out among n.
func (x *Index) ShareOut(n int) { x.much, x.shares = 0, n }
