package record_test

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"errors"
	"io"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cohort/internal/directory"
	"cohort/internal/record"
	"cohort/internal/store"
)

// salts yields bytes that are the same in every run.
func salts() io.Reader { return &counter{} }

type counter struct{ n byte }

func (c *counter) Read(p []byte) (int, error) {
	for i := range p {
		c.n++
		p[i] = c.n
	}
	return len(p), nil
}

// manyWrites touches n users and one group.
func manyWrites(n int) []directory.RowWrite {
	var writes []directory.RowWrite
	for i := range n {
		id := directory.UserID(n - i) // not in order
		writes = append(writes,
			directory.RowWrite{After: directory.Membership{User: id, Group: 12, Position: directory.OrderGap}},
			directory.RowWrite{
				Before: directory.User{ID: id, Kind: directory.KindPerson, FirstName: "Ada", CreatedAt: 1_700_000_000_000},
				After:  directory.User{ID: id, Kind: directory.KindPerson, FirstName: "Augusta", CreatedAt: 1_700_000_000_000},
			})
	}
	return writes
}

func build(t testing.TB, writes []directory.RowWrite, prev [32]byte) store.Record {
	t.Helper()
	header := directory.ChangeHeader{Revision: 5, At: 1_700_000_000_000, Caller: 3, Dialect: "test", ChangeID: "c1"}
	edits := []directory.Edit{directory.DeleteGroup{Group: 12}}
	r, err := record.Build(header, edits, writes, prev, salts())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTheSameInputGivesTheSameRecord(t *testing.T) {
	writes := manyWrites(3000)
	a := build(t, writes, [32]byte{1})
	reversed := make([]directory.RowWrite, 0, len(writes))
	for i := range writes {
		reversed = append(reversed, writes[len(writes)-1-i])
	}
	b := build(t, reversed, [32]byte{1})
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("two records of one change differ (-first +second):\n%s", diff)
	}
	if len(a.Chunks) < 2 {
		t.Errorf("%d chunks; the test wants several", len(a.Chunks))
	}
}

func TestImagesComeBack(t *testing.T) {
	writes := manyWrites(3000)
	r := build(t, writes, [32]byte{})
	if err := record.Verify([32]byte{}, r); err != nil {
		t.Fatal(err)
	}
	got, err := record.Images(r)
	if err != nil {
		t.Fatal(err)
	}
	byKey := map[directory.RowKey]directory.RowWrite{}
	for _, w := range got {
		byKey[w.Key()] = w
	}
	for _, w := range writes {
		if byKey[w.Key()] != w {
			t.Fatalf("of %v came back %v, want %v", w.Key(), byKey[w.Key()], w)
		}
	}
	if len(got) != len(writes) {
		t.Errorf("%d writes came back, want %d", len(got), len(writes))
	}
}

func TestImagesOfAnObjectAreAllThatItHas(t *testing.T) {
	r := build(t, manyWrites(3000), [32]byte{})
	for _, tt := range []struct {
		object directory.Object
		want   int
	}{
		{directory.GroupID(12).Object(), 3000},
		{directory.UserID(1).Object(), 2},
		{directory.UserID(2999).Object(), 2},
		{directory.UserID(3001).Object(), 0},
	} {
		got, err := record.ImagesOf(r, tt.object)
		if err != nil || len(got) != tt.want {
			t.Errorf("%v has %d images (%v), want %d", tt.object, len(got), err, tt.want)
		}
	}
}

func TestADamagedRecordDoesNotVerify(t *testing.T) {
	prev := [32]byte{9}
	for name, damage := range map[string]func(*store.Record){
		"another record before": func(r *store.Record) { prev[0]++ },
		"a header":              func(r *store.Record) { r.Header.Comment = "x" },
		"an edit": func(r *store.Record) {
			r.Edits.Data = bytes.Replace(r.Edits.Data, []byte("12"),
				[]byte("13"), 1)
		},
		"an image":                func(r *store.Record) { r.Chunks[0].Data[100] ^= 1 },
		"a salt":                  func(r *store.Record) { r.Chunks[0].Salt[0] ^= 1 },
		"a commitment":            func(r *store.Record) { r.Chunks[0].Commitment[0] ^= 1 },
		"a lost chunk":            func(r *store.Record) { r.Chunks = r.Chunks[1:] },
		"chunks in another order": func(r *store.Record) { r.Chunks[0], r.Chunks[1] = r.Chunks[1], r.Chunks[0] },
		"a lost image":            func(r *store.Record) { r.Chunks[0].Data = nil },
		"a lost salt":             func(r *store.Record) { r.Chunks[0].Salt = nil },
		"something behind":        func(r *store.Record) { r.Chunks[0].Data = append(r.Chunks[0].Data, 0) },
		"a lost index entry":      func(r *store.Record) { r.Objects = r.Objects[1:] },
		"a wrong index entry":     func(r *store.Record) { r.Objects[0].Chunk++ },
	} {
		prev = [32]byte{9}
		r := build(t, manyWrites(3000), prev)
		damage(&r)
		if err := record.Verify(prev, r); err == nil || directory.KindOf(err) != directory.KindInternal {
			t.Errorf("with %s damaged: %v, want an internal error", name, err)
		}
	}
}

func TestAnErasedChunkIsGoneAndNotBroken(t *testing.T) {
	r := build(t, manyWrites(3000), [32]byte{})
	r.Chunks[1].Data, r.Chunks[1].Salt = nil, nil
	if err := record.Verify([32]byte{}, r); directory.KindOf(err) != directory.KindGone {
		t.Errorf("Verify: %v, want gone", err)
	}
	if _, err := record.Images(r); directory.KindOf(err) != directory.KindGone {
		t.Errorf("Images: %v, want gone", err)
	}
	r.Header.Comment = "x"
	if err := record.Verify([32]byte{}, r); directory.KindOf(err) != directory.KindInternal {
		t.Errorf("Verify of a record that is broken too: %v, want an internal error", err)
	}
}

func TestTheDigestDoesNotDependOnOrderAndCanBeUndone(t *testing.T) {
	writes := manyWrites(50)
	var scanned [32]byte
	for _, w := range writes {
		scanned = record.Add(scanned, w.After)
	}
	var before [32]byte
	for _, w := range writes {
		if w.Before != nil {
			before = record.Add(before, w.Before)
		}
	}
	if got := record.Update(before, writes); got != scanned {
		t.Errorf("kept by change: %x, by scanning: %x", got, scanned)
	}
	undone := record.Update(scanned, invert(writes))
	if undone != before {
		t.Errorf("undone: %x, want %x", undone, before)
	}
	if twice := record.Add(scanned, writes[0].After); twice == scanned {
		t.Error("a row that is there twice is not seen")
	}
}

func invert(writes []directory.RowWrite) []directory.RowWrite {
	var inverse []directory.RowWrite
	for _, w := range writes {
		inverse = append(inverse, directory.RowWrite{Before: w.After, After: w.Before})
	}
	return inverse
}

func BenchmarkBuild1(b *testing.B)     { benchmarkBuild(b, 1) }
func BenchmarkBuild10000(b *testing.B) { benchmarkBuild(b, 10_000) }

func benchmarkBuild(b *testing.B, n int) {
	writes := manyWrites(n)[:n]
	b.ReportAllocs()
	for b.Loop() {
		build(b, writes, [32]byte{})
	}
}

func BenchmarkUpdate(b *testing.B) {
	writes := manyWrites(1)
	b.ReportAllocs()
	for b.Loop() {
		record.Update([32]byte{}, writes)
	}
}

func TestAnImageLargerThanAChunkHasOneOfItsOwn(t *testing.T) {
	group := func(id directory.GroupID, size int) directory.RowWrite {
		return directory.RowWrite{After: directory.Group{ID: id, Name: strings.Repeat("x", size)}}
	}
	writes := []directory.RowWrite{group(1, 10), group(2, 300<<10), group(3, 10), group(4, 100<<10), group(5, 100<<10)}
	r := build(t, writes, [32]byte{})
	var chunks []int
	for _, o := range r.Objects {
		chunks = append(chunks, o.Chunk)
	}
	if diff := cmp.Diff([]int{0, 1, 2, 2, 3}, chunks); diff != "" {
		t.Errorf("chunks in which the groups begin (-want +got):\n%s", diff)
	}
	if err := record.Verify([32]byte{}, r); err != nil {
		t.Error(err)
	}
}

func TestAChangeWithoutRowsHasARecordWithoutChunks(t *testing.T) {
	r := build(t, nil, [32]byte{})
	if err := record.Verify([32]byte{}, r); err != nil || len(r.Chunks) != 0 {
		t.Errorf("%d chunks, %v", len(r.Chunks), err)
	}
}

func TestSaltsThatRunOutAreAnError(t *testing.T) {
	_, err := record.Build(directory.ChangeHeader{}, nil, manyWrites(1), [32]byte{}, strings.NewReader("short"))
	if err == nil {
		t.Error("a record without enough salt is built")
	}
}

// chunk is a chunk with these raw bytes.
func chunk(t testing.TB, raw []byte) store.Chunk {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.DefaultCompression)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Write(raw)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return store.Chunk{Data: b.Bytes(), Salt: []byte("salt")}
}

func TestAChunkThatIsNotOneIsAnInternalError(t *testing.T) {
	group := `{"version":1,"id":"1"}`
	for name, raw := range map[string]string{
		"nothing":             "",
		"another version":     "\x02",
		"a cut length":        "\x01\x80",
		"a length too large":  "\x01\x05gro",
		"an enormous length":  "\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
		"an unknown kind":     "\x01\x03abc\x00\x00",
		"no image":            "\x01\x05group\x00\x00",
		"an image that is no": "\x01\x05group\x01x\x00",
		"two rows":            "\x01\x05group\x16" + group + "\x16" + strings.Replace(group, "1\"", "2\"", 1),
	} {
		_, err := record.Images(store.Record{Chunks: []store.Chunk{chunk(t, []byte(raw))}})
		if err == nil || directory.KindOf(err) != directory.KindInternal {
			t.Errorf("%s: %v", name, err)
		}
	}
	good := chunk(t, []byte("\x01\x05group\x00\x16"+group))
	if w, err := record.Images(store.Record{Chunks: []store.Chunk{good}}); err != nil || len(w) != 1 {
		t.Errorf("a good one: %v, %v", w, err)
	}
}

func FuzzImages(f *testing.F) {
	f.Add([]byte("\x01\x05group\x00\x16{\"version\":1,\"id\":\"1\"}"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, c := range []store.Chunk{chunk(t, raw), {Data: raw, Salt: []byte("salt")}} {
			writes, err := record.Images(store.Record{Chunks: []store.Chunk{c}})
			if err != nil {
				continue
			}
			for _, w := range writes {
				w.Key()
			}
		}
	})
}

func TestTheDigestIsASum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		modulus := new(big.Int).Lsh(big.NewInt(1), 256)
		want, got := new(big.Int), [32]byte{}
		for _, id := range rapid.SliceOfN(rapid.Int64Range(1, 50), 0, 20).Draw(t, "groups") {
			row := directory.Group{ID: directory.GroupID(id)}
			sum := sha256.Sum256(append([]byte("group\x00"), record.Image(row)...))
			switch h := new(big.Int).SetBytes(sum[:]); rapid.Bool().Draw(t, "added") {
			case true:
				want.Add(want, h)
				got = record.Add(got, row)
			case false:
				want.Sub(want, h)
				got = record.Update(got, []directory.RowWrite{{Before: row}})
			}
			want.Mod(want, modulus)
		}
		if want.Cmp(new(big.Int).SetBytes(got[:])) != 0 {
			t.Fatalf("digest %x, want %x", got, want)
		}
	})
}

func TestRedactionLeavesNoTextAndNothingToCheckAGuessWith(t *testing.T) {
	value := directory.UserValue{User: 7, Attribute: 14, Value: directory.Value{Text: "canary"}}
	edits := []directory.Edit{directory.SetUserValue{User: 7, Attribute: 14, Value: value.Value}}
	r, err := record.Build(directory.ChangeHeader{Revision: 5}, edits, []directory.RowWrite{{After: value}}, [32]byte{},
		salts())
	if err != nil {
		t.Fatal(err)
	}
	var changed [2]bool
	r.Chunks[0], changed[0], err = record.RedactImages(5, r.Chunks[0], func(row directory.Row) (directory.Row, error) {
		v := row.(directory.UserValue)
		v.Value = directory.Value{Sealed: 3}
		return v, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	r.Edits, changed[1], err = record.RedactEdits(5, r.Edits, func(e directory.Edit) (directory.Edit, error) {
		s := e.(directory.SetUserValue)
		s.Value = directory.Value{Sealed: 3}
		return s, nil
	})
	if err != nil || !changed[0] || !changed[1] {
		t.Fatalf("changed %v, %v", changed, err)
	}
	if err := record.Verify([32]byte{}, r); err != nil {
		t.Errorf("the record does not verify: %v", err)
	}
	images, err := record.Images(r)
	if err != nil || images[0].After.(directory.UserValue).Value.Sealed != 3 {
		t.Errorf("images %v, %v", images, err)
	}
	if bytes.Contains(r.Edits.Data, []byte("canary")) {
		t.Errorf("the edits are %s", r.Edits.Data)
	}
	if len(r.Edits.Salt) != 33 || r.Edits.Salt[0] != 1 || r.Chunks[0].Salt != nil {
		t.Error("a salt is left, with which a guess of the text can be confirmed")
	}
	same := func(row directory.Row) (directory.Row, error) { return row, nil }
	if _, changed, err := record.RedactImages(5, r.Chunks[0], same); changed || err != nil {
		t.Errorf("nothing was changed, and the chunk is: %v, %v", changed, err)
	}
	r.Edits.Data = []byte("x")
	if err := record.Verify([32]byte{}, r); directory.KindOf(err) != directory.KindInternal {
		t.Errorf("redacted edits that cannot be read: %v", err)
	}
}
