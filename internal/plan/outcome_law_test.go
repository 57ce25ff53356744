package plan_test

import (
	"fmt"
	"testing"
	"time"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/plan"
	"cohort/internal/store"
	"cohort/internal/store/memstore"
)

type openSealer struct{}

func (openSealer) Seal(directory.AttributeID, directory.Object, string) (string, []byte, error) {
	return "", nil, fmt.Errorf("nothing is sealed here")
}

func (openSealer) Open(directory.AttributeID, directory.Object, string, []byte) (string, error) {
	return "", fmt.Errorf("nothing is sealed here")
}

// Whatever an edit has checked before: what it makes of powers is compared.
func TestPowersAreComparedWhateverAnEditHasChecked(t *testing.T) {
	s := memstore.New()
	defer func() { _ = s.Close() }()
	c, err := core.Open(t.Context(), s, core.Options{Sealer: openSealer{}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	disabled, enabled := true, false
	done, _, err := c.Commit(t.Context(), directory.System("test"), directory.Change{Edits: []directory.Edit{
		directory.CreateGroup{}, directory.CreateGroup{}, directory.CreateUser{}, directory.CreateUser{},
		directory.SetGroupRoles{Group: directory.Made[directory.GroupID](0), Roles: []directory.RoleID{directory.AdminRole}},
		directory.AddMember{Group: directory.Made[directory.GroupID](0), User: directory.Made[directory.UserID](3)},
		directory.UpdateUser{User: directory.Made[directory.UserID](3), Disabled: &disabled},
	}})
	if err != nil {
		t.Fatal(err)
	}
	admins, plain := directory.GroupID(done.Results[0].ID), directory.GroupID(done.Results[1].ID)
	caller, admin := directory.UserID(done.Results[2].ID), directory.UserID(done.Results[3].ID)
	later := directory.Window{StartsAt: directory.InstantOf(time.Now().Add(time.Hour))}
	for _, edit := range []directory.Edit{
		directory.AddParent{Group: plain, Parent: admins},
		directory.AddMember{Group: admins, User: caller},
		directory.AddMember{Group: admins, User: caller, Window: &later},
		directory.UpdateUser{User: admin, Disabled: &enabled},
		directory.DeleteGroup{Group: admins},
		directory.SetGroupRoles{Group: plain, Roles: []directory.RoleID{directory.AdminRole}},
		directory.SetUserRoles{User: caller, Roles: []directory.RoleID{directory.AdminRole}},
	} {
		err := s.Read(t.Context(), func(r store.Reader) error {
			p, err := plan.New(t.Context(), c.Env(), r, c.Published().Get(), directory.Caller{User: caller})
			if err != nil {
				return err
			}
			return p.PlanUnchecked(edit)
		})
		if directory.KindOf(err) != directory.KindForbidden {
			t.Errorf("%+v: %v", edit, err)
		}
	}
}
