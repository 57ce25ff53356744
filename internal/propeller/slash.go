package propeller

import (
	"net/http"
	"net/url"
	"strings"
)

// loneSlash stands for a segment of a path that is one escaped slash, which http.ServeMux
// would take for a trailing slash. No key contains a NUL, so loneSlash stands for nothing
// else.
const loneSlash = "\x00"

// withLoneSlashes replaces segments that are one escaped slash by loneSlash, and segments that
// were sent as loneSlash by two of it.
func withLoneSlashes(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw := r.URL.EscapedPath()
		if !strings.Contains(raw, "%") {
			next.ServeHTTP(w, r)
			return
		}
		segments := strings.Split(raw, "/")
		for i, s := range segments {
			switch {
			case strings.EqualFold(s, "%2F"):
				segments[i] = "%00"
			case s == "%00":
				segments[i] = "%00%00"
			}
		}
		changed := strings.Join(segments, "/")
		path, err := url.PathUnescape(changed)
		if err != nil || changed == raw {
			next.ServeHTTP(w, r)
			return
		}
		r2 := *r
		u := *r.URL
		u.Path, u.RawPath = path, changed
		r2.URL = &u
		next.ServeHTTP(w, &r2)
	})
}

// pathValue returns a part of the path.
func (q *request) pathValue(name string) string {
	value := q.r.PathValue(name)
	if value == loneSlash {
		return "/"
	}
	return value
}
