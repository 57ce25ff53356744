package cli

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"syscall"

	"cohort/client"
	"cohort/internal/app"
	"cohort/internal/screen"
)

// Exit statuses of the program.
const (
	ExitDone    = 0
	ExitFailed  = 1 // the work failed (network, files, the server), or something is wrong with what was checked
	ExitUsage   = 2 // the command line or a setting is wrong
	ExitRefused = 3 // the server refused the work or a part of it
	ExitDiffers = 4 // there are differences
)

// A usageError is a mistake in the command line or in a setting.
type usageError struct{ error }

// Unwrap returns the mistake.
func (e usageError) Unwrap() error { return e.error }

// WrongUsage marks err as a mistake in the command line or in a setting.
func WrongUsage(err error) error { return usageError{err} }

// Errors of commands that have done their work and reported on it. They set the exit status
// only.
var (
	// ErrFound means that something is wrong with what the command checked.
	ErrFound = errors.New("something is wrong")
	// ErrRefused means that a part of the work was refused.
	ErrRefused = errors.New("a part was refused")
	// ErrDiffers means that there are differences.
	ErrDiffers = errors.New("there are differences")
)

// Fail prints an error and returns the exit status.
func (v *Invocation) Fail(err error) int {
	switch {
	case errors.Is(err, ErrFound):
		return ExitFailed
	case errors.Is(err, ErrRefused):
		return ExitRefused
	case errors.Is(err, ErrDiffers):
		return ExitDiffers
	}
	for line := range strings.SplitSeq(v.message(err), "\n") {
		v.Warn(line)
	}
	if _, ok := errors.AsType[usageError](err); ok {
		return ExitUsage
	}
	if _, ok := errors.AsType[app.SettingError](err); ok {
		return ExitUsage
	}
	if _, ok := errors.AsType[refusedError](err); ok {
		return ExitRefused
	}
	if p, ok := errors.AsType[*client.Problem](err); ok && p.Status < 500 {
		return ExitRefused
	}
	return ExitFailed
}

// Warn writes a line to the error stream, wrapped at the width of the terminal.
func (v *Invocation) Warn(line string) {
	for _, part := range screen.Of(v.Stderr, v.Env).Lines("cohort: " + line) {
		fmt.Fprintln(v.Stderr, part)
	}
}

// message says what failed, where, and what to do next.
func (v *Invocation) message(err error) string {
	p, refused := errors.AsType[*client.Problem](err)
	failure, unreachable := errors.AsType[*url.Error](err)
	switch {
	case refused && p.LogIn && v.Server.URL != "":
		return v.logInProblem(p)
	case refused && p.Code == "ambiguous":
		return err.Error() + v.choices(p)
	case refused:
		return err.Error() + requestOf(p)
	case unreachable && v.Server.URL != "" && v.Context.Err() == nil:
		return v.unreachable(failure)
	}
	return err.Error()
}

// requestOf names the request under which the server's log has the cause; empty if the request
// was refused.
func requestOf(p *client.Problem) string {
	if p.Status < 500 || p.RequestID == "" {
		return ""
	}
	return "\nThe server's log has the cause under request id " + p.RequestID + "."
}

// logInProblem says that the server refused the credential.
func (v *Invocation) logInProblem(p *client.Problem) string {
	text := fmt.Sprintf("%s refused the log-in with the credential of %s: %s", v.Server.URL, v.Server.From, p.Error())
	switch {
	case p.Status >= 500 || p.Status == 429:
		return text
	case p.Status == 404:
		return text + "\nIs it a Cohort server? Check the URL."
	case v.Server.From == "the environment":
		return text + "\nCheck COHORT_CLIENT_ID and COHORT_CLIENT_SECRET, or log in again: cohort login " + v.Server.URL
	}
	return text + "\nLog in again: cohort login " + v.Server.URL
}

// unreachable says why the server cannot be reached, and what to check.
func (v *Invocation) unreachable(failure *url.Error) string {
	at := v.Server.URL
	dns, unknownHost := errors.AsType[*net.DNSError](failure)
	_, untrusted := errors.AsType[x509.UnknownAuthorityError](failure)
	_, otherHost := errors.AsType[x509.HostnameError](failure)
	switch {
	case errors.Is(failure, syscall.ECONNREFUSED):
		return fmt.Sprintf("nothing listens at %s (from %s): is cohort serve running?", at, v.Server.From)
	case unknownHost:
		return fmt.Sprintf("%s (from %s): the host %s is not known; check the URL", at, v.Server.From, dns.Name)
	case untrusted || otherHost:
		return fmt.Sprintf("%s: its certificate is not trusted: %v", at, failure.Err)
	case strings.Contains(failure.Error(), "server gave HTTP response to HTTPS client"):
		return at + " answers http, not https: write http:// in the URL"
	case failure.Timeout() || errors.Is(failure, context.DeadlineExceeded):
		return fmt.Sprintf("%s did not answer in time; cohort health --url %s says more", at, at)
	}
	return fmt.Sprintf("%s: %v", at, failure.Err)
}

// A refusedError means that the work was refused before it began.
type refusedError struct{ error }

// Unwrap returns the reason.
func (e refusedError) Unwrap() error { return e.error }

// Refused marks err as the reason why work was refused before it began.
func Refused(err error) error { return refusedError{err} }
