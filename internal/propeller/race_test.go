package propeller_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"cohort/internal/dialect/dialecttest"
	"cohort/internal/directory"
	"cohort/internal/effort"
	"cohort/internal/store/sqlite/sqlitetest"
)

func TestEveryReplyIsTrueAtTheRevisionThatItNames(t *testing.T) {
	s := sqlitetest.Open(t)
	w := newWorldOn(t, s)
	w.do(directory.CreateGroup{Name: "EMEA"}, directory.CreateAttribute{Name: "limit", Type: directory.TypeInteger})
	const values = "/usergroups/id/2/attributes"
	set := func(member string) string {
		return w.send("admin", "POST", values, `[{"name":"LIMIT","type":"integer"`+member+`}]`,
			nil).header.Get("Cohort-Revision")
	}
	race := dialecttest.Race{
		Set:    func(text string) string { return set(`,"value":` + text) },
		Remove: func() string { return set("") },
		Read: func() (string, string) {
			got := w.send("admin", "GET", values, "", nil)
			var body struct {
				Data []struct {
					Value json.Number `json:"value"`
				} `json:"data"`
			}
			if err := json.Unmarshal([]byte(got.body), &body); err != nil {
				t.Error(err, got.body)
			}
			if len(body.Data) == 0 {
				return got.header.Get("Cohort-Revision"), ""
			}
			return got.header.Get("Cohort-Revision"), fmt.Sprint(body.Data[0].Value)
		},
	}
	race.Run(t, effort.Of(15, 40))
}
