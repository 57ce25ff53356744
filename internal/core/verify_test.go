package core_test

import (
	"testing"

	"cohort/internal/directory"
	"cohort/internal/verify"
)

func TestVerifyFindsNothingInASoundDirectory(t *testing.T) {
	w := newWorld(t)
	g, h, u := w.group("G"), w.group("H"), w.user("U")
	a := w.attribute("a", directory.TypeString)
	w.do(directory.AddParent{Group: h, Parent: g}, directory.AddMember{Group: h, User: u})
	w.do(directory.SetGroupValue{Group: g, Attribute: a, Value: text("x")})
	w.do(directory.DeleteGroup{Group: h})
	w.do(directory.SetSource{Object: u.Object(), Source: "erp", SourceID: "1"})
	w.do(directory.SetFacet{Object: u.Object(), Dialect: "test", Kind: "k", Name: "n", Data: "{}"})
	n, err := verify.Check(t.Context(), w.store, &verify.Report{Problem: func(s string) { t.Error(s) }})
	if n != 0 || err != nil {
		t.Errorf("Verify = %d, %v", n, err)
	}
}
