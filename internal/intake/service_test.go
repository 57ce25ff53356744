package intake_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/history"
	"cohort/internal/intake"
	"cohort/internal/store"
	"cohort/internal/store/sqlite/sqlitetest"
	"cohort/internal/view"
)

// A world is a directory to which files are sent.
type world struct {
	t       *testing.T
	views   *view.Directory
	store   store.Store
	service *intake.Service
	admin   directory.Caller
	now     time.Time
}

func newWorld(t *testing.T, slice time.Duration) *world {
	t.Helper()
	disk := sqlitetest.Open(t)
	t.Cleanup(func() {
		if err := disk.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{t: t, store: disk, now: time.Now()}
	c, err := core.Open(t.Context(), w.store, core.Options{Sealer: plainSealer{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	admin, _, err := c.Bootstrap(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	w.views, w.admin = view.New(c), directory.Caller{User: admin.User, Dialect: "test"}
	w.service = intake.NewService(intake.Config{
		Rows: w.store.Ephemera(), Box: lined{}, Directory: w.views.As, Language: "EN", Now: func() time.Time { return w.now },
		Slice: slice,
	})
	return w
}

// plainSealer seals nothing.
type plainSealer struct{}

func (plainSealer) Seal(_ directory.AttributeID, _ directory.Object, text string) (string, []byte, error) {
	return "k", []byte(text), nil
}

func (plainSealer) Open(_ directory.AttributeID, _ directory.Object, _ string, sealed []byte) (string, error) {
	return string(sealed), nil
}

// lined keeps what belongs to a user behind its number.
type lined struct{}

func (lined) Seal(user directory.UserID, data []byte) ([]byte, error) {
	return append([]byte(fmt.Sprint(user, "\n")), data...), nil
}

func (lined) Open(user directory.UserID, sealed []byte) ([]byte, error) {
	text, ok := strings.CutPrefix(string(sealed), fmt.Sprint(user, "\n"))
	if !ok {
		return nil, fmt.Errorf("it is not that of user %d", user)
	}
	return []byte(text), nil
}

func (w *world) upload(o intake.Options, text string) *intake.Report {
	w.t.Helper()
	if o.Format == "" {
		o.Format = intake.CSV
	}
	r, err := w.service.Upload(w.t.Context(), w.admin, o, []byte(text))
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) users() int {
	w.t.Helper()
	_, n, err := w.views.As(w.admin).Users(w.t.Context(), directory.UserQuery{Limit: 1})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// people is a table of n users with an id in a source.
func people(n int) string {
	var b strings.Builder
	b.WriteString("source:hr,first_name\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,U%d\n", i, i)
	}
	return b.String()
}

// TestAFileIsBroughtInSliceBySlice: time is up after each change; called again,
// it goes on, and one request undoes all of it.
func TestAFileIsBroughtInSliceBySlice(t *testing.T) {
	w := newWorld(t, time.Nanosecond)
	r := w.upload(intake.Options{}, people(3_000)+"0,twice\n")
	if r.Plan.Refused != 2 || len(r.Plan.Counts) != 1 ||
		r.Plan.Counts[0] != (intake.Count{Action: "create", Kind: "user", N: 2_999}) {
		t.Fatalf("the plan: %+v", r.Plan)
	}
	before, calls := w.users(), 0
	for r.State != intake.Done {
		if calls++; calls > 20 {
			t.Fatalf("it does not end: %+v", r)
		}
		var err error
		if r, err = w.service.Commit(t.Context(), w.admin, r.ID, intake.Go{Token: r.Token}); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.users() - before; got != 2_999 || r.Outcome.Refused != 2 || r.Outcome.Changes < 2 || calls < 2 {
		t.Errorf("%d users in %d calls: %+v", got, calls, r.Outcome)
	}
	again, err := w.service.Commit(t.Context(), w.admin, r.ID, intake.Go{Token: r.Token})
	if err != nil || again.Outcome.Revision != r.Outcome.Revision {
		t.Errorf("once more: %+v, %v", again.Outcome, err)
	}
	if _, err := history.RevertRequest(t.Context(), w.views.As(w.admin), r.Outcome.RequestID, nil, ""); err != nil {
		t.Fatal(err)
	}
	if got := w.users(); got != before {
		t.Errorf("after the revert there are %d users, want %d", got, before)
	}
}

// TestAShuffledOrganisationChartComesInAtOnce: parents stand anywhere in the
// table, in several levels.
func TestAShuffledOrganisationChartComesInAtOnce(t *testing.T) {
	w := newWorld(t, time.Minute)
	const n = 2000
	r := rand.New(rand.NewPCG(1, 2))
	parents := map[string]string{}
	rows := make([]string, n)
	for i := range n {
		id := fmt.Sprint(1000 + i)
		if i > 0 {
			parents[id] = fmt.Sprint(1000 + r.IntN(min(i, 200)))
		}
		rows[i] = fmt.Sprintf("%s,Unit %s,%s\n", id, id, parents[id])
	}
	r.Shuffle(n, func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	report := w.upload(intake.Options{}, "source:erp,name,parent\n"+strings.Join(rows, ""))
	if report.Plan.Refused != 0 {
		t.Fatalf("refused: %+v", report.Plan.Sample)
	}
	done, err := w.service.Commit(t.Context(), w.admin, report.ID, intake.Go{Token: report.Token})
	if err != nil || done.State != intake.Done || done.Outcome.Refused != 0 {
		t.Fatalf("%+v, %v", done, err)
	}
	live, err := intake.ReadLive(t.Context(), w.views.As(w.admin))
	if err != nil {
		t.Fatal(err)
	}
	ids := map[directory.GroupID]string{}
	for i := range live.Groups {
		ids[live.Groups[i].ID] = live.Groups[i].Sources["erp"]
	}
	for i := range live.Groups {
		g := &live.Groups[i]
		want := parents[g.Sources["erp"]]
		if got := len(g.Parents); want == "" && got != 0 || want != "" && (got != 1 || ids[g.Parents[0]] != want) {
			t.Fatalf("%s is in %v, want %q", g.Name, g.Parents, want)
		}
	}
	if len(live.Groups) != n+1 {
		t.Errorf("%d groups", len(live.Groups))
	}
	if again := w.upload(intake.Options{},
		"source:erp,name,parent\n"+strings.Join(rows, "")); len(again.Plan.Counts) != 0 {
		t.Errorf("twice is not once: %+v", again.Plan)
	}
}

func TestAPlanThatIsNotGoodAnyMoreIsNotCommitted(t *testing.T) {
	w := newWorld(t, time.Minute)
	r := w.upload(intake.Options{}, people(2))
	change := directory.Change{Edits: []directory.Edit{
		directory.CreateUser{FirstName: "x"}, directory.SetSource{Object: directory.Made[directory.UserID](0).Object(),
			Source: "hr", SourceID: "1"},
	}}
	if _, err := w.views.As(w.admin).Commit(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	head := w.users()
	_, err := w.service.Commit(t.Context(), w.admin, r.ID, intake.Go{Token: r.Token})
	if directory.KindOf(err) != directory.KindStale || w.users() != head {
		t.Errorf("commit of an old plan: %v", err)
	}
	now, err := w.service.Get(t.Context(), w.admin, r.ID)
	if err != nil || now.Token == r.Token || now.State != intake.Planned {
		t.Fatalf("the new plan: %+v, %v", now, err)
	}
	if done, err := w.service.Commit(t.Context(), w.admin, r.ID, intake.Go{Token: now.Token}); err != nil ||
		done.State != intake.Done {
		t.Errorf("%+v, %v", done, err)
	}
}

func TestRemovalsHaveToBeAllowed(t *testing.T) {
	w := newWorld(t, time.Minute)
	r := w.upload(intake.Options{}, people(100))
	if _, err := w.service.Commit(t.Context(), w.admin, r.ID, intake.Go{Token: r.Token}); err != nil {
		t.Fatal(err)
	}
	before := w.users()
	r = w.upload(intake.Options{Mode: intake.Full}, people(60))
	if len(r.Guard) != 1 || r.Guard[0].Removed != 40 {
		t.Fatalf("the guard: %+v", r.Guard)
	}
	_, err := w.service.Commit(t.Context(), w.admin, r.ID, intake.Go{Token: r.Token, AllowRemovals: 39})
	if directory.KindOf(err) != directory.KindInvalid || w.users() != before {
		t.Fatalf("without leave: %v", err)
	}
	if _, err := w.service.Commit(t.Context(), w.admin, r.ID, intake.Go{Token: r.Token, AllowRemovals: 40}); err != nil ||
		w.users() != before-40 {
		t.Errorf("with it: %v, %d users", err, w.users())
	}
}

func TestFilesAreOfTheirUserAndForADay(t *testing.T) {
	w := newWorld(t, time.Minute)
	var last *intake.Report
	for range intake.MaxFiles {
		last = w.upload(intake.Options{}, people(1))
	}
	if _, err := w.service.Upload(t.Context(), w.admin, intake.Options{Format: intake.CSV},
		[]byte(people(1))); directory.KindOf(err) != directory.KindConflict {
		t.Errorf("one more: %v", err)
	}
	done, err := w.views.As(w.admin).Commit(t.Context(),
		directory.Change{Edits: []directory.Edit{directory.CreateUser{FirstName: "Other"}}})
	if err != nil {
		t.Fatal(err)
	}
	other := directory.Caller{User: directory.UserID(done.Results[0].ID)}
	for what, err := range map[string]error{
		"get":    second(w.service.Get(t.Context(), other, last.ID)),
		"commit": second(w.service.Commit(t.Context(), other, last.ID, intake.Go{Token: last.Token})),
		"rows":   second(w.service.Refused(t.Context(), other, last.ID)),
		"delete": w.service.Delete(t.Context(), other, last.ID),
	} {
		if directory.KindOf(err) != directory.KindNotFound {
			t.Errorf("%s by another: %v", what, err)
		}
	}
	if _, err := w.service.Upload(t.Context(), other, intake.Options{Format: intake.CSV},
		[]byte(people(1))); directory.KindOf(err) != directory.KindForbidden {
		t.Errorf("by somebody who may not manage: %v", err)
	}
	w.now = w.now.Add(intake.FileLife + time.Second)
	if list, err := w.service.List(t.Context(), w.admin); err != nil || len(list) != 0 {
		t.Errorf("a day later: %d, %v", len(list), err)
	}
	if n, err := w.service.Sweep(t.Context()); n != intake.MaxFiles || err != nil {
		t.Errorf("swept: %d, %v", n, err)
	}
}

func second[T any](_ T, err error) error { return err }

// TestWhatACallerMayNotDoIsRefusedRowByRow: the file needs the permissions of
// its edits, and the rest goes on.
func TestWhatACallerMayNotDoIsRefusedRowByRow(t *testing.T) {
	w := newWorld(t, time.Minute)
	done, err := w.views.As(w.admin).Commit(t.Context(), directory.Change{Edits: []directory.Edit{
		directory.CreateUser{FirstName: "HR"},
		directory.CreatePermissionSet{Name: "HR", Permissions: []string{"manage_users", "see_users"}},
		directory.CreateRole{Name: "HR", PermissionSet: directory.Made[directory.PermissionSetID](1),
			ModelSet: directory.AllModels},
		directory.SetUserRoles{User: directory.Made[directory.UserID](0),
			Roles: []directory.RoleID{directory.Made[directory.RoleID](2)}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	hr := directory.Caller{User: directory.UserID(done.Results[0].ID), Dialect: "test"}
	r, err := w.service.Upload(t.Context(), hr, intake.Options{Format: intake.CSV},
		[]byte("email,first_name,roles\na@example.com,A,\nb@example.com,B,Admin\n"))
	if err != nil {
		t.Fatal(err)
	}
	r, err = w.service.Commit(t.Context(), hr, r.ID, intake.Go{Token: r.Token})
	if err != nil || r.State != intake.Done || r.Outcome.Refused == 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	rows, err := w.service.Refused(t.Context(), hr, r.ID)
	if err != nil || !strings.Contains(string(rows), "b@example.com,B,Admin,") ||
		strings.Contains(string(rows), "a@example.com") {
		t.Errorf("refused: %s, %v", rows, err)
	}
}
