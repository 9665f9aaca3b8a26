// Package quote finds where a quotation stands in the passages of works, though
// it is damaged: misread letters, words left out, put in, replaced or swapped,
// another punctuation, a page's edge in its middle. It is pure: passages and the
// index come through two small interfaces, and no SQL is here.
//
// A question goes four steps. The quotation and the texts are folded to their
// letters (Fold). Places are proposed by an index of short runs of letters, whose
// hits vote for the diagonal they lie on (Segment, Finder). In each the parts of the
// quotation are looked for by Myers's bit-parallel approximate matching (A Fast
// Bit-Vector Algorithm for Approximate String Matching, 1999, in the blocks of
// Hyyrö, 2003), and those that follow on each other are joined to chains. The best
// chains are aligned with affine gaps (Gotoh, 1982), scored in bits by how much
// their letters say in this library, and judged: a place is named only if chance
// would hardly come as close (Evidence). How well that goes is in
// docs/benchmarks.md.
package quote
