// Package verify checks whether a directory matches its records, and removes what no directory
// should contain. It has no caller: whoever has the files may use it.
package verify

import (
	"context"
	"errors"
	"fmt"

	"cohort/internal/directory"
	"cohort/internal/plan"
	"cohort/internal/record"
	"cohort/internal/resolve"
	"cohort/internal/store"
)

// A Report receives what Check finds. Its functions may be nil.
type Report struct {
	Problem  func(string)            // something that is wrong: one sentence
	Note     func(string)            // something that could not be checked, although nothing is wrong
	Progress func(done, total int64) // records checked so far
	Sealer   plan.Sealer             // opens hidden values in force; nil leaves them sealed
	// Facets are the checks of the dialects' facets; see core.Options.
	Facets   map[string]func(directory.Facet) error
	problems int
	fits     directory.Fits
}

func (v *Report) problem(format string, args ...any) {
	v.problems++
	if v.Problem != nil {
		v.Problem(fmt.Sprintf(format, args...))
	}
}

func (v *Report) note(format string, args ...any) {
	if v.Note != nil {
		v.Note(fmt.Sprintf(format, args...))
	}
}

// Check checks a whole directory: the database itself, the chain of change records, the state
// digest against every stored row, the catalog that follows from the records against the
// stored one, and the hidden values against their keys. It returns the number of problems, or
// an error if it cannot read.
func Check(ctx context.Context, s store.Store, v *Report) (problems int, err error) {
	if err := s.Check(ctx, func(what string) { v.problem("%s", what) }); err != nil {
		return v.problems, err
	}
	err = s.Read(ctx, func(r store.Reader) error {
		head, err := r.Head(ctx)
		if err != nil {
			return err
		}
		stored, err := v.checkRows(ctx, r, head)
		if err != nil {
			return err
		}
		return v.checkChain(ctx, r, head, stored)
	})
	return v.problems, err
}

// checkRows compares every row with the digest of the changes, and builds the catalog from
// them.
func (v *Report) checkRows(ctx context.Context, r store.Reader, head store.Head) (*resolve.Catalog, error) {
	var digest [32]byte
	var catalogRows []directory.Row
	var sealed []sealedValue
	attrs := map[directory.AttributeID]directory.Attribute{}
	v.fits = directory.Fits{}
	for _, kind := range directory.RowKinds() {
		err := r.Scan(ctx, kind, func(row directory.Row) error {
			digest = record.Add(digest, row)
			if kind.InCatalog() {
				catalogRows = append(catalogRows, row)
			}
			if a, ok := row.(directory.Attribute); ok {
				attrs[a.ID] = a
			}
			v.checkRow(attrs, row)
			if v := sealedIn(row); v.id != 0 {
				sealed = append(sealed, v)
			}
			return nil
		})
		if err != nil {
			v.problem("the rows of kind %s cannot be read: %v", kind, err)
		}
	}
	if digest != head.Digest {
		v.problem("the stored rows do not match the state digest of revision %d: a row was changed outside of the program",
			head.Revision)
	}
	catalog, err := resolve.Build(func(yield func(directory.Row) error) error {
		for _, row := range catalogRows {
			if err := yield(row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		v.problem("the catalog cannot be built: %v", err)
	}
	return catalog, v.checkSealed(ctx, r, sealed)
}

// checkRow checks that a value fits its attribute, and that a facet can be read.
func (v *Report) checkRow(attrs map[directory.AttributeID]directory.Attribute, row directory.Row) {
	misfit := func(id directory.AttributeID, owner directory.Object, value directory.Value) {
		a, ok := attrs[id]
		if !ok || value.IsZero() && owner == id.Object() {
			return
		}
		if err := directory.CheckForm("value", &a, value); err != nil {
			v.problem("the value of %s of attribute %d (%s) does not fit: %v", owner, id, a.Name, err)
			return
		}
		if err := v.fits.CheckConstraints("value", &a, directory.NoValue(), value); err != nil {
			v.note("the value of %s of attribute %d (%s) was set before a constraint that does not take it: %v", owner, id,
				a.Name, err)
		}
	}
	switch r := row.(type) {
	case directory.Attribute:
		misfit(r.ID, r.ID.Object(), r.Default)
	case directory.GroupValue:
		misfit(r.Attribute, r.Group.Object(), r.Value)
	case directory.UserValue:
		misfit(r.Attribute, r.User.Object(), r.Value)
	case directory.Facet:
		if check := v.Facets[r.Dialect]; check != nil {
			if err := check(r); err != nil {
				v.problem("%s cannot read the %s that it keeps with %s: %v", r.Dialect, r.Kind, r.Object, err)
			}
		}
	}
}

// A sealedValue is a hidden value with its owner, which opening needs.
type sealedValue struct {
	id        directory.SealedID
	attribute directory.AttributeID
	owner     directory.Object
}

// sealedIn returns the hidden value of a row; its id is 0 if there is none.
func sealedIn(row directory.Row) sealedValue {
	switch r := row.(type) {
	case directory.Attribute:
		return sealedValue{r.Default.Sealed, r.ID, r.ID.Object()}
	case directory.GroupValue:
		return sealedValue{r.Value.Sealed, r.Attribute, r.Group.Object()}
	case directory.UserValue:
		return sealedValue{r.Value.Sealed, r.Attribute, r.User.Object()}
	}
	return sealedValue{}
}

// checkSealed checks that hidden values can be opened.
func (v *Report) checkSealed(ctx context.Context, r store.Reader, values []sealedValue) error {
	if v.Sealer == nil {
		if len(values) > 0 {
			v.note("%d hidden values were not opened, as their keys are not at hand", len(values))
		}
		return nil
	}
	for _, value := range values {
		sealed, err := r.Sealed(ctx, value.id)
		if directory.KindOf(err) == directory.KindNotFound {
			continue // Check has reported it
		}
		if err != nil {
			return err
		}
		if _, err := v.Sealer.Open(value.attribute, value.owner, sealed.KeyID, sealed.Ciphertext); err != nil {
			v.problem("the hidden value of attribute %d of %s cannot be opened: %v", value.attribute, value.owner, err)
		}
	}
	return nil
}

// retraced is the directory that the images of the records lead to.
type retraced struct {
	catalog *resolve.Catalog
	digest  [32]byte
}

// checkChain replays the images of all records: the catalog and the sum of all rows must equal
// the stored ones. A truncated history is consistent, but leads elsewhere.
func (v *Report) checkChain(ctx context.Context, r store.Reader, head store.Head, stored *resolve.Catalog) error {
	replayed := &retraced{catalog: resolve.Empty()}
	var hash [32]byte
	var at directory.Instant
	for rev := directory.Revision(1); rev <= head.Revision; rev++ {
		rec, err := r.Record(ctx, rev)
		if directory.KindOf(err) == directory.KindNotFound {
			v.problem("the record of revision %d is missing", rev)
			return nil
		}
		if err != nil {
			return err
		}
		if rec.Header.At < at {
			v.problem("revision %d is older than the one before it", rev)
		}
		replayed = v.checkRecord(hash, rec, replayed)
		hash, at = rec.Hash, rec.Header.At
		if v.Progress != nil && (rev%1000 == 0 || rev == head.Revision) {
			v.Progress(int64(rev), int64(head.Revision))
		}
	}
	if hash != head.Hash || at != head.At {
		v.problem("the head names another last record than revision %d, or another time", head.Revision)
	}
	if replayed == nil {
		return nil
	}
	if replayed.digest != head.Digest {
		v.problem("the records lead to another state digest than that of revision %d: one of them, or the head, is not of "+
			"this directory", head.Revision)
	}
	if stored != nil {
		for _, difference := range replayed.catalog.Diff(stored) {
			v.problem("the catalog that the records lead to is not the stored one: %s", difference)
		}
	}
	return nil
}

// checkRecord checks one record and applies it. After a record without images there is nothing
// to compare, and the result is nil.
func (v *Report) checkRecord(prev [32]byte, rec store.Record, before *retraced) *retraced {
	err := record.Verify(prev, rec)
	if n := record.ErasedEdits(rec.Edits); n > 0 {
		v.note("of the edits of revision %d some were erased: %d", rec.Header.Revision, n)
	} else if record.IsListRedacted(rec.Edits) {
		v.note("the edits of revision %d were redacted as a list: what is left of them cannot be checked",
			rec.Header.Revision)
	}
	var broken *record.Broken
	switch {
	case errors.As(err, &broken):
		v.problem("%v", broken)
		return nil
	case directory.KindOf(err) == directory.KindGone:
		v.note("%v", err)
		return nil
	case err != nil:
		v.problem("%v", err)
		return nil
	case before == nil:
		return nil
	}
	if b, ok := record.Baseline(rec); ok {
		if b.Part == 1 {
			v.note("from revision %d on rows were imported, without images: the catalog cannot be compared with the records",
				rec.Header.Revision)
		}
		return nil
	}
	writes, err := record.Images(rec)
	if err != nil {
		v.problem("%v", err)
		return nil
	}
	return &retraced{before.catalog.Apply(writes), record.Update(before.digest, writes)}
}
