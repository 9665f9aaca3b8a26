// Package search finds words in the passages of works: an inverted index in the
// same database file, derived from the passages, that Sync keeps in step with
// them and builds anew when its version changes.
//
// A text goes through these files, in this order:
//
//	fold.go    a text becomes tokens; a query's words do in the same way
//	batch.go   some texts become sorted lists: for each token, which passages, how often, where
//	codec.go   a list becomes bytes, and bytes a list
//	part.go    lists become pages and chunks in tables
//	sync.go    which texts lack, and which are gone
//	merge.go   which parts become one, and which rows are left over
//
// and a query through these:
//
//	query.go   what somebody typed becomes a tree
//	near.go    words near one another, and signs of other languages of queries
//	index.go   the tokens of the tree are looked up
//	cache.go   what was read of the index is kept for the next
//	match.go   which passages match, 16,384 at a time
//	rank.go    which of them are best
//	stem.go    other forms of the words
//	suggest.go what would have been found, where nothing was
//	spell.go   how the library writes a word
//	snippet.go what of a passage is shown, with the words marked
//
// # Why an index of our own
//
// FTS5, which SQLite brings along, finds matches quickly and scores them
// slowly: on a gigabyte, eight words with OR took 3.5 s at the 99th percentile,
// a common word 0.8 s, and without any scoring it would still decode each
// position of each word to tell which passages match. Precomputed tables of
// each word's best passages would mend the single word and nothing else. An
// index whose lists keep passages, counts and positions apart reads only what a
// query needs, and is smaller. It is kept in tables and not in a file beside
// them, since SQLite then sees to it that it is in step with the texts, whole
// after a crash, and the same for every process.
//
// # How it is laid out
//
// It is a log-structured merge (O'Neil et al., The Log-Structured Merge-Tree,
// 1996): each batch of texts makes a part, which is never changed; small
// neighbours are merged into larger ones; a part of which much is gone is
// written again without it. A part is sorted pages of tokens, each with its
// list if that is short, or with the numbers of its chunks (the SSTable of
// Chang et al., Bigtable, 2006). Lists are in blocks of 128 passages, as
// differences or as a bitmap, whichever is shorter (as Chambi, Lemire et al.,
// Better bitmap performance with Roaring bitmaps, 2016, choose theirs), with
// the highest score that the block can give.
//
// # How a query is answered
//
// Passages are taken 16,384 at a time. The tree of a query is evaluated on
// bitmaps, so that every match is counted without being scored. Then words are
// scored from the one that can give most to the one that can give least
// (MaxScore: Turtle and Flood, Query Evaluation: Strategies and Optimizations,
// 1995), and once those that are left cannot lift another passage into the best,
// they are read for the few that they can still move, from the blocks that hold
// these.
//
// A text's passages have ids that follow one another, so a shelf, a work and a
// section are ranges of ids: the bitmap that a query begins with. What is not in
// the ranges does not appear, whatever the index still holds of it.
package search
