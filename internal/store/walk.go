package store

import (
	"errors"

	"cohort/internal/directory"
)

// ErrEnough ends a walk early.
var ErrEnough = errors.New("enough")

// AtMost ends a walk when so many rows are through.
func AtMost(limit int, f func(directory.Row) error) func(directory.Row) error {
	return func(row directory.Row) error {
		if limit--; limit < 0 {
			return ErrEnough
		}
		return f(row)
	}
}

// Proceed ends a walk without an error unless there is more to do.
func Proceed(more bool, err error) error {
	if err == nil && !more {
		return ErrEnough
	}
	return err
}

// Enough forgets the error that ends a walk early.
func Enough(err error) error {
	if err == ErrEnough { //nolint:errorlint // it is never wrapped
		return nil
	}
	return err
}
