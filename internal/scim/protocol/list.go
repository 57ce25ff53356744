package protocol

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"cohort/internal/httpkit"
	"cohort/internal/scim/resource"
)

// The number of resources in a page.
const (
	DefaultPage = 100
	MaxPage     = 1000
)

// MaxExamined is how many resources a request examines if no index helps.
const MaxExamined = 20_000

// A Listing holds the parameters of a list.
type Listing struct {
	Filter resource.Filter // nil selects all
	Sort   resource.AttrPath
	Desc   bool
	Sorted bool

	Start  int // from 1, with index paging
	Count  int
	Cursor *Cursor // nil with index paging
}

// Listing reads the parameters of a list from the query or from the body of a search.
func (q *Request) Listing(t *resource.Type) (*Listing, error) {
	if q.R.Method == http.MethodPost {
		if err := q.search(); err != nil {
			return nil, err
		}
	}
	l := &Listing{Start: 1, Count: DefaultPage}
	if text := q.Query.Get("filter"); strings.TrimSpace(text) != "" {
		var err error
		if l.Filter, err = resource.ParseFilter(text); err != nil {
			return nil, err
		}
		if err := t.Check(l.Filter); err != nil {
			return nil, err
		}
	}
	if err := l.order(t, q.Query); err != nil {
		return nil, err
	}
	return l, q.page(l)
}

// order reads sortBy and sortOrder.
func (l *Listing) order(t *resource.Type, query url.Values) error {
	by := strings.TrimSpace(query.Get("sortBy"))
	if by == "" {
		return nil
	}
	path, err := resource.ParseAttrPath(by)
	if err != nil {
		return resource.BadValue("sortBy", "is not the name of an attribute")
	}
	if _, err := t.Leaf(path); err != nil {
		if f := FaultOf(err); f.Type == resource.Sensitive {
			return f
		}
		return resource.BadValue("sortBy", "names an attribute that "+t.Name+" has not; see /Schemas")
	}
	s, a, sub := t.Place(path.String())
	if s == nil || s.URN != t.Core.URN || a == nil || !sortable(a.Name, sub) {
		return resource.BadValue("sortBy", "must be userName, displayName, name.givenName, name.familyName, "+
			"name.formatted, emails, active, externalId, meta.created, meta.lastModified or id")
	}
	l.Sort, l.Sorted = resource.AttrPath{Name: a.Name, Sub: sub}, true
	switch strings.ToLower(query.Get("sortOrder")) {
	case "", "ascending":
	case "descending":
		l.Desc = true
	default:
		return resource.BadValue("sortOrder", "must be ascending or descending")
	}
	return nil
}

// page reads the beginning and the length of a page.
func (q *Request) page(l *Listing) error {
	count, given, err := intParam(q.Query, "count")
	if err != nil {
		return err
	}
	if given {
		l.Count = min(max(count, 0), MaxPage)
	}
	start, indexed, err := intParam(q.Query, "startIndex")
	if err != nil {
		return err
	}
	l.Start = max(start, 1)
	if !q.Query.Has("cursor") {
		return nil
	}
	if indexed {
		return resource.BadRequest(resource.InvalidCursor, "cursor and startIndex exclude each other; send one.")
	}
	if l.Cursor, err = q.readCursor(q.Query.Get("cursor")); err != nil {
		return err
	}
	if l.Cursor.Count > 0 && l.Count > l.Cursor.Count {
		if given {
			return resource.BadRequest(resource.InvalidCount, "count is larger than that of the first page; repeat that one.")
		}
		l.Count = l.Cursor.Count
	}
	return nil
}

func intParam(query url.Values, name string) (n int, given bool, err error) {
	text := strings.TrimSpace(query.Get(name))
	if text == "" {
		return 0, false, nil
	}
	n, err = strconv.Atoi(text)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, true, resource.BadValue(name, "must be a whole number")
	}
	return max(min(n, maxIndex), -maxIndex), true, nil
}

const maxIndex = 1 << 40

// search reads the body of a search. Its members are the parameters of a query.
func (q *Request) search() error {
	o, err := q.BodyTree()
	if err != nil {
		return err
	}
	for _, name := range []string{"filter", "sortBy", "sortOrder", "startIndex", "count", "attributes",
		"excludedAttributes", "cursor"} {
		v := o.Get(name)
		if v == nil {
			continue
		}
		var list []string
		for _, e := range resource.ElementsOf(v) {
			if _, ok := e.(*resource.Object); ok {
				return resource.BadValue(name, "must be a text")
			}
			list = append(list, resource.TextOf(e))
		}
		q.Query[name] = []string{strings.Join(list, ",")}
	}
	return nil
}

// A Page is a part of a list of n resources; n is -1 if unknown.
type Page struct {
	Total int
	Next  *Cursor // nil on the last page, and with index paging
}

// SendList answers with a page of resources, each written by each.
func (q *Request) SendList(l *Listing, p Page, n int, each func(w *httpkit.Spool, i int) error) error {
	w := &httpkit.Spool{}
	defer w.Close()
	head := resource.NewObject("schemas", resource.Texts(resource.SchemaList))
	if p.Total >= 0 {
		head.Set("totalResults", resource.Number(strconv.Itoa(p.Total)))
	}
	if l.Cursor == nil {
		head.Set("startIndex", resource.Number(strconv.Itoa(l.Start)))
	}
	head.Set("itemsPerPage", resource.Number(strconv.Itoa(n)))
	if p.Next != nil {
		head.Set("nextCursor", q.encodeCursor(p.Next))
	}
	text := resource.AppendTree(nil, head)
	if _, err := w.Write(append(text[:len(text)-1], `,"Resources":[`...)); err != nil {
		return err
	}
	for i := range n {
		if i > 0 {
			if err := w.WriteString(","); err != nil {
				return err
			}
		}
		if err := each(w, i); err != nil {
			return err
		}
	}
	if err := w.WriteString("]}"); err != nil {
		return err
	}
	q.ShowRevision()
	return w.Send(q.W, http.StatusOK, ContentType)
}

// Window returns the part of a list of n that the page covers.
func (l *Listing) Window(n int) (from, to int) {
	from = l.Start - 1
	if l.Cursor != nil {
		from = int(l.Cursor.At)
	}
	from = min(max(from, 0), n)
	return from, min(from+l.Count, n)
}

// PageOf returns the page of a list of n that is in memory as a whole.
func (l *Listing) PageOf(n int) Page {
	p := Page{Total: n}
	if _, to := l.Window(n); l.Cursor != nil {
		if p.Total = -1; to < n {
			p.Next = &Cursor{At: int64(to), Count: l.Count}
		}
	}
	return p
}
