package plan_test

import (
	"testing"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
)

// Who asks is looked up when the change is planned, whatever a surface knew before.
func TestACallerMustBeThereAndEnabled(t *testing.T) {
	w := coretest.New(t)
	disabled, deleted := w.WithPermissions("Disabled", "administer"), w.WithPermissions("Deleted", "administer")
	plain, behind := w.User("Plain"), w.WithPermissions("Behind", "sudo")
	w.Do(directory.UpdateUser{User: disabled, Disabled: new(true)}, directory.DeleteUser{User: deleted})
	for name, caller := range map[string]directory.Caller{
		"disabled":                      {User: disabled},
		"deleted":                       {User: deleted},
		"nobody":                        {User: 999},
		"with nobody behind":            {User: w.Root, Sudoer: 999},
		"with somebody disabled behind": {User: plain, Sudoer: disabled},
		"with one behind who may not":   {User: w.Root, Sudoer: plain},
		"with one behind who has less":  {User: w.Root, Sudoer: behind},
		"disabled, with one behind":     {User: disabled, Sudoer: w.Root},
	} {
		_, _, err := w.Core.Commit(t.Context(), caller, directory.Change{Edits: []directory.Edit{directory.CreateGroup{}}})
		if directory.KindOf(err) != directory.KindUnauthenticated {
			t.Errorf("a caller %s: %v", name, err)
		}
	}
}
