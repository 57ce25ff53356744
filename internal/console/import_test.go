package console_test

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"cohort/internal/console/pagekit"
	"cohort/internal/directory"
)

// box does not seal anything.
type box struct{}

func (box) Seal(_ directory.UserID, data []byte) ([]byte, error) { return data, nil }

func (box) Open(_ directory.UserID, sealed []byte) ([]byte, error) { return sealed, nil }

// sendFile sends the form of a file, with fields given as pairs.
func (w *world) sendFile(t *testing.T, as, file string, want int, pairs ...string) string {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i < len(pairs); i += 2 {
		if err := form.WriteField(pairs[i], pairs[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if file != "" {
		part, err := form.CreateFormFile("file", "people.csv")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(part, file)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, w.server.URL+"/ui/import", &body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.AddCookie(&http.Cookie{Name: pagekit.CookieName(false), Value: as})
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != want {
		t.Fatalf("send a file: %d %s, want %d", res.StatusCode, text, want)
	}
	if to := res.Header.Get("Location"); to != "" {
		return to
	}
	return string(text)
}

const rowsOfPeople = "email,first_name,groups,attr:region\n" +
	"nina@example.com,Nina,EMEA,emea\nomar@example.com,Omar,Nowhere,emea\npia@example.com,Pia,Finance,\n"

func TestAFileIsCheckedCommittedAndItsRefusedRowsAreGivenBack(t *testing.T) {
	w := newWorld(t)
	before := w.core.Head().Revision
	contains(t, w.page(t, asAdmin, "/ui/import"), "The first row of a table names its columns")
	at := w.sendFile(t, asAdmin, rowsOfPeople, http.StatusSeeOther, "mode", "update")
	page := w.page(t, asAdmin, at)
	contains(t, page, "3 rows of users", "What it would do", "create user 2", "1 row refused", "Nowhere",
		"Import without the refused rows")
	if w.core.Head().Revision != before {
		t.Fatal("checking a file has changed the directory")
	}
	contains(t, w.page(t, asAdmin, "/ui/import"), "3 rows of users planned")
	status, rows := w.get(t, asAdmin, at+"/refused.csv")
	if status != http.StatusOK || !strings.Contains(rows, "omar@example.com") || !strings.Contains(rows, "cohort_error") ||
		strings.Contains(rows, "nina") {
		t.Errorf("the refused rows: %d\n%s", status, rows)
	}
	w.post(t, asAdmin, at, http.StatusConflict, "token", "another", "comment", "typed")
	w.post(t, asAdmin, at, http.StatusSeeOther, "token", w.field(t, asAdmin, at, "token"), "comment", "new people")
	contains(t, w.page(t, asAdmin, at), "Imported: ", "1 row refused")
	contains(t, w.page(t, asAdmin, "/ui/users?q=Nina"), "nina@example.com")
	contains(t, w.page(t, asAdmin, "/ui/changes"), "new people")
	_, body := w.get(t, asAdmin, at)
	changes := regexp.MustCompile(`href="(/ui/changes\?request=[^"]*)"`).FindStringSubmatch(body)
	if changes == nil {
		t.Fatal("the page does not lead to the changes")
	}
	contains(t, w.page(t, asAdmin, changes[1]), "Nina")
	w.post(t, asAdmin, at, http.StatusSeeOther, "do", "delete")
	contains(t, w.page(t, asAdmin, "/ui/import"), "No file yet.")
}

func TestColumnsThatMeanNothingAreMapped(t *testing.T) {
	w := newWorld(t)
	const file = "Mail,Vorname,Hobby\nnina@example.com,Nina,chess\n"
	body := w.sendFile(t, asAdmin, file, http.StatusUnprocessableEntity, "kind", "users", "mode", "add")
	contains(t, text(body), "Fields of the columns", "Vorname Nina", "Hobby chess")
	if !strings.Contains(body, "nina@example.com,Nina,chess") || !strings.Contains(body, `value="users" selected`) {
		t.Error("what was sent is gone")
	}
	at := w.sendFile(t, asAdmin, "", http.StatusSeeOther, "text", file, "kind", "users", "mode", "add",
		"map:Mail", "email", "map:Vorname", "first_name", "map:Hobby", "")
	contains(t, w.page(t, asAdmin, at), "1 row of users", "without the columns Hobby", "create user 1")
}

func TestOnlyWhoManagesBringsFilesIn(t *testing.T) {
	w := newWorld(t)
	contains(t, w.page(t, asAda, "/ui/import"), "needs a permission to manage")
	w.sendFile(t, asAda, rowsOfPeople, http.StatusForbidden)
	at := w.sendFile(t, asAdmin, rowsOfPeople, http.StatusSeeOther)
	if status, _ := w.get(t, asAda, at); status != http.StatusNotFound {
		t.Errorf("the file of somebody else: %d", status)
	}
	w.sendFile(t, asAdmin, "", http.StatusUnprocessableEntity)
	body := w.sendFile(t, asAdmin, "a,b\n<script>x</script>,\"><img>\n", http.StatusUnprocessableEntity)
	if strings.Contains(body, "<script>x") || strings.Contains(body, "<img") {
		t.Error("markup of a file is alive")
	}
}
