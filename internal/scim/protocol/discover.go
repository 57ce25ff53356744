package protocol

import (
	"net/http"

	"cohort/internal/dialect"
	"cohort/internal/httpkit"
	"cohort/internal/scim/resource"
)

// discover serves a discovery document. It needs no token, because some clients read it before
// they log in. Without a token the extension of attribute values is empty, because its
// attributes belong to the directory.
func (s *Server) discover(make func(q *Request) (any, error)) httpkit.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if r.URL.Query().Has("filter") {
			return resource.NewFault(http.StatusForbidden, "",
				"These documents cannot be filtered; leave the parameter filter out.")
		}
		q := &Request{Server: s, W: &answer{ResponseWriter: w}, R: r, Base: s.baseOf(r)}
		if r.Header.Get("Authorization") != "" {
			call, err := s.Admit(w, r, resource.Dialect, s.identify)
			if err != nil {
				return err
			}
			defer call.Close()
			q.use(call)
			if err := q.meet(); err != nil {
				return err
			}
		} else if _, err := s.Enter(r); err != nil {
			return err
		}
		if err := q.accepts(); err != nil {
			return err
		}
		v, err := make(q)
		if err != nil {
			return err
		}
		httpkit.WriteBody(q.W, http.StatusOK, ContentType, resource.AppendTree(nil, v))
		return nil
	}
}

// use gives a request its authenticated caller.
func (q *Request) use(call *dialect.Call) {
	q.call, q.W, q.Dir = call, &answer{ResponseWriter: call.W}, call.Dir
}
