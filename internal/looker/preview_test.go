package looker_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"cohort/internal/looker"
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

// Every write that is a change is one change, so its preview is of all that it does.
func TestAPreviewIsOfAllThatAWriteDoes(t *testing.T) {
	previewed := 0
	operations, _ := looker.Operations()
	for _, op := range operations {
		method, _, _ := strings.Cut(op[1], " ")
		p := probes()[op[0]]
		if method == http.MethodGet || withoutRevision(op[0]) {
			continue
		}
		w := newFurnishedWorld(t)
		before := w.core.Head()
		r := httptest.NewRequest(method, "/api/4.0"+w.named(p.target), strings.NewReader(p.body))
		r.Header.Set("Authorization", "Bearer "+w.tokens["admin"])
		r.Header.Set("Cohort-Preview", "true")
		shown := httptest.NewRecorder() // past the contract: the answer is not the vendor's
		w.handler.ServeHTTP(shown, r)
		var what struct {
			Affected *struct{ Enabled int }
		}
		if err := json.Unmarshal(shown.Body.Bytes(), &what); shown.Code != http.StatusOK || err != nil ||
			what.Affected == nil {
			t.Errorf("%s: the preview is %d %s", op[0], shown.Code, shown.Body)
		}
		if after := w.core.Head(); after != before {
			t.Errorf("%s: a preview moved the head from %+v to %+v", op[0], before, after)
		}
		did := w.send("admin", method, w.named(p.target), p.body, nil)
		if moved := w.core.Head().Revision - before.Revision; moved > 1 || did.status/100 != 2 {
			t.Errorf("%s: answered %d, and made %d changes", op[0], did.status, moved)
		}
		previewed++
	}
	if previewed < 40 {
		t.Errorf("only %d operations were previewed", previewed)
	}
}

// withoutRevision reports whether an operation writes nothing that has a revision.
func withoutRevision(operation string) bool {
	switch operation {
	case "login_user", "logout", "update_session", "delete_user_session", "delete_user_login_lockout",
		"create_user_credentials_email_password_reset", "send_user_credentials_email_password_reset":
		return true
	}
	return operation == "login"
}
