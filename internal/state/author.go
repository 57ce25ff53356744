package state

import (
	"cohort/internal/directory"
	"cohort/internal/store"
)

// The bytes that a record takes in a store beside its edits and images.
const (
	recordBytes = 256
	partBytes   = 64 // of a chunk, or the mention of an object
)

// BytesOf is about how much a store grows by a record.
func BytesOf(rec *store.Record) int64 {
	if rec == nil {
		return 0
	}
	n := recordBytes + len(rec.Edits.Data) + len(rec.Header.Comment) + partBytes*(len(rec.Chunks)+len(rec.Objects))
	for i := range rec.Chunks {
		n += len(rec.Chunks[i].Data)
	}
	return int64(n)
}

// AuthorOf is who has a change counted: who stands behind a sudo made it.
func AuthorOf(h directory.ChangeHeader) directory.UserID {
	if h.Sudoer != 0 {
		return h.Sudoer
	}
	return h.Caller
}
