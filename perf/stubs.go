package main

import (
	"context"
	"errors"
)

func serveSQL(context.Context, []string) error                 { return nil }
func (l *lab) startPostgres(context.Context) func() error      { return func() error { return nil } }
func (l *lab) postgresVersion(context.Context) (string, error) { return "", errors.New("none") }
