package plan_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/view"
)

// TestWhichChangesNeedARecentSignIn makes every edit of every target as an administrator whose
// sign-in is old. The file says which are refused until the administrator signs in again. A
// preview never is.
func TestWhichChangesNeedARecentSignIn(t *testing.T) {
	var out strings.Builder
	fresh := newMatrixWorld(t)
	for _, e := range matrixEdits() {
		verdicts := map[string][]string{}
		var name string
		for _, target := range fresh.targets[1:] {
			w := fresh.again()
			if e.prepare != nil {
				w.Do(e.prepare(w, target)...)
			}
			edit := e.make(w, target)
			name = cmp.Or(e.name, edit.EditName())
			change := directory.Change{Edits: []directory.Edit{edit}}
			head := w.Core.Head().Revision
			stale := view.New(w.Core).As(directory.Caller{User: w.Root, Dialect: "test", StaleSignIn: true})
			_, tried := stale.Preview(t.Context(), change)
			_, err := stale.Commit(t.Context(), change)
			verdict := "free"
			switch {
			case errors.Is(err, directory.ErrSignInAgain):
				verdict = "sign in again"
				if w.Core.Head().Revision != head {
					t.Errorf("%s of %s was refused and changed something", name, target.name)
				}
				if _, err := w.Admin().Commit(t.Context(), change); err != nil {
					t.Errorf("%s of %s after signing in: %v", name, target.name, err)
				}
			case err != nil:
				verdict = "refused"
			}
			if errors.Is(tried, directory.ErrSignInAgain) {
				t.Errorf("the preview of %s of %s asks to sign in", name, target.name)
			}
			verdicts[verdict] = append(verdicts[verdict], target.name)
		}
		fmt.Fprintf(&out, "%s:", name)
		for _, verdict := range []string{"sign in again", "refused", "free"} {
			if list := verdicts[verdict]; len(list) == len(fresh.targets)-1 {
				fmt.Fprintf(&out, " %s", verdict)
			} else if len(list) > 0 {
				fmt.Fprintf(&out, " %s for %s;", verdict, strings.Join(list, ", "))
			}
		}
		out.WriteString("\n")
	}
	sameAsFile(t, "testdata/recent.txt", out.String())
}

// TestPermissionsThatComeBackNeedARecentSignIn covers changes that give permissions without an
// edit of memberships or roles, and those that a revert of a revert makes.
func TestPermissionsThatComeBackNeedARecentSignIn(t *testing.T) {
	w := coretest.New(t)
	chain := w.Privileged("Top", "Middle")
	u := w.User("U")
	enabled, disabled := false, true
	w.Do(directory.AddMember{User: u, Group: slices.Max(chain)})
	w.Do(directory.UpdateUser{User: u, Disabled: &disabled})
	off := w.Core.Head().Revision
	stale := view.New(w.Core).As(directory.Caller{User: w.Root, Dialect: "test", StaleSignIn: true})
	refused := func(edit directory.Edit) {
		t.Helper()
		if _, err := stale.Commit(t.Context(), directory.Change{Edits: []directory.Edit{edit}}); !errors.Is(err,
			directory.ErrSignInAgain) {
			t.Errorf("%#v: %v", edit, err)
		}
	}
	refused(directory.UpdateUser{User: u, Disabled: &enabled})
	refused(directory.Revert{Revision: off})
	w.Do(directory.RemoveMember{User: u, Group: slices.Max(chain)})
	removed := w.Core.Head().Revision
	w.Do(directory.UpdateUser{User: u, Disabled: &enabled})
	refused(directory.Revert{Revision: removed})
	refused(directory.AddMember{User: u, Group: slices.Max(chain)})
	w.Do(directory.Revert{Revision: removed})
	w.Do(directory.Revert{Revision: w.Core.Head().Revision})
	refused(directory.Revert{Revision: w.Core.Head().Revision})
}
