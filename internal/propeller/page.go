package propeller

import (
	"net/http"
	"strconv"

	"cohort/internal/directory"
	"cohort/internal/propeller/fault"
)

// A page is the requested part of a list. This format calls the size of a page offset.
type page struct {
	number int // from 1
	size   int
}

const (
	standardPage = 12
	maxPage      = 100
)

// page reads the requested page from the query.
func (q *request) page() (page, error) {
	return readPage(func(name string) (string, bool) { return q.query.Get(name), q.query.Has(name) })
}

// readPage reads the requested page from the members that get returns.
func readPage(get func(name string) (text string, ok bool)) (page, error) {
	p := page{1, standardPage}
	for _, part := range []struct {
		name  string
		value *int
		most  int
	}{{"page", &p.number, directory.MaxID}, {"offset", &p.size, maxPage}} {
		text, ok := get(part.name)
		if !ok {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > part.most {
			f := fault.New(fault.Pagination)
			f.Messages = append(f.Messages, part.name+": must be a whole number from 1 to "+strconv.Itoa(part.most))
			return p, f
		}
		*part.value = n
	}
	return p, nil
}

// skip returns the number of items on previous pages.
func (p page) skip() int { return (p.number - 1) * p.size }

// A span is a part of a list.
type span struct{ from, to int }

// cut returns the part of a list of n items that is on the page.
func (p page) cut(n int) span {
	from := min(p.skip(), n)
	return span{from, min(from+p.size, n)}
}

// A pageBody is the envelope of a page.
type pageBody struct {
	Data       any      `json:"data"`
	Messages   []string `json:"messages"`
	Start      int      `json:"start"`
	End        int      `json:"end"`
	Page       int      `json:"page"`
	Pages      int      `json:"pages"`
	Total      int      `json:"total"` // items on this page
	Offset     int      `json:"offset"`
	ItemsFound int      `json:"itemsFound"`
}

// replyPage answers with a page of n of all items.
func (q *request) replyPage(p page, data any, n, all int) error {
	body := pageBody{
		Data: data, Messages: []string{"Completed"}, Page: p.number, Pages: (all + p.size - 1) / p.size,
		Total: n, Offset: p.size, ItemsFound: all,
	}
	if n > 0 {
		body.Start, body.End = p.skip()+1, p.skip()+n
	}
	return q.send(http.StatusOK, body)
}
