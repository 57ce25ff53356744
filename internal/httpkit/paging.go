package httpkit

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"cohort/internal/directory"
)

const defaultPerPage = 100

// A Page is the part of a list that a client asks for.
type Page struct {
	Offset int
	Limit  int  // 0 means no limit
	Asked  bool // limit or per_page was given, so the reply gets paging headers
}

// ParsePage reads limit and offset, or else page (from 1) and per_page. The texts "" and
// "null" count as absent. Errors are KindMalformed and name the parameter.
func ParsePage(q url.Values) (Page, error) {
	var p Page
	limit, hasLimit, err := QueryInt(q, "limit", 1)
	if err != nil {
		return p, err
	}
	offset, hasOffset, err := QueryInt(q, "offset", 0)
	if err != nil {
		return p, err
	}
	page, hasPage, err := QueryInt(q, "page", 1)
	if err != nil {
		return p, err
	}
	perPage, hasPerPage, err := QueryInt(q, "per_page", 1)
	if err != nil {
		return p, err
	}
	switch {
	case hasLimit || hasOffset:
		p = Page{Offset: offset, Limit: limit, Asked: hasLimit}
	case hasPage || hasPerPage:
		if !hasPerPage {
			perPage = defaultPerPage
		}
		p = Page{Limit: perPage, Asked: hasPerPage}
		if hasPage {
			p.Offset = (page - 1) * perPage
		}
	}
	return p, nil
}

// QueryInt reads a whole number from min to directory.MaxID. The texts "" and "null" count as
// absent.
func QueryInt(q url.Values, name string, min int) (n int, given bool, err error) {
	s := q.Get(name)
	if s == "" || s == "null" {
		return 0, false, nil
	}
	n, err = strconv.Atoi(s)
	if err != nil || n < min || n > directory.MaxID {
		return 0, false, directory.Malformed(name, "must be a whole number from %d to %d", min, directory.MaxID)
	}
	return n, true, nil
}

// Cut returns the page of a whole list.
func Cut[T any](list []T, p Page) []T {
	list = list[min(p.Offset, len(list)):]
	if p.Limit > 0 {
		list = list[:min(p.Limit, len(list))]
	}
	return list
}

// SetPageHeaders tells a client that asked for a page how long the whole list is and where its
// other pages are. base is the absolute URL of the list, without a query. Links contain no raw
// comma, because clients split the header at commas.
func SetPageHeaders(h http.Header, base string, q url.Values, p Page, total int) {
	if !p.Asked {
		return
	}
	h.Set("X-Total-Count", strconv.Itoa(total))
	last := 0
	if total > 0 {
		last = (total - 1) / p.Limit * p.Limit
	}
	links := []string{pageLink(base, q, p.Limit, 0, "first"), pageLink(base, q, p.Limit, last, "last")}
	if p.Offset+p.Limit < total {
		links = append(links, pageLink(base, q, p.Limit, p.Offset+p.Limit, "next"))
	}
	if p.Offset > 0 {
		links = append(links, pageLink(base, q, p.Limit, max(0, p.Offset-p.Limit), "prev"))
	}
	h.Set("Link", strings.Join(links, ","))
}

func pageLink(base string, q url.Values, limit, offset int, rel string) string {
	params := url.Values{}
	for name, values := range q {
		switch name {
		case "limit", "offset", "page", "per_page":
		default:
			params[name] = values
		}
	}
	params.Set("limit", strconv.Itoa(limit))
	params.Set("offset", strconv.Itoa(offset))
	return fmt.Sprintf("<%s?%s>; rel=%q", base, params.Encode(), rel)
}
