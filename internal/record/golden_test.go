package record_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/directory"
	"cohort/internal/record"
	"cohort/internal/store"
)

var update = flag.Bool("update", false,
	"rewrite testdata/forms.golden; what is in testdata/v1 stays, and what is new is added")

// sampleLines has a line for every edit and every row, with all fields set.
func sampleLines(t *testing.T) []string {
	var lines []string
	for _, e := range edits {
		doc, err := record.EncodeEdits([]directory.Edit{filled(full(), e)})
		if err != nil {
			t.Fatal(err)
		}
		inner := strings.TrimSuffix(strings.TrimPrefix(string(doc), `{"version":1,"edits":[`), "]}")
		lines = append(lines, "edit "+inner)
	}
	for _, r := range rows {
		lines = append(lines, r.Key().Kind.String()+" "+string(record.Image(filled(full(), r))))
	}
	return lines
}

// TestTheFieldsAreThoseOfTheGolden pins every name that history, streams and
// exports show. A difference is a change for every reader of them.
func TestTheFieldsAreThoseOfTheGolden(t *testing.T) {
	const path = "testdata/forms.golden"
	got := strings.Join(sampleLines(t), "\n") + "\n"
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("forms (-want +got); if that is meant, run with -update, and keep a reader of the old ones:\n%s", diff)
	}
}

// TestVersion1IsStillRead reads what version 1 wrote. These files never lose or
// change a line: directories that were written then are out there.
func TestVersion1IsStillRead(t *testing.T) {
	const path = "testdata/v1/forms"
	frozen, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(frozen), "\n"), "\n")
	for _, line := range lines {
		if line == "" {
			continue
		}
		name, text, _ := strings.Cut(line, " ")
		if err := readBack(name, text); err != nil {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
	for _, line := range sampleLines(t) {
		if slices.Contains(lines, line) {
			continue
		}
		if !*update {
			t.Errorf("not frozen, run with -update: %s", line)
			continue
		}
		frozen = append(frozen, line+"\n"...)
	}
	if *update {
		if err := errors.Join(os.MkdirAll("testdata/v1", 0o755), os.WriteFile(path, frozen, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
}

func readBack(name, text string) error {
	if name == "edit" {
		e, err := record.DecodeEdit("edit", []byte(text))
		if err != nil {
			return err
		}
		doc, err := record.EncodeEdits([]directory.Edit{e})
		if err == nil && string(doc) != `{"version":1,"edits":[`+text+"]}" {
			err = fmt.Errorf("it is written as %s now", doc)
		}
		return err
	}
	for _, kind := range directory.RowKinds() {
		if kind.String() != name {
			continue
		}
		row, err := record.ParseImage(kind, []byte(text))
		if err == nil && string(record.Image(row)) != text {
			err = fmt.Errorf("its image is %s now", record.Image(row))
		}
		return err
	}
	return errors.New("there is no such kind of row")
}

// TestARecordOfVersion1IsStillVerified has a whole record, as bytes.
func TestARecordOfVersion1IsStillVerified(t *testing.T) {
	b, err := os.ReadFile("testdata/v1/record.json")
	if err != nil {
		t.Fatal(err)
	}
	var frozen store.Record
	if err := json.Unmarshal(b, &frozen); err != nil {
		t.Fatal(err)
	}
	if err := record.Verify([32]byte{1, 2, 3}, frozen); err != nil {
		t.Fatal(err)
	}
	if images, err := record.Images(frozen); err != nil || len(images) != len(rows)+1 {
		t.Errorf("it has %d images, %v", len(images), err)
	}
	if list, err := record.EditsOf(frozen.Edits); err != nil || len(list) != len(edits)-2 {
		t.Errorf("it has %d edits, %v", len(list), err)
	}
	frozen.Edits.Data = bytes.Replace(frozen.Edits.Data, []byte("12"), []byte("13"), 1)
	if err := record.Verify([32]byte{1, 2, 3}, frozen); directory.KindOf(err) != directory.KindInternal {
		t.Errorf("with other edits: %v", err)
	}
}

// TestARecordOfVersion2IsStillVerified has a whole record, as bytes. It must
// verify, and what is built of the same input must have the same hash; only
// the deflated bytes may differ, as compressors do.
func TestARecordOfVersion2IsStillVerified(t *testing.T) {
	const path = "testdata/v2/record.json"
	prev := [32]byte{1, 2, 3}
	now := goldenRecord(t, prev)
	if _, err := os.Stat(path); *update && errors.Is(err, fs.ErrNotExist) {
		b, err := json.MarshalIndent(now, "", "\t")
		if err := errors.Join(err, os.MkdirAll("testdata/v2", 0o755),
			os.WriteFile(path, append(b, '\n'), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var frozen store.Record
	if err := json.Unmarshal(b, &frozen); err != nil {
		t.Fatal(err)
	}
	if err := record.Verify(prev, frozen); err != nil {
		t.Fatal(err)
	}
	images, err := record.Images(frozen)
	if err != nil || len(images) != len(rows)+1 {
		t.Errorf("it has %d images, %v", len(images), err)
	}
	if now.Hash != frozen.Hash || !bytes.Equal(now.Edits.Data, frozen.Edits.Data) ||
		!slices.Equal(now.Objects, frozen.Objects) {
		t.Errorf("the same change has another record now: hash %x, want %x", now.Hash, frozen.Hash)
	}
}

// asItWas takes out of an edit what came after the record was made.
func asItWas(e directory.Edit) directory.Edit {
	switch e := e.(type) {
	case directory.DeleteGroupValue:
		e.Language = ""
		return e
	case directory.DeleteUserValue:
		e.Language = ""
		return e
	case directory.CreateAPICredential:
		e.Kind, e.ExpiresAt = "", 0
		return e
	case directory.Revert:
		e.Misfits = ""
		return e
	case directory.CreateGroup:
		e.Description = ""
		return e
	case directory.UpdateGroup:
		e.Description = nil
		return e
	case directory.CreateAttribute:
		e.Description, e.Constraints = "", directory.Constraints{}
		return e
	case directory.UpdateAttribute:
		e.Description, e.Allowed, e.Pattern, e.Least, e.Greatest, e.MaxLength = nil, nil, nil, nil, nil, nil
		return e
	case directory.UpdateCredential:
		e.ExpiresAt = nil
		return e
	}
	return e
}

// rowAsItWas is asItWas for rows.
func rowAsItWas(row directory.Row) directory.Row {
	switch r := row.(type) {
	case directory.Group:
		r.Description = ""
		return r
	case directory.Attribute:
		r.Description, r.Constraints = "", directory.Constraints{}
		return r
	case directory.Credential:
		r.ExpiresAt = 0
		return r
	}
	return row
}

func goldenRecord(t *testing.T, prev [32]byte) store.Record {
	header := directory.ChangeHeader{
		Revision: 7, At: 1_700_000_000_000, Caller: 3, Credential: 4, Sudoer: 5, Dialect: "looker",
		RequestID: "r-1", ChangeID: "c-1", Comment: "a \"comment\"",
	}
	var all []directory.Edit
	for _, e := range edits {
		switch e.(type) {
		case directory.Baseline, directory.ForgetFacets:
			continue // they came after the record was made
		}
		all = append(all, asItWas(filled(full(), e)))
	}
	var writes []directory.RowWrite
	for i, r := range rows {
		w := directory.RowWrite{After: rowAsItWas(filled(full(), r))}
		if i%2 == 1 {
			w = directory.RowWrite{Before: w.After}
		}
		writes = append(writes, w)
	}
	writes = append(writes, directory.RowWrite{
		Before: directory.Group{ID: 900, Name: "old"}, After: directory.Group{ID: 900, Name: "new", DeletedRev: 7},
	})
	r, err := record.Build(header, all, writes, prev, salts())
	if err != nil {
		t.Fatal(err)
	}
	return r
}
