package cache

import (
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/directory"
	"cohort/internal/view"
)

func TestOfQuestionsFewAreKept(t *testing.T) {
	var texts []string
	for i := range 10_000 {
		texts = append(texts, fmt.Sprint("region,", i))
	}
	if n := cachedQuestions(append(texts, "region", "region")); n == 0 || n > 256 {
		t.Errorf("%d of many questions are kept", n)
	}
	if n := cachedQuestions([]string{"region", strings.Repeat("region,", 1000)}); n != 1 {
		t.Errorf("%d of two questions are kept, of which one is very long", n)
	}
}

func TestDocumentsThatAreAskedForOnceAreNotKept(t *testing.T) {
	const room = 16 << 20
	if n, bytes := cachedDocuments(100_000, 1, room); n > 100 || bytes > 1<<20 {
		t.Errorf("of documents made once %d are kept, in %d bytes", n, bytes)
	}
	if n, _ := cachedDocuments(1000, 3, room); n < 700 {
		t.Errorf("of 1000 documents made three times %d are kept", n)
	}
	if n, bytes := cachedDocuments(20_000, 2, room); n < 6000 || bytes > room {
		t.Errorf("of documents made twice in a row %d are kept, in %d bytes", n, bytes)
	}
	if bytes := documentsOfOne(100, 300); bytes > 3<<20 {
		t.Errorf("documents of 100 users take %d bytes after each was changed 300 times", bytes)
	}
}

func TestDocumentsOfAnySizeAreKeptWhole(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var questions []int64
	var texts []string
	want := map[int64]string{}
	for i := range 2000 {
		question, size := random.Int64N(40), random.IntN(5000)
		if i%500 == 3 {
			size = 1<<20 + random.IntN(1<<20)
		}
		text := strings.Repeat(fmt.Sprint(i, " "), size/len(fmt.Sprint(i, " ")))
		questions, texts = append(questions, question), append(texts, text)
		want[question] = "before " + text + "true"
	}
	if diff := cmp.Diff(want, keep(questions, texts)); diff != "" {
		t.Errorf("documents that were kept (-want +got):\n%.300s", diff)
	}
}

// cachedQuestions is how many questions are kept, of those that are put one after the
// other.
func cachedQuestions(texts []string) int {
	var k Questions
	for _, text := range texts {
		k.Put(text, &Question{})
	}
	return len(k.byText)
}

// cachedDocuments is how many documents are kept, and their bytes, of n of 2 KiB
// each where there is room for some. Thousand by thousand, they are made several
// times.
func cachedDocuments(n, times, room int) (count, bytes int) {
	c := Documents{seed: maphash.MakeSeed(), max: room}
	text := make([]byte, 2<<10)
	for from := 0; from < n; from += 1000 {
		for range times {
			for id := from; id < from+1000; id++ {
				c.Put(Key{question: int64(id)}, Document{}, text)
			}
		}
	}
	return len(c.kept), c.bytes()
}

// bytes is the memory of all blocks.
func (c *Documents) bytes() (n int) {
	for _, b := range c.blocks {
		if b != nil {
			n += cap(b.text)
		}
	}
	return n
}

// documentsOfOne is how much memory the documents of some users take of whom
// each is made anew again and again, because something has changed.
func documentsOfOne(users, times int) (bytes int) {
	c := Documents{seed: maphash.MakeSeed(), max: maxDocuments}
	text := make([]byte, 4<<10)
	for rev := range times {
		for user := range users {
			d := Document{Basis: view.Basis{Touched: directory.Revision(rev)}}
			c.Put(Key{user: directory.UserID(user)}, d, text[:2<<10+user*rev%500])
		}
	}
	return c.bytes()
}

// keep keeps documents one after the other, each of a question, and returns what
// is read of each question in the end.
func keep(questions []int64, texts []string) map[int64]string {
	c := Documents{seed: maphash.MakeSeed(), max: maxDocuments}
	for i, text := range texts {
		for range 2 {
			c.Put(Key{question: questions[i]}, Document{}, []byte(text))
		}
	}
	read := map[int64]string{}
	for _, question := range questions {
		text, _, ok := c.Get([]byte("before "), Key{question: question}, &view.Basis{}, 0)
		read[question] = fmt.Sprint(string(text), ok)
	}
	return read
}
