package lab

import (
	"context"
	"io"
	"iter"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/importer"
	"cohort/internal/sample"
	"cohort/internal/store"
)

// ImportSample imports a sample into an empty directory as the program imports a file.
// progress is called with the number of imported rows; it may be nil.
func ImportSample(ctx context.Context, s store.Store, d *sample.Directory, progress func(rows int64)) error {
	return importRows(ctx, s, d.Next(), d.Rows(), progress)
}

func importRows(ctx context.Context, s store.Store, ids store.NextIDs, rows iter.Seq[directory.Row],
	progress func(rows int64)) error {
	c, err := core.Open(ctx, s, core.Options{Sealer: noSeals{}, Importing: true})
	if err != nil {
		return err
	}
	defer c.Close()
	next, stop := iter.Pull(rows)
	defer stop()
	_, err = importer.Run(ctx, c, importer.Import{Job: "perf", Next: ids, Progress: progress,
		Rows: func() (directory.Row, error) {
			row, ok := next()
			if !ok {
				return nil, io.EOF
			}
			return row, nil
		}})
	return err
}
