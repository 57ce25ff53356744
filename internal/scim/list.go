package scim

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
	defaultPage = 100
	maxPage     = 1000
)

// maxExamined is how many resources a request examines if no index helps.
const maxExamined = 20_000

// A listing holds the parameters of a list.
type listing struct {
	filter resource.Filter // nil selects all
	sort   resource.AttrPath
	desc   bool
	sorted bool

	start  int // from 1, with index paging
	count  int
	cursor *cursor // nil with index paging
}

// listing reads the parameters of a list from the query or from the body of a search.
func (q *request) listing(t *resource.Type) (*listing, error) {
	if q.r.Method == http.MethodPost {
		if err := q.search(); err != nil {
			return nil, err
		}
	}
	l := &listing{start: 1, count: defaultPage}
	if text := q.query.Get("filter"); strings.TrimSpace(text) != "" {
		var err error
		if l.filter, err = resource.ParseFilter(text); err != nil {
			return nil, err
		}
		if err := t.Check(l.filter); err != nil {
			return nil, err
		}
	}
	if err := l.order(t, q.query); err != nil {
		return nil, err
	}
	return l, q.page(l)
}

// order reads sortBy and sortOrder.
func (l *listing) order(t *resource.Type, query url.Values) error {
	by := strings.TrimSpace(query.Get("sortBy"))
	if by == "" {
		return nil
	}
	path, err := resource.ParseAttrPath(by)
	if err != nil {
		return resource.BadValue("sortBy", "is not the name of an attribute")
	}
	if _, err := t.Leaf(path); err != nil {
		if f := faultOf(err); f.Type == resource.Sensitive {
			return f
		}
		return resource.BadValue("sortBy", "names an attribute that "+t.Name+" has not; see /Schemas")
	}
	s, a, sub := t.Place(path.String())
	if s == nil || s.URN != t.Core.URN || a == nil || !sortable(a.Name, sub) {
		return resource.BadValue("sortBy", "must be userName, displayName, name.givenName, name.familyName, "+
			"name.formatted, emails, active, externalId, meta.created, meta.lastModified or id")
	}
	l.sort, l.sorted = resource.AttrPath{Name: a.Name, Sub: sub}, true
	switch strings.ToLower(query.Get("sortOrder")) {
	case "", "ascending":
	case "descending":
		l.desc = true
	default:
		return resource.BadValue("sortOrder", "must be ascending or descending")
	}
	return nil
}

func sortable(name, sub string) bool {
	switch name {
	case "userName", "displayName", "active", "id", "externalId":
		return sub == ""
	case "emails":
		return sub == "" || strings.EqualFold(sub, "value")
	case "name":
		return sub != ""
	case "meta":
		return strings.EqualFold(sub, "created") || strings.EqualFold(sub, "lastModified")
	}
	return false
}

// page reads the beginning and the length of a page.
func (q *request) page(l *listing) error {
	count, given, err := intParam(q.query, "count")
	if err != nil {
		return err
	}
	if given {
		l.count = min(max(count, 0), maxPage)
	}
	start, indexed, err := intParam(q.query, "startIndex")
	if err != nil {
		return err
	}
	l.start = max(start, 1)
	if !q.query.Has("cursor") {
		return nil
	}
	if indexed {
		return resource.BadRequest(resource.InvalidCursor, "cursor and startIndex exclude each other; send one.")
	}
	if l.cursor, err = q.readCursor(q.query.Get("cursor")); err != nil {
		return err
	}
	if l.cursor.count > 0 && l.count > l.cursor.count {
		if given {
			return resource.BadRequest(resource.InvalidCount, "count is larger than that of the first page; repeat that one.")
		}
		l.count = l.cursor.count
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
func (q *request) search() error {
	o, err := q.bodyTree()
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
		q.query[name] = []string{strings.Join(list, ",")}
	}
	return nil
}

// rootQuery lists resources of both kinds.
func (q *request) rootQuery() error {
	return resource.BadRequest(resource.TooMany, "Users and groups are asked for by themselves, at /Users and /Groups.")
}

// A page is a part of a list of n resources; n is -1 if unknown.
type page struct {
	total int
	next  *cursor // nil on the last page, and with index paging
}

// sendList answers with a page of resources, each written by each.
func (q *request) sendList(l *listing, p page, n int, each func(w *httpkit.Spool, i int) error) error {
	w := &httpkit.Spool{}
	defer w.Close()
	head := resource.NewObject("schemas", resource.Texts(resource.SchemaList))
	if p.total >= 0 {
		head.Set("totalResults", resource.Number(strconv.Itoa(p.total)))
	}
	if l.cursor == nil {
		head.Set("startIndex", resource.Number(strconv.Itoa(l.start)))
	}
	head.Set("itemsPerPage", resource.Number(strconv.Itoa(n)))
	if p.next != nil {
		head.Set("nextCursor", q.encodeCursor(p.next))
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
	q.call.ShowRevision()
	return w.Send(q.w, http.StatusOK, contentType)
}

// window returns the part of a list of n that the page covers.
func (l *listing) window(n int) (from, to int) {
	from = l.start - 1
	if l.cursor != nil {
		from = int(l.cursor.at)
	}
	from = min(max(from, 0), n)
	return from, min(from+l.count, n)
}

// pageOf returns the page of a list of n that is in memory as a whole.
func (l *listing) pageOf(n int) page {
	p := page{total: n}
	if _, to := l.window(n); l.cursor != nil {
		if p.total = -1; to < n {
			p.next = &cursor{at: int64(to), count: l.count}
		}
	}
	return p
}
