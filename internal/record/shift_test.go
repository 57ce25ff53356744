package record_test

import (
	"bytes"
	"regexp"
	"strconv"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/record"
)

// Every id of every edit that stands for what another edit makes is shifted, and
// nothing else is.
func TestShiftingNamesWhatLaterEditsMake(t *testing.T) {
	n := int64(0)
	made := full()
	number := made.number
	made.number = func(field string, id bool) int64 {
		if !id {
			return number(field, id)
		}
		n++
		return -n
	}
	made.object = func() directory.Object { n++; return directory.Object{Kind: directory.ObjectGroup, ID: -n} }
	ref := regexp.MustCompile(`\$[0-9]+`)
	refs := 0
	for _, e := range edits {
		all := []directory.Edit{filled(made, e), filled(full(), e)}
		before, err := record.EncodeEdits(all)
		if err != nil {
			t.Fatal(err)
		}
		want := ref.ReplaceAllFunc(before, func(b []byte) []byte {
			refs++
			i, _ := strconv.Atoi(string(b[1:]))
			return strconv.AppendInt([]byte("$"), int64(i+7), 10)
		})
		shifted, err := record.ShiftMade(all, 7)
		if err != nil {
			t.Fatal(err)
		}
		got, err := record.EncodeEdits(shifted)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if again, _ := record.EncodeEdits(all); !bytes.Equal(again, before) {
			t.Errorf("%s was changed in place", e.EditName())
		}
	}
	if refs < 40 {
		t.Errorf("only %d ids were shifted", refs)
	}
}
