package importer

import (
	"cmp"
	"context"
	"log/slog"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/plan"
	"cohort/internal/record"
	"cohort/internal/store"
	"cohort/internal/userset"
)

// A baselineReader checks the rows of an import and cuts them into parts.
type baselineReader struct {
	ctx     context.Context
	rows    *rowSource
	skip    int64 // rows that are stored already
	most    int   // rows in a part
	parts   chan<- *baselinePart
	part    *baselinePart
	next    store.NextIDs
	objects map[directory.Object]bool // of the catalog
	attrs   map[directory.AttributeID]directory.Attribute
	users   userset.Set
	pending userPart

	lastUser directory.UserID // users ascend

	checkFacet func(directory.Facet) error
	fits       directory.Fits
	misfits    map[string]int // values that do not fit and were imported, by attribute
	log        *slog.Logger
}

// rowsOfPart returns the number of rows in a change, given the number asked for.
func rowsOfPart(asked int) int {
	if asked <= 0 || asked > maxImportRows {
		return usualImportRows
	}
	return asked
}

// readParts reads all rows of an import.
func readParts(ctx context.Context, c *core.Core, im Import, progress importProgress,
	parts chan<- *baselinePart) error {
	b := &baselineReader{
		ctx: ctx, rows: &rowSource{next: im.Rows}, skip: progress.through, most: rowsOfPart(c.ImportRows()), parts: parts,
		objects: map[directory.Object]bool{}, attrs: map[directory.AttributeID]directory.Attribute{}, users: userset.Set{},
		checkFacet: c.Env().CheckFacet, fits: directory.Fits{}, misfits: map[string]int{}, log: c.Log(),
	}
	b.part = b.newPart()
	if err := b.rows.advance(); err != nil {
		return err
	}
	if err := b.catalog(c); err != nil {
		return err
	}
	for b.rows.row != nil && b.rows.key.Kind == directory.RowUser {
		if err := b.user(); err != nil {
			return err
		}
	}
	if err := b.attached(); err != nil {
		return err
	}
	if b.rows.row != nil {
		return b.rows.wrong(directory.Malformed("row", "is out of order: a %s cannot stand here", b.rows.key.Kind))
	}
	b.warnOfMisfits()
	b.part.done = true
	return b.flush()
}

// warnOfFacet logs that a facet was imported that its dialect cannot read, because an import
// accepts what an export contains.
func (b *baselineReader) warnOfFacet(f directory.Facet) {
	if err := b.checkFacet(f); err != nil {
		b.log.Warn("a facet cannot be read by its dialect", "row", b.rows.n, "object", f.Object.String(),
			"dialect", f.Dialect, "kind", f.Kind, "error", err.Error())
	}
}

func (b *baselineReader) newPart() *baselinePart {
	return &baselinePart{writes: make([]directory.RowWrite, 0, b.most), members: map[directory.GroupID]int64{},
		counts: map[directory.RowKind]int64{}, through: b.rows.n}
}

// flush passes a part to the writer.
func (b *baselineReader) flush() error {
	part := b.part
	part.digest = record.Update(part.digest, part.writes)
	for _, w := range part.writes {
		part.counts[w.After.Key().Kind]++
	}
	part.next = b.next
	b.part = b.newPart()
	if part.through <= b.skip && !part.done {
		return b.ctx.Err()
	}
	select {
	case b.parts <- part:
		return nil
	case <-b.ctx.Done():
		return b.ctx.Err()
	}
}

// room ends the part if n more rows do not fit.
func (b *baselineReader) room(n int) error {
	if len(b.part.writes)+n <= b.most || len(b.part.writes) == 0 {
		return nil
	}
	return b.flush()
}

// attached reads rows that belong to objects of any kind.
func (b *baselineReader) attached() error {
	var last directory.RowKey
	for b.rows.row != nil {
		row, key := b.rows.row, b.rows.key
		if key.Kind != directory.RowSourceReference && key.Kind != directory.RowFacet {
			return nil
		}
		if cmp.Or(cmp.Compare(last.Kind, key.Kind), directory.CompareRowKeys(last, key)) >= 0 && last.Kind != 0 {
			return b.rows.wrong(errOrder)
		}
		last = key
		if err := b.checkAttached(row, key.Object); err != nil {
			return b.rows.wrong(err)
		}
		if b.rows.n > b.skip {
			if err := b.room(1); err != nil {
				return err
			}
			b.part.writes = append(b.part.writes, directory.RowWrite{After: row})
		}
		b.part.through = b.rows.n
		if err := b.rows.advance(); err != nil {
			return err
		}
	}
	return nil
}

func (b *baselineReader) checkAttached(row directory.Row, o directory.Object) error {
	switch {
	case o.Kind == directory.ObjectUser && b.users.Has(directory.UserID(o.ID)), o.Kind == directory.ObjectDirectory &&
		o.ID == 0, b.objects[o]:
	default:
		return directory.NotFound(o.Kind.String(), o.ID)
	}
	switch r := row.(type) {
	case directory.SourceReference:
		return directory.ParseSource(r.Source, r.SourceID)
	case directory.Facet:
		b.warnOfFacet(r)
		return plan.ParseFacet(r)
	}
	return nil
}

// errOrder refuses rows that do not ascend, including duplicates.
var errOrder = directory.Malformed("row", "is out of order, or there twice")
