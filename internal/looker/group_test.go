package looker_test

import (
	"sync"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/view"
)

// TestListsSurviveDeletions: a list is put together from several reads, and
// what is deleted between them must not spoil it.
func TestListsSurviveDeletions(t *testing.T) {
	w := newWorld(t)
	stop := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		system := view.New(w.core).As(directory.System("test"))
		for {
			select {
			case <-stop:
				return
			default:
			}
			made, err := system.Commit(t.Context(), directory.Change{Edits: []directory.Edit{
				directory.CreateGroup{}, directory.CreateUser{},
				directory.CreateAttribute{Name: "passing", UserCanView: true, Type: directory.TypeString},
			}})
			if err != nil {
				t.Error(err)
				return
			}
			_, err = system.Commit(t.Context(), directory.Change{Edits: []directory.Edit{
				directory.DeleteGroup{Group: directory.GroupID(made.Results[0].ID)},
				directory.DeleteUser{User: directory.UserID(made.Results[1].ID)},
				directory.DeleteAttribute{Attribute: directory.AttributeID(made.Results[2].ID)},
			}})
			if err != nil {
				t.Error(err)
				return
			}
		}
	})
	for range 25 {
		for _, path := range []string{
			"/groups", "/groups/search/with_hierarchy", "/groups/1/users", "/groups/1/groups", "/user_attributes",
			"/users/3/attribute_values",
		} {
			for _, who := range []string{"admin", "ordinary"} {
				if got := w.get(who, path); got.status != 200 {
					t.Errorf("%s GET %s: %d %s", who, path, got.status, got.body)
				}
			}
		}
	}
	close(stop)
	running.Wait()
}
