package login

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/looker/protocol"
	"cohort/internal/looker/query"
)

func FuzzLoginForm(f *testing.F) {
	for _, s := range []string{"client_id=a&client_secret=b", `{"client_id":"a","client_secret":"b"}`, `{"client_id":1}`,
		"%zz", "{", "a=b;c=d"} {
		f.Add(s, "client_id=q")
	}
	f.Fuzz(func(t *testing.T, body, text string) {
		values, err := url.ParseQuery(text)
		if err != nil {
			return
		}
		q := &protocol.Request{W: httptest.NewRecorder(), R: httptest.NewRequest("POST", "/", strings.NewReader(body)),
			Params: query.Params{Values: values}}
		form, err := loginForm(q)
		if err != nil {
			if k := directory.KindOf(err); k != directory.KindMalformed && k != directory.KindTooLarge {
				t.Fatalf("%q: %v", body, err)
			}
			return
		}
		if form.Get("client_id") == "" && values.Get("client_id") != "" {
			t.Fatalf("%q: the client id of the query is lost", body)
		}
	})
}
