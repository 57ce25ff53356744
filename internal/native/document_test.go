package native_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/directory"
	"cohort/internal/effort"
	"cohort/internal/native"
	"cohort/internal/store"
	"cohort/internal/view"
)

// TestAKeptDocumentIsTheOneThatWouldBeMade changes everything that a document
// of effective values can depend on, the names of attributes among it, lets time
// pass, and asks each time a handler that keeps documents and what questions
// mean, often enough that it does, and one that is new.
func TestAKeptDocumentIsTheOneThatWouldBeMade(t *testing.T) {
	w := newWorld(t)
	w.do(directory.CreatePermissionSet{Name: "Reader", Permissions: []string{"read_effective"}},
		directory.CreateRole{Name: "Reader", PermissionSet: 3, ModelSet: directory.AllModels})
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	for step := range effort.Of(60, 120) {
		if r.IntN(3) == 0 {
			w.wait(time.Duration(1+r.IntN(3)) * time.Hour / 4)
		} else {
			w.try(anyEdit(r, w.now()))
		}
		for _, caller := range []string{"admin", "support", "ordinary"} {
			keeps, asked := w.handler, native.New(w.config)
			for _, path := range []string{
				"/v1/users/2/effective", "/v1/users/3/effective?attributes=region,15", "/v1/users/2/effective?attributes=region,15",
				"/v1/users/3/effective?attributes=source:erp/7", "/v1/users/email:ada@example.com/effective",
			} {
				var made, kept string
				for head := (store.Head{}); head != w.core.Head(); { // again where time has passed meanwhile
					head = w.core.Head()
					for range 3 {
						kept = w.send(caller, "GET", path, "", nil).String()
					}
					w.handler = asked
					made = w.send(caller, "GET", path, "", nil).String()
					w.handler = keeps
				}
				if diff := cmp.Diff(made, kept); diff != "" {
					t.Fatalf("step %d of seed %d: %s by %s (-made now +kept):\n%s", step, seed, path, caller, diff)
				}
			}
		}
	}
}

// try commits an edit that may have nothing to do, or want a name that is taken.
func (w *world) try(edit directory.Edit) {
	_, err := view.New(w.core).As(directory.System("test")).Commit(w.t.Context(),
		directory.Change{Edits: []directory.Edit{edit}})
	if kind := directory.KindOf(err); err != nil && kind != directory.KindNotFound && kind != directory.KindConflict {
		w.t.Fatal(err)
	}
}

// anyEdit is one of the edits that documents of the small company depend on.
func anyEdit(r *rand.Rand, now time.Time) directory.Edit {
	user, group, text := directory.UserID(2+r.IntN(2)), directory.GroupID(2+r.IntN(3)), fmt.Sprint("t", r.IntN(4))
	var window *directory.Window
	if r.IntN(2) == 0 {
		from := directory.InstantOf(now.Add(time.Duration(r.IntN(6)-2) * time.Hour / 4))
		window = &directory.Window{StartsAt: from, ExpiresAt: from + directory.Instant(time.Hour/time.Millisecond)}
	}
	switch r.IntN(12) {
	case 0:
		return directory.SetUserValue{User: user, Attribute: 14, Value: directory.Value{Text: text}, Window: window}
	case 1:
		return directory.DeleteUserValue{User: user, Attribute: 14}
	case 2:
		return directory.SetGroupValue{Group: group, Attribute: 14, Value: directory.Value{Text: text}, Window: window}
	case 3:
		return directory.AddMember{Group: group, User: user, Window: window}
	case 4:
		return directory.UpdateGroup{Group: group, Name: &text}
	case 5:
		return directory.UpdateUser{User: user, FirstName: &text}
	case 6:
		return directory.UpdateAttribute{Attribute: 14, UserCanView: new(r.IntN(2) == 0)}
	case 7:
		return directory.SetUserRoles{User: user, Roles: [][]directory.RoleID{nil, {2}, {3}, {4}, {4}}[r.IntN(5)]}
	case 8, 9:
		return directory.UpdateAttribute{Attribute: directory.AttributeID(14 + r.IntN(2)),
			Name: new([]string{"region", "area", "limit"}[r.IntN(3)])}
	case 10:
		return directory.SetSource{Object: directory.AttributeID(14 + r.IntN(2)).Object(), Source: "erp",
			SourceID: []string{"7", "8"}[r.IntN(2)]}
	}
	return directory.UpdateAttribute{Attribute: 15, Default: &directory.Value{Text: fmt.Sprint(1 + r.IntN(9))}}
}

func TestWhoHasADocumentIsNotSentItAgain(t *testing.T) {
	w := newWorld(t)
	const path = "/v1/users/2/effective"
	first := w.send("admin", "GET", path, "", nil)
	tag := http.Header{"If-None-Match": {first.header.Get("ETag")}}
	if got := w.send("admin", "GET", path, "", tag); got.status != 304 || got.body != "" {
		t.Errorf("at once: %d %s", got.status, got.body)
	}
	w.do(directory.UpdateUser{User: 3, FirstName: new("Robert")})
	if got := w.send("admin", "GET", path, "", tag); got.status != 304 ||
		got.header.Get("Cohort-Revision") == first.header.Get("Cohort-Revision") {
		t.Errorf("after a change of somebody else: %d at %s", got.status, got.header.Get("Cohort-Revision"))
	}
	w.do(directory.SetUserValue{User: 2, Attribute: 14, Value: directory.Value{Text: "own"}})
	if got := w.send("admin", "GET", path, "", tag); got.status != 200 ||
		got.header.Get("ETag") == first.header.Get("ETag") {
		t.Errorf("after a change of the user: %d %s", got.status, got.header.Get("ETag"))
	}
}

func TestASourceIdInAQuestionIsLookedUpEachTime(t *testing.T) {
	w := newWorld(t)
	const path = "/v1/users/2/effective?attributes=source:erp/7"
	source := func(a directory.AttributeID, id string) directory.SetSource {
		return directory.SetSource{Object: a.Object(), Source: "erp", SourceID: id}
	}
	w.do(source(14, "7"))
	for range 2 {
		if got := w.send("admin", "GET", path, "", nil); !strings.Contains(got.body, `"attribute":"region"`) {
			t.Errorf("of attribute 14: %d %s", got.status, got.body)
		}
	}
	w.do(source(14, "8"), source(15, "7"))
	if got := w.send("admin", "GET", path, "", nil); !strings.Contains(got.body, `"attribute":"limit"`) {
		t.Errorf("of attribute 15: %d %s", got.status, got.body)
	}
}
