//go:build !race

package library_test

const usualSeeds = 150
