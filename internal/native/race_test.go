package native_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"cohort/internal/dialect/dialecttest"
	"cohort/internal/effort"
	"cohort/internal/store/sqlite/sqlitetest"
)

func TestEveryReplyIsTrueAtTheRevisionThatItNames(t *testing.T) {
	s := sqlitetest.Open(t)
	w := newWorldIn(t, s)
	const value = "/v1/groups/3/values/region"
	race := dialecttest.Race{
		Set: func(text string) string {
			return w.send("admin", "PUT", value, fmt.Sprintf(`{"value":%q}`, text), nil).header.Get("Cohort-Revision")
		},
		Remove: func() string {
			got := w.send("admin", "DELETE", value, "", nil)
			if got.status != 200 {
				return ""
			}
			return got.header.Get("Cohort-Revision")
		},
		Read: func() (string, string) {
			got := w.send("admin", "GET", "/v1/groups/3/values", "", nil)
			var body struct {
				Values []struct {
					Value string `json:"value"`
				} `json:"values"`
			}
			if err := json.Unmarshal([]byte(got.body), &body); err != nil {
				t.Error(err, got.body)
			}
			if len(body.Values) == 0 {
				return got.header.Get("Cohort-Revision"), ""
			}
			return got.header.Get("Cohort-Revision"), body.Values[0].Value
		},
	}
	race.Run(t, effort.Of(15, 40))
}
