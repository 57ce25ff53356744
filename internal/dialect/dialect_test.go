package dialect_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/auth"
	"cohort/internal/dialect"
	"cohort/internal/dialect/dialecttest"
	"cohort/internal/directory"
	"cohort/internal/history"
	"cohort/internal/httpkit"
	"cohort/internal/view"
)

// plain is a surface with the least that one has.
func plain(kit dialect.Kit, sessions *auth.Service) http.Handler {
	kit = kit.WithDefaults()
	identify := httpkit.ByToken(sessions, &directory.Error{Kind: directory.KindUnauthenticated})
	rt := kit.Router(func(w http.ResponseWriter, _ *http.Request, err error) {
		dialect.SetErrorHeaders(w.Header(), dialect.Status(err), err)
		http.Error(w, err.Error(), dialect.Status(err))
	}, false)
	handle := func(pattern string, f func(c *dialect.Call) (string, error)) {
		rt.Handle(pattern, func(w http.ResponseWriter, r *http.Request) error {
			c, err := kit.Admit(w, r, "plain", identify)
			if err != nil {
				return err
			}
			if done, err := c.RepeatedDeletion(); done || err != nil {
				httpkit.WriteBody(w, http.StatusOK, "text/plain", []byte("deleted again"))
				return err
			}
			text, err := f(c)
			if err != nil {
				return err
			}
			c.ShowRevision()
			httpkit.WriteBody(w, http.StatusOK, "text/plain", []byte(text))
			return nil
		})
	}
	say := func(done directory.Committed, shown *directory.Preview, err error) (string, error) {
		if shown != nil {
			return "shown", err
		}
		if err != nil {
			return "", err
		}
		return fmt.Sprint("revision ", done.Revision, " repeated ", done.Repeated, " id ", done.Results[0].ID), nil
	}
	handle("POST /groups", func(c *dialect.Call) (string, error) {
		var in struct{ Name string }
		if err := (httpkit.BodyReader{}).Read(c.W, c.R, &in); err != nil {
			return "", err
		}
		return say(c.Commit(dialect.Edits(directory.CreateGroup{Name: in.Name})))
	})
	handle("POST /first", func(c *dialect.Call) (string, error) {
		return say(c.Commit(dialect.Write{Prepare: func(now *view.View) ([]directory.Edit, error) {
			groups, err := now.Groups(c.R.Context())
			if err == nil && len(groups) > 1 {
				err = &directory.Error{Kind: directory.KindConflict, Msg: "there is one"}
			}
			return []directory.Edit{directory.CreateGroup{Name: "first"}}, err
		}}))
	})
	handle("POST /many", func(c *dialect.Call) (string, error) {
		attempts, err := c.CommitEach(3, errors.New("no"), func(i int, _ *view.View) ([]directory.Edit, error) {
			if i == 1 {
				return nil, &directory.Error{Kind: directory.KindConflict, Msg: "not the second"}
			}
			return []directory.Edit{directory.CreateGroup{Name: fmt.Sprint("many ", i)}}, nil
		})
		var said []string
		for _, a := range attempts {
			text, err := say(a.Committed, nil, a.Err)
			said = append(said, fmt.Sprint(text, err))
		}
		return strings.Join(said, "\n"), err
	})
	handle("DELETE /groups/{id}", func(c *dialect.Call) (string, error) {
		id, err := directory.ParseID[directory.GroupID]("id", c.R.PathValue("id"))
		if err != nil {
			return "", err
		}
		if _, err := c.Dir.Group(c.R.Context(), id); err != nil {
			return "", err
		}
		return say(c.Commit(dialect.Edits(directory.DeleteGroup{Group: id})))
	})
	return rt
}

// A request that comes again under its key is answered again and done once,
// whatever was changed meanwhile; another request under the key is refused.
func TestARequestUnderAKeyIsDoneOnce(t *testing.T) {
	w := dialecttest.New(t, plain)
	key := http.Header{"Idempotency-Key": {"k"}}
	for _, test := range []struct {
		method, target, body, other string
		revisions                   directory.Revision
	}{
		{"POST", "/groups", `{"name":"a"}`, `{"name":"b"}`, 1},
		{"POST", "/many", ``, `{}`, 2},
	} {
		key["Idempotency-Key"] = []string{test.target}
		before := w.Revision()
		send := func(body string) dialecttest.Reply {
			return w.Send(dialecttest.Request{As: "admin", Method: test.method, Target: test.target, Body: body, Header: key})
		}
		first := send(test.body)
		again := send(test.body)
		if got := strings.ReplaceAll(again.Body, "repeated true", "repeated false"); first.Status != 200 ||
			again.Status != 200 || got != first.Body || got == again.Body {
			t.Errorf("%s: %d %s, again %d %s", test.target, first.Status, first.Body, again.Status, again.Body)
		}
		if first.Header.Get("Idempotency-Replayed") != "" || again.Header.Get("Idempotency-Replayed") != "true" {
			t.Errorf("%s: the first reply has %v, the second %v", test.target, first.Header, again.Header)
		}
		if got := w.Revision() - before; got != test.revisions {
			t.Errorf("%s: %d revisions, want %d", test.target, got, test.revisions)
		}
		if test.target == "/groups" {
			if got := send(test.other); got.Status != http.StatusUnprocessableEntity {
				t.Errorf("another body under the key: %d %s", got.Status, got.Body)
			}
		}
	}
}

// A repeated request gets its first answer, although the directory is no longer
// as the first one found it.
func TestARepetitionIsNotHeldAgainstWhatItDid(t *testing.T) {
	w := dialecttest.New(t, plain)
	for range 2 {
		if got := w.Send(dialecttest.Request{As: "admin", Method: "POST", Target: "/first",
			Header: http.Header{"Idempotency-Key": {"1"}}}); got.Status != 200 {
			t.Errorf("%d %s", got.Status, got.Body)
		}
	}
	if got := w.Send(dialecttest.Request{As: "admin", Method: "POST", Target: "/first",
		Header: http.Header{"Idempotency-Key": {"2"}}}); got.Status != 409 {
		t.Errorf("under another key: %d %s", got.Status, got.Body)
	}
	var said []string
	for range 2 {
		said = append(said, w.Send(dialecttest.Request{As: "admin", Method: "DELETE", Target: "/groups/2",
			Header: http.Header{"Idempotency-Key": {"3"}}}).Body)
	}
	if said[0] != "revision 9 repeated false id 2" || said[1] != "deleted again" {
		t.Errorf("the deletions: %q", said)
	}
	if got := w.Send(dialecttest.Request{As: "admin", Method: "DELETE", Target: "/groups/2",
		Header: http.Header{"Idempotency-Key": {"4"}}}); got.Status != 404 {
		t.Errorf("under another key: %d %s", got.Status, got.Body)
	}
}

func TestKeysAreChecked(t *testing.T) {
	w := dialecttest.New(t, plain)
	for key, want := range map[string]int{"": 200, strings.Repeat("x", 255): 200, strings.Repeat("x", 256): 400,
		"a\nb": 400, "ä": 400} {
		got := w.Send(dialecttest.Request{As: "admin", Method: "POST", Target: "/groups", Body: `{"name":"a"}`,
			Header: http.Header{"Idempotency-Key": {key}}})
		if got.Status != want {
			t.Errorf("key %q: %d %s, want %d", key, got.Status, got.Body, want)
		}
	}
}

func TestAPreviewDoesNothingAndACommentIsRecorded(t *testing.T) {
	w := dialecttest.New(t, plain)
	before := w.Revision()
	for _, target := range []string{"/groups", "/first"} {
		got := w.Send(dialecttest.Request{
			As: "admin", Method: "POST", Target: target, Body: `{"name":"a"}`,
			Header: http.Header{"Cohort-Preview": {"true"}, "Idempotency-Key": {"k"}},
		})
		if got.Body != "shown" || w.Revision() != before || got.Header.Get("Cohort-Revision") != fmt.Sprint("1-", before) {
			t.Errorf("%s: %s at %s, revision %d, was %d", target, got.Body, got.Header.Get("Cohort-Revision"), w.Revision(),
				before)
		}
	}
	if got := w.Send(dialecttest.Request{As: "admin", Method: "POST", Target: "/many",
		Header: http.Header{"Cohort-Preview": {"true"}}}); got.Status != 500 || w.Revision() != before {
		t.Errorf("many changes: %d, revision %d", got.Status, w.Revision())
	}
	got := w.Send(dialecttest.Request{As: "admin", Method: "POST", Target: "/groups", Body: `{"name":"a"}`,
		Header: http.Header{"Cohort-Comment": {"why"}}})
	change, err := history.Change(t.Context(), view.New(w.Core).As(directory.System("test")), w.Revision())
	if err != nil || change.Comment != "why" || got.Header.Get("Cohort-Revision") != fmt.Sprint("1-", before+1) {
		t.Errorf("%+v, %v; the reply is at %s", change, err, got.Header.Get("Cohort-Revision"))
	}
}

func TestWhoMayDoWhat(t *testing.T) {
	got := dialecttest.Matrix(func() *dialecttest.World {
		w := dialecttest.New(t, plain)
		w.Do(directory.CreateGroup{Name: "G"})
		return w
	}, []dialecttest.Request{
		{Method: "POST", Target: "/groups", Body: `{"name":"a"}`},
		{Method: "DELETE", Target: "/groups/2"},
		{Method: "GET", Target: "/nothing"},
	})
	const want = `                  admin  manager  ordinary  disabled  revoked  none
POST /groups      200    200      403       401       401      401
DELETE /groups/2  200    200      404       401       401      401
GET /nothing      404    404      404       404       404      404
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestErrorsHaveAStatusAndItsHeaders(t *testing.T) {
	for _, kind := range directory.Kinds() {
		err := fmt.Errorf("wrapped: %w", &directory.Error{Kind: kind, RetryAfter: 1500 * time.Millisecond})
		status, h := dialect.Status(err), http.Header{}
		dialect.SetErrorHeaders(h, status, err)
		if status < 400 || (status == 500) != (kind == directory.KindInternal) {
			t.Errorf("kind %v has status %d", kind, status)
		}
		if (h.Get("WWW-Authenticate") != "") != (status == 401) || (h.Get("Retry-After") == "2") != (status == 429 ||
			status == 503) {
			t.Errorf("status %d has %v", status, h)
		}
	}
	if got := dialect.Status(&httpkit.RouteError{Status: 405}); got != 405 {
		t.Errorf("a method that is not taken: %d", got)
	}
}
