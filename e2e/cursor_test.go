package e2e

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
)

// A list is paged through wherever a load balancer sends the requests, and
// after a restart.
func TestCursorsAreGoodOnEveryNodeWithTheSameKey(t *testing.T) {
	database := databases.Empty(t)
	one, two := newServer(t, in(database)), newServer(t, in(database))
	token := one.login()
	var names []string
	next := ""
	for turn := 0; turn == 0 || next != ""; turn++ {
		at := []*server{one, two}[turn%2]
		if turn == 3 {
			one.restart()
			two.restart()
		}
		var page struct {
			Attributes []struct {
				Name string `json:"name"`
			} `json:"attributes"`
			Next string `json:"next"`
		}
		body := at.mustAsk(http.MethodGet, "/v1/attributes?limit=2&cursor="+url.QueryEscape(next), token, "")
		if err := json.Unmarshal([]byte(body), &page); err != nil {
			t.Fatal(err)
		}
		for _, a := range page.Attributes {
			names = append(names, a.Name)
		}
		if next = page.Next; t.Failed() {
			return
		}
	}
	if len(names) != 13 || names[0] != "first_name" || names[12] != "landing_page" {
		t.Errorf("the pages hold %v", names)
	}
}
