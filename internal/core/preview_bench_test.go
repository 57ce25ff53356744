package core_test

import (
	"fmt"
	"testing"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/inspect"
	"cohort/internal/view"
)

// crowd is how many users the benchmarks of whole-directory questions have.
const crowd = 100_000

// newCrowd is a directory in SQLite with many users, each in three of ten
// groups, two of them in a third.
func newCrowd(b *testing.B) (*view.View, directory.AttributeID) {
	b.Helper()
	admin := onDisk(b)
	do := func(edits ...directory.Edit) directory.Committed {
		done, err := admin.Commit(b.Context(), directory.Change{Edits: edits})
		if err != nil {
			b.Fatal(err)
		}
		return done
	}
	var groups []directory.GroupID
	for i := range 10 {
		groups = append(groups, directory.GroupID(do(directory.CreateGroup{Name: fmt.Sprint("g", i)}).Results[0].ID))
	}
	do(directory.AddParent{Group: groups[1], Parent: groups[0]}, directory.AddParent{Group: groups[2], Parent: groups[0]})
	a := directory.AttributeID(do(directory.CreateAttribute{Name: "region", Type: directory.TypeString}).Results[0].ID)
	for i := range groups {
		do(directory.SetGroupValue{Group: groups[i], Attribute: a, Value: coretest.Text(fmt.Sprint("v", i))})
	}
	const each = 2000
	for from := 0; from < crowd; from += each {
		var edits []directory.Edit
		for i := from; i < from+each; i++ {
			u := directory.Made[directory.UserID](len(edits))
			edits = append(edits, directory.CreateUser{FirstName: fmt.Sprint("u", i)},
				directory.AddMember{Group: groups[1], User: u},
				directory.AddMember{Group: groups[3+i%3], User: u},
				directory.AddMember{Group: groups[6+i%4], User: u})
		}
		do(edits...)
	}
	return admin, a
}

func BenchmarkPreviewOfEveryone(b *testing.B) {
	admin, a := newCrowd(b)
	one := 1
	change := directory.Change{Edits: []directory.Edit{directory.SetGroupValue{Group: 2, Attribute: a,
		Value: coretest.Text("new"),
		Rank:  &one}}}
	b.ReportAllocs()
	for b.Loop() {
		p, err := admin.Preview(b.Context(), change)
		if err != nil || p.Affected.Users != crowd {
			b.Fatalf("%+v, %v", p.Affected, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N)*1e5/crowd, "ms/100k-users")
}

func BenchmarkAPageOfHolders(b *testing.B) {
	admin, a := newCrowd(b)
	none := "nobody has it"
	for b.Loop() {
		page, err := inspect.Holders(b.Context(), admin, directory.HolderQuery{Attribute: a, Value: &none})
		if err != nil || page.Examined != directory.MaxExamined {
			b.Fatalf("%+v, %v", page, err)
		}
	}
}
