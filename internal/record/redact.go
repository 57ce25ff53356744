package record

import (
	"bytes"
	"cmp"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// RedactImages returns a chunk of a record with its rows replaced by what
// change makes of them, and whether that changed anything. The commitment stays
// and the chunk is marked redacted. Its salt goes: with it, and with all that is
// still there, the commitment would confirm a guess of what is not. A chunk that
// is erased stays so.
func RedactImages(rev directory.Revision, c store.Chunk,
	change func(directory.Row) (directory.Row, error)) (store.Chunk, bool, error) {
	if isErased(c) {
		return c, false, nil
	}
	raw, err := openChunk(rev, 0, c)
	if err != nil {
		return c, false, err
	}
	var writes []directory.RowWrite
	if err := eachRow(rev, 0, raw, func(w directory.RowWrite) { writes = append(writes, w) }); err != nil {
		return c, false, err
	}
	redacted := []byte{chunkVersion}
	var entry, scratch []byte
	for _, w := range writes {
		for _, row := range []*directory.Row{&w.Before, &w.After} {
			if *row == nil {
				continue
			}
			if *row, err = change(*row); err != nil {
				return c, false, err
			}
		}
		if entry, scratch, err = appendWrite(entry[:0], w, scratch); err != nil {
			return c, false, err
		}
		redacted = append(redacted, entry...)
	}
	if bytes.Equal(redacted, raw) {
		return c, false, nil
	}
	c.Redacted, c.Salt = true, nil
	c.Data, err = deflate(redacted)
	return c, true, err
}

// DropImages is RedactImages for rows that are to leave no trace: every write
// of a row for which drop is true goes.
func DropImages(rev directory.Revision, c store.Chunk, drop func(directory.Row) bool) (store.Chunk, bool, error) {
	if isErased(c) {
		return c, false, nil
	}
	raw, err := openChunk(rev, 0, c)
	if err != nil {
		return c, false, err
	}
	kept, dropped := []byte{chunkVersion}, false
	var entry, scratch []byte
	var failed error
	err = eachRow(rev, 0, raw, func(w directory.RowWrite) {
		row := w.Row()
		if drop(row) {
			dropped = true
			return
		}
		if entry, scratch, err = appendWrite(entry[:0], w, scratch); err != nil {
			failed = err
		}
		kept = append(kept, entry...)
	})
	if err = cmp.Or(err, failed); err != nil || !dropped {
		return c, false, err
	}
	c.Redacted, c.Salt = true, nil
	c.Data, err = deflate(kept)
	return c, true, err
}

// Erased are the users whom a change erased: its record shows nothing of them but that.
func Erased(r store.Record, writes []directory.RowWrite) (users []directory.Object) {
	marks := slices.ContainsFunc(writes, func(w directory.RowWrite) bool {
		before, there := w.Before.(directory.User)
		after, stays := w.After.(directory.User)
		return there && stays && before.DeletedRev == 0 && after.DeletedRev != 0
	})
	if !marks {
		return nil // erasing marks, too
	}
	edits, err := EditsOf(r.Edits)
	if err != nil {
		return nil // the images are gone as well
	}
	for _, e := range edits {
		if e, ok := e.(directory.EraseUser); ok {
			users = append(users, e.User.Object())
		}
	}
	return users
}
