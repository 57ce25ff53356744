package looker_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAPreviewSaysWhatAWriteWouldDoAndDoesNothing(t *testing.T) {
	w := newWorld(t)
	w.must("admin", "POST", "/user_attributes", `{"name":"region","label":"Region","type":"string"}`)
	w.must("admin", "POST", "/groups", `{"name":"EMEA"}`)
	w.must("admin", "POST", "/groups/2/users", `{"user_id":"3"}`)
	before := w.core.Head()
	r := httptest.NewRequest("PATCH", "/api/4.0/groups/2/attribute_values/14", strings.NewReader(`{"value":"emea"}`))
	r.Header.Set("Authorization", "Bearer "+w.tokens["admin"])
	r.Header.Set("Cohort-Preview", "true")
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	var got struct {
		Affected struct{ Enabled int }
		Token    string
		Sample   []struct {
			After struct{ Summary string }
		}
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil || rec.Code != 200 {
		t.Fatalf("%d %s: %v", rec.Code, rec.Body, err)
	}
	want := `Otto Ordinary has "emea" for region from EMEA, the only group value that counts.`
	if got.Affected.Enabled != 1 || got.Token == "" || len(got.Sample) != 1 || got.Sample[0].After.Summary != want {
		t.Errorf("answered %s", rec.Body)
	}
	if after := w.core.Head(); after != before {
		t.Errorf("the head moved from %+v to %+v", before, after)
	}
}
