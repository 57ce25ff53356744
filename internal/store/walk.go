package store

import "errors"

// ErrEnough ends a walk early.
var ErrEnough = errors.New("enough")

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
