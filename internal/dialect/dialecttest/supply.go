package dialecttest

import "net/http"

// A Supply gives each request a world that is as it was made: the last one again
// unless a request has changed something in it.
type Supply[World any] struct {
	Make func() World

	last World
	made bool
}

// World returns the world for the next request.
func (s *Supply[World]) World() World {
	if !s.made {
		s.last, s.made = s.Make(), true
	}
	return s.last
}

// Used takes note of a request to the world, and of what it was answered with.
func (s *Supply[World]) Used(method string, status int) {
	if method != http.MethodGet && method != http.MethodHead && status < http.StatusBadRequest {
		s.made = false
	}
}
