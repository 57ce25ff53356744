package httpkit

import (
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHeadersOfAChange(t *testing.T) {
	for _, test := range []struct {
		comment, preview string
		want             string
		shown, ok        bool
	}{
		{"", "", "", false, true},
		{" why ", "true", "why", true, true},
		{"", "false", "", false, true},
		{"", "yes", "", false, false},
		{"a\x01", "", "", false, false},
		{strings.Repeat("a", 1001), "", "", false, false},
	} {
		r := httptest.NewRequest("POST", "/", nil)
		r.Header["Cohort-Comment"], r.Header["Cohort-Preview"] = []string{test.comment}, []string{test.preview}
		comment, preview, err := ChangeHeaders(r)
		if comment != test.want || preview != test.shown || (err == nil) != test.ok {
			t.Errorf("%+v: %q, %v, %v", test, comment, preview, err)
		}
	}
}
