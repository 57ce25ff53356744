package postgres

import (
	"fmt"
	"io"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"cohort/internal/store/sqlstore"
)

func TestAConnectionThatEndsIsLost(t *testing.T) {
	for _, err := range []error{
		io.EOF, io.ErrUnexpectedEOF, pgconn.ErrConnClosed, &pgconn.PgError{Code: "57P01", Severity: "FATAL"},
	} {
		if got := classify(fmt.Errorf("begin: %w", err)); got != sqlstore.Lost {
			t.Errorf("%v is %v, want lost", err, got)
		}
	}
}
