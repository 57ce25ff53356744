package native

import (
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/view"
)

// Patterns are those of all routes that need a token.
func Patterns() []string {
	var list []string
	for _, r := range new(api).routes() {
		list = append(list, r.pattern)
	}
	return list
}

// Parameters are those that the query of a route may have.
func Parameters(pattern string) []string { return strings.Fields(parameters()[pattern]) }

// ListedParameters are the patterns that Parameters has something about.
func ListedParameters() []string { return slices.Sorted(maps.Keys(parameters())) }

// A Sort is what tests may know of a sort of problem.
type Sort struct {
	Name, Advice string
	Status       int
}

// ProblemOf is the sort of problem of a kind of error.
func ProblemOf(kind directory.Kind, field string) Sort {
	s := sortOf(kind, field)
	return Sort{s.name, s.advice, s.status}
}

// CachedQuestions is how many questions are kept, of those that are put one after the
// other.
func CachedQuestions(texts []string) int {
	var k questions
	for _, text := range texts {
		k.put(text, &question{})
	}
	return len(k.byText)
}

// CachedDocuments is how many documents are kept, and their bytes, of n of 2 KiB
// each where there is room for some. Thousand by thousand, they are made several
// times.
func CachedDocuments(n, times, room int) (count, bytes int) {
	c := documents{seed: maphash.MakeSeed(), max: room}
	text := make([]byte, 2<<10)
	for from := 0; from < n; from += 1000 {
		for range times {
			for id := from; id < from+1000; id++ {
				c.put(documentKey{question: int64(id)}, document{}, text)
			}
		}
	}
	return len(c.kept), c.bytes()
}

// bytes is the memory of all blocks.
func (c *documents) bytes() (n int) {
	for _, b := range c.blocks {
		if b != nil {
			n += cap(b.text)
		}
	}
	return n
}

// DocumentsOfOne is how much memory the documents of some users take of whom
// each is made anew again and again, because something has changed.
func DocumentsOfOne(users, times int) (bytes int) {
	c := documents{seed: maphash.MakeSeed(), max: maxDocuments}
	text := make([]byte, 4<<10)
	for rev := range times {
		for user := range users {
			d := document{basis: view.Basis{Touched: directory.Revision(rev)}}
			c.put(documentKey{user: directory.UserID(user)}, d, text[:2<<10+user*rev%500])
		}
	}
	return c.bytes()
}

// Keep keeps documents one after the other, each of a question, and returns what
// is read of each question in the end.
func Keep(questions []int64, texts []string) map[int64]string {
	c := documents{seed: maphash.MakeSeed(), max: maxDocuments}
	for i, text := range texts {
		for range 2 {
			c.put(documentKey{question: questions[i]}, document{}, []byte(text))
		}
	}
	read := map[int64]string{}
	for _, question := range questions {
		text, _, ok := c.get([]byte("before "), documentKey{question: question}, &view.Basis{}, 0)
		read[question] = fmt.Sprint(string(text), ok)
	}
	return read
}
