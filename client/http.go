package client

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// SameOrigin lets an http.Client follow redirects within one server only: a
// request holds a secret or a token, which nobody else is to get, nor anybody
// who reads plain HTTP.
func SameOrigin(next *http.Request, via []*http.Request) error {
	first := via[0].URL
	if next.URL.Scheme != first.Scheme || next.URL.Host != first.Host {
		return fmt.Errorf("the server redirects to %s://%s, and secrets go to %s://%s only; use the other URL if it is right",
			next.URL.Scheme, next.URL.Host, first.Scheme, first.Host)
	}
	if len(via) >= maxRedirects {
		return errors.New("the server redirects for ever")
	}
	return nil
}

const maxRedirects = 10

// RetryAfter is how long a reply asks to wait, in seconds or until a time; 0 if
// it does not say.
func RetryAfter(header http.Header, now time.Time) time.Duration {
	text := header.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil {
		return max(0, time.Duration(seconds)*time.Second)
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
